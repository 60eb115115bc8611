"""Files come later than words: fetched and sealed outside any transaction, until it works."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from backend.cases import files as case_files
from backend.cases import staff_files
from backend.cases.files import StoredFile
from backend.people import reporters
from backend.work import Backend, Work
from bot import intents
from bot.channels.base import Channel, ChannelError, Permanent
from bot.intents import Card
from bot.phrases import phrase

log = structlog.get_logger("files")

AT_ONCE = 4
FETCH_WITHIN = 120.0
"""Seconds for one file: 20 MB on a slow line."""


async def any_pending(work: Work) -> bool:
    """Whether a file's turn to be fetched has come."""
    return await case_files.any_to_fetch(work)


async def fetch_pending(backend: Backend, channels: Mapping[str, Channel]) -> int:
    """Fetch those whose turn it is; returns how many were tried."""
    async with backend.work() as work:
        files = await case_files.to_fetch(work, limit=AT_ONCE)
    await asyncio.gather(*(_fetch(backend, channels, file) for file in files))
    return len(files)


async def _fetch(backend: Backend, channels: Mapping[str, Channel], file: StoredFile) -> None:
    channel = channels.get(file.channel)
    if channel is None:
        return
    try:
        async with asyncio.timeout(FETCH_WITHIN):
            content = await _content(channel, file.ref)
    except Permanent as error:
        await _give_up(backend, file, error)
    except (ChannelError, TimeoutError) as error:
        log.warning("file not fetched yet", file=file.id, error=type(error).__name__, tries=file.tries)
        if file.tries >= case_files.MOST_TRIES:
            await _give_up(backend, file, error)
    else:
        await _store(backend, file, content)


async def _content(channel: Channel, ref: str) -> bytes:
    pieces = bytearray()
    async for piece in channel.fetch(ref):
        pieces += piece
        if len(pieces) > channel.limits.file:
            raise Permanent("larger than the messenger allows")
    return bytes(pieces)


async def _store(backend: Backend, file: StoredFile, content: bytes) -> None:
    await asyncio.to_thread(backend.files.write, file.id, file.key, content)
    async with backend.work() as work:
        still_wanted = await case_files.stored(work, file.id)
        if still_wanted and file.by:
            await staff_files.arrived(work, file.id)
    if not still_wanted:
        # Erased while it was being fetched: the row and the key are gone, so the bytes go too.
        await asyncio.to_thread(backend.files.remove, file.id)


async def _give_up(backend: Backend, file: StoredFile, error: Exception) -> None:
    """A failure is said: the sender can send it another way."""
    log.warning("file given up", file=file.id, error=type(error).__name__)
    async with backend.work() as work:
        reporter_id = await case_files.failed(work, file.id)
        if file.by:
            await staff_files.lost(work, file.id)
        reporter = await reporters.get(work, reporter_id) if reporter_id else None
        if reporter:
            work.put(intents.say(reporter.party, Card((phrase("said-file-failed"),))))


async def remove_strays(backend: Backend) -> None:
    """Remove sealed files of which no row speaks any more: a crash came between erasing row and file."""
    on_disk = await asyncio.to_thread(backend.files.ids)
    if not on_disk:
        return
    async with backend.looking() as work:
        strays = await case_files.strays(work, on_disk)
    for stray in strays:
        await asyncio.to_thread(backend.files.remove, stray)
