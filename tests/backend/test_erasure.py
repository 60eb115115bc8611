"""Taking a case back: out of sight at once, destroyed in a day, or at once with the receipt's code."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backend.cases import casework, erasure, files, held_replies, records, reporting
from backend.cases.model import CaseReporterRow, CaseRow, EntryRow, HeldReplyRow, ReceiptRow, TombstoneRow
from backend.database import Table
from backend.errors import CaseNotFound
from backend.escalation.model import CaseClockRow
from backend.outbox import OutboxRow
from backend.people import posted, reporters, staff
from backend.people.model import ConversationRow, PostedRow, ReporterRow
from backend.people.reporters import Known, Reporter
from backend.vault.model import DataKeyRow, FileRow
from bot.channels.base import Remove
from bot.conversation.types import Erased, EraseEverything, OpenReceipt, Returned
from bot.effects import carry_out
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, World

DAY = timedelta(hours=24)
OF_A_CASE: tuple[type[Table], ...] = (
    CaseRow,
    EntryRow,
    CaseReporterRow,
    ReceiptRow,
    HeldReplyRow,
    CaseClockRow,
    FileRow,
)


async def _count(world: World, table: type[Table]) -> int:
    async with world.backend.looking() as work:
        return (await work.session.execute(select(func.count()).select_from(table))).scalar_one()


async def _full_case(world: World) -> reporting.Opened:
    """A case with everything that a case may have: a room's notice, a file, a reply, held words."""
    anna, reporter = await world.person("anna"), await world.reporter()
    await world.room()
    async with world.backend.work() as work:
        file = files.note(work, reporter, ref="ref", kind="photo", name="name.jpg", mime=None)
    opened = await world.opened(HIGH, reporter, files=[file])
    reference = opened.case.reference
    async with world.backend.looking() as work:
        about = await files.about(work, await records.find(work, reference), file)
    assert about
    world.backend.files.write(file, about.key, b"content")
    async with world.backend.work() as work:
        await files.stored(work, file)
    await world.do(reference, lambda work, case: casework.reply(work, anna, case, "word", channel="telegram"))
    async with world.backend.work() as work:
        held_replies.hold(work, anna, await records.find(work, reference), "held")
    return opened


async def _erase(world: World, reporter: Reporter, code: str = "") -> Erased:
    async with world.backend.work() as work:
        found = await reporters.find(work, [(reporter.channel, reporter.sender)])
        known: Known = found[reporter.channel, reporter.sender]
        result = await carry_out(work, known, EraseEverything(code))
    assert isinstance(result, Erased)
    return result


async def test_hidden_at_once_destroyed_in_a_day(world: World) -> None:
    """Taken back, a case is nobody's to see at once: no clock, nothing to send; in a day it is gone."""
    opened = await _full_case(world)
    assert (await _erase(world, await world.reporter())).how == "later"
    with pytest.raises(CaseNotFound):
        await world.find(opened.case.reference)
    clock = await world.running_clock(opened.case.reference)
    assert clock
    assert clock.next_at is None
    assert [row.case_id for row in await world.waiting()] == [None] * len(await world.waiting())
    world.clock.advance(DAY - timedelta(seconds=1))
    await _tidy(world)
    assert await _count(world, CaseRow) == 1
    world.clock.advance(timedelta(seconds=1))
    await _tidy(world)
    await _nothing_left(world, opened, by="reporter")


async def _tidy(world: World) -> None:
    async with world.backend.work() as work:
        await erasure.destroy_hidden(work)


async def _nothing_left(world: World, opened: reporting.Opened, *, by: str) -> None:
    assert {table.__tablename__: await _count(world, table) for table in OF_A_CASE} == {
        table.__tablename__: 0 for table in OF_A_CASE
    }
    assert world.backend.files.ids() == set()
    async with world.backend.looking() as work:
        assert await work.session.get(DataKeyRow, (opened.case.row.id, 1)) is None
        tombstone = (await work.session.execute(select(TombstoneRow))).scalar_one()
        assert (tombstone.reference, tombstone.erased_by) == (opened.case.reference, by)
        assert await reporting.case_of_receipt(work, opened.receipt, also_hidden=True) is None
        rows = select(OutboxRow.number).where(OutboxRow.case_id == opened.case.row.id)
        assert (await work.session.execute(rows)).all() == []


