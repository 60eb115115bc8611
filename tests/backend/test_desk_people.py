"""Who may do what, how people come and go, and what the desk answers about itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend import claims
from backend.config import BackendSettings, CentreSettings
from backend.people import staff
from backend.people.roles import Role
from bot import recipients
from bot.channels.base import Inbound, TextSent
from bot.staff import desk as staff_desk
from tests.backend.staff_desk import CANARY, NOON, Desk, Said
from tests.backend.world import World

CASES = (
    *("/queue", "/case {ref}", "/ack {ref}", "/take {ref}", "/release {ref}", "/assign {ref} Борис"),
    *("/severity {ref} high", "/wait {ref}", "/reply {ref} да", "/note {ref} да", "/close {ref} решено"),
    *("/reopen {ref}", "/rota", "/oncall", "/take_shift 5.3", "/swap 5.3 Борис", "/test_alert"),
)
COORDINATION = (
    *(
        "/status",
        "/overdue",
        "/shift Борис 5.3 9-21",
        "/bind staff",
        "/unbind",
        "/invite officer Глеб",
        "/revoke Борис",
        "/erase {ref}",
    ),
)
EVERYBODY = ("/help", "/language", "/language en", "/link")
REFUSED = "Для этого нужна другая роль. Что можно вам: /help"


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        ("officer", (*CASES, *EVERYBODY), ("/stats", *COORDINATION)),
        ("coordinator", (*CASES, "/stats", *COORDINATION, *EVERYBODY), ()),
        ("council", ("/stats", *EVERYBODY), (*CASES, *COORDINATION)),
    ],
)
async def test_each_role_goes_as_far_as_it_goes(
    desk: Desk, role: Role, allowed: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    """Every command is tried by every role: done, or refused in one sentence that changes nothing."""
    await desk.person("Борис")
    actor = await desk.person("Зоя", role)
    reference = await desk.report()
    for typed in refused:
        assert [each.text for each in await desk.private(actor, typed.format(ref=reference))] == [REFUSED], (
            typed
        )
    assert [entry.kind for entry in await desk.history(reference)] == ["opened"]
    for typed in allowed:
        said = await desk.private(actor, typed.format(ref=reference))
        assert said, typed
        assert REFUSED not in [each.text for each in said], typed


@pytest.mark.parametrize("role", ["officer", "coordinator", "council"])
async def test_help_names_what_the_role_has(desk: Desk, role: Role) -> None:
    """`/help` lists the role's commands, and no others."""
    actor = await desk.person("Зоя", role)
    text = (await desk.private(actor, "/help"))[0].text
    assert ("/ack" in text) == (role != "council")
    assert ("/erase" in text) == (role == "coordinator")
    assert ("/stats" in text) == (role != "officer")


# ── Joining and leaving ─────────────────────────────────────────────────────────────────────────


async def _join(desk: Desk, code: str, sender: str, *, channel: str = "telegram") -> list[Said]:
    inbound = Inbound(
        channel,
        "1",
        sender,
        f"c-{sender}",
        private=True,
        event=TextSent(f"/join {code}"),
        at=NOON,
        language="en-GB",
    )
    stranger = await desk.stranger(sender, channel)
    async with desk.work() as work:
        await staff_desk.join(work, code, inbound, party=stranger.party)
    return desk.said


def _code(said: list[Said]) -> str:
    text = next(each.text for each in said if "/join " in each.text)
    return text.split("/join ")[1].split()[0]


async def test_an_invitation_makes_somebody_staff(desk: Desk) -> None:
    """The code in the coordinator's chat joins a colleague, who is welcomed by role and gets the menu."""
    vera = await desk.person("Вера", "coordinator")
    invited = await desk.private(vera, "/invite officer Глеб")
    said = await _join(desk, _code(invited), "gleb")
    assert [each.item.intent for each in said if each.item] == ["say", "menu"]
    assert "Глеб" in said[0].text
    assert "/test_alert" in said[0].text
    gleb = await desk.named("Глеб")
    assert (gleb.role, gleb.language) == ("officer", "en")
    again = await _join(desk, _code(invited), "other")
    assert "Код не подошёл" in again[0].text


