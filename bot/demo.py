"""`hotline demo`: the same program on a passing database, with a sandbox messenger and a clock that moves.

The staff are there from the first moment: an officer and a coordinator, a staff room that is bound.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.archive.settings import BackupSettings
from backend.clock import MovableClock
from backend.config import (
    BackendSettings,
    CentreSettings,
    DatabaseSettings,
    EscalationSettings,
    FilesSettings,
    RotaSettings,
)
from backend.outbox import Item
from backend.people import reporters, rooms, staff
from backend.people.roles import Role
from backend.vault.settings import KeysSettings
from backend.work import Backend, Work
from bot.channels.sandbox.messenger import NAME
from bot.hotline import Hotline

STAFF: dict[Role, dict[str, str]] = {
    "officer": {"ru": "Дежурный", "en": "Officer"},
    "coordinator": {"ru": "Координатор", "en": "Coordinator"},
}
"""Whom the demo shows, by role: there are no invented people in it."""
ROOM = "room"
BEGINS, ENDS = "09:00", "21:00"
"""When the officer is on duty; the coordinator keeps the night."""
NOON = time(12, 0)
"""When the demo begins, on the visitor's day: so that its day always goes the same way."""
MOST_STOPS = 2000
"""Stops on the way of one move of the clock: more than any day in the demo has."""


def settings(folder: Path, like: BackendSettings | None) -> BackendSettings:
    """All defaults, or the centre and times of `like`; all in one folder that is removed afterwards."""
    centre = like.centre if like else CentreSettings(fallback_text="+7 000 000-00-00")
    return BackendSettings(
        centre=centre,
        rota=rota(centre.language),
        escalation=like.escalation if like else EscalationSettings(),
        database=DatabaseSettings(url=f"sqlite:///{folder / 'demo.db'}"),
        keys=KeysSettings(file=folder / "keys.toml"),
        files=FilesSettings(folder=folder / "files"),
        backup=BackupSettings(folder=folder / "backups", erasures=folder / "erasures.log"),
    )


def rota(language: str) -> RotaSettings:
    """Every day the officer has the day, with the coordinator behind them, and the coordinator the night."""
    officer, coordinator = STAFF["officer"][language], STAFF["coordinator"][language]
    day = {"days": "daily", "from": BEGINS, "to": ENDS, "primary": officer, "backup": coordinator}
    night = {"days": "daily", "from": ENDS, "to": BEGINS, "primary": coordinator}
    return RotaSettings.model_validate({"weekly": [day, night]})


def until_noon(now: datetime, timezone: str) -> timedelta:
    """How far the demo's clock is moved at its start, forward or back."""
    zone = ZoneInfo(timezone)
    return datetime.combine(now.astimezone(zone).date(), NOON, zone) - now


async def people(work: Work) -> None:
    """The officer and the coordinator join, and their room is bound."""
    language = work.settings.centre.language
    for role, names in STAFF.items():
        code = await staff.invite(work, role, names[language])
        await work.session.flush()
        person = await staff.join(work, code, channel=NAME, sender=role, chat=role, language=language)
        if person.party:
            work.put(Item(person.party, "menu", {"role": role}))
    await rooms.bind(work, await rooms.note(work, NAME, ROOM))


async def speak(backend: Backend, language: str) -> None:
    """The page changed its language: so do the room, the staff and the defender."""
    centre = backend.settings.centre
    if centre.language == language:
        return
    languages = sorted(centre.languages, key=lambda each: each != language)
    changed = centre.model_copy(update={"languages": languages})
    backend.settings = backend.settings.model_copy(update={"centre": changed, "rota": rota(language)})
    async with backend.work() as work:
        for person in await staff.everyone(work):
            known = await staff.change(work, person, language=language, name=STAFF[person.role][language])
            if known.party:
                work.put(Item(known.party, "menu", {"role": known.role}))
        for defender in (await reporters.find(work, [(NAME, "reporter")])).values():
            await reporters.change(work, defender.reporter, language=language)


async def advance(hotline: Hotline, clock: MovableClock, by: timedelta) -> None:
    """Move the clock, stopping wherever something is due, so that all of it happens in its order."""
    target = clock.now() + by
    for _ in range(MOST_STOPS):
        stop = _next_stop(await hotline.schedule.next_due(), now=clock.now(), target=target)
        clock.advance(max(stop - clock.now(), timedelta(0)))
        await hotline.schedule.all_due()
        hotline.outbound.wake()
        await asyncio.wait_for(hotline.outbound.settle_all(), 10)
        if stop >= target:
            break
    await hotline.schedule.tidy()


def _next_stop(due: datetime | None, *, now: datetime, target: datetime) -> datetime:
    return min(due, target) if due is not None and due > now else target