async def test_destroyed_at_once_with_the_code(world: World) -> None:
    """With the code key, rows and files are gone at once; only the tombstone says that there was a case."""
    opened = await _full_case(world)
    assert (await _erase(world, await world.reporter(), opened.receipt)).how == "now"
    await _nothing_left(world, opened, by="reporter")


async def test_destroyed_with_the_code_after_it_was_hidden(world: World) -> None:
    """Whoever hid a case without the code can still destroy it at once with it."""
    opened = await _full_case(world)
    await _erase(world, await world.reporter())
    assert (await _erase(world, await world.reporter(), opened.receipt)).how == "now"
    await _nothing_left(world, opened, by="reporter")


async def test_a_wrong_code_changes_nothing(world: World) -> None:
    """A wrong code neither hides nor destroys anything."""
    opened = await _full_case(world)
    waiting = len(await world.waiting())
    assert (await _erase(world, await world.reporter(), "WRONG")).how == "wrong_code"
    assert (await world.find(opened.case.reference)).reference == opened.case.reference
    assert len(await world.waiting()) == waiting


async def test_erased_by_the_staff(world: World) -> None:
    """A coordinator's erasure destroys as much, and the tombstone says whose it was."""
    opened = await _full_case(world)
    clara = await world.person("clara", "coordinator")
    await world.do(opened.case.reference, lambda work, case: erasure.destroy(work, case, by=clara.id))
    await _nothing_left(world, opened, by=clara.id)


async def test_messages_are_taken_back(world: World) -> None:
    """What stands about the case in staff's chats, and everything in the reporter's, is removed."""
    messenger = Messenger()
    opened = await _full_case(world)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        standing = {(each.chat, str(number)) for number, each in enumerate(messenger.sent, 1)}
        await _erase(world, await world.reporter(), opened.receipt)
        await all_sent(outbound)
        await all_sent(outbound)
    removed = {(each.chat, each.message) for each in messenger.sent if isinstance(each, Remove)}
    assert removed == {each for each in standing if each[0] in ("chat-room", "chat-reporter")}
    assert {chat for chat, _ in removed} == {"chat-room", "chat-reporter"}
    await world.told()
    async with world.backend.looking() as work:
        left = (await work.session.execute(select(PostedRow.purpose))).scalars().all()
    assert len(left) == 1, "only the word that there was an erasure"


async def test_reporters_are_forgotten_when_idle(world: World) -> None:
    """A reporter with a case, a conversation or a message on its way is known; later a stranger again."""
    opened = await _full_case(world)
    reporter = await world.reporter()
    await _forget(world)
    assert await _count(world, ReporterRow) == 1
    async with world.backend.work() as work:
        await posted.add(work, [posted.row(work, reporter.party, chat="c", message="1", purpose="chat")])
    await _erase(world, reporter, opened.receipt)
    await _forget(world)
    assert await _count(world, ReporterRow) == 1, "their messages are still to be taken back"
    for _ in range(2):  # once their messages are gone the hotline leaves their chat, and then forgets them
        await world.take_out()
        await _forget(world)
    assert await _count(world, ReporterRow) == 0
    async with world.backend.looking() as work:
        assert await work.session.get(DataKeyRow, (reporter.id, 1)) is None


async def _forget(world: World) -> None:
    async with world.backend.work() as work:
        await erasure.forget_idle_reporters(work)


async def test_a_draft_goes_with_the_rest(world: World) -> None:
    """Erasing takes an unfinished draft and its files too."""
    reporter = await world.reporter()
    async with world.backend.work() as work:
        files.note(work, reporter, ref="ref", kind="photo", name=None, mime=None)
        values = reporters.conversation_values(work, Known(reporter), b"state", wake_at=None)
        await work.session.flush()
        await reporters.save_conversations(work, [values])
    assert (await _erase(world, reporter)).how == "nothing"
    assert (await _count(world, FileRow), await _count(world, ConversationRow)) == (0, 0)


