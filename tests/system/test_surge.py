"""A surge against a Bot API that counts: the room gets a digest instead of what Telegram would refuse."""

from __future__ import annotations

import http
from pathlib import Path

from backend.cases import reporting
from backend.clock import SystemClock
from backend.outbox import Json
from backend.people import reporters
from bot import app
from bot.config import load
from tests.botapi import BotApi, Message
from tests.system.hotline_process import Desk, Hotline, desk_on, is_received, reference_in

REPORTS = 60
A_MINUTE = 20
THREAT: dict[str, Json] = {"acts": ["threat"], "timing": "ongoing", "account": "Звонят и угрожают"}


async def _reports(folder: Path) -> list[str]:
    """So many reports that came in and were never announced: the hotline was stopped a moment later."""
    async with app.open_backend(load(folder / "config.toml", {}), SystemClock()) as backend:
        references = []
        for number in range(REPORTS):
            async with backend.work() as work:
                person = str(9_000_000 + number)
                known = reporters.make(work, channel="telegram", sender=person, chat=person, language="ru")
                await work.session.flush()
                opened = await reporting.open_case(work, known.reporter, THREAT)
                references.append(opened.case.reference)
    return references


def _digests(desk: Desk) -> list[Message]:
    return [each for each in desk.room.messages if each.sender is desk.api.world.bot and _first(each)]


def _first(message: Message) -> bool:
    """Whether a message began as a digest."""
    return any("сводк" in text for text in (message.text, *(version.text for version in message.edits)))


async def test_sixty_reports_at_once(api: BotApi, folder: Path) -> None:
    """At most twenty messages in the minute, one digest edited in place, urgent ones singly; no refusal."""
    api.enforce_rates = True
    references = await _reports(folder)
    async with desk_on(api, Hotline(folder)) as desk:
        digest = await desk.room.next_message(60, "сводк")
        assert "Не принято 60: срочных 0, важных 60" in digest.text
        await desk.boris.presses(digest, f"Принять {references[0]}")
        await api.until(lambda: "Не принято 59" in digest.text, 60)
        reporter = api.user()
        await reporter.says("/sos")
        await reporter.next_message(60, "?")
        await reporter.says("Стучат")
        urgent = reference_in(await reporter.next_message(60, is_received))
        notice = await desk.room.next_message(60, urgent)
        assert notice is not digest
        await api.until(lambda: f"{urgent} · СРОЧНО" in digest.text, 60)
        assert _digests(desk) == [digest]
        sent = [call for call in api.calls if call.chat_id == desk.room.id and call.method == "sendMessage"]
        assert len(sent) <= A_MINUTE
        assert not [call for call in sent if call.status == http.HTTPStatus.TOO_MANY_REQUESTS]
