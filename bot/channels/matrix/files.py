"""Files, encrypted as Matrix encrypts attachments (client-server API, "Sending encrypted attachments")."""

from __future__ import annotations

import asyncio
import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from nio.crypto import encrypt_attachment

from bot.channels.base import FileKind, OutgoingFile, Permanent
from bot.channels.matrix.faults import asked
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.tree import Json, text

_KINDS: dict[FileKind, str] = {
    "photo": "m.image",
    "document": "m.file",
    "voice": "m.audio",
    "audio": "m.audio",
    "video": "m.video",
}
_KEY, _BLOCK = 32, 16


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a file is, and what opens it; `key` is empty for a file that was never encrypted."""

    server: str
    media: str
    key: bytes = b""
    counter: bytes = b""
    digest: bytes = b""

    @classmethod
    def read(cls, ref: str) -> Ref:
        """From what `mapping` wrote. Raises Permanent where it can't be one."""
        try:
            kept = json.loads(ref)
            scheme, _, address = text(kept, "url").partition("://")
            server, _, media = address.partition("/")
            parts = [_decoded(text(kept, name)) for name in ("key", "iv", "sha256")]
        except ValueError:
            raise Permanent("not a file of Matrix") from None
        whole = len(parts[0]) == _KEY and len(parts[1]) == _BLOCK and len(parts[2]) == _KEY
        if scheme != "mxc" or not (server and media) or (any(parts) and not whole):
            raise Permanent("not a file of Matrix")
        return cls(server, media, *parts)


def _decoded(words: str) -> bytes:
    """Base64 of either alphabet, with or without padding."""
    plain = words.replace("+", "-").replace("/", "_").rstrip("=")
    return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


async def pieces(server: Homeserver, ref: str, *, largest: int, within: float) -> AsyncGenerator[bytes, None]:
    """A file's content, decrypted while it comes. Raises `ChannelError`: `Permanent` if it was changed.

    That shows only at the end, so that nothing of it may be used before.
    """
    found = Ref.read(ref)
    opener = Cipher(algorithms.AES(found.key), modes.CTR(found.counter)).decryptor() if found.key else None
    hashing, left = hashlib.sha256(), largest
    async with aclosing(server.download(found.server, found.media)) as source:
        while (piece := await asked(_next_piece(source), within=within)) is not None:
            left -= len(piece)
            if left < 0:
                raise Permanent("file is too big")
            hashing.update(piece)
            yield opener.update(piece) if opener else piece
    if found.key and hashing.digest() != found.digest:
        raise Permanent("the file was changed on its way")


async def _next_piece(source: AsyncIterator[bytes]) -> bytes | None:
    return await anext(source, None)


async def stored(server: Homeserver, file: OutgoingFile, caption: str, *, within: float) -> dict[str, Json]:
    """The content of the message that carries a file, which is encrypted and stored by now.

    Raises as calls do.
    """
    sealed, opens = await asyncio.to_thread(encrypt_attachment, file.content)
    url = await server.upload(sealed, within=within)
    content: dict[str, Json] = {
        "msgtype": _KINDS[file.kind],
        "body": caption or file.name,
        "filename": file.name,
        "file": {**opens, "url": url},
        "info": {"size": len(file.content), "mimetype": file.mime or "application/octet-stream"},
    }
    if file.kind == "voice":
        content["org.matrix.msc3245.voice"] = {}
    return content