async def test_an_invitation_ends_after_a_day(desk: Desk) -> None:
    """A code older than 24 hours makes nobody staff."""
    vera = await desk.person("Вера", "coordinator")
    code = _code(await desk.private(vera, "/invite officer Глеб"))
    desk.clock.advance(timedelta(hours=24, seconds=1))
    assert "Код не подошёл" in (await _join(desk, code, "gleb"))[0].text


async def test_a_code_is_never_shown_in_a_room(desk: Desk) -> None:
    """`/invite` in the room puts the code into the coordinator's private chat; `/link` asks to go there."""
    vera = await desk.person("Вера", "coordinator")
    await desk.room()
    said = await desk.in_room(vera, "/invite officer Глеб")
    code = _code([each for each in said if not each.room])
    assert all(code not in each.text for each in said if each.room)
    linked = await desk.in_room(vera, "/link")
    assert [each.room for each in linked] == [True]
    assert "личном чате" in linked[0].text


async def test_of_two_accounts_the_one_heard_from_is_answered(world: World) -> None:
    """Somebody who has two accounts on one messenger is answered in the one they write from."""
    anna = await world.person("anna")
    async with world.backend.work() as work:
        code = await staff.link_code(work, anna)
    world.clock.advance(timedelta(minutes=1))
    async with world.backend.work() as work:
        await staff.join(work, code, channel="telegram", sender="second", chat="second", language="ru")
    async with world.backend.work() as work:
        (person,) = await staff.everyone(work)
        assert [account.chat for account in person.accounts if account == person.account] == ["second"]
        first = next(account for account in person.accounts if account.chat != "second")
    world.clock.advance(timedelta(minutes=1))
    async with world.backend.work() as work:
        await staff.heard(work, person, channel="telegram", sender=first.sender)
    async with world.backend.looking() as work:
        (person,) = await staff.everyone(work)
    assert person.account
    assert person.account.id == first.id


async def test_a_link_joins_another_messenger_to_the_same_person(desk: Desk) -> None:
    """One person, two addresses."""
    anna = await desk.person("Анна")
    said = await _join(desk, _code(await desk.private(anna, "/link")), "anna-m", channel="matrix")
    assert "тоже ваш" in said[0].text
    assert [account.channel for account in (await desk.named("Анна")).accounts] == ["telegram", "matrix"]


async def test_a_link_shows_on_the_other_messenger(desk: Desk) -> None:
    """Whoever held an unlocked phone for a minute doesn't get a way of their own unseen."""
    anna = await desk.person("Анна")
    said = await _join(desk, _code(await desk.private(anna, "/link")), "thief", channel="matrix")
    told = [each.item for each in said if each.item and each.item.params.get("key") == "told-linked"]
    assert [(each.party.id, each.party.channel) for each in told] == [(anna.id, "telegram")]


async def test_nobody_becomes_a_coordinator_unseen(desk: Desk) -> None:
    """Where two must agree, a second one whom somebody made up is heard of by the others."""
    vera, boris = await desk.person("Вера", "coordinator"), await desk.person("Борис", "coordinator")
    said = await _join(desk, _code(await desk.private(vera, "/invite coordinator Глеб")), "gleb")
    key = "told-coordinator-joined"
    told = [each.item for each in said if each.item and each.item.params.get("key") == key]
    assert {each.party.id for each in told} == {vera.id, boris.id}


async def test_an_answer_goes_to_the_messenger_that_was_written_from(desk: Desk) -> None:
    """With two messengers, what was asked on the second is answered there, and not in the first's chat."""
    anna = await desk.person("Анна")
    await _join(desk, _code(await desk.private(anna, "/link")), "anna-m", channel="matrix")
    async with desk.backend.work() as work:
        (row,) = await claims.claim(work.session, now=work.now, limit=1, channel="matrix")
        recipient = (await recipients.load(work, [row]))[anna.id]
        await recipients.unreachable(work, recipient)
    assert (recipient.chat, recipient.party.channel) == ("c-anna-m", "matrix")
    assert [account.reachable for account in (await desk.named("Анна")).accounts] == [True, False]


