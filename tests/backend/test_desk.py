"""What officers do to cases: each command's effect, what is answered, and that nothing stale does harm."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backend.cases import casework, records
from backend.errors import AlreadyAcknowledged
from backend.people import reporters, staff
from tests.backend.staff_desk import CANARY, Desk, Said


def _texts(said: list[Said]) -> str:
    return "\n".join(each.text for each in said)


def _intents(said: list[Said], kind: str) -> list[str]:
    return [each.item.intent for each in said if each.item and each.item.party.kind == kind]


async def test_two_officers_acknowledge_at_once(desk: Desk) -> None:
    """One of two who press at the same moment has the case; the other is told who was faster."""
    anna, boris = await desk.person("Анна"), await desk.person("Борис")
    reference = await desk.report()

    async def press(actor: staff.Staff) -> str | None:
        async with desk.backend.work() as work:
            case = await records.find(work, reference, for_change=True)
            try:
                await casework.acknowledge(work, actor, case)
            except AlreadyAcknowledged as error:
                return str(error.facts["name"])
            return None

    told = await asyncio.gather(press(anna), press(boris))
    winner = (await desk.case(reference)).row.assignee
    assert winner == (anna.id if told[0] is None else boris.id)
    assert sorted(told, key=str) == sorted([None, "Анна" if winner == anna.id else "Борис"], key=str)


async def test_the_slower_one_is_told_by_name(desk: Desk) -> None:
    """A second acknowledgement changes nothing and says whose the case is."""
    anna, boris = await desk.person("Анна"), await desk.person("Борис")
    reference = await desk.report()
    await desk.private(anna, f"s:ack:{reference.replace('-', '')}")
    assert "Анна" in _texts(await desk.private(boris, f"/ack {reference}"))
    assert "этим уже занимаетесь вы" in _texts(await desk.private(anna, f"/ack {reference}"))
    assert (await desk.case(reference)).row.assignee == anna.id
    assert [entry.kind for entry in await desk.history(reference)] == ["opened", "acknowledged"]


async def test_acknowledging_tells_the_reporter_once(desk: Desk) -> None:
    """The reporter hears once that somebody has read it: not again at taking."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    assert _intents(await desk.private(anna, f"/ack {reference}"), "reporter") == ["told"]
    assert _intents(await desk.private(anna, f"/take {reference}"), "reporter") == []


async def test_a_case_goes_its_way(desk: Desk) -> None:
    """Every command moves the case as its name says."""
    anna, boris = await desk.person("Анна"), await desk.person("Борис")
    reference = await desk.report()
    steps = [
        (f"/take {reference}", "in_progress", anna.id),
        (f"/wait {reference} 3 дня", "waiting", anna.id),
        (f"/take {reference}", "in_progress", anna.id),
        (f"/assign {reference} борис", "in_progress", boris.id),
        (f"/note {reference} позвонить", "in_progress", boris.id),
        (f"/reply {reference} едем", "in_progress", boris.id),
        (f"/severity {reference} обычное", "in_progress", boris.id),
        (f"/close {reference} решено", "closed", boris.id),
        (f"/reopen {reference}", "in_progress", anna.id),
        (f"/release {reference}", "new", None),
    ]
    for typed, status, assignee in steps:
        said = await desk.private(anna, typed)
        row = (await desk.case(reference)).row
        assert (row.status, row.assignee) == (status, assignee), typed
        assert any(each.text.startswith(reference) for each in said), typed
    assert (await desk.case(reference)).row.severity == "normal"


async def test_waiting_is_two_days_by_default(desk: Desk) -> None:
    """`/wait` without a time, and its button, put the case aside for two days."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    await desk.private(anna, f"s:wait:{reference.replace('-', '')}")
    assert (await desk.case(reference)).row.waits_until == desk.clock.now() + timedelta(days=2)


async def test_the_colleague_on_it_is_told_of_a_takeover(desk: Desk) -> None:
    """Taking a colleague's case over tells them; assigning tells the one it is assigned to."""
    anna, boris = await desk.person("Анна"), await desk.person("Борис")
    reference = await desk.report()
    await desk.private(anna, f"/take {reference}")
    taken = await desk.private(boris, f"/take {reference}")
    assert [each.item.party.id for each in taken if each.item and each.item.intent == "told"] == [anna.id]
    given = await desk.private(boris, f"/assign {reference} Анна")
    assert [each.item.party.id for each in given if each.item and each.item.intent == "notice"] == [anna.id]


async def test_a_case_given_from_hand_to_hand(desk: Desk) -> None:
    """Giving a colleague's open case to another tells both: who has it now, and who had it."""
    anna, boris = await desk.person("Анна"), await desk.person("Борис")
    vera = await desk.person("Вера", "coordinator")
    reference = await desk.report()
    await desk.private(anna, f"/take {reference}")
    given = await desk.private(vera, f"/assign {reference} Борис")
    told = {each.item.party.id: each.item for each in given if each.item and each.item.intent != "say"}
    assert told[anna.id].params["name"] == "Борис"
    assert "Поручено вам." in (await desk.card(told[boris.id])).text


