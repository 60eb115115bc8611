"""Out of a room for good: left, forgotten at the homeserver, and with all that was known of it here.

Each call may have been made before by a process that died: to be gone already is to have left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

from bot.channels.matrix.device import Device
from bot.channels.matrix.homeserver import Refused, place
from bot.channels.matrix.pauses import name_of

_log = logging.getLogger(__name__)

_GONE = (400, 403, 404)
"""What homeservers answer to somebody who isn't in the room, or has forgotten it."""
_WORD = 10.0
"""Seconds for a last word: it must not keep us in the room."""


async def leave(device: Device, room: str) -> None:
    """Leave, and have the homeserver forget that we were there. Raises as calls do."""
    for verb in ("leave", "forget"):
        try:
            await device.server.call("POST", place("rooms", room, verb), {})
        except Refused as refused:
            if refused.status not in _GONE:
                raise
    _forget(device, room)
    await device.memory.flush()


def _forget(device: Device, room: str) -> None:
    """Buttons, messages that are missing or wait for a key, and the keys that opened what was said there."""
    device.rooms.left(room)
    device.sharing.forget(room)
    device.shown.forget_room(room)
    device.gaps.forget_room(room)
    device.waiting.forget_room(room)
    device.machine.forget_room(room)


async def last_word(saying: Awaitable[object]) -> None:
    """Say it if that is possible: whoever left first doesn't hear it."""
    try:
        async with asyncio.timeout(_WORD):
            await saying
    except Exception as fault:  # noqa: BLE001 - networks and servers fail in many ways
        _log.info("Matrix: left without a word (%s)", name_of(fault))
