"""What went wrong at Telegram, in the channel's four words.

A Bot API description may quote what was sent, and a network error names the token in its URL: so the
reasons given here are our own words, and the library's exception is never chained to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from datetime import timedelta
from typing import TypeVar

import aiohttp
import aiohttp_socks
import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.base import ChannelError, Gone, Permanent, Temporary, Throttled

T = TypeVar("T")

NOT_MODIFIED = "message is not modified"
NOT_FOUND_TO_DELETE = "message to delete not found"
NOT_TO_BE_DELETED = "message can't be deleted"

_NO_SUCH_CHAT = (
    "chat not found",
    "peer_id_invalid",
    "group chat was deactivated",
    "group chat was upgraded to a supergroup chat",
    "chat_write_forbidden",
    "have no rights to send a message",
    "not enough rights to send text messages to the chat",
)
_TOO_LARGE = "request entity too large"  # 413 comes without a class of its own
_MAY_WORK_LATER = ("file is temporarily unavailable",)
_REASONS = (
    NOT_MODIFIED,
    NOT_FOUND_TO_DELETE,
    "message to edit not found",
    "message can't be edited",
    NOT_TO_BE_DELETED,
    "message text is empty",
    "message is too long",
    "message caption is too long",
    "message_id_invalid",
    "button_data_invalid",
    "voice_messages_forbidden",
    "file is too big",
)
"""Parts of Bot API descriptions that quote nothing, told on as they are."""

_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp_socks.ProxyError,
    aiohttp_socks.ProxyConnectionError,
    aiohttp_socks.ProxyTimeoutError,
    httpx.PoolTimeout,
)
"""Nothing of the request has left the machine (or the proxy). httpx's own classes can't tell: its
aiohttp transport reports a connection that was cut after the request as a connect time-out."""


async def asked(call: Awaitable[T], *, within: float) -> T:
    """Await a call, at most `within` seconds; whatever goes wrong becomes a `ChannelError`."""
    try:
        async with asyncio.timeout(within):
            return await call
    except Exception as fault:  # noqa: BLE001 - an unreadable answer fails inside the library in many ways
        error = channel_error(fault)
    raise error  # outside of the handler, so that the library's error doesn't travel along


def channel_error(fault: Exception) -> ChannelError:
    """What `fault` means for the message that was being sent."""
    match fault:
        case ChannelError():
            return fault
        case TelegramError():
            return _answered(fault)
        case _:
            return _unclear(fault)


def says(fault: TelegramError, part: str) -> bool:
    """Whether Telegram refused a request with this description."""
    return isinstance(fault, BadRequest) and part in fault.message.lower()


def never_sent(fault: BaseException) -> bool:
    """Whether the request certainly didn't reach Telegram."""
    return any(isinstance(cause, _NEVER_SENT) for cause in _causes(fault))


def name_of(fault: BaseException) -> str:
    """The class of what really happened, for the log: the deepest cause's."""
    return [type(cause).__name__ for cause in _causes(fault)][-1]


def _answered(fault: TelegramError) -> ChannelError:
    match fault:
        case RetryAfter(retry_after=timedelta() as after):
            return Throttled(after.total_seconds())
        case ChatMigrated():
            return Gone("moved", moved_to=str(fault.new_chat_id))
        case Forbidden():
            return Gone("forbidden")
        case InvalidToken() | Conflict():
            return Temporary(type(fault).__name__)
        case BadRequest():
            return _refused(fault.message.lower())
        case _:
            return _unclear(fault)


def _refused(description: str) -> ChannelError:
    if any(part in description for part in _NO_SUCH_CHAT):
        return Gone("chat not found")
    if any(part in description for part in _MAY_WORK_LATER):
        return Temporary("file temporarily unavailable")
    return Permanent(next((reason for reason in _REASONS if reason in description), "refused"))


def _unclear(fault: Exception) -> ChannelError:
    """Cut, timed out, or answered with 5xx: Telegram may have done it all the same."""
    if _TOO_LARGE in str(fault).lower():
        return Permanent("too large")
    return Temporary(name_of(fault), unknown=not never_sent(fault))


def _causes(fault: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = fault
    while cause is not None:
        yield cause
        cause = cause.__cause__