async def test_only_who_is_on_it_gives_it_back(desk: Desk) -> None:
    """An officer can't give a colleague's case back; a coordinator can."""
    anna, boris = await desk.person("Анна"), await desk.person("Борис")
    vera = await desk.person("Вера", "coordinator")
    reference = await desk.report()
    await desk.private(anna, f"/take {reference}")
    assert "не вы" in _texts(await desk.private(boris, f"/release {reference}"))
    assert (await desk.case(reference)).row.assignee == anna.id
    await desk.private(vera, f"/release {reference}")
    assert (await desk.case(reference)).row.status == "new"


@pytest.mark.parametrize("verb", ["ack", "take", "release", "wait", "reopen", "details", "erase"])
async def test_stale_buttons_of_an_erased_case_do_nothing(desk: Desk, verb: str) -> None:
    """Whatever is pressed under a message about a case that is gone gets one sentence, and only that."""
    vera = await desk.person("Вера", "coordinator")
    reference = await desk.report()
    for typed in (f"/erase {reference}", f"/erase {reference} да"):
        await desk.private(vera, typed)
    said = await desk.private(vera, f"s:{verb}:{reference.replace('-', '')}")
    assert [each.text for each in said] == [
        f"{reference}: такого обращения нет. Проверьте номер или посмотрите в /queue"
    ]


@pytest.mark.parametrize("verb", ["ack", "take", "release", "wait"])
async def test_stale_buttons_of_a_closed_case_do_nothing(desk: Desk, verb: str) -> None:
    """A closed case stays as it is, and the one who pressed reads how to reopen it."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    await desk.private(anna, f"/close {reference} решено")
    before = (await desk.case(reference)).row
    said = await desk.private(anna, f"s:{verb}:{reference.replace('-', '')}")
    after = (await desk.case(reference)).row
    assert f"/reopen {reference}" in _texts(said)
    assert (after.status, after.waits_until, after.entries) == ("closed", None, before.entries)


async def test_reopening_an_open_case_is_refused(desk: Desk) -> None:
    """Only what is closed is reopened."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    assert "и так открыто" in _texts(await desk.private(anna, f"/reopen {reference}"))
    assert (await desk.case(reference)).row.status == "new"


async def test_a_reply_that_can_go_nowhere_leaves_nothing_behind(desk: Desk) -> None:
    """Where the reporter blocked the hotline the author is told, and the history has no reply."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    async with desk.backend.work() as work:
        await reporters.set_reachable(work, (await desk.reporter()).id, reachable=False)
    said = await desk.private(anna, f"/reply {reference} {CANARY}")
    assert "писать некуда" in _texts(said)
    assert [entry.kind for entry in await desk.history(reference)] == ["opened"]
    assert (await desk.case(reference)).row.status == "new"


async def test_an_unknown_colleague_is_named_in_the_sentence(desk: Desk) -> None:
    """Assigning to somebody who isn't there says whom nobody knows."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    assert "Глеб" in _texts(await desk.private(anna, f"/assign {reference} Глеб"))


async def test_assigning_to_the_council_is_refused(desk: Desk) -> None:
    """A case is never put into the hands of somebody who may not see it."""
    anna = await desk.person("Анна")
    await desk.person("Зоя", "council")
    reference = await desk.report()
    await desk.private(anna, f"/assign {reference} Зоя")
    assert (await desk.case(reference)).row.assignee is None


# ── Details ─────────────────────────────────────────────────────────────────────────────────────


async def _details(desk: Desk, actor: staff.Staff, reference: str) -> Said:
    said = await desk.private(actor, f"/case {reference}")
    (item,) = [each.item for each in said if each.item and each.item.intent == "details"]
    return await desk.card(item)


async def test_details_tell_everything(desk: Desk) -> None:
    """Details hold every answer, the consents, the history with names, and buttons for what is next."""
    anna = await desk.person("Анна")
    reference = await desk.report(sos=True)
    await desk.private(anna, f"/take {reference}")
    await desk.private(anna, f"/note {reference} позвонить утром")
    await desk.private(anna, f"/reply {reference} едем к вам")
    read = await _details(desk, anna, reference)
    assert read.text.startswith(f"{reference} · СРОЧНО · в работе")
    for part in (
        *(f"{CANARY} {what}" for what in ("tells", "acts", "defends", "вчера", "street", "at night")),
        *(f"{CANARY} corrected", f"{CANARY} more", "Задержание", "Москва", "geo:55.75000,37.61000"),
        *("Полиция", "Адвокат", "Да, без имени", "🆘"),
        *("позвонить утром", "едем к вам", "заметка (Анна)", "мы (Анна)"),
    ):
        assert part in read.text, part
    assert [button.data.split(":")[1] for button in read.buttons] == ["wait", "release"]


