"""What staff type and press, read: every form that people use, and a sentence for every slip."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.cases.codes import ALPHABET
from bot.staff import commands
from bot.staff.commands import Command
from bot.staff.parse import Problem, parse, parse_button

REF = "K7F-3QX"
HELD = "0123456789abcdef0123456789abcdef"
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/queue", commands.Queue()),
        ("!queue", commands.Queue()),
        ("  /QUEUE@hotline_bot  ", commands.Queue()),
        ("/start", commands.Help()),
        ("/case k7f3qx", commands.ShowCase(REF)),
        ("/case K7F 3QX", commands.ShowCase(REF)),
        ("/case K7F—3QX.", commands.ShowCase(REF)),
        ("/ack@hotline_bot K7F-3QX", commands.Acknowledge(REF)),
        ("!take K7F-3QX", commands.Take(REF)),
        ("/release K7F-3QX", commands.Release(REF)),
        ("/reopen K7F-3QX", commands.Reopen(REF)),
        ("/assign K7F-3QX Анна  Мария", commands.Assign(REF, "Анна Мария")),
        ("/severity K7F-3QX urgent", commands.SetSeverity(REF, "urgent")),
        ("/severity K7F-3QX СРОЧНО", commands.SetSeverity(REF, "urgent")),
        ("/severity K7F-3QX важ", commands.SetSeverity(REF, "high")),
        ("/severity K7F-3QX norm", commands.SetSeverity(REF, "normal")),
        ("/wait K7F-3QX", commands.Wait(REF, 2 * DAY)),
        ("/wait K7F-3QX 3d", commands.Wait(REF, 3 * DAY)),
        ("/wait K7F-3QX 2 дня", commands.Wait(REF, 2 * DAY)),
        ("/wait K7F 3QX 2 days", commands.Wait(REF, 2 * DAY)),
        ("/wait K7F-3QX 36 часов", commands.Wait(REF, timedelta(hours=36))),
        ("/wait K7F-3QX 1 неделю", commands.Wait(REF, 7 * DAY)),
        ("/wait K7F-3QX 45 мин.", commands.Wait(REF, timedelta(minutes=45))),
        ("/reply K7F-3QX Едем.\n\nДержитесь", commands.Reply(REF, "Едем.\n\nДержитесь")),
        ("/note K7F-3QX\nпозвонить", commands.Note(REF, "позвонить")),
        ("/close K7F-3QX resolved", commands.Close(REF, "resolved")),
        ("/close K7F-3QX решено Всё хорошо", commands.Close(REF, "resolved", "Всё хорошо")),
        (
            "/close K7F-3QX не по профилю спор о заборе",
            commands.Close(REF, "out_of_mandate", "спор о заборе"),
        ),
        ("/close K7F-3QX не подтвердилось", commands.Close(REF, "unfounded")),
        ("/close K7F-3QX связь потеряна", commands.Close(REF, "unreachable")),
        ("/close K7F-3QX dupl of another", commands.Close(REF, "duplicate", "of another")),
        ("/close K7F-3QX published_only", commands.Close(REF, "published_only")),
        ("/due K7F-3QX", commands.Due(REF)),
        ("/due k7f 3qx 25.11 18:00 Жалоба\nв суд", commands.Due(REF, "25.11 18:00 Жалоба\nв суд")),
        ("/due K7F-3QX done 2", commands.DueDone(REF, 2)),
        ("/due K7F-3QX Готово №12", commands.DueDone(REF, 12)),
        ("/handover", commands.Handover()),
        ("/rota", commands.Rota()),
        ("/oncall", commands.OnCall()),
        ("/test_alert", commands.TestAlert()),
        ("/link", commands.Link()),
        ("/help", commands.Help()),
        ("/language", commands.Language()),
        ("/language English", commands.Language("en")),
        ("/status", commands.Status()),
        ("/overdue", commands.Overdue()),
        ("/stats", commands.Stats(30 * DAY)),
        ("/stats 7d", commands.Stats(7 * DAY)),
        ("/stats 7 дней", commands.Stats(7 * DAY)),
        ("/bind staff", commands.Bind()),
        ("/bind", commands.Bind()),
        ("/bind staff да", commands.Bind(confirmed=True)),
        ("/unbind", commands.Unbind()),
        ("/invite officer Анна", commands.Invite("officer", "Анна")),
        ("/invite координатор Анна П.", commands.Invite("coordinator", "Анна П.")),
        ("/revoke Анна П.", commands.Revoke("Анна П.")),
        ("/revoke Анна П. yes", commands.Revoke("Анна П.", confirmed=True)),
        ("/erase k7f-3qx", commands.Erase(REF)),
        ("/erase K7F-3QX да", commands.Erase(REF, confirmed=True)),
        ("/erase K7F-3QX нет", commands.Erase(REF, declined=True)),
        ("/join abcd-efgh", commands.Join("abcd-efgh")),
    ],
)
def test_what_is_typed_is_understood(typed: str, command: Command) -> None:
    """Every command is read in the forms in which people type it, in Russian and English."""
    assert parse(typed) == command


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("/case", "usage-reference"),
        ("/ack K7F", "usage-reference"),
        ("/ack 111-111", "usage-reference"),
        ("/reply K7F-3QX", "usage-reply"),
        ("/reply Едем", "usage-reply"),
        ("/note K7F-3QX   ", "usage-note"),
        ("/assign K7F-3QX", "usage-assign"),
        ("/severity K7F-3QX", "usage-severity"),
        ("/severity K7F-3QX soon", "usage-severity"),
        ("/wait K7F-3QX долго", "usage-wait"),
        ("/due", "usage-due"),
        ("/due 3d Позвонить", "usage-due"),
        ("/due K7F-3QX done", "usage-due-done"),
        ("/due K7F-3QX done вчера", "usage-due-done"),
        ("/due K7F-3QX done -1", "usage-due-done"),
        ("/due K7F-3QX done 99999999", "usage-due-done"),
        ("/wait K7F-3QX 2", "usage-wait"),
        ("/wait K7F-3QX 0d", "usage-wait"),
        ("/wait K7F-3QX 99999d", "usage-wait"),
        ("/close K7F-3QX", "usage-close"),
        ("/close K7F-3QX не", "usage-close"),
        ("/close K7F-3QX re", "usage-close"),
        ("/stats сколько", "usage-stats"),
        ("/stats 5m", "usage-stats"),
        ("/bind kitchen", "usage-bind"),
        ("/invite Анна", "usage-invite"),
        ("/invite officer", "usage-invite"),
        ("/invite officer " + "я" * 100, "usage-invite"),
        ("/invite officer 25.11", "usage-invite-name"),
        ("/invite officer Next week", "usage-invite-name"),
        ("/invite officer Запас", "usage-invite-name"),
        ("/revoke", "usage-revoke"),
        ("/erase", "usage-reference"),
        ("/join", "usage-join"),
    ],
)
def test_a_slip_gets_its_sentence(typed: str, key: str) -> None:
    """What is wrong with a command is said by a sentence of its own."""
    said = parse(typed)
    assert isinstance(said, Problem)
    assert said.key == key


@pytest.mark.parametrize(
    "typed", ["", "Едем", "/", "/report", "/sos now", "/mycase CODE", "// queue", "/queue!"]
)
def test_what_is_no_staff_command_is_left_alone(typed: str) -> None:
    """Chatter and the reporter's commands aren't the desk's."""
    assert parse(typed) is None


