"""Configuration: file, environment and secrets' files; every mistake is one line that names its key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from pydantic import BaseModel

from backend.errors import ConfigurationInvalid
from bot.channels.matrix.settings import MatrixSettings
from bot.channels.telegram.settings import TelegramSettings
from bot.config import Settings, load, secret_keys

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
TOKEN = "123456789:token-of-a-test"
LINE = "{ days = 'mon-fri', from = '09:00', to = '21:00', primary = 'Anna' }"
NOTHING: Mapping[str, str] = MappingProxyType({})
SECRETS = {"HOTLINE_TELEGRAM__TOKEN": TOKEN, "HOTLINE_MATRIX__PASSWORD": "password-of-a-test"}
ACCOUNT = {
    "HOTLINE_MATRIX__HOMESERVER": "https://matrix.example.org",
    "HOTLINE_MATRIX__USER": "@hotline:example.org",
}

WRONG_FILES = {
    "[centre]\nname = 5": "centre.name: must be a valid string",
    "[centre]\nnmae = 'x'": "centre.nmae: there is no such key; did you mean centre.name?",
    "centre = 5": "centre: must be a table",
    "[[centre]]\nname = 'x'": "centre: must be a table",
    "[centre]\nlanguages = []": "centre.languages: must not be empty",
    "[centre]\nlanguages = ['ru', 'de']": "centre.languages[1]: must be 'ru' or 'en'",
    "[centre]\ntimezone = 'Moscow'": 'centre.timezone: must be a time zone such as "Europe/Moscow"',
    "[center]\nname = 'x'": "center: there is no such key; did you mean centre?",
    "[database]\nurl = 'mysql://hotline:hush@host/db'": "database.url: must begin with sqlite:/// or",
    "[database]\nurl = 'hush'": "database.url: must begin with sqlite:/// or",
    "[database]\nurl = 'sqlite://'": "database.url: must name a file",
    "[database]\nurl = 'sqlite:///:memory:'": "database.url: must name a file",
    "[keys]\nfile = 1": "keys.file: must be a path",
    "[keys]\nfile = ''": "keys: file, text, credential or command must say where the keys are",
    "[keys]\nfile = 'k.toml'\ntext = 'hush'": "keys: file and text are both given: leave one of them out",
    "[keys]\ntext = 'hush'\ncommand = 'hush'": "keys: text and command are both given: leave one of them out",
    "[keys]\ncredential = 'a/hush'": "keys.credential: must be a credential's name, not a path",
    "[keys]\ncommand = 'hush \"'": "must be a command: a quotation isn't closed",
    "[keys]\ncommand = ['']": "must begin with a program",
    "[keys]\ntext_file = 'absent'": "keys.text_file: absent can't be read: No such file",
    "[keys]\nperiod = '0d'": "keys.period: must be a duration",
    "[files]\nfolder = []": "files.folder: must be a path",
    "[telegram]": "telegram.token: is missing",
    "[telegram]\ntoken = ''": "telegram.token: must be what BotFather gave",
    "[telegram]\ntoken = 'hush'": "telegram.token: must be what BotFather gave",
    f"[telegram]\ntoken = '{TOKEN}'\napi_url = 'hush'": "telegram.api_url: must be an address",
    f"[telegram]\ntoken = '{TOKEN}'\nproxy_url = 'ftp://hush'": "telegram.proxy_url: must begin with",
    f"[telegram]\ntoken = '{TOKEN}'\nwebhook_listen = '8443'": "telegram.webhook_listen: must be host:port",
    f"[telegram]\ntoken = '{TOKEN}'\nwebhook_secret = 'hush hush'": "telegram.webhook_secret: may hold",
    f"[telegram]\ntoken = '{TOKEN}'\nmessages_per_second = 0": "telegram.messages_per_second: must be",
    "[telegram]\ntoken = 'x'\ntoken_file = 'y'": "telegram.token_file: telegram.token is given as well",
    "[telegram]\ntoken_file = 'absent'": "telegram.token_file: absent can't be read: No such file",
    "[telegram]\ntoken_file = 5": "telegram.token_file: must be the path of a file",
    "[telegram]\napi_url_file = 'x'\ntoken = '1:x'": "telegram.api_url_file: there is no such key",
    "[escalation]\ntick = 5": "escalation.tick: must be a duration",
    "[escalation]\ntick = '0s'": "escalation.tick: must be a duration",
    "[escalation]\nquiet_hours = 'night'": "escalation.quiet_hours: must be empty or like",
    "[escalation]\nquiet_hours = '23:00-23:00'": "escalation.quiet_hours: must begin and end at different",
    "[escalation]\ndaily_summary = '9'": "escalation.daily_summary: must be empty or a time such as",
    "[escalation]\nurgent.repeat = '5 minutes'": "escalation.urgent.repeat: must be a duration",
    "[escalation]\nurgent.acknowledge = []": "escalation.urgent.acknowledge: must not be empty",
    "[escalation]\nhigh.acknowledge = [{ after = '5m', notify = 'all' }]": (
        'escalation.high.acknowledge[0].notify: must be "duty", "backup", "officers", "coordinators"'
    ),
    "[escalation]\nhigh.acknowledge = [{after='9m', notify='duty'}, {after='5m', notify='duty'}]": (
        "escalation.high.acknowledge: must go from the soonest step to the latest"
    ),
    "[escalation]\nhigh.acknowledge = [{ after = '5m', notify = 'assignee' }]": (
        "escalation.high.acknowledge: must not tell the assignee"
    ),
    "[escalation]\nhigh.acknowledge = [{ after = '5m', notify = '' }]": (
        "escalation.high.acknowledge[0].notify: must be"
    ),
    "[escalation]\nhigh.first_reply = []": "escalation.high.first_reply: must not be empty",
    "[escalation]\nhigh.first_reply = 5": "escalation.high.first_reply: must be a duration",
    "[escalation]\nhigh.quiet = [{after='9m', notify='duty'}, {after='9m', notify='backup'}]": (
        "escalation.high.quiet: must go from the soonest step to the latest"
    ),
    "[escalation]\nhigh.quiet = [{after='9m', notify='dury'}]": "escalation.high.quiet[0].notify: must be",
    "[escalation]\nhigh.quiet = [{after='9m', who='duty'}]": "escalation.high.quiet[0].",
    "[escalation]\nhigh.quiet_repeat = '-5m'": "escalation.high.quiet_repeat: must be a duration",
    "[escalation]\nhigh.first_reply_repeat = 5": "escalation.high.first_reply_repeat: must be a duration",
    "[matrix]\nhomeserver = 'example.org'": "matrix.homeserver: must be an address like https://matrix",
    "[matrix]\nhomeserver = 'https://x'\nuser = 'hotline'": "matrix.user: must be a whole Matrix id like",
    "[matrix]\nhomeserver = 'https://x'\nuser = '@h:x'": "matrix.password: is missing",
    "[matrix]\nhomeserver = 'https://x'\nuser = '@h:x'\npassword = ''": "matrix.password: must not be empty",
    "[health]\nlisten = '8081'": "health.listen: must be empty or host:port",
    "[health]\nlisten = '127.0.0.1'": "health.listen: must be empty or host:port",
    "[health]\nlisten = '127.0.0.1:0'": "health.listen: must be empty or host:port",
    "[health]\nlisten = '127.0.0.1:65536'": "health.listen: must be empty or host:port",
    "[health]\nping_url = 'ftp://hush/x'": "health.ping_url: must be empty or begin with https:// or http://",
    "[health]\nping_url = 'https://'": "health.ping_url: must be empty or begin with https:// or http://",
    "[health]\nping_url = 'https://hush:99999/x'": "health.ping_url: must be empty or begin with",
    "[health]\nping_url_file = 'absent'": "health.ping_url_file: absent can't be read: No such file",
    "[health]\nping = 'x'": "health.ping: there is no such key; did you mean health.ping_url?",
    "[rota]\nweekly = 'daily'": "rota.weekly: must be a valid list",
    "[rota]\nweekly = [{}]": "rota.weekly[0].days: is missing (and 2 more)",
    f"[rota]\nweekly = [{LINE.replace('mon-fri', 'mon-fry')}]": "rota.weekly[0].days: must be days such as",
    f"[rota]\nweekly = [{LINE.replace('mon-fri', '')}]": "rota.weekly[0].days: must be days such as",
    f"[rota]\nweekly = [{LINE.replace('09:00', '9')}]": "rota.weekly[0].from: must be a time such as",
    f"[rota]\nweekly = [{LINE.replace('21:00', '09:00')}]": "rota.weekly[0]: from and to must differ",
    f"[rota]\nweekly = [{LINE.replace('Anna', '')}]": "rota.weekly[0].primary: must hold no empty name",
    f"[rota]\nweekly = [{LINE.replace('primary', 'first')}]": "rota.weekly[0].first: there is no such key",
    f"[rota]\nweekly = [{LINE}, {LINE.replace('mon-fri', 'fri,sat')}]": "rota.weekly: lines 1 and 2 overlap",
    "[centre\n": "is not TOML: look at line 1",
    "x = 1\nx = 2": "is not TOML: ",
}

WRONG_ENVIRONMENTS = {
    "HOTLINE_TELEGRAM__TOKN": ("hush", "HOTLINE_TELEGRAM__TOKN: there is no such setting"),
    "HOTLINE_CENTRE": ("hush", "HOTLINE_CENTRE: there is no such setting"),
    "HOTLINE_": ("hush", "HOTLINE_: there is no such setting"),
    "HOTLINE_CENTRE__LANGUAGES": ("ru,en", "HOTLINE_CENTRE__LANGUAGES: must be a list as JSON"),
    "HOTLINE_CENTRE__TIMEZONE": ("hush", "centre.timezone (HOTLINE_CENTRE__TIMEZONE): must be a time zone"),
    "HOTLINE_TELEGRAM__TOKEN": ("hush", "telegram.token (HOTLINE_TELEGRAM__TOKEN): must be what BotFather"),
    "HOTLINE_TELEGRAM__TOKEN_FILE": ("absent", "telegram.token_file: absent can't be read"),
    "HOTLINE_ESCALATION__URGENT__REPEAT": (
        "hush",
        "escalation.urgent.repeat (HOTLINE_ESCALATION__URGENT__RE",
    ),
    "HOTLINE_MATRIX__PASSWORD": ("hush", "matrix.homeserver: is missing"),
    "HOTLINE_MATRIX__USER": ("hush", "matrix.homeserver: is missing"),
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Lend the place of a configuration file that isn't written yet."""
    return tmp_path / "config.toml"


