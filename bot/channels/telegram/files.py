"""Fetching what people sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from bot.channels.base import Permanent, Temporary
from bot.channels.telegram.attachments import DOWNLOADABLE
from bot.channels.telegram.connection import Connection
from bot.channels.telegram.faults import asked


async def pieces(connection: Connection, ref: str, *, within: float) -> AsyncGenerator[bytes, None]:
    """A file's content. Raises `ChannelError`: `Permanent` where there is none to be had.

    The address that `getFile` gives holds for an hour; one that has expired is `Temporary`, for the
    next attempt asks for a new one.
    """
    path = _path(await asked(connection.bot.call("getFile", {"file_id": ref}), within=within))
    left = DOWNLOADABLE
    async with aclosing(connection.download(path)) as source:
        while (piece := await asked(_next_piece(source), within=within)) is not None:
            left -= len(piece)
            if left < 0:
                raise Permanent("file is too big")
            yield piece


async def _next_piece(source: AsyncIterator[bytes]) -> bytes | None:
    return await anext(source, None)


def _path(found: object) -> str:
    path = found.get("file_path") if isinstance(found, dict) else None
    if not isinstance(path, str):
        raise Temporary("no file path")
    return path
