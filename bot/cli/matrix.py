"""Asking a homeserver whether it knows us, for `hotline init` and `hotline check`; and our fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backend import devices
from backend.errors import ConfigurationInvalid
from bot.channels.matrix.cross_signing import CROSSING, Identity
from bot.channels.matrix.homeserver import Homeserver, Refused, place
from bot.channels.matrix.logs import quiet_loggers
from bot.channels.matrix.mapping import NAME
from bot.channels.matrix.pauses import name_of
from bot.channels.matrix.session import by_password
from bot.channels.matrix.settings import MatrixSettings
from bot.channels.matrix.tree import text
from bot.cli.opening import opened_backend
from bot.cli.refusals import NotFinished
from bot.config import Settings

_FORBIDDEN = 403
_GROUP = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """`known`: `text` is who we are. `refused`: user or password is wrong. `unreachable`: `text` says how."""

    kind: Literal["known", "refused", "unreachable"]
    text: str


async def ask(settings: MatrixSettings) -> Answer:
    """Whether the homeserver takes the password: by a log-in that leaves no device behind."""
    quiet_loggers()
    server = Homeserver(settings.homeserver)
    try:
        answer = await server.call("POST", place("login"), by_password(settings))
        server.token = text(answer, "access_token")
        await server.call("POST", place("logout"), {})
    except Refused as refused:
        if refused.status == _FORBIDDEN:
            return Answer("refused", "the homeserver doesn't know this user with this password")
        return Answer("unreachable", name_of(refused))
    except Exception as fault:  # noqa: BLE001 - networks fail in many ways, all of them told by class
        return Answer("unreachable", name_of(fault))
    finally:
        await server.close()
    return Answer("known", text(answer, "user_id"))


async def fingerprint(settings: Settings) -> list[str]:
    """What people compare before they trust the account; the key alone on the last line.

    Raises ConfigurationInvalid where there is no Matrix, NotFinished where the account has no key yet.
    """
    if settings.matrix is None:
        raise ConfigurationInvalid("Matrix isn't configured: fill in [matrix]")
    async with opened_backend(settings) as backend, backend.looking() as work:
        remembered = await devices.load(work, NAME, (CROSSING,))
    identity = Identity.remembered(settings.matrix.user, remembered)
    if identity is None:
        raise NotFinished("there is no fingerprint yet: `hotline run` makes it when it starts")
    said = f"{identity.user} is the hotline if its app shows this cross-signing key (master key) for it:"
    return [said, " ".join(_groups(identity.fingerprint))]


def _groups(key: str) -> list[str]:
    return [key[start : start + _GROUP] for start in range(0, len(key), _GROUP)]
