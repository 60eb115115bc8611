"""Where keys come from: one of four places, and a sentence where it isn't right; a passphrase around them."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest
from pydantic import SecretStr

from backend.database import Database, engine_url
from backend.errors import KeysMissing
from backend.vault import passphrase, sources
from backend.vault.keyfile import compose, create_key_file, new_keys, parse, with_new_current
from backend.vault.keys import Dates, KeyFile
from backend.vault.opening import open_vault
from backend.vault.passphrase import Cost, PassphraseWrong
from backend.vault.settings import KeysSettings
from backend.vault.sources import KeySource, of_file, of_settings

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
KEYS, MADE = new_keys(NOW.date()), new_keys(NOW.date())
CHEAP = Cost(memory=64, passes=1, lanes=1)
PHRASE = "шесть случайных слов"


def _ask(_where: str) -> str:
    return PHRASE


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make trying a passphrase quick."""
    monkeypatch.setattr("backend.vault.passphrase.Cost", lambda *given: Cost(*given) if given else CHEAP)


# ── The file ────────────────────────────────────────────────────────────────────────────────────


def test_a_key_file_comes_back_as_it_was_written() -> None:
    """Names, keys, days and which is current, whatever the names are."""
    dates = {"k1": Dates(date(2026, 1, 2)), 'the "old" one': Dates(None, date(2026, 2, 3)), "k3": Dates()}
    wrapping = {name: bytes([number]) * 32 for number, name in enumerate(dates)}
    keys = KeyFile("k1", wrapping, bytes(32), dates)
    assert parse(compose(keys), where="it") == keys


def test_a_file_of_the_first_version_is_read() -> None:
    """Plain strings under [wrapping], as files were written before; the day is in the name."""
    text = compose(KEYS).replace("[wrapping.k20260304]\nkey", "[wrapping]\nk20260304").replace("made", "#")
    assert parse(text, where="it") == KEYS
    other = text.replace("k20260304", "k20269999")
    assert parse(other, where="it").dates == {"k20269999": Dates()}


def test_old_keys_stay_behind_a_new_one() -> None:
    """A new current key has a name of its own, and nothing of the others changes."""
    once = with_new_current(KEYS, date(2026, 4, 3))
    twice = with_new_current(once, date(2026, 4, 3))
    assert (once.current, twice.current) == ("k20260403", "k20260403-2")
    assert once.wrapping.items() <= twice.wrapping.items()
    assert KEYS.wrapping.items() <= once.wrapping.items()
    assert len(set(twice.wrapping.values())) == 3
    assert twice.lookup == KEYS.lookup


DAMAGES = {
    "current that isn't there": ('current = "k20260304"', 'current = "k2"'),
    "day that is none": ("made = 2026-03-04", 'made = "yesterday"'),
    "moment for a day": ("made = 2026-03-04", "made = 2026-03-04T09:00:00Z"),
    "number for a key": ("key = ", "key = 5 #"),
    "entry that is unknown": ("made = ", "mode = "),
    "key that is short": ('="\nmade', 'AA="\nmade'),
    "no look-up key": ("lookup", "look"),
    "name that is too long": ("k20260304", "k" * 65),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_wrong_with_a_key_file_is_one_sentence(damage: str, tmp_path: Path) -> None:
    """It names the file, and repeats no key."""
    whole = compose(KEYS)
    changed = whole.replace(*DAMAGES[damage])
    assert changed != whole
    file = tmp_path / "keys.toml"
    file.write_text(changed)
    with pytest.raises(KeysMissing) as caught:
        of_file(file).read()
    said = str(caught.value)
    assert str(file) in said
    assert "\n" not in said
    assert not any(line.partition('"')[2][:20] in said for line in whole.splitlines() if '="' in line)


def test_a_replaced_file_is_private_whole_and_the_old_content_gone(tmp_path: Path) -> None:
    """What stood there is overwritten; a link to the file stays a link."""
    real, link = tmp_path / "disk" / "keys.toml", tmp_path / "keys.toml"
    create_key_file(real, MADE)
    link.symlink_to(real)
    with real.open("rb") as before:
        assert of_file(link).write(KEYS)
        assert set(before.read()) == {0}
    assert link.is_symlink()
    assert of_file(real).read() == KEYS
    assert real.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in real.parent.iterdir()] == ["keys.toml"]


