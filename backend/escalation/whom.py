"""Whom a step tells: the people that `duty`, `backup`, `officers`, … or somebody's name mean right now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from backend.cases.rules import SEVERITIES
from backend.config import EscalationSettings
from backend.escalation.rules import ASSIGNEE
from backend.people import staff
from backend.people.need_to_know import Circle
from backend.people.staff import Staff
from backend.rota import duty
from backend.rota.duty import Duty
from backend.work import Work


@dataclass(frozen=True, slots=True)
class Present:
    """The staff and who of them is on duty, read once for many questions."""

    everyone: tuple[Staff, ...]
    duty: Duty

    def people(self, notify: str, *, assignee: str | None) -> list[Staff]:
        """Who is meant by `notify`, as far as they can be written to; `assignee` is a staff id.

        Nobody there (no backup, a name that left, a gap) means every officer, or every coordinator where
        there is no officer: a step must not pass unheard.
        """
        meant = _told(self._meant(notify, assignee))
        return meant or _told(self._of_role("officer")) or _told(self._of_role("coordinator"))

    def within(self, circle: Circle, people: Iterable[Staff], *, first: bool) -> list[Staff]:
        """Of a restricted case: with its first step those named are told, with later ones `people` too.

        Where none of those named can be told: `people` at once, and the coordinators, who can name others.
        """
        own = _told(person for person in self.everyone if person.id in circle)
        if first and own:
            return [person for person in people if person.id in circle] or own
        wider = [*own, *people, *(() if own else _told(self._of_role("coordinator")))]
        return list({person.id: person for person in wider}.values())

    def has(self, notify: str) -> bool:
        """Whether anybody who can be told is meant by this word or name now."""
        return bool(_told(self._meant(notify, None)))

    def _meant(self, notify: str, assignee: str | None) -> Iterable[Staff]:
        match notify:
            case "duty":
                return self.duty.primary
            case "backup":
                return self.duty.backup
            case "officers":
                return self._of_role("officer")
            case "coordinators":
                return self._of_role("coordinator")
            case _ if notify == ASSIGNEE:
                return [person for person in self.everyone if person.id == assignee]
            case name:
                return [person for person in self.everyone if person.name.casefold() == name.casefold()]

    def _of_role(self, role: str) -> list[Staff]:
        return [person for person in self.everyone if person.role == role]


def _told(people: Iterable[Staff]) -> list[Staff]:
    """Those who work cases and have an account to write to."""
    return [person for person in people if person.may_work_cases and person.account]


async def present(work: Work) -> Present:
    """Who there is at `work.now`."""
    return Present(tuple(await staff.everyone(work)), await duty.now(work))


async def people(work: Work, notify: str, *, assignee: str | None) -> list[Staff]:
    """Who is meant by `notify` at `work.now`: see `Present.people`, which answers many such questions."""
    return (await present(work)).people(notify, assignee=assignee)


async def unheard(work: Work) -> list[tuple[str, str]]:
    """Configured steps that are for nobody as things stand, as (the step's key, whom it names).

    Whether the officer on a case can be told shows only there, and who is on duty is the rota's own affair.
    """
    there = await present(work)
    rota = await duty.load(work, work.now)
    backup = any(line.backup for line in rota.pattern) or any(each.role == "backup" for each in rota.shifts)
    heard = {"duty": True, ASSIGNEE: True, "backup": backup}
    return [
        (key, notify)
        for key, notify in _configured(work.settings.escalation)
        if not (heard[notify] if notify in heard else there.has(notify))
    ]


def _configured(settings: EscalationSettings) -> Iterator[tuple[str, str]]:
    """Whom each configured step tells, by the step's key."""
    for severity in SEVERITIES:
        times = settings.of(severity)
        written = {"acknowledge": times.acknowledge, "first_reply": times.first_reply, "quiet": times.quiet}
        for clock, steps in written.items():
            for index, step in enumerate(steps if isinstance(steps, list) else ()):
                yield f"escalation.{severity}.{clock}[{index}].notify", step.notify
