"""The methods' parameters and types (`methods.json`), and the check of a call against them.

Stricter than Telegram in one thing: an unknown parameter or field is refused where Telegram ignores it,
because in a test it is always a mistake.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

from .params import Params, Upload
from .refusals import Obj, bad_request, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping


class Shape(TypedDict):
    """A method's parameters or a type's fields: the required names, and each name's permitted types."""

    required: list[str]
    fields: dict[str, list[str]]


class Table(TypedDict):
    """The content of `methods.json`; see `derive.py`."""

    version: str
    methods: dict[str, Shape]
    types: dict[str, Shape]
    unions: dict[str, list[str]]


TABLE: Table = json.loads(Path(__file__).with_name("methods.json").read_text(encoding="utf-8"))
_CANONICAL = {name.lower(): name for name in TABLE["methods"]}
_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "user_id": "invalid user_id specified",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
    "file_id": "file_id not specified",
}
_FILES = frozenset({"document", "photo", "voice", "video", "audio"})


class Mismatch(ValueError):
    """A value is not of the type that the table permits; its text says what is wrong."""


def canonical(method: str) -> str:
    """The method's name as documented; Telegram takes names in any case.

    Raises:
        Refused: there is no such method in the table.

    """
    try:
        return _CANONICAL[method.lower()]
    except KeyError:
        raise not_found() from None


def check(method: str, raw: Mapping[str, object], uploads: Mapping[str, Upload]) -> Params:
    """The call's parameters by their documented types.

    Raises:
        Refused: a parameter is unknown, missing or of the wrong type.

    """
    shape = TABLE["methods"][method]
    values: Obj = {}
    for name, value in {
        **raw,
        **{name: uploads[name] for name in uploads if name in shape["fields"]},
    }.items():
        if name not in shape["fields"]:
            raise bad_request(f'unknown parameter "{name}"')
        values[name] = _parameter(name, shape["fields"][name], value, uploads)
    for name in shape["required"]:
        if values.get(name) in (None, "") and not (name == "url" and name in values):
            raise bad_request(_missing(name))
    return Params(values)


def _missing(name: str) -> str:
    if name in _FILES:
        return f"there is no {name} in the request"
    return _MISSING.get(name, f'parameter "{name}" is required')


def _parameter(name: str, kinds: list[str], value: object, uploads: Mapping[str, Upload]) -> object:
    if isinstance(value, Upload):
        if "InputFile" in kinds:
            return value
        raise bad_request(f'parameter "{name}" can\'t be a file')
    if "InputFile" in kinds and isinstance(value, str) and value.startswith("attach://"):
        attached = uploads.get(value.removeprefix("attach://"))
        if attached is None:
            raise bad_request(f"there is no {name} in the request")
        return attached
    try:
        return _any_of(kinds, value, name, parse=True)
    except Mismatch as mismatch:
        raise bad_request(f"can't parse {name}: {mismatch}") from None


def _any_of(kinds: list[str], value: object, where: str, *, parse: bool) -> object:
    failures = []
    for kind in kinds:
        try:
            return _convert(kind, value, where) if parse else _expect(kind, value, where)
        except Mismatch as mismatch:
            failures.append(mismatch)
    raise failures[-1] if len(kinds) == 1 else Mismatch("; ".join(str(failure) for failure in failures))


def _convert(kind: str, value: object, where: str) -> object:
    """A top-level parameter: forms carry numbers, flags and objects as text."""
    if kind in {"String", "InputFile"} or not isinstance(value, str):
        return _expect(kind, value, where)
    try:
        return _expect(kind, json.loads(value), where)
    except json.JSONDecodeError:
        raise Mismatch(f"{where} must be of type {kind}") from None


_PRIMITIVES: dict[str, type | tuple[type, ...]] = {
    "String": str,
    "Integer": int,
    "Float": (int, float),
    "Boolean": bool,
    "True": bool,
}


def _expect(kind: str, value: object, where: str) -> object:
    """A value inside JSON: of exactly the documented type, all the way down."""
    if kind.startswith("Array of "):
        return _expect_array(kind.removeprefix("Array of "), value, where)
    if kind in TABLE["unions"]:
        return _any_of(TABLE["unions"][kind], value, where, parse=False)
    if kind in TABLE["types"] and kind != "InputFile":
        return _expect_object(kind, value, where)
    fits = isinstance(value, _PRIMITIVES.get(kind, ()))
    if not fits or (isinstance(value, bool) and kind not in {"Boolean", "True"}):
        raise Mismatch(f"{where} must be of type {kind}")
    return value


def _expect_array(kind: str, value: object, where: str) -> object:
    if not isinstance(value, list):
        raise Mismatch(f"{where} must be of type Array")
    return [_expect(kind, item, f"{where}[{index}]") for index, item in enumerate(value)]


def _expect_object(kind: str, value: object, where: str) -> object:
    if not isinstance(value, dict):
        raise Mismatch(f"{where} must be of type Object")
    shape, fields = TABLE["types"][kind], cast("Obj", value)
    for name, inner in fields.items():
        if name not in shape["fields"]:
            raise Mismatch(f'{where} has an unknown field "{name}"')
        _any_of(shape["fields"][name], inner, f"{where}.{name}", parse=False)
    for name in shape["required"]:
        if name not in fields:
            raise Mismatch(f'{where} has no field "{name}"')
    return value


def expect(kind: str, value: object) -> None:
    """Raise `Mismatch` unless a JSON value is exactly of a documented type: ours are held to it."""
    _expect(kind, value, kind)