def _refused(config: Path, environ: Mapping[str, str] = NOTHING) -> str:
    with pytest.raises(ConfigurationInvalid) as refused:
        load(config, environ)
    return str(refused.value)


@pytest.mark.parametrize("text", WRONG_FILES)
def test_a_mistake_in_the_file_is_one_line_that_names_the_key(config: Path, text: str) -> None:
    """Whatever is wrong, one line says where; what was written there is never repeated."""
    config.write_text(text)
    said = _refused(config)
    assert WRONG_FILES[text] in said
    assert "\n" not in said
    assert "hush" not in said


@pytest.mark.parametrize("name", WRONG_ENVIRONMENTS)
def test_a_mistake_in_the_environment_is_named_too(config: Path, name: str) -> None:
    """A variable that means nothing, or can't be read, stops the program: nothing is passed over."""
    value, sentence = WRONG_ENVIRONMENTS[name]
    said = _refused(config, {name: value})
    assert said.startswith(sentence)
    assert "hush" not in said


def test_several_mistakes_are_counted(config: Path) -> None:
    """The first is told, and how many more there are."""
    config.write_text("[centre]\nname = 5\nnmae = 1\ntimezone = 'x'")
    assert _refused(config).endswith("(and 2 more)")


def test_a_file_that_is_not_text_is_said(config: Path) -> None:
    """A key file or a database given by mistake ends in a sentence."""
    config.write_bytes(b"\xff\xfe\x00")
    assert "is not text in UTF-8" in _refused(config)
    config.unlink()
    config.mkdir()
    assert "can't be read: Is a directory" in _refused(config)


