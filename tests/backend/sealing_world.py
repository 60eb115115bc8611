"""A hotline whose closed cases are sealed after a day, and the identity that opens them again."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pyrage.x25519 import Identity
from sqlalchemy import select

from backend.cases import casework, sealed
from backend.cases.model import CaseRow
from backend.config import BackendSettings
from backend.outbox import Json
from backend.people.staff import Staff
from backend.vault.model import DataKeyRow, SealedKeyRow
from tests.backend.world import World, new_world

AFTER = timedelta(days=1)


@dataclass
class Sealing:
    """The hotline, its people, and what opens its sealed cases: kept by people, not by the hotline."""

    world: World
    identity: Identity
    anna: Staff

    async def closed(self, answers: dict[str, Json]) -> str:
        """A case that was worked on and closed; all that was said of it is out."""
        reference = await self.world.case(answers)
        await self.world.acknowledge(reference, self.anna)
        await self.close(reference)
        return reference

    async def close(self, reference: str) -> None:
        """Closed by Anna, and everybody told so."""
        await self.world.do(
            reference, lambda work, case: casework.close(work, self.anna, case, "resolved", "went home")
        )
        await self.world.take_out()

    async def sealed(self, answers: dict[str, Json]) -> str:
        """A case that was closed and sealed."""
        reference = await self.closed(answers)
        assert await self.time_passes() == 1
        return reference

    async def time_passes(self, span: timedelta = AFTER) -> int:
        """Time, and the tick at its end; returns how many cases were sealed."""
        self.world.clock.advance(span)
        return await sealed.seal_due(self.world.backend)

    async def unseal(self, reference: str, identity: Identity | None = None) -> None:
        """What `hotline unseal` does."""
        async with self.world.backend.work() as work:
            await sealed.unseal(work, reference, [identity or self.identity])

    async def row(self, reference: str) -> CaseRow:
        """The case's row."""
        async with self.world.backend.looking() as work:
            query = select(CaseRow).where(CaseRow.reference == reference)
            return (await work.session.execute(query)).scalar_one()

    async def epochs(self, reference: str) -> tuple[set[int], set[int]]:
        """The epochs of which the server has the key, and those that are sealed away."""
        owner = (await self.row(reference)).id
        async with self.world.backend.looking() as work:
            here = select(DataKeyRow.epoch).where(DataKeyRow.owner == owner)
            away = select(SealedKeyRow.epoch).where(SealedKeyRow.owner == owner)
            return (
                set((await work.session.execute(here)).scalars()),
                set((await work.session.execute(away)).scalars()),
            )


def settings(*recipients: Identity, after: str = "1d") -> BackendSettings:
    """Sealed to these."""
    to = [str(each.to_public()) for each in recipients]
    return BackendSettings.model_validate({"sealing": {"recipients": to, "after": after}})


@contextlib.asynccontextmanager
async def sealing_hotline(database_url: str, folder: Path) -> AsyncIterator[Sealing]:
    """A hotline with one officer and a room, closed when the block ends."""
    identity = Identity.generate()
    world = new_world(database_url, folder, settings(identity, Identity.generate()))
    try:
        anna = await world.person("anna")
        await world.room()
        yield Sealing(world, identity, anna)
    finally:
        await world.backend.database.close()
