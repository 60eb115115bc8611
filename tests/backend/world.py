"""A hotline of people to test with: a stopped clock, reporters, officers, a room, and all that is decided.

It stands on either kind of database, and on the real backend; only time and the messengers are ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from backend import places
from backend.cases import casework, records, reporting
from backend.cases.model import CaseRow
from backend.cases.records import Case, Entry
from backend.claims import Settled, claim, settle
from backend.clock import StoppedClock
from backend.config import BackendSettings
from backend.database import Database, engine_url
from backend.escalation.model import CaseClockRow
from backend.escalation.run_due import run_due
from backend.nodes import Node
from backend.outbox import Json, OutboxRow
from backend.people import reporters, rooms, staff
from backend.people.reporters import Reporter
from backend.people.roles import Role
from backend.people.rooms import Room
from backend.people.staff import Staff
from backend.vault.files import FileStore
from backend.vault.keys import KeyFile, Vault
from backend.work import Backend, Work
from bot.texts import Texts

TEXTS = Texts(places.name)
NOON = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
"""A Wednesday, noon in Moscow: no night is near."""
KEYS = KeyFile("k1", {"k1": bytes(range(32))}, bytes(range(32, 64)))
URGENT: dict[str, Json] = {"acts": ["detention"], "timing": "ongoing", "account": "they came"}
HIGH: dict[str, Json] = {"acts": ["threat"], "timing": "ongoing", "account": "they call"}
NORMAL: dict[str, Json] = {"acts": ["threat"], "timing": "past", "account": "they called"}

CaseDeed = Callable[[Work, Case], Awaitable[object]]


@dataclass
class World:
    """The backend, and short ways to have people do things, each in a transaction of its own."""

    backend: Backend
    clock: StoppedClock
    names: dict[str, str] = field(default_factory=dict)
    """Party id to the name by which a test knows the person or room."""

    async def reporter(self, name: str = "reporter", channel: str = "telegram") -> Reporter:
        """Somebody who wrote to the hotline in private."""
        async with self.backend.work() as work:
            known = (await reporters.find(work, [(channel, name)])).get((channel, name))
            made = known or reporters.make(
                work, channel=channel, sender=name, chat=f"chat-{name}", language="en"
            )
            self.names[made.reporter.id] = name
            return made.reporter

    async def person(self, name: str, role: Role = "officer", channel: str = "telegram") -> Staff:
        """Somebody who joined the staff."""
        async with self.backend.work() as work:
            code = await staff.invite(work, role, name)
            await work.session.flush()
            person = await staff.join(
                work, code, channel=channel, sender=name, chat=f"chat-{name}", language="en"
            )
            self.names[person.id] = name
            return person

    async def link(self, person: Staff, channel: str) -> Staff:
        """The same person on another messenger as well."""
        async with self.backend.work() as work:
            code = await staff.link_code(work, person)
            await work.session.flush()
            chat = f"{channel}-{person.name}"
            return await staff.join(work, code, channel=channel, sender=chat, chat=chat, language="en")

    async def room(self, name: str = "room", channel: str = "telegram") -> Room:
        """A staff room."""
        async with self.backend.work() as work:
            room = await rooms.note(work, channel, f"chat-{name}")
            await rooms.bind(work, room)
            self.names[room.id] = name
            return room

    async def case(self, answers: dict[str, Json], reporter: Reporter | None = None) -> str:
        """A report that became a case; returns its reference."""
        return (await self.opened(answers, reporter)).case.reference

    async def opened(
        self, answers: dict[str, Json], reporter: Reporter | None = None, files: Sequence[str] = ()
    ) -> reporting.Opened:
        """A report that became a case, with its receipt."""
        by = reporter or await self.reporter()
        async with self.backend.work() as work:
            return await reporting.open_case(work, by, answers, files=files)

    async def do(self, reference: str, deed: CaseDeed) -> None:
        """Something done to a case, as the desk does it."""
        async with self.backend.work() as work:
            await deed(work, await records.find(work, reference, for_change=True))

    async def acknowledge(self, reference: str, person: Staff) -> None:
        """The most frequent deed."""
        await self.do(reference, lambda work, case: casework.acknowledge(work, person, case))

    async def find(self, reference: str) -> Case:
        """The case as anybody may see it now."""
        async with self.backend.looking() as work:
            return await records.find(work, reference)

    async def history(self, reference: str) -> list[Entry]:
        """The case's entries."""
        async with self.backend.looking() as work:
            return await records.entries(work, await records.find(work, reference))

    async def running_clock(self, reference: str) -> CaseClockRow | None:
        """The row of the case's clock, hidden or not."""
        async with self.backend.looking() as work:
            query = select(CaseClockRow).join(CaseRow, CaseRow.id == CaseClockRow.case_id)
            return (await work.session.execute(query.where(CaseRow.reference == reference))).scalar()

    async def tick(self) -> int:
        """One look for what is due; returns how many clocks were looked at."""
        async with self.backend.work() as work:
            return await run_due(work)

    async def passes(self, span: timedelta) -> None:
        """Time, and a tick at its end."""
        self.clock.advance(span)
        await self.tick()

    async def waiting(self) -> list[OutboxRow]:
        """What stands in the outbox to be sent, in the order of decision."""
        async with self.backend.looking() as work:
            query = select(OutboxRow).where(OutboxRow.state == "due").order_by(OutboxRow.number)
            return list((await work.session.execute(query)).scalars())

    async def take_out(self) -> list[tuple[str, dict[str, Json]]]:
        """Everything that waits, as (name of whom it's for, intent), and settled as sent."""
        taken: list[tuple[str, dict[str, Json]]] = []
        while rows := await self.waiting():
            async with self.backend.work() as work:
                keys = await self.parties(work)
                for channel in sorted({row.channel for row in rows}):
                    claimed = await claim(work.session, now=FAR, limit=100, channel=channel)
                    taken += [
                        (self.names[row.party], {**row.opened(keys[row.party].key), "priority": row.priority})
                        for row in claimed
                    ]
                    ended = [Settled(row.number, "sent") for row in claimed]
                    await settle(work.session, ended, now=work.now)
        return taken

    @staticmethod
    async def parties(work: Work) -> dict[str, Reporter | Staff | Room]:
        """Everybody of whom the outbox speaks, by party id, with the key that opens what is said to them."""
        found: dict[str, Reporter | Staff | Room] = {each.id: each for each in await staff.everyone(work)}
        found |= {room.id: room for room in await rooms.known(work)}
        parties = (await work.session.execute(select(OutboxRow.party))).scalars()
        for party in set(parties) - found.keys():
            reporter = await reporters.get(work, party)
            if reporter:
                found[party] = reporter
        return found

    async def told(self, *intents: str) -> Counter[tuple[str, str]]:
        """Who was told what, as (name, intent) with how often; `intents` picks; nothing is left waiting."""
        return Counter(
            (name, str(said["intent"]))
            for name, said in await self.take_out()
            if not intents or said["intent"] in intents
        )


FAR = datetime(2100, 1, 1, tzinfo=UTC)


def new_world(database_url: str, folder: Path, settings: BackendSettings | None = None) -> World:
    """A world on a database with its tables. Close `backend.database` in the end."""
    clock = StoppedClock(NOON)
    return World(new_backend(database_url, folder, clock, settings=settings), clock)


def new_backend(
    database_url: str, folder: Path, clock: StoppedClock, *, settings: BackendSettings | None = None
) -> Backend:
    """A backend as a process has it after its start: called again, it is the next process.

    Its term as a node lasts until a test ends it: nothing renews it, and a slow machine takes its time.
    """
    backend = Backend(
        Database(engine_url(database_url, base=folder)),
        Vault(KEYS),
        FileStore(folder / "files"),
        settings or BackendSettings(),
        clock,
    )
    backend.node = Node(backend.database, clock, steady=lambda: 0.0)
    return backend