def test_without_file_and_environment_the_way_on_is_said(config: Path) -> None:
    """Nothing given at all names `hotline init`."""
    assert "hotline init" in _refused(config)


def test_the_environment_alone_is_enough(config: Path) -> None:
    """A container needs no file; lists come as JSON, all else as it is written in the file."""
    settings = load(
        config,
        {
            "PATH": "/bin",
            "HOTLINE_CHROMIUM": "/bin/chromium",
            "HOTLINE_CENTRE__LANGUAGES": '["en"]',
            "HOTLINE_TELEGRAM__TOKEN": TOKEN,
            "HOTLINE_TELEGRAM__MESSAGES_PER_SECOND": "12.5",
            "HOTLINE_ESCALATION__URGENT__FIRST_REPLY": "10m",
        },
    )
    assert settings.centre.languages == ["en"]
    assert settings.telegram is not None
    assert settings.telegram.token.get_secret_value() == TOKEN
    assert settings.telegram.messages_per_second == 12.5
    assert settings.escalation.urgent.first_reply == timedelta(minutes=10)
    assert settings.escalation.urgent.repeat == timedelta(minutes=15)


def test_the_environment_overrides_the_file_key_by_key(config: Path) -> None:
    """What the environment doesn't name stays as the file has it, in nested tables too."""
    config.write_text("[centre]\nname = 'A'\n[escalation]\nurgent.repeat = '1m'\nurgent.quiet = '2m'")
    settings = load(config, {"HOTLINE_ESCALATION__URGENT__QUIET": "3m", "HOTLINE_CENTRE__TIMEZONE": "UTC"})
    assert (settings.centre.name, settings.centre.timezone) == ("A", "UTC")
    assert settings.escalation.urgent.repeat == timedelta(minutes=1)
    assert settings.escalation.urgent.quiet == timedelta(minutes=3)


