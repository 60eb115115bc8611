"""Who is on duty at a moment, as people who can be written to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backend.people import staff
from backend.people.staff import Staff
from backend.work import Work


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty. `planned` is False where no rota says so: in a gap, or without any rota.

    `until` is when this changes next (UTC), None where nothing is planned.
    """

    primary: tuple[Staff, ...]
    backup: tuple[Staff, ...]
    planned: bool
    until: datetime | None


async def now(work: Work) -> Duty:
    """Who is on duty at `work.now`. Where nobody is: every officer, or every coordinator without officers."""
    everybody = await staff.with_role(work, "officer") or await staff.with_role(work, "coordinator")
    return Duty(tuple(everybody), (), planned=False, until=None)
