"""Conversations outlive a restart, are asked about once, are gone after a day; a call for help never is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from backend.cases.model import CaseRow
from backend.cases.records import by_id
from backend.people import reporters
from backend.people.model import ConversationRow
from backend.people.reporters import Known
from backend.vault.keys import Sealed
from backend.vault.model import FileRow
from bot.channels.base import ButtonPressed, Inbound, RemoteFile, TextSent
from bot.inbound import Reception
from bot.outbound import Outbound
from tests.backend.messenger import Messenger
from tests.backend.world import NOON, TEXTS, World, new_backend

MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)


class Chat:
    """Somebody in private, and the hotline, which can be restarted."""

    def __init__(self, world: World, database_url: str, folder: Path) -> None:
        self.world = world
        self._place = database_url, folder
        self._number = 0
        self._reception = self._new_reception()

    def _new_reception(self) -> Reception:
        outbound = Outbound(self.world.backend, {"telegram": Messenger()}, TEXTS)
        return Reception(self.world.backend, TEXTS, outbound)

    async def restart(self) -> None:
        """The process ends, and another one begins with the same database."""
        await self.world.backend.database.close()
        url, folder = self._place
        self.world.backend = new_backend(url, folder, self.world.clock)
        self._reception = self._new_reception()

    async def types(self, text: str, *files: RemoteFile) -> list[str]:
        """Something sent; returns the text keys of the answers."""
        return await self._sends(TextSent(text, files))

    async def presses(self, data: str) -> list[str]:
        """A button pressed."""
        return await self._sends(ButtonPressed(data))

    async def _sends(self, event: TextSent | ButtonPressed) -> list[str]:
        self._number += 1
        number = str(self._number)
        await self._reception.receive(
            [Inbound("telegram", number, "r", "chat-r", True, event, NOON, number, language="en")]  # noqa: FBT003 - private
        )
        return await self.hears()

    async def waits(self, span: timedelta) -> list[str]:
        """Time passes, and the tick comes; returns what is said unasked."""
        self.world.clock.advance(span)
        await self._reception.wake_due()
        return await self.hears()

    async def hears(self) -> list[str]:
        """The text keys of what was said to this person."""
        await self.world.reporter("r")
        return [_key(said["card"]) for _, said in await self.world.take_out() if said["intent"] == "say"]


def _key(card: object) -> str:
    assert isinstance(card, dict)
    return str(card["p"][0][0])


@pytest_asyncio.fixture
async def chat(world: World, database_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Lend a person in private, and the hotline."""
    yield Chat(world, database_url, tmp_path)


async def _cases(world: World) -> list[CaseRow]:
    async with world.backend.looking() as work:
        return list((await work.session.execute(select(CaseRow))).scalars())


async def test_a_draft_survives_a_restart(chat: Chat) -> None:
    """After a restart the conversation goes on at the question that was open, with all that was said."""
    await chat.types("/report")
    await chat.types("yes")
    await chat.restart()
    assert await chat.types("about me") == ["report-defender"]


async def test_an_idle_draft_is_asked_about_once(chat: Chat) -> None:
    """After ten minutes without a word it is asked whether to go on, once, restart or not; any word does."""
    await chat.types("/report")
    assert await chat.waits(10 * MINUTE - timedelta(seconds=1)) == []
    assert len(await chat.waits(timedelta(seconds=1))) == 1
    await chat.restart()
    assert await chat.waits(60 * MINUTE) == []
    assert await chat.types("yes") != []


async def test_a_draft_is_gone_after_a_day(chat: Chat) -> None:
    """A draft without a word for a day is purged with its files, whatever state it was in."""
    await chat.types("/report")
    await chat.types("", RemoteFile("ref", "photo"))
    await chat.waits(10 * MINUTE)
    await chat.waits(DAY)
    async with chat.world.backend.looking() as work:
        assert (await work.session.execute(select(ConversationRow))).all() == []
        assert (await work.session.execute(select(FileRow))).all() == []
    assert await _cases(chat.world) == []


async def test_sos_is_sent_after_a_minute_of_silence(chat: Chat) -> None:
    """A minute of silence after the one question of SOS puts an urgent case before the staff, once."""
    await chat.world.room()
    await chat.types("/sos")
    await chat.waits(timedelta(seconds=59))
    assert await _cases(chat.world) == []
    await chat.restart()
    assert await chat.waits(timedelta(seconds=1)) == ["sos-received"]
    assert [case.severity for case in await _cases(chat.world)] == ["urgent"]
    await chat.waits(MINUTE)
    assert len(await _cases(chat.world)) == 1


async def test_sos_takes_the_draft_along(chat: Chat) -> None:
    """What was told before the call is in the case that it makes."""
    await chat.types("they are at the door of the flat and knock")
    await chat.types("/sos")
    await chat.waits(MINUTE)
    (row,) = await _cases(chat.world)
    async with chat.world.backend.looking() as work:
        report = (await by_id(work, row.id)).report()
    assert report is not None
    assert report["sos"] is True
    assert "at the door" in str(report["answers"])


@pytest.mark.parametrize("then", [(), ("/erase",)])
async def test_no_outage_is_so_long_that_a_call_is_lost(chat: Chat, then: tuple[str, ...]) -> None:
    """A call that waited for its minute when the hotline went down is sent when it is back, days later."""
    for typed in ("/sos", *then):
        await chat.types(typed)
    await chat.restart()
    await chat.waits(3 * DAY)
    assert [case.severity for case in await _cases(chat.world)] == ["urgent"]


async def test_a_draft_that_had_its_day_is_not_asked_about(chat: Chat) -> None:
    """After an outage of more than a day nobody is told that all is still there, only to lose it."""
    await chat.types("/report")
    assert await chat.waits(DAY) == []
    async with chat.world.backend.looking() as work:
        assert (await work.session.execute(select(ConversationRow))).all() == []


async def test_a_conversation_that_fails_holds_up_no_call(
    chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that can't be read is logged and put off; a call for help that is due with it is sent."""
    await chat.types("/sos")
    other = await chat.world.reporter("broken")
    async with chat.world.backend.work() as work:
        values = reporters.conversation_values(work, Known(other), b"", wake_at=work.now)
        await reporters.save_conversations(work, [{**values, "state": Sealed(b"?" * 60)}])
    await chat.waits(MINUTE)
    assert [case.severity for case in await _cases(chat.world)] == ["urgent"]
    assert other.id in capsys.readouterr().out
    async with chat.world.backend.looking() as work:
        row = await work.session.get(ConversationRow, other.id)
        assert row is not None
        assert row.wake_at == work.now + MINUTE
