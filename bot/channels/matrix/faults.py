"""What went wrong at the homeserver, in the channel's four words.

A send whose end is unknown may be sent again without harm: the homeserver knows it by its transaction id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from bot.channels.base import ChannelError, Gone, Permanent, Temporary, Throttled
from bot.channels.matrix.homeserver import Garbled, Refused

T = TypeVar("T")

_TOO_LARGE = 413
_SERVER = 500
_NOT_IN_ROOM = ("M_FORBIDDEN", "M_NOT_FOUND")
_LATER = ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_LOCKED")


async def asked(call: Awaitable[T], *, within: float) -> T:
    """Await a call, at most `within` seconds; whatever goes wrong becomes a `ChannelError`."""
    try:
        async with asyncio.timeout(within):
            return await call
    except Exception as fault:  # noqa: BLE001 - networks, servers and the library fail in many ways
        error = channel_error(fault)
    raise error  # outside of the handler: what happened may name rooms and people


def channel_error(fault: Exception) -> ChannelError:
    """What `fault` means for the message that was being sent."""
    match fault:
        case ChannelError():
            return fault
        case Refused():
            return _refused(fault)
        case Garbled():
            return Temporary("garbled answer", unknown=True)
        case _:
            return Temporary(type(fault).__name__, unknown=True)


def _refused(fault: Refused) -> ChannelError:
    if fault.after:
        return Throttled(fault.after, everywhere=True)
    if fault.status >= _SERVER or fault.code in _LATER:
        return Temporary(str(fault), unknown=fault.status >= _SERVER)
    if fault.status == _TOO_LARGE or fault.code == "M_TOO_LARGE":
        return Permanent("too large")
    if fault.code in _NOT_IN_ROOM:
        return Gone("not in the room")
    return Permanent(str(fault))
