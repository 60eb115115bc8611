"""Somebody who was revoked does nothing more and reads nothing more, from the moment of the commit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from backend.cases import casework, held_replies, records
from backend.cases.model import CaseRow, HeldReplyRow
from backend.database import Table
from backend.errors import InvitationInvalid, NoSuchStaff
from backend.outbox import OutboxRow
from backend.people import revoking, staff
from backend.people.model import PostedRow
from backend.people.staff import Staff
from backend.retention.model import ErasureRequestRow
from backend.upgrade import head
from backend.work import Backend
from bot.channels.base import ButtonPressed, ChannelEvent, Inbound, Remove, TextSent
from bot.inbound import Reception
from bot.outbound import Outbound
from tests.backend.messenger import all_sent, delivering
from tests.backend.several import Nodes
from tests.backend.vanishing import Removing
from tests.backend.world import HIGH, TEXTS, World

GONE = "This account no longer has access."


@dataclass
class Office:
    """A coordinator, an officer and a room, at work on a case."""

    world: World
    messenger: Removing = field(default_factory=Removing)
    number: int = 0

    def inbound(self, who: str, what: str | ChannelEvent, *, room: bool = False, reply: str = "") -> Inbound:
        """Something that a person does, in private or in the room."""
        self.number += 1
        event = TextSent(what) if isinstance(what, str) else what
        return Inbound(
            "telegram",
            f"{who}{self.number}",
            who,
            "chat-room" if room else f"chat-{who}",
            not room,
            event,
            self.world.clock.now(),
            f"own{self.number}",
            reply_to=reply or None,
            language="en",
        )

    async def take(self, *batch: Inbound, backend: Backend | None = None) -> None:
        """It comes in, at this node or another one."""
        at = backend or self.world.backend
        await Reception(at, TEXTS, Outbound(at, {"telegram": self.messenger}, TEXTS)).receive(batch)

    async def deliver(self) -> None:
        """Whatever is due is handed over."""
        async with delivering(self.world, self.messenger) as outbound:
            await all_sent(outbound)

    def standing(self, chat: str) -> list[str]:
        """What stands in a chat."""
        return [each.partition(":")[2] for each in self.messenger.standing.get(chat, [])]


async def _office(world: World) -> tuple[Office, Staff, str]:
    """Boris, who took a case; its notices stand in the room and in his chat."""
    office = Office(world)
    await world.person("anna", "coordinator")
    boris = await world.person("boris", "coordinator")
    await world.room()
    reference = await world.case(HIGH)
    await office.take(
        office.inbound("boris", f"/take {reference}"), office.inbound("boris", f"/case {reference}")
    )
    await office.deliver()
    assert any(reference in each for each in office.standing("chat-boris"))
    return office, boris, reference


async def _revoke(world: World, person: Staff) -> None:
    async with world.backend.work() as work:
        await revoking.revoke(work, person)


async def _count(world: World, table: type[Table], *where: object) -> int:
    async with world.backend.looking() as work:
        query = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type] # any condition
        return (await work.session.execute(query)).scalar_one()


async def _row(world: World, reference: str) -> CaseRow:
    return (await world.find(reference)).row


def _everything(office: Office, reference: str, *, held: str, swap: str) -> Sequence[Inbound]:
    """All that somebody can try: commands, old buttons, replies, held words, swaps, a reaction."""
    notice = office.messenger.standing["chat-room"][0].partition(":")[0]
    own = office.messenger.standing["chat-boris"][-1].partition(":")[0]
    return [
        office.inbound("boris", f"/close {reference} resolved"),
        office.inbound("boris", f"/reply {reference} from me"),
        office.inbound("boris", f"/reply {reference} from me", room=True),
        office.inbound("boris", ButtonPressed(f"s:take:{reference}"), room=True),
        office.inbound("boris", ButtonPressed(f"s:ack:{reference}"), room=True),
        office.inbound("boris", ButtonPressed(f"s:ack:{reference}")),
        office.inbound("boris", "under the notice", room=True, reply=notice),
        office.inbound("boris", "under my own", reply=own),
        office.inbound("boris", ButtonPressed(f"s:send:{held}"), room=True),
        office.inbound("boris", ButtonPressed(f"s:swap:yes:{swap}")),
        office.inbound("boris", "/invite coordinator Zed"),
        office.inbound("boris", "/status"),
        office.inbound("boris", f"/erase {reference}"),
    ]


async def test_nothing_that_they_try_does_anything(world: World) -> None:
    """Commands, old buttons (on Matrix reactions are those), replies, held replies, swaps: nothing acts."""
    office, boris, reference = await _office(world)
    async with world.backend.work() as work:
        case = await records.find(work, reference)
        held = held_replies.hold(work, boris, case, "held words")
    before = await _row(world, reference)
    await _revoke(world, boris)
    await office.deliver()
    row = await _row(world, reference)
    assert (row.assignee, row.entries) == (None, before.entries + 1)
    for inbound in _everything(office, reference, held=held, swap="1"):
        await office.take(inbound)
        assert (await _row(world, reference)).entries == row.entries, inbound.event
    assert await _count(world, HeldReplyRow) == 0
    async with world.backend.looking() as work:
        assert [each.name for each in await staff.everyone(work)] == ["anna"]
    standing = office.standing("chat-boris")
    await office.deliver()
    assert not any(reference in each for each in office.standing("chat-boris")[len(standing) :])


async def test_their_chat_is_emptied_and_one_line_says_so(world: World) -> None:
    """What was said about cases goes from their private chat, their own words too; one neutral line stays."""
    office, boris, reference = await _office(world)
    office.messenger.standing["chat-boris"] += ["own1:/take", "own2:/case"]
    async with world.backend.work() as work:
        await casework.note(work, boris, await records.find(work, reference), "x", channel="telegram")
    await _revoke(world, boris)
    await office.deliver()
    (line,) = office.standing("chat-boris")
    assert line.startswith(GONE)
    assert await _count(world, PostedRow, PostedRow.party == boris.id) == 0


async def test_what_is_on_its_way_is_dropped_or_withdrawn(world: World) -> None:
    """What waits for them never goes; what was under way at that moment is taken back once it arrived."""
    office, boris, reference = await _office(world)
    office.messenger.held = asyncio.Event()
    office.messenger.handed_over.clear()
    await office.take(office.inbound("boris", f"/case {reference}"), office.inbound("boris", "/queue"))
    async with delivering(world, office.messenger) as outbound:
        outbound.wake()
        await office.messenger.handed_over.wait()
        await _revoke(world, boris)
        office.messenger.held.set()
        await all_sent(outbound)
    assert [each for each in office.standing("chat-boris") if not each.startswith(GONE)] == []
    assert await _count(world, OutboxRow, OutboxRow.party == boris.id) == 0
    assert await _count(world, PostedRow, PostedRow.party == boris.id) == 0


async def test_too_old_to_be_taken_back(world: World) -> None:
    """What is too old stays, without a word about it to somebody who may be the adversary."""
    office, boris, _ = await _office(world)
    world.clock.advance(timedelta(days=3))
    await _revoke(world, boris)
    await office.deliver()
    assert not any(isinstance(each, Remove) for each in office.messenger.sent)
    assert office.standing("chat-boris")[-1].startswith(GONE)


async def test_later_in_the_same_batch(world: World) -> None:
    """Of one batch, what they sent before they were revoked counts, and what they sent after it doesn't."""
    office, _, reference = await _office(world)
    async with world.backend.looking() as work:
        boris = await staff.named(work, "boris")
    await office.take(
        office.inbound("boris", f"/note {reference} before"),
        office.inbound("anna", ButtonPressed(f"s:revoke:{boris.id}")),
        office.inbound("boris", f"/note {reference} after"),
    )
    notes = [entry.body for entry in await world.history(reference) if entry.kind == "note"]
    assert notes == ["before"]


