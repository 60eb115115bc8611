"""Long polling: nothing is confirmed before it is saved, and nothing ends the listening."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest
from telegram.error import Conflict

from bot.channels.base import ButtonPressed, NotSaved, Say, TextSent
from bot.channels.telegram.connection import Connection, Timings
from bot.channels.telegram.menus import CommandMenu
from tests.botapi import BotApi
from tests.botapi.faults import Kind
from tests.channels.telegram import Inbox, Naps, channel_to, listening, settings


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi() as server:
        yield server


def asked_offsets(api: BotApi) -> list[object]:
    """The offsets of all polls, None where there was none."""
    return [call.params.get("offset") for call in api.called("getUpdates")]


async def confirmed(api: BotApi) -> None:
    """Wait until Telegram was told that everything arrived."""
    await api.until(lambda: not api.updates.pending)


async def test_what_people_write_arrives_in_order(api: BotApi) -> None:
    """Every message of a batch is handed over, in the order of its arrival."""
    person, inbox = api.user(language_code="ru"), Inbox()
    for text in ("first", "second", "third"):
        await person.says(text)
    async with channel_to(api) as channel, listening(channel, inbox):
        found = [await inbox.saved() for _ in range(3)]
        await confirmed(api)
    assert [one.event for one in found] == [TextSent("first"), TextSent("second"), TextSent("third")]
    assert {(one.sender, one.chat, one.private, one.language) for one in found} == {
        (str(person.id), str(person.id), True, "ru")
    }


async def test_nothing_is_confirmed_before_it_is_saved(api: BotApi) -> None:
    """While a batch is being saved Telegram isn't asked for more, which would confirm it."""
    person, inbox = api.user(), Inbox()
    inbox.open.clear()
    await person.says("a report")
    async with channel_to(api) as channel, listening(channel, inbox):
        await inbox.offer()
        await person.says("and another")
        assert len(api.updates.pending) == 2
        assert len(api.called("getUpdates")) == 1
        inbox.open.set()
        await inbox.saved()
        await inbox.saved()
        await confirmed(api)


async def test_a_batch_that_was_not_saved_comes_again_after_a_restart(api: BotApi) -> None:
    """Whoever is stopped while saving gets the same updates the next time."""
    inbox, after = Inbox(), Inbox()
    inbox.open.clear()
    await api.user().says("a report")
    async with channel_to(api) as channel:
        async with listening(channel, inbox):
            first = await inbox.offer()
        async with listening(channel, after):
            assert await after.saved() == first[0]


@pytest.mark.parametrize(
    "fault", [NotSaved(), RuntimeError("a mistake of ours")], ids=["not saved", "mistake"]
)
async def test_a_batch_that_could_not_be_saved_is_handed_over_again(api: BotApi, fault: Exception) -> None:
    """The same batch comes again after pauses, without Telegram being asked for it again."""
    inbox, naps = Inbox(), Naps()
    inbox.faults = [fault, fault]
    await api.user().says("a report")
    async with channel_to(api, naps=naps) as channel, listening(channel, inbox):
        await inbox.saved()
        assert inbox.offered[0] == inbox.offered[1] == inbox.offered[2]
        assert naps.taken == [pytest.approx(0.375, abs=0.13), pytest.approx(0.75, abs=0.26)]
        await confirmed(api)
    assert asked_offsets(api)[0] is None
    assert asked_offsets(api).count(None) == 1


@pytest.mark.parametrize("kind", ["500", "502_html", "not_json", "cut_before", "cut_after", "429"])
async def test_a_failing_server_is_asked_again(api: BotApi, kind: Kind) -> None:
    """Whatever goes wrong on the way, polling goes on, after a pause, and nothing is lost."""
    inbox, naps = Inbox(), Naps()
    api.faults.add("getUpdates", kind, times=3, retry_after=17)
    await api.user().says("a report")
    async with channel_to(api, naps=naps) as channel, listening(channel, inbox):
        assert (await inbox.saved()).event == TextSent("a report")
    assert len(naps.taken) == 3
    assert min(naps.taken) >= (17 if kind == "429" else 0.25)
    assert len(inbox.offered) == 1


async def test_pauses_grow_up_to_half_a_minute(api: BotApi) -> None:
    """A server that stays away is not hammered."""
    naps = Naps()
    api.faults.add("getUpdates", "500", times=12)
    async with channel_to(api, naps=naps) as channel, listening(channel, Inbox()):
        taken = await naps.reach(12)
    assert taken[0] <= 0.5
    assert all(15 <= nap <= 30 for nap in taken[8:])


async def test_a_server_that_does_not_start_with_us_is_waited_for(api: BotApi) -> None:
    """The first call fails, too, and is repeated."""
    inbox = Inbox()
    api.faults.add("getMe", "502_html", times=2)
    api.faults.add("deleteWebhook", "cut_before", times=2)
    await api.user().says("a report")
    async with channel_to(api) as channel, listening(channel, inbox):
        await inbox.saved()


async def test_a_rejected_token_is_tried_rarely(api: BotApi, caplog: pytest.LogCaptureFixture) -> None:
    """With a wrong token the listener goes on asking, once a minute, and says so without the token."""
    naps = Naps()
    async with (
        channel_to(api, naps=naps, others={"token": "987:wrong"}) as channel,
        listening(channel, Inbox()),
    ):
        taken = await naps.reach(3)
    assert min(taken) >= 60
    assert "InvalidToken" in caplog.text
    assert "987:wrong" not in caplog.text


