"""What staff ask about the whole desk: queue, status, figures, duty. Never a case's content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from backend import devices, outbox, statistics
from backend.cases import queue
from backend.cases.queue import Waiting
from backend.cases.rules import SEVERITIES
from backend.escalation import due_dates
from backend.people import need_to_know, staff
from backend.people.staff import Staff
from backend.statistics import FEW, Figures, Speed
from backend.work import Work
from bot.intents import Card
from bot.phrases import Listing, Param, Phrase, phrase
from bot.staff import due, retention, rota, surge
from bot.staff.layout import age, lines, stand
from bot.staff.outage import ill

SHOWN = 30
"""How many cases one message lists: more than anybody reads at once, and within every messenger's limit."""
DAY = timedelta(days=1)
LATE = timedelta(minutes=2)
"""A message that waits this long although due is a delivery trouble: limits alone don't explain it."""


async def open_queue(work: Work, reader: Staff | None) -> Card:
    """Every open case, a line each. `reader` is None in a room, where everybody reads."""
    cases = await queue.open_cases(work)
    if not cases:
        return Card((phrase("queue-empty"),))
    return Card((phrase("queue-begin", count=len(cases)), await _listed(work, cases, reader)))


async def overdue(work: Work, reader: Staff | None) -> Card:
    """The open cases on which nobody did in time what was due."""
    cases = [case for case in await queue.open_cases(work) if case.overdue]
    late = await due.late(work, reader)
    if not cases:
        return Card((phrase("overdue-none"), *late))
    return Card((phrase("overdue-begin", count=len(cases)), await _listed(work, cases, reader), *late))


async def _listed(work: Work, cases: Sequence[Waiting], reader: Staff | None) -> Phrase:
    names = {person.id: person.name for person in await staff.everyone(work)}
    soonest = await due_dates.soonest(work)
    closed = await need_to_know.closed_to(work, reader)
    shown = [
        _line(work, case, phrase("desk-restricted"))
        if case.reference in closed
        else due.in_queue(_line(work, case, _officer(case, names)), case.reference, soonest)
        for case in cases[:SHOWN]
    ]
    more = (phrase("queue-more", count=len(cases) - SHOWN),) if len(cases) > SHOWN else ()
    return lines(*shown, *more)


def _officer(case: Waiting, names: Mapping[str, str]) -> Phrase:
    name = names.get(case.assignee or "")
    return phrase("desk-name", name=name) if name else phrase("desk-nobody")


def _line(work: Work, case: Waiting, officer: Phrase) -> Phrase:
    return phrase(
        "queue-line-overdue" if case.overdue else "queue-line",
        reference=case.reference,
        severity=phrase(f"severity-{case.severity}"),
        age=age(work.now - case.since),
        status=stand(case.status),
        officer=officer,
    )


# ── How the desk stands ─────────────────────────────────────────────────────────────────────────


async def status(work: Work) -> Card:
    """Open by severity, unacknowledged, overdue, on duty, the last day, delivery troubles."""
    cases = await queue.open_cases(work)
    counts = queue.by_severity(cases)
    opened, closed = await queue.opened_and_closed(work, over=DAY)
    failed, stuck = await outbox.troubles(work.session, since=work.now - DAY, late=work.now - LATE)
    now = lines(
        phrase("now-open", total=len(cases), **counts),
        _named("now-unacknowledged", work, [case for case in cases if case.status == "new"]),
        _named("now-overdue", work, [case for case in cases if case.overdue]),
        _oldest(work, cases),
        *await surge.standing(work),
    )
    day = phrase("now-day", opened=opened, closed=closed)
    troubles = (
        _delivery(failed, stuck),
        *await _unread(work),
        *await retention.standing(work),
        *await ill(work),
    )
    return Card((now, lines(await rota.status_line(work), day, *troubles)))


def _named(key: str, work: Work, cases: Sequence[Waiting]) -> Phrase:
    """How many, and which these are with their ages."""
    if not cases:
        return phrase(f"{key}-none")
    which = [phrase("now-case", reference=each.reference, age=age(work.now - each.since)) for each in cases]
    if len(which) > SHOWN:
        which = [*which[:SHOWN], phrase("queue-more", count=len(cases) - SHOWN)]
    return phrase(key, count=len(cases), cases=Listing(tuple(which)))


def _oldest(work: Work, cases: Sequence[Waiting]) -> Phrase:
    """The age of the oldest open case of each severity."""
    oldest = {case.severity: case for case in sorted(cases, key=lambda case: case.since, reverse=True)}
    ages = [
        phrase("now-age", severity=phrase(f"severity-{severity}"), age=age(work.now - oldest[severity].since))
        for severity in SEVERITIES
        if severity in oldest
    ]
    return phrase("now-oldest", ages=Listing(tuple(ages))) if ages else phrase("now-oldest-none")


async def _unread(work: Work) -> list[Phrase]:
    """Messages that nobody could decrypt in the last day, and chats of which some don't come."""
    unread = await devices.count(work, "matrix", "unread", since=work.now - DAY)
    missing = await devices.count(work, "matrix", "gap")
    found = {"now-undecryptable": unread, "now-missing": missing}
    return [phrase(key, count=count) for key, count in found.items() if count]


def _delivery(failed: int, stuck: int) -> Phrase:
    if not failed and not stuck:
        return phrase("now-delivery-well")
    return phrase("now-delivery", failed=failed, stuck=stuck)


# ── Figures ─────────────────────────────────────────────────────────────────────────────────────


async def stats(work: Work, span: timedelta, *, outside: bool) -> Card:
    """The figures of a time. `outside`: for somebody who isn't at the desk, to whom few is only «few»."""
    found = await statistics.figures(work, over=span)
    told = (*_opened(found, outside=outside), *_speeds(found, outside=outside))
    ended = await retention.counted(work, span, outside=outside)
    return Card((phrase("stats-begin", span=span), lines(*told), *ended))


def _count(number: int, *, outside: bool) -> Param:
    return phrase("stats-few") if outside and number < FEW else str(number)


def _opened(found: Figures, *, outside: bool) -> list[Phrase]:
    """Where one severity alone is few, the total is left out: the difference would tell it."""
    counts = {severity: _count(number, outside=outside) for severity, number in found.opened.items()}
    told = outside and sum(number < FEW for number in found.opened.values()) == 1
    total = phrase("stats-total", count=_count(found.total, outside=outside))
    return [
        *(() if told else (total,)),
        phrase("stats-opened", **counts),
        phrase("stats-closed", count=_count(found.closed, outside=outside)),
    ]


def _speeds(found: Figures, *, outside: bool) -> list[Phrase]:
    return [
        _speed("stats-acknowledged", found.acknowledged, outside=outside),
        _speed("stats-replied", found.replied, outside=outside),
    ]


def _speed(key: str, speed: Speed, *, outside: bool) -> Phrase:
    """The median and the share in time. Of few cases neither is told outside: that would name them."""
    few = outside and min(speed.judged, speed.done) < FEW
    if speed.judged == 0 or few:
        return phrase(f"{key}-none")
    share = str(speed.in_time * 100 // speed.judged)
    if speed.middle is None:
        return phrase(f"{key}-share", share=share)
    parts = (speed.in_time, speed.judged - speed.in_time)
    if outside and any(0 < part < FEW for part in parts):
        return phrase(f"{key}-middle", middle=age(speed.middle))
    return phrase(key, middle=age(speed.middle), share=share)
