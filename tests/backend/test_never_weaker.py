"""Whatever came by a channel is never shown on one that protects it less: every intent, to everybody.

A table of all there is, tried whole: origins, channels to go out by, kinds of recipients, intents.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from backend.cases import casework, files, records, reporting, rules
from backend.cases.records import Case
from backend.escalation import due_dates
from backend.outbox import Item, Json, Party
from backend.people import posted, staff
from backend.people.reporters import Reporter
from backend.people.staff import Staff
from backend.work import Work
from bot import rendering
from bot.channels.base import Edit, Outgoing, Say
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import World

CHANNELS = ("matrix", "telegram", "mail")
ROOT = Path(__file__).parents[2]


def canary(origin: str) -> str:
    """Words that came by this channel."""
    return f"канарейка-{origin}"


@dataclass
class Told:
    """A case that came by one channel, with something of every kind in it."""

    case_id: str
    intents: dict[str, dict[str, Json]]


async def _case(world: World, anna: Staff, origin: str) -> Told:
    reporter = await world.reporter(f"reporter-{origin}", origin)
    reference = await world.case({"account": canary(origin), "acts": ["threat"]}, reporter)
    async with world.backend.work() as work:
        case = await records.find(work, reference, for_change=True)
        file_id = await _file(work, reporter, case, origin)
        await reporting.add_message(work, reporter, case, canary(origin))
        await casework.note(work, anna, case, canary(origin), channel=origin)
        reply = await casework.reply(work, anna, case, canary(origin), channel=origin)
        sent = files.note_from_staff(
            work, case, by=anna.id, channel=origin, ref="", kind="document", name=canary(origin), mime=None,
            held=None,
        )  # fmt: skip
        due = await due_dates.add(
            work, anna, case, work.now + timedelta(hours=1), canary(origin), channel=origin
        )
        await work.session.flush()
        await _stored(work, case, file_id, sent, origin=origin)
        (message,) = [each for each in await records.entries(work, case) if each.kind == "message"]
        return Told(case.row.id, _intents(message.id, reply, due.id, file_id=file_id, sent=sent))


def _intents(message: str, reply: str, due: str, *, file_id: str, sent: str) -> dict[str, dict[str, Json]]:
    """Every intent about a case, with parameters that name all that it can name."""
    return {
        "notice": {"reason": "opened"},
        "notice-update": {},
        "escalated": {"kind": "acknowledge", "step": 1, "last": False},
        "due": {"due": due, "step": 0},
        "details": {},
        "reporter-wrote": {"entry": message},
        "news": {"entry": message},
        "undelivered": {"entry": reply},
        "reply": {"entry": reply},
        "file": {"file": file_id},
        "reply-file": {"file": sent},
    }


async def _file(work: Work, reporter: Reporter, case: Case, origin: str) -> str:
    made = files.note(work, reporter, ref="", kind="photo", name=canary(origin), mime=None)
    await work.session.flush()
    await files.move(work, reporter, case, [made])
    return made


async def _stored(work: Work, case: Case, *ids: str, origin: str) -> None:
    for each in ids:
        about = await files.about(work, case, each)
        assert about
        work.files.write(each, about.key, canary(origin).encode())
        await files.stored(work, each)


async def _everybody(world: World, anna: Staff) -> dict[str, list[Party]]:
    """A reporter, a staff member and a staff room on every channel."""
    found: dict[str, list[Party]] = {}
    for channel in CHANNELS:
        reporter = await world.reporter(f"reader-{channel}", channel)
        room = await world.room(f"room-{channel}", channel)
        found[channel] = [reporter.party, room.party, Party("staff", anna.id, channel, anna.key)]
    return found


async def _put_all(world: World, told: Told, parties: list[Party]) -> None:
    async with world.backend.work() as work:
        for party in parties:
            standing = posted.row(work, party, chat="c", message="m", purpose="notice", case_id=told.case_id)
            await posted.add(work, [standing])
            for intent, params in told.intents.items():
                more: dict[str, Json] = {"posted": str(standing["id"])} if intent == "notice-update" else {}
                work.put(Item(party, intent, {**params, **more}, case_id=told.case_id))


def _words(sent: Outgoing) -> str:
    match sent:
        case Say(text=text, otherwise=otherwise, file=file):
            return f"{text} {otherwise} {file.name + file.content.decode() if file else ''}"
        case Edit(text=text):
            return text
        case _:
            return ""


async def _staffed(world: World) -> Staff:
    anna = await world.person("anna", "coordinator", channel=CHANNELS[0])
    for channel in CHANNELS[1:]:
        anna = await world.link(anna, channel)
    async with world.backend.looking() as work:
        return await staff.named(work, "anna")


async def test_nothing_is_shown_where_it_is_less_safe(world: World) -> None:
    """Every intent about cases of every origin, to reporters, rooms and staff on every channel."""
    anna = await _staffed(world)
    cases = {origin: await _case(world, anna, origin) for origin in CHANNELS}
    everybody = await _everybody(world, anna)
    await world.take_out()
    assert {frozenset(told.intents) for told in cases.values()} == {rendering.ABOUT_CASES}
    for told, parties in itertools.product(cases.values(), everybody.values()):
        await _put_all(world, told, parties)
    messengers = {name: Messenger(name) for name in CHANNELS}
    async with delivering(world, *messengers.values()) as outbound:
        await all_sent(outbound)
    seen: set[tuple[str, str]] = set()
    for (name, messenger), origin in itertools.product(messengers.items(), CHANNELS):
        if any(canary(origin) in _words(each) for each in messenger.sent):
            seen.add((origin, name))
    assert seen == {
        (origin, name)
        for origin, name in itertools.product(CHANNELS, CHANNELS)
        if rules.may_show(origin, name)
    }


def _trees(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_one_module_alone_hands_messages_to_messengers() -> None:
    """Everything else puts intents into the outbox, and they get their words in one place."""
    senders = {
        name
        for name, tree in _trees("bot", "backend")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "send"
    }
    assert senders == {"bot/outbound.py"}


def test_words_of_cases_are_put_together_in_one_place() -> None:
    """Messages are made by rendering, by what carries a sealed file, and by outbound's one direct word."""
    makers = {
        name
        for name, tree in _trees("bot", "backend")
        if not name.startswith("bot/channels/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "bot.channels.base"
        and any(each.name in ("Say", "Edit") for each in node.names)
    }
    assert makers == {
        "bot/outbound.py",
        "bot/outcomes.py",
        "bot/parcels.py",
        "bot/rendering.py",
        "bot/threads.py",
        "bot/wording.py",
    }
