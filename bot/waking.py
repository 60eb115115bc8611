"""Conversations whose time has come: woken as they asked, or ended after a day without a word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from backend.cases import erasure
from backend.database import is_unavailable
from backend.people import reporters
from backend.people.reporters import Sleeper
from backend.work import Work
from bot.guided import Conversations
from bot.texts import Texts

log = structlog.get_logger("waking")

AT_ONCE = 200
PUT_OFF = timedelta(minutes=1)
"""When a conversation that could not be woken is tried again: at once it would fail at once."""


async def wake_due(work: Work, texts: Texts) -> None:
    """Tell conversations that the time they asked for has passed; end those that had their day.

    In this order: a call for help that was not sent when the hotline stopped is sent, however late.
    All at once if it can be, else one by one, so that one that fails holds up no other.
    """
    due = await reporters.due_to_wake(work, limit=AT_ONCE)
    try:
        await _wake(work, texts, due)
    except Exception as error:
        if is_unavailable(error):
            raise
        for each in due:
            await _wake_alone(work, texts, each)
    await erasure.forget_expired_drafts(work)


async def _wake_alone(work: Work, texts: Texts, sleeper: Sleeper) -> None:
    try:
        await _wake(work, texts, [sleeper])
    except Exception as error:
        if is_unavailable(error):
            raise
        log.error("conversation can't be woken", reporter=sleeper.id, error=type(error).__name__)
        await reporters.wake_later(work, sleeper.id, work.now + PUT_OFF)


async def _wake(work: Work, texts: Texts, due: Sequence[Sleeper]) -> None:
    async with work.apart():
        conversations = Conversations(work, texts)
        people = await reporters.by_ids(work, [each.id for each in due])
        await conversations.load([(person.channel, person.sender) for person in people])
        let_be = await conversations.wake(expired={each.id for each in due if each.expired})
        await conversations.save()
        await reporters.let_sleep(work, let_be)
