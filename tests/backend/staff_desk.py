"""A desk to test on: staff, a room, reports, and everything that would be said, in words.

`CANARY` is in every answer of every report: a room must never see it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.cases import erasure, files, records, reporting
from backend.cases.records import Case
from backend.clock import StoppedClock
from backend.config import BackendSettings
from backend.database import Database, engine_url
from backend.outbox import Item, Json
from backend.people import posted, reporters, rooms, staff
from backend.people.reporters import Reporter
from backend.people.roles import Role
from backend.people.staff import Staff
from backend.places import regions
from backend.vault.files import FileStore
from backend.vault.keys import KeyFile, Vault, new_id
from backend.vault.model import FileRow
from backend.work import Backend, Work
from bot.channels.base import Button, RemoteFile
from bot.intents import Card, decode
from bot.staff import cards, desk
from bot.staff.commands import Command
from bot.staff.origin import Origin
from bot.staff.parse import Problem, parse, parse_button
from bot.texts import Texts

CANARY = "канарейка"
NOON = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
ROOM, OTHER_ROOM = "-100", "-200"
ANSWERS: dict[str, Json] = {
    "safety": "yes",
    "about": "me",
    "defender": f"{CANARY} defends",
    "acts": ["detention", "search"],
    "acts_words": f"{CANARY} acts",
    "account": f"{CANARY} tells",
    "timing": "ongoing",
    "date": f"{CANARY} вчера",
    "date_at": "2026-03-03T18:30:00+03:00",
    "region": "RU-MOW",
    "place": f"{CANARY} street",
    "location": ["geo:55.75000,37.61000"],
    "perpetrator": ["police"],
    "needs": ["lawyer"],
    "contact": f"{CANARY} at night",
    "corrections": [f"{CANARY} corrected"],
    "unheard_of": f"{CANARY} more",
    "consent_un": "unnamed",
}


def _name(code: str, language: str) -> str:
    return regions.name(code, language)


TEXTS = Texts(_name)


@dataclass(frozen=True)
class Said:
    """One item put into the outbox, in words where the desk itself chose them."""

    item: Item | None
    text: str
    buttons: tuple[Button, ...] = ()

    @property
    def room(self) -> bool:
        """Whether a room would read it."""
        return self.item is not None and self.item.party.kind == "room"


def words(card: Card, work: Work, *, language: str = "ru") -> Said:
    """A card as it would read; both languages must have all of it."""
    said = {
        spoken: "\n\n".join(
            TEXTS.render(each, language=spoken, now=work.now, zone="Europe/Moscow")
            for each in card.paragraphs
        )
        for spoken in TEXTS.languages
    }
    labels = tuple(
        Button(TEXTS.render(each.label, language=language, now=work.now, zone="Europe/Moscow"), each.data)
        for row in card.buttons
        for each in row
    )
    return Said(None, said[language], labels)


def _said(item: Item, work: Work) -> Said:
    if item.intent != "say":
        return Said(item, "")
    read = words(decode(item.params["card"]), work)
    return Said(item, read.text, read.buttons)


@dataclass
class Desk:
    """A backend with people at it. `said` holds what the last `act` put into the outbox."""

    backend: Backend
    clock: StoppedClock
    said: list[Said] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """A unit of work whose items are kept for looking at before they are sealed."""
        async with self.backend.work() as work:
            yield work
            self.said = [_said(item, work) for item in work.items]

    async def person(self, name: str, role: Role = "officer", *, channel: str = "telegram") -> Staff:
        """Somebody who has joined."""
        async with self.work() as work:
            code = await staff.invite(work, role, name)
            return await staff.join(
                work, code, channel=channel, sender=f"u-{name}", chat=f"c-{name}", language="ru"
            )

    async def room(self, chat: str = ROOM) -> None:
        """A staff room."""
        async with self.work() as work:
            await rooms.bind(work, await rooms.note(work, "telegram", chat))

    async def report(
        self, *, sos: bool = False, channel: str = "telegram", name: str = "r", **more: Json
    ) -> str:
        """A report that became a case; returns the reference."""
        async with self.work() as work:
            known = (await reporters.find(work, [(channel, name)])).get((channel, name)) or reporters.make(
                work, channel=channel, sender=name, chat=f"c-{name}", language="ru"
            )
            await work.session.flush()
            opened = await reporting.open_case(work, known.reporter, {**ANSWERS, **more}, sos=sos)
            return opened.case.reference

    async def reporter(self, name: str = "r", channel: str = "telegram") -> Reporter:
        """The reporter as known now."""
        async with self.backend.looking() as work:
            return (await reporters.find(work, [(channel, name)]))[channel, name].reporter

    async def stranger(self, sender: str, channel: str) -> Reporter:
        """Somebody who isn't staff on this account, as a reporter."""
        async with self.backend.work() as work:
            made = reporters.make(
                work, channel=channel, sender=f"{sender}-{new_id()}", chat="c", language="ru"
            )
            return made.reporter

    async def everyone(self) -> list[Staff]:
        """All staff as known now."""
        async with self.backend.looking() as work:
            return await staff.everyone(work)

    async def named(self, name: str) -> Staff:
        """One of them."""
        async with self.backend.looking() as work:
            return await staff.named(work, name)

    async def unreachable(self, person: Staff) -> None:
        """The messenger said that this person blocked the hotline."""
        async with self.backend.work() as work:
            for account in person.accounts:
                await staff.set_reachable(work, account.id, reachable=False)

    async def bound(self) -> list[str]:
        """The staff rooms' chats."""
        async with self.backend.looking() as work:
            return [room.chat for room in await rooms.bound(work)]

    async def hide(self, reference: str) -> None:
        """The reporter takes the case back."""
        async with self.backend.work() as work:
            await erasure.hide(work, await records.find(work, reference, for_change=True))

    async def message(self, reference: str, body: str) -> None:
        """The reporter writes once more."""
        reporter = await self.reporter()
        async with self.work() as work:
            case = await records.find(work, reference, for_change=True)
            await reporting.add_message(work, reporter, case, body)

    async def add_files(self, reference: str, *states: str, channel: str = "telegram") -> list[str]:
        """Files of the case, in these states, a second apart; returns their ids."""
        async with self.backend.work() as work:
            case = await records.find(work, reference)
            (reporter, *_) = await reporters.of_case(work, case.row.id)
            ids = []
            for number, state in enumerate(states):
                made = files.note(work, reporter, ref="r", kind="photo", name=f"{CANARY}.jpg", mime=None)
                await work.session.flush()
                await files.move(work, reporter, case, [made])
                row = await work.session.get(FileRow, made)
                assert row
                row.state, row.channel, row.at = state, channel, work.now + timedelta(seconds=number)
                ids.append(made)
            return ids

    async def case(self, reference: str) -> Case:
        """The case as it stands."""
        async with self.backend.looking() as work:
            return await records.find(work, reference)

    async def history(self, reference: str) -> list[records.Entry]:
        """The case's entries."""
        async with self.backend.looking() as work:
            return await records.entries(work, await records.find(work, reference))

    async def private(self, actor: Staff, text: str) -> list[Said]:
        """What the staff member types or presses in private, and all that follows."""
        return await self._act(actor, text, private=True)

    async def in_room(self, actor: Staff, text: str, *, chat: str = ROOM) -> list[Said]:
        """What they type or press in a room, and all that follows."""
        return await self._act(actor, text, private=False, chat=chat)

    async def _act(self, actor: Staff, text: str, *, private: bool, chat: str = "") -> list[Said]:
        async with self.work() as work:
            pressed = text.startswith("s:")
            origin = await self._origin(work, actor, private=private, chat=chat, pressed=pressed)
            command = parse_button(text) if pressed else parse(text)
            assert command is not None, text
            await self._handle(work, actor, command, origin)
        return self.said

    @staticmethod
    async def _handle(work: Work, actor: Staff, command: Command | Problem, origin: Origin) -> None:
        if isinstance(command, Problem):
            desk.not_understood(work, command, origin)
        else:
            await desk.handle(work, actor, command, origin)

    async def _origin(
        self,
        work: Work,
        actor: Staff,
        *,
        private: bool,
        chat: str,
        pressed: bool,
        reply_to: str | None = None,
    ) -> Origin:
        if private:
            assert actor.party
            return Origin(
                actor.party.channel, f"c-{actor.name}", private=True, party=actor.party, message="7",
                reply_to=reply_to, pressed=pressed,
            )  # fmt: skip
        party = (await rooms.note(work, "telegram", chat)).party
        return Origin(
            "telegram", chat, private=False, party=party, message="7", reply_to=reply_to, pressed=pressed
        )

    async def answer(
        self, actor: Staff, text: str, *, private: bool, reply_to: str, files: Sequence[RemoteFile] = ()
    ) -> tuple[bool, list[Said]]:
        """A messenger reply."""
        async with self.work() as work:
            origin = await self._origin(
                work, actor, private=private, chat=ROOM, pressed=False, reply_to=reply_to
            )
            taken = await desk.answered(work, actor, origin, text, files=files)
        return taken, self.said

    async def posted(self, actor: Staff | None, reference: str, message: str) -> None:
        """Note that a message about the case stands in the officer's chat, or (None) in the room."""
        async with self.backend.work() as work:
            case = await records.find(work, reference)
            party = actor.party if actor else (await rooms.note(work, "telegram", ROOM)).party
            assert party
            chat = f"c-{actor.name}" if actor else ROOM
            row = posted.row(work, party, chat=chat, message=message, purpose="notice", case_id=case.row.id)
            await posted.add(work, [row])

    async def card(self, item: Item) -> Said:
        """An item about a case in the words it gets at sending."""
        async with self.backend.looking() as work:
            case = await records.by_id(work, str(item.case_id))
            made = await self._card(work, case, item)
            read = words(made, work)
            return Said(item, read.text, read.buttons)

    @staticmethod
    async def _card(work: Work, case: Case, item: Item) -> Card:
        private = item.party.kind != "room"
        match item.intent:
            case "notice":
                return await cards.notice(work, case, reason=str(item.params["reason"]), private=private)
            case "notice-update":
                return await cards.notice(work, case, reason="", private=private)
            case "news":
                return cards.news(case, closed=case.row.status == "closed")
            case "details":
                return await cards.details(work, case, item.party.channel)
            case "reporter-wrote":
                entry = await records.entry(work, case, str(item.params["entry"]))
                assert entry
                return await cards.reporter_wrote(work, case, entry)
            case _:
                raise AssertionError(item.intent)


def new_desk(database_url: str, folder: Path) -> Desk:
    """A desk on a database with its tables."""
    database = Database(engine_url(database_url, base=folder))
    vault = Vault(KeyFile("k", {"k": bytes(32)}, bytes(32)))
    clock = StoppedClock(NOON)
    return Desk(Backend(database, vault, FileStore(folder / "files"), BackendSettings(), clock), clock)
