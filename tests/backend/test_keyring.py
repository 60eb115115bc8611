"""Data keys of whoever has no row of their own: made once, however many need them first."""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from backend.people import staff
from backend.vault.model import DataKeyRow
from backend.work import Backend
from tests.backend.several import Nodes


async def test_two_that_need_the_desks_key_first_share_it(two: Nodes) -> None:
    """Two processes, two first invitations at the same moment: one key, and what either sealed opens."""
    both = asyncio.Barrier(2)

    async def seals(backend: Backend) -> bytes:
        async with backend.work() as work:
            await both.wait()
            key = await staff.desk_key(work)
            return key.seal("invitations", "offer", "1", b"words")

    sealed = await asyncio.gather(seals(two.world.backend), seals(two.other))
    async with two.other.work() as work:
        key = await staff.desk_key(work)
        assert [key.open("invitations", "offer", "1", each) for each in sealed] == [b"words", b"words"]
        rows = select(DataKeyRow.epoch).where(DataKeyRow.owner == staff.DESK)
        assert list((await work.session.execute(rows)).scalars()) == [1]
