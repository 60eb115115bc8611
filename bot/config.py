"""The whole configuration: a TOML file, then the environment, then files that hold secrets.

`HOTLINE_TELEGRAM__TOKEN` overrides `token` of `[telegram]`; lists come as JSON. A secret may be kept in a
file of its own, named by its key and `_file`. Whatever is wrong is said in one line that names the key and
never shows a value, for a value may be a secret.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from backend.config import SHAPES, BackendSettings
from backend.database import engine_url
from backend.errors import ConfigurationInvalid
from bot.channels.matrix.settings import MatrixSettings
from bot.channels.telegram.settings import TelegramSettings
from bot.health.settings import HealthSettings

PREFIX = "HOTLINE_"
NOT_SETTINGS = frozenset({"HOTLINE_CHROMIUM"})
"""Names of the environment that begin like settings and speak to the tests' set-up instead."""

Tree = dict[str, object]


class Settings(BackendSettings):
    """All that the hotline is told. A section that is left out is a messenger that isn't used."""

    telegram: TelegramSettings | None = None
    matrix: MatrixSettings | None = None
    health: HealthSettings = HealthSettings()


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the file at `path` and of `environ`, with every path made absolute.

    Without a file the environment alone will do, if it says anything. Raises ConfigurationInvalid.
    """
    overrides = environment(environ)
    written = _read(path)
    if written is None and not overrides:
        raise ConfigurationInvalid(
            f"{path} isn't there: `hotline init` writes one, --config names another, the environment may do"
        )
    return settings(written or {}, overrides, base=path.parent)


def settings(written: Tree, overrides: Tree, *, base: Path) -> Settings:
    """What the file says, overridden by what the environment says. Raises ConfigurationInvalid.

    Relative paths, also those of secrets' files, are taken from `base`.
    """
    home = base.absolute()
    merged = _merged(_with_secrets(written, home), _with_secrets(overrides, home))
    try:
        return _placed(Settings.model_validate(merged), home)
    except ValidationError as error:
        raise ConfigurationInvalid(_complaint(error, overrides)) from None


def environment(environ: Mapping[str, str]) -> Tree:
    """The settings of the environment, nested as in the file. Raises ConfigurationInvalid."""
    tree: Tree = {}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in NOT_SETTINGS:
            _put(tree, name.removeprefix(PREFIX).lower().split("__"), name, environ[name])
    return tree


def _put(tree: Tree, keys: list[str], name: str, value: str) -> None:
    """One variable into its place."""
    field = _field(keys)
    if field is None and not _names_secret_file(keys):
        raise ConfigurationInvalid(f"{name}: there is no such setting")
    for key in keys[:-1]:
        tree = _table(tree, key)
    tree[keys[-1]] = _from_json(name, value) if field and _is_list(field, value) else value


def _is_list(field: FieldInfo, value: str) -> bool:
    """Whether the value is written as a list: where it must be one, and where it may be."""
    may_be = any(
        get_origin(get_args(each)[0]) is list for each in get_args(field.annotation) if get_args(each)
    )
    return get_origin(field.annotation) is list or (may_be and value.lstrip().startswith("["))


def _table(tree: Tree, key: str) -> Tree:
    found = tree.setdefault(key, {})
    return found if isinstance(found, dict) else {}


def _from_json(name: str, value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        raise ConfigurationInvalid(f'{name}: must be a list as JSON, such as ["ru", "en"]') from None


def _field(keys: list[str]) -> FieldInfo | None:
    """The field that these keys lead to, or None where there is none, or a whole table."""
    model: type[BaseModel] | None = Settings
    field: FieldInfo | None = None
    for key in keys:
        field = model.model_fields.get(key) if model else None
        model = _model(field) if field else None
    return None if model else field


def _model(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that holds a table (`TelegramSettings` of `TelegramSettings | None`)."""
    if get_origin(field.annotation) is list:
        return None
    kinds = (field.annotation, *get_args(field.annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def secret_keys() -> Iterator[tuple[str, str]]:
    """(section, key) of all that may be kept in a file of its own: a database's address holds a password."""
    yield "database", "url"
    for section, field in Settings.model_fields.items():
        model = _model(field)
        for key, inner in model.model_fields.items() if model else ():
            if inner.annotation is SecretStr:
                yield section, key


def _names_secret_file(keys: list[str]) -> bool:
    return any(keys == [section, f"{key}_file"] for section, key in secret_keys())


def _read(path: Path) -> Tree | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationInvalid(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationInvalid(f"{path} is not text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationInvalid(f"{path} is not TOML: {_place(str(error))}") from None


def _place(complaint: str) -> str:
    """Only where the mistake is: the parser's own words may quote a name that is no key but a secret."""
    _, found, place = complaint.rpartition("(at ")
    return f"look at {place.removesuffix(')')}" if found else "a table or key is given twice"


def _with_secrets(tree: Tree, home: Path) -> Tree:
    """The tree with every `<key>_file` replaced by what is in that file."""
    filled = dict(tree)
    for section, key in secret_keys():
        table = filled.get(section)
        if isinstance(table, dict) and f"{key}_file" in table:
            others = {name: value for name, value in table.items() if name != f"{key}_file"}
            filled[section] = {**others, key: _secret(table, f"{section}.{key}", home)}
    return filled


def _secret(table: Tree, key: str, home: Path) -> str:
    name = key.rpartition(".")[2]
    if table.get(name):
        raise ConfigurationInvalid(f"{key}_file: {key} is given as well; leave one of them out")
    place = table[f"{name}_file"]
    if not isinstance(place, str) or not place:
        raise ConfigurationInvalid(f"{key}_file: must be the path of a file")
    try:
        return (home / place).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationInvalid(f"{key}_file: {place} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationInvalid(f"{key}_file: {place} is not text in UTF-8") from None


def _merged(under: Tree, over: Tree) -> Tree:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _placed(loaded: Settings, home: Path) -> Settings:
    """The settings with absolute paths, so that nothing depends on where a command was started."""
    keys = loaded.keys.model_copy(
        update={"file": home / loaded.keys.file, "command": _from(home, loaded.keys.argv)}
    )
    files = loaded.files.model_copy(update={"folder": home / loaded.files.folder})
    database = loaded.database.model_copy(update={"url": _database_url(loaded.database.url, home)})
    kept = loaded.backup
    backup = kept.model_copy(update={"folder": home / kept.folder, "erasures": home / kept.erasures})
    return loaded.model_copy(update={"keys": keys, "files": files, "database": database, "backup": backup})


def _from(home: Path, argv: list[str]) -> list[str]:
    """The command; its program beside the configuration, unless it is a bare name."""
    return [str(home / argv[0]), *argv[1:]] if argv and "/" in argv[0] else argv


def _database_url(url: str, home: Path) -> str:
    try:
        engine_url(url, base=home)
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationInvalid("database.url: must begin with sqlite:/// or postgresql://") from None
    if parsed.get_backend_name() != "sqlite":
        return url
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigurationInvalid("database.url: must name a file, such as sqlite:///data/hotline.db")
    return parsed.set(database=str(home / parsed.database)).render_as_string(hide_password=False)


def _complaint(error: ValidationError, overrides: Tree) -> str:
    """The first thing that is wrong, in one line; the others are only counted."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    # What only follows from a wrong value needn't be told too.
    found = [detail for detail in told if detail["type"] != "default_factory_not_called"]
    first = _sentence(found[0], overrides)
    return first if len(found) == 1 else f"{first} (and {len(found) - 1} more)"


def _sentence(detail: ErrorDetails, overrides: Tree) -> str:
    keys = [key for key in detail["loc"] if key not in SHAPES]
    said = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    match detail["type"]:
        case "extra_forbidden":
            said = f"there is no such key{_nearest(keys)}"
        case "missing":
            said = "is missing"
        case "model_type" | "model_attributes_type" | "dict_type":
            said = "must be a table"
        case "path_type":
            said = "must be a path"
        case "too_short":
            said = "must not be empty"
    name = _dotted(keys)
    return f"{name}{_origin(keys, overrides)}: {said.removeprefix(f'{keys[-1]} ')}"


def _dotted(keys: list[str | int]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def _origin(keys: list[str | int], overrides: Tree) -> str:
    """Where to look for a value that isn't in the file."""
    table: object = overrides
    for depth, key in enumerate(keys):
        if not isinstance(table, dict) or key not in table:
            return ""
        table = table[key]
        if not isinstance(table, dict):
            return f" ({PREFIX}{'__'.join(map(str, keys[: depth + 1])).upper()})"
    return ""


def _nearest(keys: list[str | int]) -> str:
    """The key that was probably meant, for a typing mistake."""
    model: type[BaseModel] | None = Settings
    for key in keys[:-1]:
        field = model.model_fields.get(str(key)) if model else None
        model = _model(field) if field else None
    near = difflib.get_close_matches(str(keys[-1]), model.model_fields if model else (), n=1)
    return f"; did you mean {_dotted([*keys[:-1], near[0]])}?" if near else ""