def test_somebodys_second_name_for_the_file_keeps_its_content(tmp_path: Path) -> None:
    """A hard link is a copy that somebody wanted: it isn't overwritten, and that is said."""
    file, copy = tmp_path / "keys.toml", tmp_path / "copy.toml"
    create_key_file(file, MADE)
    copy.hardlink_to(file)
    assert not of_file(file).write(KEYS)
    assert of_file(copy).read() == MADE


def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    """A half-written new file is no obstacle, and doesn't stay: the keys in it are overwritten."""
    file, left = tmp_path / "keys.toml", tmp_path / "keys.toml.new"
    create_key_file(file, MADE)
    left.write_text("half")
    with left.open("rb") as half:
        of_file(file).write(KEYS)
        assert half.read() == bytes(4)
    assert [path.name for path in tmp_path.iterdir()] == ["keys.toml"]


@pytest.mark.parametrize("is_new", [True, False])
def test_a_full_disk_leaves_no_part_of_a_key_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_new: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A first one can be made again once there is room, and one that was there is as it was."""
    file = tmp_path / "keys.toml"
    if not is_new:
        create_key_file(file, MADE)
    write = partial(create_key_file, file, MADE) if is_new else partial(of_file(file).write, KEYS)
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))
        with pytest.raises(OSError, match="No space"):
            write()
    if is_new:
        create_key_file(file, MADE)
    assert of_file(file).read() == MADE
    assert [path.name for path in tmp_path.iterdir()] == ["keys.toml"]


# ── The other places ────────────────────────────────────────────────────────────────────────────


def test_the_key_file_can_be_in_the_environment() -> None:
    """`keys.text` is the file itself; nothing can be written there."""
    source = of_settings(KeysSettings(text=SecretStr(compose(KEYS))))
    assert source.read() == KEYS
    assert not source.is_writable
    with pytest.raises(KeysMissing, match=r"keys\.text can't be changed from here"):
        source.write(KEYS)
    assert compose(KEYS) not in repr(KeysSettings(text=SecretStr(compose(KEYS))))


def test_the_key_file_can_be_a_systemd_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`keys.credential` is a file's name under $CREDENTIALS_DIRECTORY."""
    source = of_settings(KeysSettings(credential="hotline-keys"))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(KeysMissing, match="there is no \\$CREDENTIALS_DIRECTORY"):
        source.read()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(KeysMissing, match="the credential hotline-keys can't be read: No such file"):
        source.read()
    (tmp_path / "hotline-keys").write_text(compose(KEYS))
    assert source.read() == KEYS
    assert not source.is_writable


def test_the_key_file_can_be_what_a_command_prints(tmp_path: Path) -> None:
    """`keys.command` is run without a shell, anew each time somebody asks."""
    (tmp_path / "it's here.toml").write_text(compose(KEYS))
    cat = shutil.which("cat")
    source = of_settings(KeysSettings())
    for command in (f"{cat} '{tmp_path}/it'\\''s here.toml'", [cat, f"{tmp_path}/it's here.toml"]):
        source = of_settings(KeysSettings.model_validate({"command": command}))
        assert source.read() == KEYS
    more = with_new_current(KEYS, NOW.date())
    (tmp_path / "it's here.toml").write_text(compose(more))
    assert source.read() == more


REFUSING = {
    "exit(3)": "ended with 3",
    "pass": "printed nothing",
    "import sys; sys.stdout.buffer.write(b'\\xff')": "is no text in UTF-8",
    "print('hush' * (1 << 19))": "is damaged",
    "print('hush')": "is damaged",
    "import time, os; os.fork(); time.sleep(60)": "printed nothing within 1 seconds",
}


