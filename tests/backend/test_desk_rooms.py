"""What a room may read: references and names of colleagues, never a word of what somebody told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.cases import records
from backend.cases.rules import STATUSES
from bot.channels.base import Inbound, TextSent
from bot.sitting import Sitting
from bot.staff import cards
from tests.backend.staff_desk import CANARY, OTHER_ROOM, ROOM, TEXTS, Desk, Said, words

TYPED = (
    "/queue",
    "/case {ref}",
    "/ack {ref}",
    "/take {ref}",
    "/reply {ref} канарейка отвечает",
    "/note {ref} канарейка заметила",
    "/wait {ref} 2d",
    "/severity {ref} high",
    "/assign {ref} Борис",
    "/case {ref}",
    "/status",
    "/overdue",
    "/stats 7d",
    "/rota",
    "/oncall",
    "/test_alert",
    "/link",
    "/language",
    "/help",
    "/close {ref} решено канарейка спасена",
    "/queue",
    "/case {ref}",
    "/reopen {ref}",
    "/release {ref}",
    "/invite officer Глеб",
    "/revoke Борис",
    "/erase {ref}",
    "/erase {ref} да",
)


async def _room_words(desk: Desk, said: list[Said]) -> list[str]:
    """What the room reads of this, items about a case put into words as they are at sending."""
    read = []
    for each in said:
        if each.room and each.item:
            about_case = each.item.intent not in ("say", "told", "remove")
            read.append(
                (await desk.card(each.item)).text if about_case else each.text + str(each.item.params)
            )
    return read


async def test_no_command_in_a_room_shows_what_was_told(desk: Desk) -> None:
    """Whatever is typed in the room, in whatever state the case is, nothing of its content appears there."""
    vera = await desk.person("Вера", "coordinator")
    await desk.person("Борис")
    await desk.room()
    reference = await desk.report(sos=True)
    await desk.add_files(reference, "stored")
    await desk.posted(None, reference, "55")
    for typed in TYPED:
        said = await desk.in_room(vera, typed.format(ref=reference))
        read = await _room_words(desk, said)
        assert read, typed
        assert all(CANARY not in each for each in read), typed
        assert all(each.item and each.item.intent not in ("details", "file") for each in said if each.room), (
            typed
        )


async def test_what_the_reporter_writes_reaches_the_room_as_news_only(desk: Desk) -> None:
    """The officer reads the words in private; the room that there are some."""
    anna = await desk.person("Анна")
    await desk.room()
    reference = await desk.report()
    await desk.private(anna, f"/take {reference}")
    await desk.message(reference, f"{CANARY} пишет ещё")
    room = [each for each in desk.said if each.room and each.item and each.item.intent == "news"]
    assert [(await desk.card(each.item)).text for each in room if each.item] == [
        f"{reference}: новое сообщение. Откроется в личном чате."
    ]
    (wrote,) = [each.item for each in desk.said if each.item and each.item.intent == "reporter-wrote"]
    read = (await desk.card(wrote)).text
    assert wrote.party.id == anna.id
    assert read.startswith(f"{reference} · СРОЧНО · новое сообщение")
    assert f"{CANARY} пишет ещё" in read


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("status", STATUSES)
async def test_notices_begin_for_the_lock_screen(desk: Desk, status: str, *, private: bool) -> None:
    """In every state a notice begins with reference and severity, and holds nothing of the content."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    moves = {
        "new": (),
        "acknowledged": ("/ack {ref}",),
        "in_progress": ("/take {ref}",),
        "waiting": ("/wait {ref} 2d",),
        "closed": ("/close {ref} решено канарейка",),
    }
    for typed in moves[status]:
        await desk.private(anna, typed.format(ref=reference))
    async with desk.backend.looking() as work:
        case = await records.find(work, reference)
        read = words(await cards.notice(work, case, reason="opened", private=private), work)
    assert read.text.startswith(f"{reference} · СРОЧНО · ")
    assert CANARY not in read.text
    offered = [button.data.split(":")[1] for button in read.buttons]
    assert offered == {"new": ["ack", "take", "details"], "acknowledged": ["take", "details"]}.get(
        status, ["details"]
    )


@pytest.mark.parametrize("kind", ["acknowledge", "first_reply", "quiet", "wait"])
@pytest.mark.parametrize("last", [True, False])
async def test_an_escalation_says_how_long_and_what_is_wanted(desk: Desk, kind: str, *, last: bool) -> None:
    """An escalation begins as a notice does, says what should be done, and has the buttons for it."""
    reference = await desk.report()
    desk.clock.advance(timedelta(minutes=15))
    async with desk.backend.looking() as work:
        case = await records.find(work, reference)
        made = await cards.escalated(work, case, kind=kind, step=2, last=last, private=False)
        read = words(made, work)
    waits = "ждёт 15 мин" if kind == "acknowledge" else "не принято"
    assert read.text.startswith(f"{reference} · СРОЧНО · {waits}")
    assert ("никто не занимается" in read.text) == (kind != "acknowledge"), "nobody has a name"
    assert CANARY not in read.text
    assert read.buttons


