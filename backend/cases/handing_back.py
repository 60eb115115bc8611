"""Cases of somebody who leaves: nobody's again, announced, and on the clock that calls for an officer."""

from __future__ import annotations

from backend.cases import casework, queue, records
from backend.people.staff import Staff
from backend.work import Work


async def give_back_all(work: Work, person: Staff, *, by: Staff) -> None:
    """Release every open case that `person` took; `by` is written down as who gave it back.

    A case that was assigned to them and not acknowledged still waits for somebody: its clock runs on.
    """
    for reference in await queue.held_by(work, person.id):
        case = await records.find(work, reference, for_change=True)
        if case.row.status != "new":
            await casework.release(work, by, case)