@pytest.mark.parametrize("program", REFUSING)
def test_a_command_that_fails_is_one_sentence(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with an error, prints nothing or nonsense, or never ends: what it printed isn't repeated."""
    monkeypatch.setattr(sources, "COMMAND_WITHIN", 1.0 if "sleep" in program else 60.0)
    source = of_settings(KeysSettings(command=[sys.executable, "-c", program]))
    with pytest.raises(KeysMissing, match=REFUSING[program]) as caught:
        source.read()
    assert "hush" not in str(caught.value)


def test_a_command_that_is_not_there_is_said() -> None:
    """The program's name is in the sentence."""
    with pytest.raises(KeysMissing, match=r"keys\.command: /nonexistent can't be run: No such file"):
        of_settings(KeysSettings(command="/nonexistent --with it")).read()


@pytest.mark.parametrize("kind", ["text", "credential", "command"])
async def test_new_keys_are_made_in_files_only(
    kind: str, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where anything but a file is configured and nothing is there, there is a sentence, and no new key."""
    from backend.upgrade import upgrade  # noqa: PLC0415 - the only test here with a database

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    given = {"text": " ", "credential": "keys", "command": "/nonexistent"}[kind]
    source = of_settings(KeysSettings.model_validate({kind: given}))
    database = Database(engine_url(empty_database_url, base=tmp_path))
    await upgrade(database)
    with pytest.raises(KeysMissing):
        await open_vault(database, source, now=NOW)
    await database.close()
    assert not _key_files(tmp_path)


def _key_files(folder: Path) -> list[Path]:
    return list(folder.rglob("*.toml"))


# ── A passphrase ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def protected(tmp_path: Path) -> KeySource:
    """Lend a key file around which there is a passphrase, as a process finds it that has just started."""
    file = tmp_path / "keys.toml"
    create_key_file(file, MADE)
    source = of_file(file)
    source.write(KEYS)
    source.protect(PHRASE)
    return of_file(file)


def test_a_protected_file_opens_by_its_passphrase(protected: KeySource) -> None:
    """Nothing of the keys can be read in the file; with the passphrase it is what it was."""
    assert protected.file is not None
    text = protected.file.read_text()
    assert "current" not in text
    assert "k20260304" not in text
    assert protected.read(_ask) == KEYS
    assert protected.is_protected


def test_a_wrong_passphrase_opens_nothing(protected: KeySource) -> None:
    """One sentence, and it can be tried again."""
    with pytest.raises(PassphraseWrong, match="the passphrase is wrong, or it was changed"):
        protected.read(lambda _: PHRASE + "x")
    assert protected.read(_ask) == KEYS


def test_nobody_is_asked_twice(protected: KeySource) -> None:
    """A process that has opened the file reads it again by itself: also after keys were rotated."""
    assert protected.read(_ask) == KEYS
    more, file = with_new_current(KEYS, NOW.date()), protected.file
    assert file is not None
    other = of_file(file)
    other.read(_ask)
    other.write(more)
    assert passphrase.is_protected(file.read_text())
    assert protected.read() == more


def test_a_new_passphrase_is_not_guessed(protected: KeySource) -> None:
    """Where it was changed, a process that knows the old one doesn't read the file, and says why."""
    assert protected.file is not None
    protected.read(_ask)
    other = of_file(protected.file)
    other.read(_ask)
    other.protect("совсем другие слова")
    with pytest.raises(KeysMissing, match="wrapped by a passphrase that nobody has typed here"):
        protected.read()


def test_the_passphrase_may_be_configured(protected: KeySource) -> None:
    """Then nobody is asked."""
    assert protected.file is not None
    settings = KeysSettings(file=protected.file, passphrase=SecretStr(PHRASE))
    assert of_settings(settings).read() == KEYS


def test_the_passphrase_comes_off(protected: KeySource) -> None:
    """Afterwards the file is as it was, and what was wrapped is overwritten."""
    assert protected.file is not None
    with protected.file.open("rb") as before:
        assert protected.unprotect(_ask)
        assert set(before.read()) == {0}
    assert of_file(protected.file).read() == KEYS


def test_everything_in_a_protected_file_is_sealed(protected: KeySource) -> None:
    """Change a byte of what counts, anywhere, and the file doesn't open: numbers, salt, and sealed text."""
    assert protected.file is not None
    whole = protected.file.read_text()
    begin = whole.index("version")
    opened = 0
    for at in range(begin, len(whole)):
        changed = whole[:at] + chr(ord(whole[at]) ^ 1) + whole[at + 1 :]
        protected.file.write_text(changed)
        try:
            keys = of_file(protected.file).read(_ask)
        except KeysMissing:
            continue
        opened += 1
        assert keys == KEYS
        # A blank, or an unused bit at the end of base64, says nothing.
        assert whole[at] in " \n=" or whole[at + 1] in '="'
    assert opened < 20


NUMBERS = [
    "memory = 99999999999",
    "memory = 1",
    "passes = 0",
    "lanes = 100000",
    'memory = "64"',
    "lanes = true",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_that_would_take_the_machine_down_are_refused(protected: KeySource, number: str) -> None:
    """What a key file asks of the machine has bounds, before a passphrase is tried."""
    assert protected.file is not None
    name = number.partition(" ")[0]
    lines = protected.file.read_text().splitlines()
    protected.file.write_text("\n".join(number if line.startswith(name) else line for line in lines))
    with pytest.raises(KeysMissing, match="is damaged"):
        of_file(protected.file).read(_ask)