async def test_codes_that_they_gave_out_are_void(world: World) -> None:
    """Neither an invitation that they wrote nor a link to their own account lets anybody in any more."""
    await world.person("anna", "coordinator")
    boris = await world.person("boris", "coordinator")
    async with world.backend.work() as work:
        code = await staff.invite(work, "coordinator", "Zed", by=boris.id)
        link = await staff.link_code(work, boris)
        other = await staff.invite(work, "officer", "Vera")
    await _revoke(world, boris)
    for each in (code, link):
        with pytest.raises(InvitationInvalid):
            async with world.backend.work() as work:
                await staff.join(work, each, channel="matrix", sender="z", chat="z", language="en")
    async with world.backend.work() as work:
        vera = await staff.join(work, other, channel="matrix", sender="v", chat="v", language="en")
    assert vera.name == "Vera"


async def test_an_erasure_that_they_asked_for_is_void(world: World) -> None:
    """A second coordinator can't unknowingly complete what somebody who was revoked began."""
    office, boris, reference = await _office(world)
    await office.take(office.inbound("boris", f"/erase {reference}"))
    assert await _count(world, ErasureRequestRow) == 1
    await _revoke(world, boris)
    assert await _count(world, ErasureRequestRow) == 0


async def test_both_their_messengers(world: World) -> None:
    """A person on two messengers is told on both, and neither is theirs to command from any more."""
    await world.person("anna", "coordinator")
    boris = await world.person("boris")
    boris = await world.link(boris, "matrix")
    await _revoke(world, boris)
    async with world.backend.looking() as work:
        query = select(OutboxRow.channel).where(OutboxRow.state == "due", OutboxRow.party_kind == "reporter")
        assert sorted((await work.session.execute(query)).scalars()) == ["matrix"] * 2 + ["telegram"] * 2
    with pytest.raises(NoSuchStaff):
        await _revoke(world, boris)


