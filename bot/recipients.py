"""To whom a claimed message goes: chat, language and key, looked up at the moment of sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.claims import Claimed
from backend.outbox import Party
from backend.people import reporters, rooms, staff
from backend.people.reporters import Reporter
from backend.people.rooms import Room
from backend.people.staff import Staff
from backend.work import Work


@dataclass(frozen=True, slots=True)
class Recipient:
    """A party with where to write to and how. `person` is who exactly, for those who need to know."""

    party: Party
    chat: str
    language: str
    person: Reporter | Staff | Room

    @property
    def is_group(self) -> bool:
        """Whether the messenger counts this chat as a group."""
        return self.party.kind == "room"


async def load(work: Work, rows: Sequence[Claimed]) -> dict[str, Recipient]:
    """The recipients of these rows by party id; those who are gone (erased, revoked) are missing."""
    kinds = {row.party_kind for row in rows}
    found: dict[str, Recipient] = {}
    if "reporter" in kinds:
        found |= await _reporters(work, [row.party for row in rows if row.party_kind == "reporter"])
    if "staff" in kinds:
        channels = {row.party: row.channel for row in rows}
        found |= _staff(await staff.everyone(work), channels)
    if "room" in kinds:
        found |= {room.id: _room(work, room) for room in await rooms.known(work)}
    return found


async def _reporters(work: Work, ids: Sequence[str]) -> dict[str, Recipient]:
    people = await reporters.by_ids(work, ids)
    return {each.id: Recipient(each.party, each.chat, each.language, each) for each in people}


def _staff(people: Sequence[Staff], channels: Mapping[str, str]) -> dict[str, Recipient]:
    """Each on the messenger that the row is for: an officer may have several."""
    found: dict[str, Recipient] = {}
    for person in people:
        account = person.on(channels.get(person.id, ""))
        if account:
            party = Party("staff", person.id, account.channel, person.key)
            found[person.id] = Recipient(party, account.chat, person.language, person)
    return found


def _room(work: Work, room: Room) -> Recipient:
    return Recipient(room.party, room.chat, work.settings.centre.language, room)


async def moved(work: Work, recipient: Recipient, chat: str) -> bool:
    """The messenger says that this chat has another id now; returns whether it could be followed there."""
    match recipient.person:
        case Room():
            await rooms.move(work, recipient.person, chat)
            return True
        case Reporter():
            await reporters.change(work, recipient.person, chat=chat)
            return True
        case Staff():
            return False


async def unreachable(work: Work, recipient: Recipient) -> None:
    """The messenger says that this chat can't be written to any more."""
    match recipient.person:
        case Reporter(id=reporter_id):
            await reporters.set_reachable(work, reporter_id, reachable=False)
        case Staff() as person:
            account = person.on(recipient.party.channel)
            if account:
                await staff.set_reachable(work, account.id, reachable=False)
        case _:
            return