async def rival(api: BotApi) -> None:
    """Another program that polls with the same token, and is as stubborn."""
    other = Connection(settings(api), Timings())
    try:
        while True:
            with contextlib.suppress(Conflict):
                await other.bot.raw_updates(None, wait=20, margin=5)
    finally:
        await other.close()


async def test_a_second_poller_is_outlasted(api: BotApi) -> None:
    """When another program polls with the same token, we wait our turn and come back."""
    inbox, naps = Inbox(), Naps()
    async with channel_to(api, naps=naps) as channel, listening(channel, inbox):
        other = asyncio.create_task(rival(api))
        await naps.reach(2)
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
        await api.user().says("a report")
        await inbox.saved()
    assert min(naps.taken) >= 5


async def test_a_webhook_that_is_still_set_is_taken_away(api: BotApi) -> None:
    """Polling takes over from a webhook, at the start and later, and drops nothing that waits."""
    inbox, naps = Inbox(), Naps()
    async with channel_to(api, naps=naps) as channel:
        await channel._connection.bot.set_webhook("http://127.0.0.1:9/")  # noqa: SLF001 - the server's own view
        await api.user().says("a report")
        async with listening(channel, inbox):
            await inbox.saved()
            assert naps.taken == []
            await channel._connection.bot.set_webhook("http://127.0.0.1:9/")  # noqa: SLF001 - as above
            api.updates.nudge()
            await api.user().says("another")
            await inbox.saved()
    assert all(not call.params.get("drop_pending_updates") for call in api.called("deleteWebhook"))


async def test_an_update_that_cannot_be_read_does_not_take_others_along(
    api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    """It is passed over and logged by the error's class only; the next ones arrive."""
    person, inbox = api.user(), Inbox()
    await person.says("before")
    api.updates.push_raw({"message": {"text": "a secret", "chat": {"id": 5551234}}})
    await person.says("after")
    async with channel_to(api) as channel, listening(channel, inbox):
        assert [(await inbox.saved()).event for _ in range(2)] == [TextSent("before"), TextSent("after")]
        await confirmed(api)
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["Telegram: an update could not be read (KeyError), passed over"]
    assert "secret" not in caplog.text
    assert "5551234" not in caplog.text


async def test_ids_that_start_anew_are_not_skipped(api: BotApi) -> None:
    """After a silence Telegram may number updates from anywhere, also lower than before."""
    person, inbox = api.user(), Inbox()
    async with channel_to(api, timings=Timings(poll=1)) as channel, listening(channel, inbox):
        await person.says("before")
        await inbox.saved()
        await api.until(lambda: asked_offsets(api)[-1:] == [None] and len(asked_offsets(api)) > 1)
        api.updates.next_id = 7
        await person.says("after")
        assert (await inbox.saved()).id == "7"


async def test_a_pressed_button_is_confirmed_after_it_is_saved(api: BotApi) -> None:
    """The waiting circle ends only once the press is on disk."""
    person, inbox = api.user(), Inbox()
    message = await person.says("/start")
    inbox.open.clear()
    press = await person.forges(message, "x:1")
    async with channel_to(api) as channel, listening(channel, inbox):
        assert (await inbox.offer())[1].event == ButtonPressed("x:1")
        for tx in ("1", "2", "3"):  # time enough for a hasty confirmation to arrive
            await channel.send(Say(str(person.id), "wait", tx=tx))
        assert not api.called("answerCallbackQuery")
        inbox.open.set()
        assert await press.answered() == {}


async def test_an_old_press_troubles_nobody(api: BotApi) -> None:
    """That a press can't be confirmed any more is no reason to stop or to wait."""
    person, inbox, naps = api.user(), Inbox(), Naps()
    await person.forges(await person.says("/start"), "x:1")
    api.advance(3600)
    async with channel_to(api, naps=naps) as channel, listening(channel, inbox):
        await api.until(lambda: api.called("answerCallbackQuery", status=400))
        for _ in range(10):
            fresh = await person.forges(await person.says("still here?"), "x:2")
            assert await fresh.answered() == {}
            assert [await inbox.saved() for _ in range(2)]
    assert naps.taken == []


async def test_slow_confirmations_hold_nothing_up(api: BotApi) -> None:
    """Messages go on arriving while no press can be confirmed, and can be answered."""
    person, inbox = api.user(), Inbox()
    held = api.faults.add("answerCallbackQuery", "hold_before", times=1000)
    message = await person.says("/start")
    for _ in range(30):
        await person.forges(message, "x:1")
    async with channel_to(api) as channel, listening(channel, inbox):
        await held.met()
        await person.says("still here?")
        for _ in range(32):
            await inbox.saved()
        assert (await channel.send(Say(str(person.id), "yes", tx="1"))).message
        held.release()


async def test_menus_are_put_up_and_tried_again(api: BotApi) -> None:
    """Each menu reaches its scope and language, although the first attempts fail."""
    api.faults.add("setMyCommands", "500", times=2)
    menus = (
        CommandMenu("all_private_chats", None, (("start", "begin"), ("help", "what I can do"))),
        CommandMenu("all_private_chats", "ru", (("start", "начать"),)),
    )
    async with channel_to(api, menus=menus) as channel, listening(channel, Inbox()):
        await api.until(lambda: len(api.world.commands) == 2)
    assert {language: len(commands) for (_, language), commands in api.world.commands.items()} == {
        "": 2,
        "ru": 1,
    }
