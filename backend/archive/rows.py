"""Rows of any table as lines of JSON that mean the same on SQLite and PostgreSQL, and on no database at all.

A line is an array of the row's values in the order of the table's columns. A column is of one of four
kinds: text, integer and boolean are JSON's own, bytes are base64; nothing is null.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from sqlalchemy import Boolean, Connection, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.types import TypeEngine

from backend.archive.container import damaged

Kind = Literal["text", "integer", "boolean", "bytes"]
Value: TypeAlias = str | int | bool | bytes | None
Row: TypeAlias = tuple[Value, ...]
Columns: TypeAlias = Sequence[tuple[str, Kind]]

LEFT_OUT = frozenset({"alembic_version", "nodes", "leases", "keys_taken"})
"""The revision stands in the manifest; which processes were at work then says nothing later."""
FIRST = "cases"
"""Before everything that belongs to one: so whoever reads can leave out a case with all that is its own."""

_LINE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PYTHON: Mapping[Kind, type] = {"text": str, "integer": int, "boolean": bool, "bytes": str}


def tables(connection: Connection) -> list[Table]:
    """The tables as the database has them, each after those that it refers to; without those left out."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name not in LEFT_OUT)
    ordered = found.sorted_tables
    return sorted(ordered, key=lambda table: table.name != FIRST)


def columns(table: Table) -> list[tuple[str, Kind]]:
    """A table's columns with their kinds, in the table's order."""
    return [(column.name, _kind(column.type)) for column in table.columns]


def _kind(kind: TypeEngine[object]) -> Kind:
    match kind:
        case LargeBinary():
            return "bytes"
        case Boolean():
            return "boolean"
        case Integer():
            return "integer"
        case String():
            return "text"
    raise TypeError(f"no archive can hold {kind!r}")


def written(rows: Iterable[Sequence[Value]]) -> bytes:
    """Rows as lines."""
    return b"".join(_LINE.encode([_plain(each) for each in row]).encode() + b"\n" for row in rows)


def _plain(value: Value) -> str | int | bool | None:
    return b64encode(value).decode() if isinstance(value, bytes) else value


def read(lines: bytes, known: Columns) -> Iterator[Row]:
    """The rows of these lines. Raises ArchiveRefused for anything that isn't one."""
    for line in lines.splitlines():
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            raise damaged() from None
        if not isinstance(values, list) or len(values) != len(known):
            raise damaged()
        yield tuple(_value(value, kind) for value, (_, kind) in zip(values, known, strict=True))


def _value(value: object, kind: Kind) -> Value:
    if value is None:
        return None
    if type(value) is not _PYTHON[kind] or not _FIT[kind](value):
        raise damaged()
    if kind != "bytes":
        return value  # type: ignore[return-value] # it is of the kind's own type
    try:
        return b64decode(str(value), validate=True)
    except (NotBase64, ValueError):
        raise damaged() from None


def _is_text(value: object) -> bool:
    """Whether both databases take it: no zero, and nothing that UTF-8 can't write."""
    try:
        return b"\0" not in str(value).encode()
    except UnicodeEncodeError:
        return False


def _is_number(value: object) -> bool:
    """Whether it fits into 64 bits."""
    return isinstance(value, int) and -(1 << 63) <= value < 1 << 63


_FIT: Mapping[Kind, Callable[[object], bool]] = {
    "text": _is_text,
    "integer": _is_number,
    "boolean": lambda _: True,
    "bytes": _is_text,
}
