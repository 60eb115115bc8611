"""`/erase` takes two coordinators: one asks, another agrees within a day; alone, one asks and agrees."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from backend.audit.model import AuditRow
from backend.cases.model import CaseRow, TombstoneRow
from backend.errors import CaseNotFound
from backend.people import reporters, staff
from backend.people.reporters import Known
from backend.people.staff import Staff
from backend.retention import requests
from backend.retention.model import ErasureRequestRow
from bot.conversation import codec
from bot.conversation.types import State
from tests.backend.staff_desk import Desk, Said

DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


def _to(said: list[Said], person: Staff) -> list[str]:
    return [each.text for each in said if each.item and each.item.party.id == person.id and each.text]


async def _there(desk: Desk, reference: str) -> bool:
    try:
        await desk.case(reference)
    except CaseNotFound:
        return False
    return True


async def _two(desk: Desk) -> tuple[Staff, Staff, str]:
    vera, oleg = await desk.person("Вера", "coordinator"), await desk.person("Олег", "coordinator")
    await desk.room()
    return vera, oleg, await desk.report()


async def _tick(desk: Desk) -> list[Said]:
    async with desk.work() as work:
        await requests.expire(work)
    return desk.said


def test_what_follows_from_a_word() -> None:
    """Nothing is destroyed without a request, nor on one person's word while there is another coordinator."""
    for asked_by, alone, word in product((None, "a", "b"), (True, False), ("", "yes", "no")):
        decision = requests.decide(asked_by=asked_by, actor="a", alone=alone, word=word)  # type: ignore[arg-type]
        by_another = asked_by == "b" and word != "no"
        by_oneself = asked_by == "a" and alone and word == "yes"
        assert (decision == "destroy") == (by_another or by_oneself), (asked_by, alone, word)
        assert (decision == "withdraw") == (word == "no" and asked_by is not None)


@pytest.mark.parametrize("agreed", ["/erase {ref}", "/erase {ref} да", "s:erase:{letters}"])
async def test_a_second_coordinator_agrees(desk: Desk, agreed: str) -> None:
    """One asks, the other is asked in private; agreeing destroys, both are told, the log names both."""
    vera, oleg, reference = await _two(desk)
    said = await desk.private(vera, f"/erase {reference}")
    assert await _there(desk, reference)
    (waits,), (question,) = _to(said, vera), _to(said, oleg)
    assert "Олег" in waits
    assert "Вера" in question
    said = await desk.private(oleg, agreed.format(ref=reference, letters=reference.replace("-", "")))
    assert not await _there(desk, reference)
    assert "уничтожено" in "".join(_to(said, oleg))
    assert "Олег" in "".join(_to(said, vera))
    async with desk.backend.looking() as work:
        assert (await work.session.get_one(TombstoneRow, reference)).erased_by == oleg.id
        query = select(AuditRow).where(AuditRow.reference == reference).order_by(AuditRow.number)
        noted = (await work.session.execute(query)).scalars()
        assert [(each.actor, each.action) for each in noted if each.action.startswith("erase")] == [
            (vera.id, "erase-asked"),
            (oleg.id, "erased"),
        ]


@pytest.mark.parametrize("again", ["/erase {ref}", "/erase {ref} да", "s:erase:{letters}"])
async def test_nobody_agrees_with_themselves(desk: Desk, again: str) -> None:
    """However often and in whatever way the one who asked says yes, another coordinator has to."""
    vera, _, reference = await _two(desk)
    await desk.private(vera, f"/erase {reference}")
    said = await desk.private(vera, again.format(ref=reference, letters=reference.replace("-", "")))
    assert "другой координатор" in "".join(_to(said, vera))
    assert await _there(desk, reference)


async def test_nobody_agrees_at_first_go(desk: Desk) -> None:
    """A yes to a question that nobody asked yet only asks it; alone as well."""
    vera, _, reference = await _two(desk)
    await desk.private(vera, f"/erase {reference} да")
    assert await _there(desk, reference)
    async with desk.backend.work() as work:
        await staff.revoke(work, "Олег")
    desk.clock.advance(DAY)
    await desk.private(vera, f"/erase {reference} да")
    assert await _there(desk, reference), "the old question had its day"
    await desk.private(vera, f"/erase {reference} да")
    assert not await _there(desk, reference)