@pytest.mark.parametrize(
    ("data", "command"),
    [
        ("s:ack:K7F3QX", commands.Acknowledge(REF)),
        ("s:take:K7F3QX", commands.Take(REF)),
        ("s:details:K7F3QX", commands.ShowCase(REF)),
        ("s:release:K7F3QX", commands.Release(REF)),
        ("s:reopen:K7F3QX", commands.Reopen(REF)),
        ("s:wait:K7F3QX", commands.Wait(REF, 2 * DAY)),
        ("s:erase:K7F3QX", commands.Erase(REF, confirmed=True)),
        ("s:spare:K7F3QX", commands.Erase(REF, declined=True)),
        (f"s:send:{HELD}", commands.SendHeld(HELD)),
        (f"s:keep:{HELD}", commands.KeepHeld(HELD)),
        (f"s:due:{HELD}", commands.DueDone(due_id=HELD)),
        ("s:on:17", commands.Handover(17)),
        (f"s:revoke:{HELD}", commands.Revoke("", staff_id=HELD, confirmed=True)),
        ("s:bind:yes", commands.Bind(confirmed=True)),
        ("s:dismiss:yes", commands.Dismiss()),
        ("s:lang:en", commands.Language("en")),
        ("s:test:received", commands.TestReceived()),
    ],
)
def test_buttons_are_understood(data: str, command: Command) -> None:
    """Every button's data means its command."""
    assert parse_button(data) == command