# ── Races ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_command_under_way_ends_before_the_role_does(world: World) -> None:
    """Of a command and a revocation at the same moment either the command came first, or it does nothing."""
    office, boris, reference = await _office(world)
    acting, may_end = asyncio.Event(), asyncio.Event()

    async def command() -> None:
        async with world.backend.work() as work:
            known = await staff.recognise(work, [("telegram", "boris")], to_act=True)
            person = known["telegram", "boris"]
            acting.set()
            await may_end.wait()
            case = await records.find(work, reference, for_change=True)
            await casework.note(work, person, case, "first", channel="telegram")

    async def revoke() -> None:
        await acting.wait()
        await _revoke(world, boris)

    running = [asyncio.create_task(command()), asyncio.create_task(revoke())]
    await acting.wait()
    done, _ = await asyncio.wait(running, timeout=0.3)
    assert not done, "revoked while a command of theirs was under way"
    may_end.set()
    await asyncio.gather(*running)
    history = await world.history(reference)
    noted = next(entry.number for entry in history if entry.kind == "note")
    assert noted < max(entry.number for entry in history if entry.kind == "released")
    await office.take(office.inbound("boris", f"/note {reference} second"))
    assert sum(entry.kind == "note" for entry in await world.history(reference)) == 1


async def test_many_commands_against_one_revocation(world: World) -> None:
    """Whatever the order in which they get through, none acts after the revocation was committed."""
    office, boris, reference = await _office(world)
    commands = [office.inbound("boris", f"/note {reference} n{number}") for number in range(12)]
    await asyncio.gather(
        *(office.take(each) for each in commands[:6]),
        _revoke(world, boris),
        *(office.take(each) for each in commands[6:]),
    )
    kinds = [entry.kind for entry in await world.history(reference)]
    assert "note" not in kinds[kinds.index("released") :]


async def test_on_another_node(two: Nodes) -> None:
    """Another node takes nothing from them either: there is nothing that it would have to forget first."""
    world = two.world
    office, boris, reference = await _office(world)
    await office.take(office.inbound("boris", f"/note {reference} one"), backend=two.other)
    await _revoke(world, boris)
    await office.take(office.inbound("boris", f"/note {reference} two"), backend=two.other)
    notes = [entry.body for entry in await world.history(reference) if entry.kind == "note"]
    assert notes == ["one"]


async def test_from_the_command_line_in_another_process(
    world: World, database_url: str, tmp_path: Path
) -> None:
    """`hotline staff revoke` in a process of its own ends it for the hotline that runs."""
    office, _, reference = await _office(world)
    async with world.backend.work() as work:
        await work.session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        await work.session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head()})
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "{database_url}"\n[files]\nfolder = "{tmp_path / "files"}"\n')
    (tmp_path / "keys.toml").write_text(KEY_FILE)
    (tmp_path / "keys.toml").chmod(0o600)
    typed = [sys.executable, "-m", "bot", "staff", "revoke", "boris", "--config", str(config)]
    done = await asyncio.to_thread(subprocess.run, typed, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "boris is no longer coordinator\n"), done.stderr
    await office.take(office.inbound("boris", f"/note {reference} after"))
    assert not any(entry.kind == "note" for entry in await world.history(reference))
    await office.deliver()
    assert office.standing("chat-boris")[0].startswith(GONE)
    assert not any(reference in each for each in office.standing("chat-boris"))


KEY_FILE = """current = "k1"
lookup = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

[wrapping]
k1 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"""