async def test_an_officer_neither_asks_nor_agrees(desk: Desk) -> None:
    """Erasing is the coordinators'."""
    vera, _, reference = await _two(desk)
    anna = await desk.person("Анна")
    await desk.private(vera, f"/erase {reference}")
    for typed in (f"/erase {reference}", f"/erase {reference} да", f"s:erase:{reference.replace('-', '')}"):
        assert "другая роль" in "".join(_to(await desk.private(anna, typed), anna))
    assert await _there(desk, reference)


async def test_a_request_has_a_day(desk: Desk) -> None:
    """Nobody agreed within a day: both are told, and the other's word only asks anew."""
    vera, oleg, reference = await _two(desk)
    await desk.private(vera, f"/erase {reference}")
    desk.clock.advance(DAY - MINUTE)
    assert await _tick(desk) == []
    desk.clock.advance(MINUTE)
    said = await _tick(desk)
    assert {each.item.party.id for each in said if each.item} == {vera.id, oleg.id}
    assert {each.item.params["key"] for each in said if each.item} == {"told-erase-expired"}
    assert await _tick(desk) == []
    await desk.private(oleg, f"/erase {reference}")
    assert await _there(desk, reference)


async def test_a_request_that_nobody_swept_counts_no_longer(desk: Desk) -> None:
    """A day is a day, also before the tick has looked."""
    vera, oleg, reference = await _two(desk)
    await desk.private(vera, f"/erase {reference}")
    desk.clock.advance(DAY)
    await desk.private(oleg, f"s:erase:{reference.replace('-', '')}")
    assert await _there(desk, reference)


@pytest.mark.parametrize("who", ["Вера", "Олег"])
async def test_either_may_say_no(desk: Desk, who: str) -> None:
    """The one who asked takes it back, or the other one refuses: told, noted, and the case stays."""
    vera, oleg, reference = await _two(desk)
    await desk.private(vera, f"/erase {reference}")
    said = await desk.private(vera if who == "Вера" else oleg, f"/erase {reference} нет")
    assert who in "".join(_to(said, vera))
    assert who in "".join(_to(said, oleg))
    assert await _there(desk, reference)
    async with desk.backend.looking() as work:
        query = select(AuditRow.actor).where(AuditRow.action == "erase-dropped")
        noted = (await work.session.execute(query.where(AuditRow.reference == reference))).scalars().all()
    assert noted == [(vera if who == "Вера" else oleg).id]
    assert "никто не просил" in "".join(_to(await desk.private(oleg, f"/erase {reference} нет"), oleg))


async def test_whoever_left_has_asked_for_nothing(desk: Desk) -> None:
    """The word of somebody whose role ended meanwhile doesn't count as the first of two."""
    vera, oleg, reference = await _two(desk)
    await desk.person("Яна", "coordinator")
    await desk.private(vera, f"/erase {reference}")
    async with desk.backend.work() as work:
        await staff.revoke(work, "Вера")
    await desk.private(oleg, f"/erase {reference}")
    assert await _there(desk, reference)


async def test_alone_one_asks_and_agrees(desk: Desk) -> None:
    """A centre with one coordinator can erase: the question says that their own second word is enough."""
    vera = await desk.person("Вера", "coordinator")
    await desk.room()
    reference = await desk.report()
    (asked,) = await desk.private(vera, f"/erase {reference}")
    assert "один координатор" in asked.text
    (asked,) = await desk.private(vera, f"/erase {reference}")
    assert await _there(desk, reference)
    await desk.private(vera, asked.buttons[0].data)
    assert not await _there(desk, reference)


async def test_nobody_becomes_the_only_one_to_erase(desk: Desk) -> None:
    """Whoever revokes the other coordinator can't erase alone for a day, whatever was asked before."""
    vera, _, reference = await _two(desk)
    await desk.private(vera, f"/erase {reference}")
    await desk.private(vera, "/revoke Олег да")
    for word in ("", " да"):
        said = await desk.private(vera, f"/erase {reference}{word}")
        assert "через 24 часа" in "".join(_to(said, vera))
    desk.clock.advance(DAY - MINUTE)
    assert "через 1 час" in "".join(_to(await desk.private(vera, f"/erase {reference}"), vera))
    desk.clock.advance(MINUTE)
    await desk.private(vera, f"/erase {reference}")
    await desk.private(vera, f"/erase {reference} да")
    assert not await _there(desk, reference)


