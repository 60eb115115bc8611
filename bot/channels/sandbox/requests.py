"""What the page may ask of the server, checked before anything else looks at it."""

from __future__ import annotations

import mimetypes
import unicodedata
from datetime import timedelta
from typing import Annotated, Literal

from aiohttp import BodyPartReader, MultipartReader, web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.channels.base import FileKind, Limits

LIMITS = Limits()
FILES_AT_ONCE = 10
NAME_LENGTH = 120
LONGEST_LEAP = timedelta(days=31)
PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
VOICES = frozenset({"audio/ogg", "audio/opus"})

Id = Annotated[str, StringConstraints(max_length=32)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class FileTooLarge(Exception):
    """More than a messenger would take."""


class Malformed(Exception):
    """Not the form that was agreed."""


class TooManyFiles(Exception):
    """More than a messenger would take at once."""


class Body(BaseModel):
    """A JSON body; what isn't named here is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FromPerson(Body):
    """Who does it, and where."""

    chat: Id
    person: Id = Field(alias="as")
    language: Language | None = None


class SayBody(FromPerson):
    """A typed message; `reply_to` is the id of the message it answers."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=LIMITS.text)]
    reply_to: int | None = None


class PressBody(FromPerson):
    """A button under `message`."""

    message: int
    data: Annotated[str, StringConstraints(max_length=LIMITS.button_bytes)]


class LocationBody(FromPerson):
    """A place, in degrees."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class AttachBody(FromPerson):
    """The fields that go with files; `text` is their caption."""

    text: Annotated[str, StringConstraints(max_length=LIMITS.caption)] = ""
    reply_to: int | None = None


class LanguageBody(Body):
    """The language that the page is in now: one of those it has."""

    language: Literal["ru", "en"]


class ClockBody(Body):
    """Seconds to move on by."""

    advance: Annotated[float, Field(gt=0, le=LONGEST_LEAP.total_seconds())]


class Upload(BaseModel):
    """A file as it came."""

    content: bytes
    name: str
    kind: FileKind
    mime: str


async def read_attach(request: web.Request) -> tuple[AttachBody, list[Upload]]:
    """A multipart form: the fields, and one or several parts called `file`.

    Read part by part, so that a refused file is never held or written whole.
    """
    fields: dict[str, str] = {}
    uploads: list[Upload] = []
    try:
        reader = await request.multipart()
        while part := await _next_part(reader):
            if part.name == "file":
                uploads.append(await _read_file(part))
            else:
                fields[part.name or ""] = (await _read(part)).decode()
            if len(uploads) > FILES_AT_ONCE:
                raise TooManyFiles
    except ValueError:
        raise Malformed from None
    return AttachBody.model_validate(fields), uploads


async def _next_part(reader: MultipartReader) -> BodyPartReader | None:
    part = await reader.next()
    if isinstance(part, MultipartReader):
        raise Malformed
    return part


async def _read_file(part: BodyPartReader) -> Upload:
    name = shown_name(part.filename or "")
    mime = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    mime = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Upload(content=await _read(part), name=name, kind=kind_of(mime), mime=mime)


async def _read(part: BodyPartReader) -> bytes:
    content = bytearray()
    while piece := await part.read_chunk():
        content += piece
        if len(content) > LIMITS.file:
            raise FileTooLarge
    return bytes(content)


def kind_of(mime: str) -> FileKind:
    """As a messenger sorts files; an image that browsers can't show is a document."""
    if mime in PHOTOS:
        return "photo"
    if mime in VOICES:
        return "voice"
    match mime.partition("/")[0]:
        case "audio":
            return "audio"
        case "video":
            return "video"
        case _:
            return "document"


def shown_name(name: str) -> str:
    """Fit to be shown: no path, nothing invisible, not endless."""
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(it for it in last if unicodedata.category(it)[0] != "C")
    return visible[-NAME_LENGTH:] or "file"
