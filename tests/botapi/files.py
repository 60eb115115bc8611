"""Files: what people send and the bot uploads, their identifiers, and the objects that describe them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from .refusals import Obj, bad_request

DOWNLOAD_LIMIT = 20 * 1024 * 1024
"""The most bytes that a bot may download."""
PHOTO_LIMIT = 10 * 1024 * 1024
_FOLDERS = {
    "photo": ("photos", ".jpg", ""),
    "document": ("documents", "", "application/octet-stream"),
    "voice": ("voice", ".oga", "audio/ogg"),
    "video": ("videos", ".mp4", "video/mp4"),
    "audio": ("music", ".mp3", "audio/mpeg"),
    "sticker": ("stickers", ".webp", ""),
}
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"BM")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
"""The smallest thing that passes for a photo."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on the server. `size` is what is declared, so that a huge file needs no bytes."""

    file_id: str
    kind: str
    name: str
    mime: str
    data: bytes
    size: int
    path: str

    @property
    def unique_id(self) -> str:
        """The identifier that is the same for every bot and can't be used to download."""
        return f"U{self.file_id[-10:]}"

    def identity(self) -> Obj:
        """The fields that every description of a file begins with."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


@dataclass(frozen=True, slots=True)
class Media:
    """What a message carries instead of a text: its field's name and value, and the file behind it."""

    kind: str
    value: object
    file: StoredFile | None = None


class Files:
    """All files of one server."""

    def __init__(self) -> None:
        self.by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(
        self, kind: str, data: bytes, *, name: str = "", mime: str = "", size: int | None = None
    ) -> StoredFile:
        """Keep a file; `size` overrides the size that is declared."""
        number = len(self.by_id) + 1
        folder, suffix, usual = _FOLDERS[kind]
        path = f"{folder}/file_{number}{PurePosixPath(name).suffix if kind == 'document' else suffix}"
        identifier = f"BQACAgIAAxkB{number:010d}"
        file = StoredFile(
            identifier, kind, name, mime or usual, data, len(data) if size is None else size, path
        )
        self.by_id[file.file_id] = self._by_path[path] = file
        return file

    def at(self, path: str) -> StoredFile | None:
        """The file that is downloaded under this path, if it may be."""
        file = self._by_path.get(path)
        return file if file is not None and file.size <= DOWNLOAD_LIMIT else None

    def get(self, file_id: str) -> StoredFile:
        """The file that getFile describes.

        Raises:
            Refused: there is none, or it is too big to be downloaded.

        """
        file = self.by_id.get(file_id)
        if file is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if file.size > DOWNLOAD_LIMIT:
            raise bad_request("file is too big")
        return file

    def media(self, file: StoredFile, **details: object) -> Media:
        """The file as a message carries it; `details` are further fields of its object."""
        if file.kind == "photo":
            return Media("photo", self._sizes(file), file)
        described = {**file.identity(), **_DEFAULTS[file.kind], **details}
        if file.kind in {"document", "video", "audio"} and file.name:
            described["file_name"] = file.name
        if file.mime:
            described["mime_type"] = file.mime
        return Media(file.kind, described, file)

    def _sizes(self, file: StoredFile) -> list[Obj]:
        """A photo comes in several sizes, the best one last."""
        small = self.add("photo", JPEG)
        return [
            {**small.identity(), "width": 90, "height": 67},
            {**file.identity(), "width": 1280, "height": 960},
        ]


_DEFAULTS: dict[str, Obj] = {
    "document": {},
    "voice": {"duration": 3},
    "video": {"duration": 5, "width": 640, "height": 360},
    "audio": {"duration": 60},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
}


def verify_upload(kind: str, data: bytes) -> None:
    """Refuse an uploaded file that Telegram would not take as what it is sent as."""
    if not data:
        raise bad_request("file must be non-empty")
    if kind == "photo" and len(data) > PHOTO_LIMIT:
        raise bad_request("too big for a photo")
    if kind == "photo" and not data.startswith(_PICTURES):
        raise bad_request("IMAGE_PROCESS_FAILED")
