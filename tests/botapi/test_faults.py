"""Faults on request, and the sending limits."""

import asyncio
from datetime import timedelta

import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TelegramError

from tests.botapi import BotApi, User
from tests.botapi.client import message_in, received, texts
from tests.botapi.faults import Kind
from tests.botapi.rates import Rates
from tests.botapi.receiver import Receiver


@pytest.mark.parametrize(
    ("kind", "error", "effects"),
    [
        ("429", RetryAfter, 0),
        ("500", NetworkError, 0),
        ("502_html", NetworkError, 0),
        ("not_json", TelegramError, 0),
        ("cut_before", NetworkError, 0),
        ("cut_after", NetworkError, 1),
    ],
)
async def test_faults(
    api: BotApi, bot: Bot, person: User, kind: Kind, error: type[TelegramError], effects: int
) -> None:
    """A fault fails the call it was ordered for, with or without the effect, and no other call."""
    fault = api.faults.add("sendMessage", kind, skip=1, chat=person.chat, retry_after=3)
    other = api.user()
    await other.says("/start")
    await bot.send_message(person.id, "passes")
    await bot.send_message(other.id, "another chat")
    with pytest.raises(error):
        await bot.send_message(person.id, "fails")
    await bot.send_message(person.id, "is over")
    assert len(person.messages) == 2 + effects
    assert fault.acted == 1
    assert api.counters["sendMessage"] == 3 + effects


async def test_slow_answers(api: BotApi, bot: Bot, person: User) -> None:
    """A slow call outlasts the client's patience; before the effect or after it, the client can't tell."""
    cases: list[tuple[Kind, int]] = [("delay", 0), ("delay_after", 1)]
    for kind, effects in cases:
        api.faults.add("sendMessage", kind, seconds=30)
        with pytest.raises(NetworkError, match="Timed out"):
            await bot.send_message(person.id, "slow", read_timeout=0.2)
        assert len(person.messages) == effects


async def test_held_calls(api: BotApi, bot: Bot, person: User) -> None:
    """A call can be held, before its effect or after it, for as long as a test needs."""
    cases: list[tuple[Kind, int]] = [("hold_before", 0), ("hold_after", 2)]
    for kind, effects in cases:
        fault = api.faults.add("sendMessage", kind)
        call = asyncio.create_task(bot.send_message(person.id, "held"))
        await fault.met()
        await bot.get_me()
        assert (len(person.messages), call.done()) == (effects, False)
        fault.release()
        await call


async def test_confirmed_updates_come_again(
    api: BotApi, bot: Bot, person: User, receiver: tuple[Receiver, str]
) -> None:
    """A duplicate is an update that was confirmed before: into a held poll at once, or by webhook."""
    await received(bot)
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await api.until(lambda: api.updates.polling)
    api.faults.add(kind="duplicate_update")
    assert texts(await poll) == ["/start"]
    assert await bot.get_updates() == ()
    api.faults.add(kind="duplicate_update")
    await bot.set_webhook(receiver[1])
    await person.says("twice")
    await api.until(lambda: not api.updates.pending)
    assert receiver[0].taken == ["twice", "twice"]


async def test_downloads_fail_too(api: BotApi, bot: Bot, person: User) -> None:
    """Downloads meet the faults ordered for `file`."""
    await person.sends_photo()
    file = await bot.get_file(message_in((await bot.get_updates())[-1]).photo[-1].file_id)
    api.faults.add("file", "cut_before")
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert bytes(await file.download_as_bytearray()) == person.chat.history[2].file


async def test_published_limits(api: BotApi, bot: Bot, person: User) -> None:
    """Enforced, the second message a second to a person and the 21st a minute to a group are refused."""
    group = api.group(members=[person])
    api.rates.overall, api.rates.private_seconds = 100, 60
    await bot.send_message(person.id, "1")
    await bot.send_message(person.id, "early, but permitted")
    assert [violation.limit for violation in api.rates.violations] == ["private"]
    api.enforce_rates = True
    with pytest.raises(RetryAfter):
        await bot.send_message(person.id, "refused")
    for _ in range(20):
        await bot.send_message(group.id, "x")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(group.id, "refused")
    assert (len(person.messages), len(group.messages)) == (2, 20)
    after = refused.value.retry_after
    assert isinstance(after, timedelta)
    assert timedelta(seconds=50) < after <= timedelta(seconds=60)


@pytest.mark.parametrize(
    ("burst", "sent", "at", "early"),
    [
        (1, [(1, 0.0)], 0.9, [("private", 0.1)]),
        (1, [(1, 0.0)], 1.0, []),
        (3, [(1, 0.0), (1, 0.1)], 0.2, []),
        (3, [(1, 0.0), (1, 0.1), (1, 0.2)], 0.3, [("private", 2.7)]),
        (1, [(-1, 1.0)] * 20, 60.0, [("group", 1.0)]),
        (1, [(-1, 1.0)] * 20, 61.0, []),
        (1, [(chat, 0.5) for chat in range(2, 32)], 1.0, [("overall", 0.5)]),
        (1, [(chat, 0.5) for chat in range(2, 31)], 1.0, []),
    ],
)
def test_windows(
    burst: int, sent: list[tuple[int, float]], at: float, early: list[tuple[str, float]]
) -> None:
    """Each limit is a sliding window: 1 a second (or a burst), 20 a minute, 30 a second in all."""
    rates = Rates(private_burst=burst)
    for chat_id, moment in sent:
        rates.count(chat_id, moment, rates.early(chat_id, moment))
    chat_id = -1 if sent[0][0] < 0 else 1
    assert [(v.limit, round(v.early, 6)) for v in rates.early(chat_id, at)] == early
