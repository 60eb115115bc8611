"""What is erased is gone: not hidden, not sealed, not left in a log, whoever has the disk and the keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from backend.audit.model import AuditRow
from backend.cases.model import TombstoneRow
from backend.retention import erasures_list
from backend.retention.model import MonthlyCountRow
from tests.promises.erasing import WORDS, Told, everything_told
from tests.promises.scene import Scene, playing, settings

Ending = Callable[[Told], Awaitable[None]]


@pytest_asyncio.fixture
async def told(database_url: str, tmp_path: Path) -> AsyncIterator[Told]:
    """Lend a case about which everything was said, in a hotline that keeps closed ones for a month."""
    configured = settings(retention={"closed": "30d"}, backup={"erasures": tmp_path / "erasures.log"})
    async with playing(database_url, tmp_path, configured) as scene:
        yield await everything_told(scene, tmp_path)


async def _with_the_code(told: Told) -> None:
    await told.elsewhere.says(f"/delete {told.code}")
    await told.elsewhere.says("yes")


async def _in_a_day(told: Told) -> None:
    await told.dora.says("/delete")
    await told.dora.says("yes")
    await told.scene.passes(hours=24)


async def _by_coordinators(told: Told) -> None:
    await told.vera.says(f"/erase {told.reference}")
    await told.oleg.presses("Destroy")


async def _in_time(told: Told) -> None:
    await told.anna.says(f"/close {told.reference} resolved")
    for _ in range(5):
        await told.scene.passes(days=8)
        await told.scene.hotline.schedule.destroy_closed()


ENDINGS = pytest.mark.parametrize("ends", [_with_the_code, _in_a_day, _by_coordinators, _in_time])


async def _afterwards(scene: Scene) -> None:
    """Minutes in which messages are taken back, chats left, and strangers forgotten."""
    for _ in range(4):
        await scene.passes(minutes=1)


@ENDINGS
async def test_what_is_erased_is_gone(told: Told, ends: Ending) -> None:
    """No table, file, log or chat has a word of it or its id, nor the disk its sealed bytes."""
    sealed = await told.sealed_bytes()
    before = await told.thieves_find()
    assert before.keys() >= WHERE_IT_IS
    assert told.still_on_disk(sealed.values()) or not told.scene.hotline.backend.database.is_sqlite
    await ends(told)
    await _afterwards(told.scene)
    assert await told.thieves_find() == {}
    assert {name: found for name, each in sealed.items() if (found := told.still_on_disk([each]))} == {}
    await _what_remains(told)
    _no_chat_goes_on_showing_it(told, since_long=ends is _in_time)


WHERE_IT_IS = {
    "cases.report",
    "case_entries.body",
    "files.about",
    "due_dates.text",
    "held_replies.body",
    "reporters.profile",
    "posted.case_id",
    "case_reporters.case_id",
    "receipts.case_id",
    "data_keys.owner",
}
"""Where thieves find it before."""


async def _what_remains(told: Told) -> None:
    """A tombstone, lines of the audit log, counts that name no case, and a line in the list of erasures."""
    async with told.scene.hotline.backend.looking() as work:
        (tombstone,) = (await work.session.execute(select(TombstoneRow))).scalars()
        actions = (await work.session.execute(select(AuditRow.action, AuditRow.reference))).all()
        counted = (await work.session.execute(select(MonthlyCountRow))).scalars().all()
    assert (tombstone.reference, tombstone.listed_at is None) == (told.reference, False)
    assert ("erased", told.reference) in {tuple(each) for each in actions}
    assert {(each.act, each.cases) for each in counted} == {("any", 1), ("threat", 1)}
    listed = erasures_list.read(told.folder / "erasures.log")
    assert (dict(listed.erased), listed.torn) == ({told.reference: tombstone.erased_at}, 0)


def _no_chat_goes_on_showing_it(told: Told, *, since_long: bool) -> None:
    """What can be taken back was; of reporters' chats nothing older than two days is remembered."""
    reporters = [] if since_long else [told.dora, told.elsewhere]
    for person in (told.anna, told.vera, told.oleg, told.scene.people["room"], *reporters):
        for each in person.messages:
            assert not any(word in each.text for word in WORDS), person.name
    assert since_long or not [each.text for each in told.dora.messages if told.reference in each.text]