async def test_the_receipt_brings_it_back_within_the_day(world: World) -> None:
    """Whoever holds the receipt can say that it wasn't them: the case is back, and somebody is called."""
    opened, reporter = await _full_case(world), await world.reporter()
    assert (await _erase(world, reporter)).how == "later"
    before = len(await world.waiting())
    async with world.backend.work() as work:
        known = reporters.make(work, channel="telegram", sender="else", chat="else", language="ru")
        await work.session.flush()
        assert isinstance(await carry_out(work, known, OpenReceipt(opened.receipt)), Returned)
    clock = await world.running_clock(opened.case.reference)
    assert clock
    assert clock.next_at
    assert len(await world.waiting()) > before
    world.clock.advance(DAY)
    await _tidy(world)
    assert (await world.find(opened.case.reference)).row.erase_at is None


async def test_a_tombstones_reference_is_not_used_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case erased keeps its reference: another one with it could never be destroyed."""
    opened, other = await _full_case(world), await world.case(HIGH)
    await world.do(opened.case.reference, lambda work, case: erasure.destroy(work, case, by="reporter"))
    drawn = iter([opened.case.reference, other, "AAA-AAA"])
    monkeypatch.setattr(reporting, "new_reference", lambda: next(drawn))
    assert await world.case(HIGH) == "AAA-AAA"


async def test_messages_are_forgotten_in_time(world: World) -> None:
    """Reporters' messages while they could be taken back, staff's for ninety days or until they leave."""
    reporter, room, anna = await world.reporter(), await world.room(), await world.person("anna")
    assert anna.party
    async with world.backend.work() as work:
        said = posted.row(work, reporter.party, chat="c", message="1", purpose="chat")
        notice = posted.row(work, room.party, chat="c", message="2", purpose="notice")
        mention = posted.row(work, anna.party, chat="c", message="3", purpose="mention")
        await posted.add(work, [said, notice, mention])
    for days, left in ((1, 3), (1, 2), (88, 2), (1, 0)):
        world.clock.advance(timedelta(days=days))
        async with world.backend.work() as work:
            await posted.forget_old(work)
        assert await _count(world, PostedRow) == left


async def test_where_age_is_no_hindrance_messages_are_remembered(world: World) -> None:
    """On Matrix a message can be taken back at any age: it is remembered as long as its person."""
    reporter = await world.reporter()
    async with world.backend.work() as work:
        party = replace(reporter.party, channel="matrix")
        await posted.add(work, [posted.row(work, party, chat="c", message="1", purpose="chat")])
    world.clock.advance(timedelta(days=300))
    async with world.backend.work() as work:
        await posted.forget_old(work)
        assert [each.message for each in await posted.standing(work, party)] == ["1"]
        await reporters.forget(work, reporter.id)
    assert await _count(world, PostedRow) == 0


async def test_a_revoked_persons_messages_are_forgotten(world: World) -> None:
    """Nothing is remembered of the chat of somebody who left."""
    anna = await world.person("anna")
    assert anna.party
    async with world.backend.work() as work:
        row = posted.row(work, anna.party, chat="c", message="3", purpose="mention")
        await posted.add(work, [row])
        await staff.revoke(work, "anna")
    assert await _count(world, PostedRow) == 0


async def test_whoever_writes_meanwhile_is_not_forgotten(world: World) -> None:
    """A reporter whose words are being taken in at this moment stays known, with what they said."""
    reporter = await world.reporter()
    reading, looked = asyncio.Event(), asyncio.Event()
    if world.backend.database.is_sqlite:
        looked.set()  # its one writer is never overtaken: the look waits for the end of the words

    async def writes() -> None:
        async with world.backend.work() as work:
            (known,) = (await reporters.find(work, [(reporter.channel, reporter.sender)])).values()
            reading.set()
            await looked.wait()
            values = reporters.conversation_values(work, known, b"state", wake_at=None)
            await reporters.save_conversations(work, [values])

    async def tidies() -> None:
        await reading.wait()
        await _forget(world)
        looked.set()

    await asyncio.wait_for(asyncio.gather(writes(), tidies()), 60)
    assert await _count(world, ReporterRow) == 1
    assert await _count(world, ConversationRow) == 1