def test_secrets_come_from_files_beside_the_configuration(config: Path) -> None:
    """The file's content counts without its last line's end; the path is relative to the configuration."""
    (config.parent / "token").write_text(f"{TOKEN}\n")
    (config.parent / "url").write_text("postgresql://hotline:p@host/name\n")
    config.write_text("[telegram]\ntoken = ''\ntoken_file = 'token'\n[database]\nurl_file = 'url'")
    settings = load(config, NOTHING)
    assert settings.telegram is not None
    assert settings.telegram.token.get_secret_value() == TOKEN
    assert settings.database.url == "postgresql://hotline:p@host/name"


def test_a_secret_of_the_environment_wins_over_the_files(config: Path) -> None:
    """A token in the file and a token file in the environment don't contradict each other."""
    (config.parent / "token").write_text(TOKEN)
    config.write_text("[telegram]\ntoken = '1:other'")
    settings = load(config, {"HOTLINE_TELEGRAM__TOKEN_FILE": "token"})
    assert settings.telegram is not None
    assert settings.telegram.token.get_secret_value() == TOKEN


def test_paths_are_relative_to_the_configuration_file(config: Path) -> None:
    """Where a command is started doesn't matter; absolute paths stay as they are."""
    config.write_text("[keys]\nfile = 'k.toml'\n[files]\nfolder = '/srv/files'")
    settings = load(config, NOTHING)
    assert settings.keys.file == config.parent / "k.toml"
    assert settings.files.folder == Path("/srv/files")
    assert settings.database.url == f"sqlite:///{config.parent}/data/hotline.db"


def test_a_command_is_a_list_or_a_line(config: Path) -> None:
    """`keys.command` of the environment may be either; a program beside the configuration is found."""
    for written in ("tools/keys --of 'the hotline'", '["tools/keys", "--of", "the hotline"]'):
        settings = load(config, {"HOTLINE_KEYS__COMMAND": written})
        assert settings.keys.argv == [str(config.parent / "tools/keys"), "--of", "the hotline"]
    assert load(config, {"HOTLINE_KEYS__COMMAND": "pass show"}).keys.argv == ["pass", "show"]


def test_secrets_do_not_show() -> None:
    """Printing the settings prints no token and no password."""
    said = repr(load(EXAMPLE, SECRETS))
    assert not [secret for secret in SECRETS.values() if secret in said]


def test_the_example_is_the_defaults() -> None:
    """Copied as it is, with a token and an account on Matrix, the example changes nothing."""
    example = load(EXAMPLE, SECRETS)
    plain = load(EXAMPLE.with_name("absent.toml"), {**SECRETS, **ACCOUNT})
    assert example == plain
    assert Settings().telegram is None
    assert Settings().matrix is None


def test_the_example_has_every_key() -> None:
    """Nobody has to read code to learn what can be configured."""
    written = set(_written(tomllib.loads(EXAMPLE.read_text())))
    messengers: dict[str, type[BaseModel]] = {"telegram": TelegramSettings, "matrix": MatrixSettings}
    of_messengers = {(name, key) for name, model in messengers.items() for key in model.model_fields}
    assert written == set(_keys(Settings)) | of_messengers


def test_every_secret_may_come_from_a_file() -> None:
    """The example's head names all keys that may hold a secret."""
    head = EXAMPLE.read_text().partition("[centre]")[0]
    for section, key in secret_keys():
        assert key in head, (section, key)


def _written(tree: Mapping[str, object], *above: str) -> Iterator[tuple[str, ...]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _written(value, *above, key)
        else:
            yield (*above, key)


def _keys(model: type[BaseModel], *above: str) -> Iterator[tuple[str, ...]]:
    for key, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, *above, key)
        elif (*above, key) not in {("telegram",), ("matrix",)}:
            yield (*above, key)
