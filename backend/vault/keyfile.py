"""The key file: TOML that names the wrapping keys, which of them is current, and the look-up key.

    current = "k20111104"
    lookup = "…"                  # 32 bytes in base64, as every key

    [wrapping.k20111104]
    key = "…"
    made = 2011-11-04
    retired = 2011-12-04          # only once nothing is wrapped by it any more

Files of the first version, where `[wrapping]` held `name = "key"`, are read as well.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from backend.errors import KeysMissing
from backend.vault.keys import Dates, KeyFile, new_data_key

HEAD = """\
# The hotline's encryption keys. Whoever has this file and the database can read everything;
# without it nobody can, not even you. Keep a copy, and never beside a copy of the database.
"""
_BYTES = 32
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BY_DAY = re.compile(r"k(\d{8})(?:-\d+)?")
_LONGEST_NAME = 64
"""Characters that the column of a data key's wrapping key holds."""


def parse(text: str, *, where: str) -> KeyFile:
    """The keys that the text holds. Raises KeysMissing with a sentence that begins with `where`."""
    try:
        data = tomllib.loads(text)
        found = {str(name): _entry(str(name), value) for name, value in data["wrapping"].items()}
        keys = KeyFile(
            current=str(data["current"]),
            wrapping={name: key for name, (key, _) in found.items()},
            lookup=_key(data["lookup"]),
            dates={name: dates for name, (_, dates) in found.items()},
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        raise KeysMissing(f"{where} is damaged: take your copy of it") from None
    if keys.current not in keys.wrapping:
        raise KeysMissing(f"{where} names {keys.current!r} as current but doesn't hold it")
    return keys


def _entry(name: str, value: object) -> tuple[bytes, Dates]:
    """A wrapping key and its days. The first version's were plain strings, their day in their name."""
    if not 0 < len(name) <= _LONGEST_NAME:
        raise ValueError
    if isinstance(value, str):
        return _key(value), Dates(made=_day_in(name))
    if not isinstance(value, Mapping) or not value.keys() <= {"key", "made", "retired"}:
        raise TypeError
    return _key(value["key"]), Dates(_day(value.get("made")) or _day_in(name), _day(value.get("retired")))


def _key(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError
    key = b64decode(text, validate=True)
    if len(key) != _BYTES:
        raise ValueError
    return key


def _day(value: object) -> date | None:
    if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
        raise TypeError
    return value


def _day_in(name: str) -> date | None:
    found = _BY_DAY.fullmatch(name)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def compose(keys: KeyFile) -> str:
    """The text of a key file."""
    lines = [f"current = {_quoted(keys.current)}", f"lookup = {_quoted(_base64(keys.lookup))}"]
    for name, key in keys.wrapping.items():
        dates = keys.dates.get(name, Dates())
        named = name if _BARE.fullmatch(name) else _quoted(name)
        lines += ["", f"[wrapping.{named}]", f"key = {_quoted(_base64(key))}"]
        days = {"made": dates.made, "retired": dates.retired}
        lines += [f"{word} = {day.isoformat()}" for word, day in days.items() if day]
    return HEAD + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """As JSON writes it, which TOML reads alike."""
    return json.dumps(text).replace("\x7f", "\\u007f")


def _base64(key: bytes) -> str:
    return b64encode(key).decode()


def new_keys(today: date) -> KeyFile:
    """Keys for a hotline that has none."""
    name = f"k{today:%Y%m%d}"
    return KeyFile(name, {name: new_data_key()}, new_data_key(), {name: Dates(today)})


def with_new_current(keys: KeyFile, today: date) -> KeyFile:
    """The same keys and a new one, which is current."""
    plain = f"k{today:%Y%m%d}"
    names = [plain, *(f"{plain}-{number}" for number in range(2, len(keys.wrapping) + 3))]
    name = next(name for name in names if name not in keys.wrapping)
    wrapping = {name: new_data_key(), **keys.wrapping}
    return KeyFile(name, wrapping, keys.lookup, {**keys.dates, name: Dates(today)})


def create_key_file(path: Path, keys: KeyFile) -> None:
    """Write keys where none were, readable by the owner only. Raises FileExistsError, never overwrites."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_durably(path, compose(keys))


def write_durably(path: Path, text: str) -> None:
    """A new private file that a power cut doesn't take away. Raises FileExistsError.

    Where it can't be written whole (the disk is full), none is left: it would be taken for a damaged one.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # Data sealed by a key that a power cut took away is lost for good: wait until it is on disk.
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in the folder are on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_durably(path: Path, text: str) -> bool:
    """Put `text` in the place of a private file, whole or not at all, and overwrite what stood there.

    Whether nothing of the old content can be found under another name: a second name for the same file
    (a hard link) is somebody's copy, and left alone. What a disk keeps of overwritten blocks nobody can say.
    """
    real = path.resolve(strict=True)
    part = real.with_name(f"{real.name}.new")
    _forget_cut_off(part)
    with real.open("r+b") as old:
        write_durably(part, text)
        _same_owner(old.fileno(), part)
        part.replace(real)
        sync_folder(real.parent)
        return _overwritten(old.fileno())


def _forget_cut_off(part: Path) -> None:
    """What a command left that was killed: keys that are to be destroyed, perhaps without a passphrase."""
    if part.exists():
        with part.open("r+b") as left:
            part.unlink()
            _overwritten(left.fileno())


def _same_owner(old: int, part: Path) -> None:
    """What root writes anew must stay readable to the hotline's own user."""
    was, now = os.fstat(old), part.stat()
    if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        os.chown(part, was.st_uid, was.st_gid)


def _overwritten(handle: int) -> bool:
    found = os.fstat(handle)
    if found.st_nlink:
        return False
    os.pwrite(handle, bytes(found.st_size), 0)
    os.fsync(handle)
    return True


def read_whole(path: Path) -> str:
    """The text of a file that may be replaced meanwhile. Raises OSError, UnicodeDecodeError."""
    while True:
        with path.open("rb") as file:
            content = file.read()
            if os.fstat(file.fileno()).st_nlink:
                return content.decode()


def is_private(path: Path) -> bool:
    """Whether nobody but its owner may read the file."""
    return not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