@pytest.mark.parametrize("status", ["acknowledged", "in_progress", "waiting"])
async def test_a_case_whose_officer_left_says_so(desk: Desk, status: str) -> None:
    """Where nobody is on a case any more, that is a sentence of its own."""
    reference = await desk.report()
    async with desk.backend.work() as work:
        case = await records.find(work, reference, for_change=True)
        case.row.status, case.row.waits_until = status, work.now + timedelta(days=2)
        read = words(await cards.notice(work, case, reason="", private=True), work)
    assert "сейчас этим никто не занимается." in read.text.casefold()


async def test_a_case_opened_from_the_room_opens_in_private(desk: Desk) -> None:
    """Details pressed in the room arrive in the presser's own chat; the room reads that they did."""
    anna = await desk.person("Анна")
    await desk.room()
    reference = await desk.report()
    said = await desk.in_room(anna, f"s:details:{reference.replace('-', '')}")
    assert [(each.item.intent, each.item.party.id) for each in said if each.item and not each.room] == [
        ("details", anna.id)
    ]
    assert [each.text for each in said if each.room] == [f"{reference}: открыто в личном чате. Анна"]


async def test_without_a_private_chat_the_room_says_how_to_start_one(desk: Desk) -> None:
    """An officer who blocked the bot reads in the room what to do; nothing of the case is put anywhere."""
    anna = await desk.person("Анна")
    await desk.room()
    reference = await desk.report()
    await desk.unreachable(anna)
    said = await desk.in_room(await desk.named("Анна"), f"/case {reference}")
    assert len(said) == 1
    assert "Откройте личный чат" in said[0].text


async def test_a_group_that_is_no_staff_room_sees_nothing(desk: Desk) -> None:
    """In any other group only `/bind` is taken; the queue isn't read out there."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    for typed in ("/queue", f"/ack {reference}", "/status", "/unbind"):
        said = await desk.in_room(anna, typed, chat=OTHER_ROOM)
        assert len(said) == 1
        assert reference not in said[0].text
    assert (await desk.case(reference)).row.status == "new"


async def test_a_mistyped_command_is_answered(desk: Desk) -> None:
    """In the staff room a colleague reads so; chatter and strangers meet silence."""
    await desk.person("Анна")
    await desk.room()
    for sender, typed, answers in (("u-Анна", "/quue", 1), ("u-Анна", "Кто сегодня?", 0), ("x", "/quue", 0)):
        event = TextSent(typed)
        inbound = Inbound("telegram", typed, sender, ROOM, private=False, event=event, at=desk.clock.now())
        async with desk.work() as work:
            await Sitting(work, TEXTS).take([inbound])
        assert [each.text for each in desk.said] == ["Такой команды нет. Что можно: /help"] * answers


# ── Binding ─────────────────────────────────────────────────────────────────────────────────────


async def test_binding_asks_before_it_moves_the_room(desk: Desk) -> None:
    """The first room is bound at once; another asks first, and then the old one is told."""
    vera = await desk.person("Вера", "coordinator")
    first = await desk.in_room(vera, "/bind staff")
    assert "комната дежурных" in first[0].text
    assert "уже" in (await desk.in_room(vera, "/bind staff"))[0].text
    asked = await desk.in_room(vera, "/bind staff", chat=OTHER_ROOM)
    assert await desk.bound() == ["-100"]
    done = await desk.in_room(vera, asked[0].buttons[0].data, chat=OTHER_ROOM)
    assert await desk.bound() == ["-200"]
    told = {each.item.party.id: each.text for each in done if each.item}
    assert len(told) == 2
    assert any("в другой группе" in text for text in told.values())


async def test_binding_belongs_in_the_group(desk: Desk) -> None:
    """In private `/bind` and `/unbind` say where to send them."""
    vera = await desk.person("Вера", "coordinator")
    for typed in ("/bind staff", "/unbind"):
        assert "в самой группе" in (await desk.private(vera, typed))[0].text
    assert await desk.bound() == []


async def test_unbinding_ends_it(desk: Desk) -> None:
    """After `/unbind` the group is no staff room, and doesn't hear of new reports."""
    vera = await desk.person("Вера", "coordinator")
    await desk.room()
    await desk.in_room(vera, "/unbind")
    assert await desk.bound() == []
    await desk.report()
    assert not any(each.room for each in desk.said)


async def test_an_officer_binds_nothing(desk: Desk) -> None:
    """Neither typed nor by a forged button."""
    anna = await desk.person("Анна")
    for typed in ("/bind staff", "s:bind:yes"):
        assert "другая роль" in (await desk.in_room(anna, typed))[0].text
    assert await desk.bound() == []
