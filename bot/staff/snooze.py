"""`/snooze`: the officer on a case puts its next reminder off, and the rooms read that they did."""

from __future__ import annotations

from backend.cases import records, snoozing
from backend.outbox import Priority
from backend.people import need_to_know, rooms
from backend.people.staff import Staff
from backend.work import Work
from bot.intents import Card, say
from bot.phrases import phrase
from bot.staff import commands
from bot.staff.origin import Origin, answer


async def snooze(work: Work, actor: Staff, command: commands.Snooze, origin: Origin) -> None:
    """Do it and say so, in the rooms too unless it is restricted. Raises what `snoozing.snooze` raises."""
    case = await records.find(work, command.reference, for_change=True)
    until = await snoozing.snooze(work, actor, case, command.span)
    done = Card((phrase("done-snooze", reference=case.reference, name=actor.name, until=until),))
    answer(work, origin, done, case_id=case.row.id)
    restricted = await need_to_know.circle(work, case.row.id) is not None
    for room in () if restricted else await rooms.bound(work):
        if room.id != origin.party.id:
            work.put(say(room.party, done, priority=Priority.NOTICE, case_id=case.row.id))
