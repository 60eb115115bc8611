"""Who we are at the homeserver: one device for good, logged in again whenever it forgets us."""

from __future__ import annotations

import json
import logging
import secrets
import string
from dataclasses import dataclass

from backend.devices import Remembered
from bot.channels.matrix.homeserver import Garbled, Homeserver, Refused, place
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.settings import MatrixSettings
from bot.channels.matrix.tree import Json, text

_log = logging.getLogger(__name__)

LOGIN = "login"
_DEVICE_LETTERS = 10
_FORBIDDEN = 403


@dataclass
class Session:
    """The device's id and access token. `token` is empty until it has logged in."""

    device: str
    token: str = ""

    @classmethod
    def remembered(cls, remembered: list[Remembered]) -> Session | None:
        """The session of the last run."""
        for each in remembered:
            if each.kind == LOGIN:
                return cls(**json.loads(each.value))
        return None


def new_session() -> Session:
    """A device that never was: its id says nothing of what it is."""
    letters = "".join(secrets.choice(string.ascii_uppercase) for _ in range(_DEVICE_LETTERS))
    return Session(letters)


def keep(memory: Memory, session: Session) -> None:
    """Have it written."""
    memory.put(LOGIN, "", json.dumps({"device": session.device, "token": session.token}))


async def log_in(server: Homeserver, settings: MatrixSettings, memory: Memory, session: Session) -> None:
    """Get a token for the device. The device is written first: a crash in between makes no second one.

    Raises as calls do; Refused with 403 where the password is wrong.
    """
    keep(memory, session)
    await memory.flush()
    server.token = ""
    asked: dict[str, Json] = {**by_password(settings), "device_id": session.device}
    try:
        answer = await server.call("POST", place("login"), asked)
    except Refused as refused:
        if refused.status == _FORBIDDEN:
            _log.error("Matrix: the homeserver refuses us: set user and password in [matrix], then restart")
        raise
    session.token = text(answer, "access_token")
    if not session.token:
        raise Garbled("no access token")
    keep(memory, session)
    await memory.flush()
    server.token = session.token


def by_password(settings: MatrixSettings) -> dict[str, Json]:
    """How we prove who we are (client-server API, password-based login)."""
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": settings.user},
        "password": settings.password.get_secret_value(),
    }