@pytest.mark.parametrize("second_asks", [True, False])
async def test_nobody_agrees_with_a_second_self(desk: Desk, *, second_asks: bool) -> None:
    """A coordinator whom a colleague invited neither asks nor agrees with effect on their first day."""
    vera, _, reference = await _two(desk)
    code = (await desk.private(vera, "/invite coordinator Тень"))[0].text.partition("/join ")[2].split()[0]
    async with desk.work() as work:
        shadow = await staff.join(work, code, channel="telegram", sender="s", chat="s", language="ru")
    first, second = (shadow, vera) if second_asks else (vera, shadow)
    for waited, gone in ((timedelta(0), False), (DAY, True)):
        desk.clock.advance(waited)
        await desk.private(first, f"/erase {reference}")
        said = await desk.private(second, f"/erase {reference}")
        assert await _there(desk, reference) is not gone
        assert ("пока нельзя" in "".join(_to(said, second))) is not gone


async def test_what_an_operator_changed_counts_at_once(desk: Desk) -> None:
    """Whoever sits at the command line could erase it anyway: whom they put out doesn't make others wait."""
    vera, _, reference = await _two(desk)
    async with desk.backend.work() as work:
        await staff.revoke(work, "Олег")
    await desk.private(vera, f"/erase {reference}")
    await desk.private(vera, f"/erase {reference} да")
    assert not await _there(desk, reference)


async def test_taken_back_meanwhile_the_request_is_gone(desk: Desk) -> None:
    """The reporter hid the case and brought it back: that somebody asked before doesn't count any more."""
    vera, oleg, reference = await _two(desk)
    await desk.private(vera, f"/erase {reference}")
    await desk.hide(reference)
    async with desk.backend.looking() as work:
        assert (await work.session.execute(select(ErasureRequestRow))).first() is None
    assert "такого обращения нет" in "".join(_to(await desk.private(oleg, f"/erase {reference}"), oleg))
    async with desk.backend.looking() as work:
        assert (await work.session.execute(select(CaseRow.id))).all()


async def test_what_is_left_is_said(desk: Desk) -> None:
    """Messages that Telegram keeps after two days are counted, to whoever agreed and whoever asked."""
    vera, oleg, reference = await _two(desk)
    anna = await desk.person("Анна")
    await desk.posted(anna, reference, "5")
    await desk.posted(None, reference, "6")
    desk.clock.advance(timedelta(hours=47))
    await desk.posted(anna, reference, "7")
    desk.clock.advance(timedelta(hours=2))
    await desk.private(vera, f"/erase {reference}")
    said = await desk.private(oleg, f"/erase {reference}")
    for person in (vera, oleg):
        (told,) = _to(said, person)
        assert "2 сообщения о нём старше 48 часов" in told
        assert "В чате самого человека останется" in told


async def test_a_young_case_leaves_nothing_behind(desk: Desk) -> None:
    """Within two days everything can be taken back, and nothing is said to be left."""
    vera, oleg, reference = await _two(desk)
    await desk.private(vera, f"/erase {reference}")
    (told,) = _to(await desk.private(oleg, f"/erase {reference}"), oleg)
    assert "48 часов" not in told


async def _talks(desk: Desk, state: State) -> None:
    async with desk.backend.work() as work:
        reporter = (await reporters.find(work, [("telegram", "r")]))["telegram", "r"].reporter
        row = reporters.conversation_values(work, Known(reporter), codec.encode(state), wake_at=None)
        await reporters.save_conversations(work, [row])


@pytest.mark.parametrize(
    ("state", "cleared"),
    [(State("follow_up", "talking"), True), (State("report", "account", answers={"about": "me"}), False)],
)
async def test_a_draft_is_not_taken_from_anybody(desk: Desk, state: State, *, cleared: bool) -> None:
    """The reporter's chat is cleared with the case, unless they are telling of something else just now."""
    vera, oleg, reference = await _two(desk)
    reporter = await desk.reporter()
    await _talks(desk, state)
    await desk.private(vera, f"/erase {reference}")
    said = await desk.private(oleg, f"/erase {reference}")
    assert ("другое обращение" in "".join(_to(said, oleg))) != cleared
    async with desk.backend.looking() as work:
        assert (await reporters.conversation_of(work, reporter) is None) == cleared


async def test_another_case_of_theirs_stays_with_its_chat(desk: Desk) -> None:
    """Of a reporter's two cases one is erased: the other, and their chat, are left alone."""
    vera, oleg, reference = await _two(desk)
    other = await desk.report()
    await desk.private(vera, f"/erase {reference}")
    said = await desk.private(oleg, f"/erase {reference}")
    assert "другое обращение" in "".join(_to(said, oleg))
    assert await _there(desk, other)
