"""SIGKILL while people write to each other through the hotline: all of it arrives, word for word, once."""

from __future__ import annotations

import pytest

from tests.matrix.hotline import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 40.0
"""Seconds for an answer: a process has to start before."""


async def test_killed_in_between_it_goes_on(desk: Desk) -> None:
    """What was written while it was dead arrives once, and numbers mean what they meant."""
    vera = await desk.reporter()
    reference = await desk.report_by_sos(vera)
    await desk.boris.chat.next_message(PATIENCE, reference)
    await desk.hotline.kill()
    await vera.says("Они ломают дверь")
    await desk.boris.chat.says("1")
    await desk.hotline.start()
    await desk.boris.chat.next_message(PATIENCE, "Они ломают дверь")
    await vera.next_message(PATIENCE, "прочитал")
    await desk.quiet()
    assert len([each for each in desk.boris.chat.messages if "Они ломают дверь" in each.text]) == 1