@pytest.mark.parametrize(
    "data",
    [
        *("", "s:", "s:ack", "s:ack:", "s:ack:K7F3QX:1", "s:ack:k7f3qx", "s:ack:K7F-3QX", "s:ack:АВС3QX"),
        *("s:close:K7F3QX", "s:send:x", f"s:send:{HELD}0", f"s:ack:{HELD}", "r:ack:K7F3QX", "s:bind:no"),
        f"s:ack:{'K' * 80}",
    ],
)
def test_forged_buttons_mean_nothing(data: str) -> None:
    """Data that no button of ours carries is no command."""
    assert parse_button(data) is None


@given(st.text())
def test_nothing_typed_breaks_it(text: str) -> None:
    """Whatever is typed, with a command before it or not, is read without an error."""
    parse(text)
    parse_button(text)


@given(
    st.sampled_from(
        ["close", "wait", "severity", "assign", "reply", "invite", "revoke", "stats", "erase", "bind"]
    ),
    st.text(ALPHABET, max_size=8),
    st.text(max_size=40),
)
def test_no_argument_breaks_it(name: str, reference: str, rest: str) -> None:
    """Each command is either understood or has a sentence; it is never passed on as something else."""
    assert parse(f"/{name} {reference} {rest}") is not None


@given(st.text(), st.text(ALPHABET, min_size=6, max_size=6))
def test_a_reply_keeps_its_words(text: str, letters: str) -> None:
    """A reply is the words as typed, but for the space around them."""
    said = parse(f"/reply {letters} {text}")
    if text.strip():
        assert said == commands.Reply(f"{letters[:3]}-{letters[3:]}", text.strip())
    else:
        assert isinstance(said, Problem)


NAMES_NO_CASE = frozenset(
    [
        "agreed",
        "before",
        "begins",
        "code",
        "confirmed",
        "day",
        "declined",
        "hours",
        "in_return",
        "language",
        "lift",
        "name",
        "names",
        "number",
        "resolution",
        "role",
        "severity",
        "shift_id",
        "span",
        "staff_id",
        "swap_id",
        "text",
        "words",
    ]
)
LEADS_TO_A_CASE = {"SendHeld": {"held"}, "KeepHeld": {"held"}, "DueDone": {"due_id"}}
"""Buttons that hold another id than a reference: who presses them is asked about once the case is found."""


@pytest.mark.parametrize("command", get_args(Command), ids=lambda command: command.__name__)
def test_a_command_names_its_case_where_the_gate_looks(command: type) -> None:
    """Need to know is asked of what goes by a reference: a case named otherwise would be open to everyone."""
    names = {each.name for each in fields(command)}
    assert ("reference" in names) == (command in get_args(commands.ByReference))
    assert names - NAMES_NO_CASE - {"reference"} == LEADS_TO_A_CASE.get(command.__name__, set())
    assert command not in get_args(commands.AboutNoCase) or names <= NAMES_NO_CASE