async def test_details_bring_the_files_after_them(desk: Desk) -> None:
    """Stored files follow the details in the order they came; those still on their way are counted."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    files = await desk.add_files(reference, "stored", "pending", "stored", "failed")
    said = await desk.private(anna, f"/case {reference}")
    sent = [(each.item.intent, each.item.params.get("file")) for each in said if each.item]
    assert sent == [("details", None), ("file", files[0]), ("file", files[2])]
    text = (await _details(desk, anna, reference)).text
    assert "2 файла идут следом" in text
    assert "1 файл ещё загружается" in text
    assert "1 файл получить не удалось" in text


async def test_details_keep_to_their_channel(desk: Desk) -> None:
    """What came encrypted isn't read on Telegram, report, messages and files: only where they are."""
    anna = await desk.person("Анна")
    reference = await desk.report(channel="matrix")
    await desk.add_files(reference, "stored", channel="matrix")
    said = await desk.private(anna, f"/case {reference}")
    assert [each.item.intent for each in said if each.item] == ["details"]
    read = await _details(desk, anna, reference)
    assert CANARY not in read.text
    assert "Matrix" in read.text
    boris = await desk.person("Борис", channel="matrix")
    assert CANARY in (await _details(desk, boris, reference)).text


async def test_details_of_a_closed_case_say_how_it_ended(desk: Desk) -> None:
    """A closed case shows its result, and offers to reopen."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    await desk.private(anna, f"/close {reference} передано партнёрам написали им")
    read = await _details(desk, anna, reference)
    assert "передано партнёрам" in read.text
    assert "написали им" in read.text
    assert [button.data.split(":")[1] for button in read.buttons] == ["reopen"]


# ── Messenger replies ───────────────────────────────────────────────────────────────────────────


async def test_a_private_reply_goes_to_the_reporter_at_once(desk: Desk) -> None:
    """Answering a case's message in private answers the reporter."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    await desk.posted(anna, reference, "55")
    taken, said = await desk.answer(anna, "едем", private=True, reply_to="55")
    assert taken
    assert "reply" in _intents(said, "reporter")
    assert ("reply", "едем") in [(entry.kind, entry.body) for entry in await desk.history(reference)]


async def test_an_answer_to_something_else_is_not_the_desks(desk: Desk) -> None:
    """A messenger reply to a message about no case is left to others."""
    anna = await desk.person("Анна")
    taken, said = await desk.answer(anna, "едем", private=True, reply_to="55")
    assert (taken, said) == (False, [])


@pytest.mark.parametrize(("verb", "kind"), [("send", "reply"), ("keep", "note")])
async def test_a_reply_in_the_room_waits_for_its_author(desk: Desk, verb: str, kind: str) -> None:
    """In a room the words are held; nobody else can send them; their author decides, once."""
    anna, boris = await desk.person("Анна"), await desk.person("Борис")
    await desk.room()
    reference = await desk.report()
    await desk.posted(None, reference, "55")
    _, asked = await desk.answer(anna, f"{CANARY} едем", private=False, reply_to="55")
    assert _intents(asked, "reporter") == []
    assert [entry.kind for entry in await desk.history(reference)] == ["opened"]
    data = next(button.data for button in asked[-1].buttons if verb in button.data)
    assert "написали их не вы" in _texts(await desk.in_room(boris, data))
    done = await desk.in_room(anna, data)
    assert CANARY not in _texts([*asked, *done])
    assert [each.item.params.get("edits") for each in done if each.item and each.room and each.text] == ["7"]
    assert (kind, f"{CANARY} едем") in [(entry.kind, entry.body) for entry in await desk.history(reference)]
    assert "уже решено" in _texts(await desk.in_room(anna, data))
    assert len([entry for entry in await desk.history(reference) if entry.body]) == 1


async def test_an_answer_without_word_or_file_goes_nowhere(desk: Desk) -> None:
    """And says so."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    await desk.posted(anna, reference, "55")
    _, said = await desk.answer(anna, " ", private=True, reply_to="55")
    assert "ни слов, ни файла" in _texts(said)
    assert [entry.kind for entry in await desk.history(reference)] == ["opened"]


async def test_the_council_answers_nobody(desk: Desk) -> None:
    """A council member's reply under a notice in the room is not held."""
    zoya = await desk.person("Зоя", "council")
    await desk.room()
    reference = await desk.report()
    await desk.posted(None, reference, "55")
    taken, said = await desk.answer(zoya, "что там", private=False, reply_to="55")
    assert taken
    assert "другая роль" in _texts(said)