async def test_revoking_asks_and_puts_the_cases_back(desk: Desk) -> None:
    """After the question and the button the person is gone, and their open cases are new again."""
    vera, anna = await desk.person("Вера", "coordinator"), await desk.person("Анна")
    await desk.room()
    reference = await desk.report()
    await desk.private(anna, f"/take {reference}")
    asked = await desk.private(vera, "/revoke Анна")
    assert "1 обращение" in asked[0].text
    assert len(await desk.everyone()) == 2
    said = await desk.private(vera, asked[0].buttons[0].data)
    assert any(each.room and each.item and each.item.intent == "notice" for each in said)
    assert (await desk.case(reference)).row.status == "new"
    assert [person.name for person in await desk.everyone()] == ["Вера"]
    assert "Не нашли" in (await desk.private(vera, asked[0].buttons[0].data))[0].text


async def test_the_last_coordinator_stays(desk: Desk) -> None:
    """Nobody can lock everybody out; the refusal is all that is said, and their case stays theirs."""
    vera = await desk.person("Вера", "coordinator")
    await desk.room()
    reference = await desk.report()
    await desk.private(vera, f"/take {reference}")
    (said,) = await desk.private(vera, "/revoke Вера да")
    assert "единственный" in said.text
    assert (await desk.case(reference)).row.assignee == vera.id
    assert [person.name for person in await desk.everyone()] == ["Вера"]


async def test_language_is_kept(desk: Desk) -> None:
    """A chosen language holds, and the menu is put anew."""
    anna = await desk.person("Анна")
    asked = await desk.private(anna, "/language")
    said = await desk.private(anna, asked[0].buttons[1].data)
    assert [each.item.intent for each in said if each.item] == ["say", "menu"]
    assert (await desk.named("Анна")).language == "en"


async def test_a_language_that_is_not_spoken_is_refused_in_a_sentence(desk: Desk) -> None:
    """Only what the centre speaks is offered or taken."""
    anna = await desk.person("Анна")
    desk.backend.settings = BackendSettings(centre=CentreSettings(languages=["ru"]))
    asked = await desk.private(anna, "/language")
    assert [button.data for button in asked[0].buttons] == ["s:lang:ru"]
    for typed in ("/language de", "/language en", "s:lang:en"):
        said = await desk.private(anna, typed)
        assert [each.text for each in said] == [
            "На этом языке мы пока не говорим. Выбрать из тех, что есть: /language"
        ]
    assert (await desk.named("Анна")).language == "ru"


# ── About the desk ──────────────────────────────────────────────────────────────────────────────


async def test_a_test_alert_looks_like_an_alert_and_says_that_it_is_none(desk: Desk) -> None:
    """It arrives in private as urgent mail, marked as a test; where it was asked for it is announced."""
    anna = await desk.person("Анна")
    await desk.room()
    said = await desk.in_room(anna, "/test_alert")
    alert = next(each for each in said if not each.room)
    assert alert.item
    assert alert.item.priority == 0
    assert alert.text.startswith("ПРОВЕРКА · СРОЧНО")
    assert [each.room for each in said] == [True, False]
    done = await desk.private(anna, alert.buttons[0].data)
    assert "Вызов дошёл" in done[0].text


@pytest.mark.parametrize("typed", ["/rota", "/oncall"])
async def test_everybody_is_on_duty_and_reachable_or_not(desk: Desk, typed: str) -> None:
    """Every officer is named, with the messenger on which they can be reached."""
    anna = await desk.person("Анна")
    await desk.unreachable(await desk.person("Борис"))
    await desk.person("Вера", "coordinator")
    text = (await desk.private(anna, typed))[0].text
    assert "Анна: Telegram" in text
    assert "Борис: мне некуда писать" in text
    assert "Вера" not in text


