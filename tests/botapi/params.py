"""A call's parameters: read from a request in any of the forms that Telegram takes, and asked for by type."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader

from .refusals import Obj, Refused, bad_request

if TYPE_CHECKING:
    from aiohttp import web

UPLOAD_LIMIT = 50 * 1024 * 1024
"""The most bytes that a bot may upload as one file."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request."""

    name: str
    mime: str
    data: bytes


class Params:
    """Checked parameters. A parameter that is not there reads as nothing of its type."""

    def __init__(self, values: Obj) -> None:
        self.values = values

    def text(self, name: str) -> str:
        """A String, or the empty text."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int | None:
        """An Integer."""
        value = self.values.get(name)
        return value if isinstance(value, int) else None

    def real(self, name: str) -> float:
        """A Float, or 0."""
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    def flag(self, name: str) -> bool:
        """A Boolean, or False."""
        return self.values.get(name) is True

    def mapping(self, name: str) -> Obj | None:
        """An object."""
        value = self.values.get(name)
        return cast("Obj", value) if isinstance(value, dict) else None

    def objects(self, name: str) -> list[Obj] | None:
        """An array of objects."""
        value = self.values.get(name)
        return cast("list[Obj]", value) if isinstance(value, list) else None

    def numbers(self, name: str) -> list[int]:
        """An array of Integer."""
        return cast("list[int]", self.values.get(name) or [])

    def strings(self, name: str) -> list[str] | None:
        """An array of String."""
        return cast("list[str] | None", self.values.get(name))

    def file(self, name: str) -> Upload | str:
        """An upload, or the identifier or address that stands for a file."""
        value = self.values.get(name)
        return value if isinstance(value, Upload) else self.text(name)


async def read(request: web.Request) -> tuple[Obj, dict[str, Upload]]:
    """A request's raw parameters and files: from its query, and from a form, JSON or multipart body."""
    values: Obj = dict(request.query) if request.query_string else {}
    if request.content_type == "multipart/form-data":
        return await _multipart(request, values)
    body = await request.read()
    if request.content_type == "application/json" and body:
        return {**values, **_json_object(body)}, {}
    values.update(parse_qsl(body.decode(), keep_blank_values=True))
    return values, {}


def _json_object(body: bytes) -> Obj:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("can't parse request body JSON: object expected")
    return value


async def _multipart(request: web.Request, values: Obj) -> tuple[Obj, dict[str, Upload]]:
    uploads: dict[str, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise bad_request("nested multipart bodies are not supported")
        data = bytes(await part.read())
        name = part.name or ""
        if part.filename is None:
            values[name] = data.decode()
            continue
        if len(data) > UPLOAD_LIMIT:
            raise Refused(413, "Request Entity Too Large")
        mime = part.headers.get("Content-Type", "application/octet-stream")
        uploads[name] = Upload(part.filename, mime, data)
    return values, uploads
