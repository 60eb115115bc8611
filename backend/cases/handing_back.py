"""Cases of somebody who leaves: nobody's again, announced, and on the clock that calls for an officer."""

from __future__ import annotations

from backend.cases import casework, queue, records
from backend.outbox import Item, Priority
from backend.people import need_to_know, staff
from backend.people.staff import Staff
from backend.work import Work


async def give_back_all(work: Work, person: Staff, *, by: Staff) -> None:
    """Release every open case that `person` took; `by` is written down as who gave it back.

    A case that was assigned to them and not acknowledged still waits for somebody: its clock runs on.
    They are named on no restricted case any more; of one on which nobody is named now the coordinators hear.
    """
    nobodys = await need_to_know.leave(work, person.id)
    for reference in await queue.held_by(work, person.id):
        case = await records.find(work, reference, for_change=True)
        if case.row.status != "new":
            await casework.release(work, by, case)
    for each in await staff.with_role(work, "coordinator"):
        if each.party and each.id != person.id:
            facts = ({"key": "told-restricted-nobody", "reference": reference} for reference in nobodys)
            work.put(*(Item(each.party, "told", said, Priority.NOTICE) for said in facts))