async def test_status_is_the_desk_at_a_glance(desk: Desk) -> None:
    """Open by severity, unacknowledged with age, overdue, on duty, the last day, delivery."""
    vera, anna = await desk.person("Вера", "coordinator"), await desk.person("Анна")
    first = await desk.report(sos=True)
    second = await desk.report(name="other", acts=["threat"], timing="past")
    await desk.private(anna, f"/ack {second}")
    desk.clock.advance(timedelta(minutes=6))
    text = (await desk.private(vera, "/status"))[0].text
    assert "Открыто 2: срочных 1, важных 0, обычных 1." in text
    assert f"Не принято 1 ({first}, 6 мин)." in text
    assert f"Просрочено 1 ({first}, 6 мин)." in text
    assert "На смене: Анна." in text
    assert "За сутки: пришло 2, закрыто 0." in text
    assert "застряло" in text
    assert CANARY not in text


async def test_queue_and_overdue_list_by_urgency(desk: Desk) -> None:
    """The most severe first, with officer, age and what is overdue."""
    anna = await desk.person("Анна")
    vera = await desk.person("Вера", "coordinator")
    normal = await desk.report(acts=["threat"], timing="past")
    urgent = await desk.report(name="other")
    await desk.private(anna, f"/take {normal}")
    desk.clock.advance(timedelta(minutes=7))
    lines = (await desk.private(anna, "/queue"))[0].text.splitlines()
    assert lines[0] == "Открыто 2 обращения."
    assert lines[2:] == [
        f"{urgent} · срочно · 7 мин · не принято · пока ничьё · просрочено",
        f"{normal} · обычное · 7 мин · в работе · Анна",
    ]
    overdue = (await desk.private(vera, "/overdue"))[0].text
    assert urgent in overdue
    assert normal not in overdue


async def test_an_empty_desk_says_so(desk: Desk) -> None:
    """Nothing open, nothing overdue: a sentence each."""
    vera = await desk.person("Вера", "coordinator")
    assert (await desk.private(vera, "/queue"))[0].text == "Открытых обращений нет."
    assert (await desk.private(vera, "/overdue"))[0].text == "Просроченных обращений нет."
    assert "Никто не ждёт." in (await desk.private(vera, "/status"))[0].text


async def test_the_council_sees_no_small_figures(desk: Desk) -> None:
    """Below five the council reads «<5», while the coordinator reads the number."""
    vera, zoya = await desk.person("Вера", "coordinator"), await desk.person("Зоя", "council")
    for number in range(3):
        await desk.report(name=f"r{number}")
    assert "Пришло: 3" in (await desk.private(vera, "/stats 7d"))[0].text
    council = (await desk.private(zoya, "/stats 7d"))[0].text
    assert "Пришло: <5" in council
    assert "3" not in council


async def test_figures_that_betray_a_small_one_are_left_out(desk: Desk) -> None:
    """Where one severity alone is few, the council doesn't read the total that would tell it."""
    zoya = await desk.person("Зоя", "council")
    for number in range(12):
        more = (
            {"acts": ["threat"], "timing": "past"}
            if number < 6
            else {"acts": ["threat"], "timing": "ongoing"}
        )
        await desk.report(name=f"r{number}", **more)  # type: ignore[arg-type]
    text = (await desk.private(zoya, "/stats"))[0].text
    assert "Срочных <5, важных 6, обычных 6" in text
    assert "12" not in text


async def test_words_that_went_nowhere_are_said_to(desk: Desk) -> None:
    """What staff write in private without answering anything reaches nobody, and they read so."""
    anna = await desk.person("Анна")
    async with desk.work() as work:
        origin = staff_desk.Origin("telegram", "c", private=True, party=anna.party)  # type: ignore[arg-type]
        await staff_desk.talked(work, origin)
        staff_desk.no_such_command(work, origin)
    assert "никому не ушли" in desk.said[0].text
    assert "/help" in desk.said[1].text


async def test_a_revoked_name_is_free_again(desk: Desk) -> None:
    """A name can be given anew once its bearer has gone; while they are there it can't."""
    vera = await desk.person("Вера", "coordinator")
    await desk.person("Анна")
    assert "уже занято" in (await desk.private(vera, "/invite officer анна"))[0].text
    await desk.private(vera, "/revoke Анна да")
    assert "/join" in (await desk.private(vera, "/invite officer анна"))[0].text
