"""Who is on duty, in words: the week, now and next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from backend.errors import HotlineError
from backend.local_time import day_of, hour_text, planned
from backend.people import staff
from backend.people.staff import Staff
from backend.rota import duty, standing_in
from backend.rota.duty import Stretch, zone_of
from backend.work import Work
from bot.intents import Card
from bot.phrases import Listing, Phrase, phrase
from bot.staff import commands
from bot.staff.layout import channel_name, lines
from bot.staff.times import Day

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


class NoSuchDay(HotlineError):
    """No calendar has this day in the year that is meant."""

    key = "error-no-such-day"


def day_meant(work: Work, typed: Day) -> date:
    """The day that was typed, seen from today. Raises NoSuchDay."""
    found = typed.on(day_of(work.now, zone_of(work)))
    if found is None:
        raise NoSuchDay
    return found


# ── Who is on duty when ─────────────────────────────────────────────────────────────────────────


async def week(work: Work, actor: Staff, command: commands.Rota, *, private: bool) -> Card:
    """Seven days from the day asked for, a line a stretch; in private the reader's own are marked.

    Raises NoSuchDay, ShiftPast, ShiftTooFar.
    """
    zone = zone_of(work)
    today = day_of(work.now, zone)
    first = day_meant(work, command.day) if command.day else today
    standing_in.must_be_ahead(work, first)
    begins, ends = planned(first, time(0), zone), planned(first + WEEK, time(0), zone)
    stretches = await duty.during(work, begins, ends)
    if not stretches:
        return Card((phrase("rota-everybody"), _reach(_callable(await staff.everyone(work)))))
    reader = actor.id if private else ""
    return Card((phrase("rota-begin"), lines(*(_line(work, each, reader) for each in stretches))))


def _line(work: Work, stretch: Stretch, reader: str) -> Phrase:
    when = _when(work, stretch.begins, stretch.ends)
    if stretch.is_gap and not stretch.backup:
        return phrase("rota-line-gap", when=when)
    own = any(person.id == reader for person in (*stretch.primary, *stretch.backup))
    return phrase("rota-line-yours" if own else "rota-line", when=when, people=_people(stretch))


def _people(stretch: Stretch) -> Phrase:
    names, backup = named(stretch.primary), named(stretch.backup)
    if stretch.is_gap:
        return phrase("rota-only-backup", backup=backup)
    return (
        phrase("rota-with-backup", names=names, backup=backup) if backup else phrase("desk-name", name=names)
    )


def named(people: Iterable[Staff]) -> str:
    """All of them, as one says them."""
    return ", ".join(person.name for person in people)


def _when(work: Work, begins: datetime, ends: datetime) -> Phrase:
    """The day by name, and from when to when; the last day too where it isn't this one or the next."""
    first, last = begins.astimezone(zone_of(work)), ends.astimezone(zone_of(work))
    hours = {"begins": hour_text(first.time()), "ends": hour_text(last.time())}
    if last - first > DAY and last.date() > first.date() + DAY:
        return phrase("rota-when-days", day=_day(first.date()), last=_day(last.date()), **hours)
    return phrase("rota-when", day=_day(first.date()), **hours)


def _day(day: date) -> Phrase:
    return phrase("rota-day", weekday=phrase(f"rota-weekday-{day.weekday()}"), date=_date(day))


def _date(day: date) -> Phrase:
    return phrase(f"time-month-{day.month}", day=str(day.day))


# ── Who is on duty now ──────────────────────────────────────────────────────────────────────────


async def oncall(work: Work) -> Card:
    """Who is on duty now and until when, where they can be reached, who comes next, and who else there is."""
    known = await duty.load(work, work.now)
    everybody = _callable(known.people.values())
    if not known.exists:
        return Card((phrase("oncall-now"), _reach(everybody)))
    on, change = known.at(work.now), known.next_change(work.now)
    called = everybody if on.is_gap else on.primary
    begin = _begin("oncall-gap" if on.is_gap else "oncall-on", _until(work, change))
    paragraphs = [lines(begin, _reach(called))]
    if not on.is_gap and not any(map(duty.is_reachable, called)):
        paragraphs.append(phrase("oncall-everybody-called"))
    if on.backup:
        paragraphs.append(lines(phrase("oncall-backup"), _reach(on.backup)))
    if change:
        paragraphs.append(_next(work, known.at(change), change))
    return Card((*paragraphs, *_off_duty(known.people.values(), (*called, *on.backup))))


def _off_duty(people: Iterable[Staff], shown: Iterable[Staff]) -> tuple[Phrase, ...]:
    """The others, by the names that commands take."""
    known = {person.id for person in shown}
    others = sorted(person.name for person in people if person.may_work_cases and person.id not in known)
    return (phrase("oncall-others", names=", ".join(others)),) if others else ()


def _begin(key: str, until: Phrase | None) -> Phrase:
    return phrase(f"{key}-until", until=until) if until else phrase(key)


def _next(work: Work, stretch: Stretch, change: datetime) -> Phrase:
    since = _clock(work, "from", change)
    if stretch.is_gap and not stretch.backup:
        return phrase("oncall-next-gap", since=since)
    return phrase("oncall-next", since=since, people=_people(stretch))


def _until(work: Work, change: datetime | None) -> Phrase | None:
    return _clock(work, "until", change) if change else None


def _clock(work: Work, edge: str, at: datetime) -> Phrase:
    """`until` or `from` that moment on: the hour alone where it is today's."""
    local = at.astimezone(zone_of(work))
    away = (local.date() - day_of(work.now, zone_of(work))).days
    clock = hour_text(local.time())
    if away == 0:
        return phrase(f"rota-{edge}-today", clock=clock)
    if away == 1:
        return phrase(f"rota-{edge}-tomorrow", clock=clock)
    return phrase(f"rota-{edge}-date", clock=clock, date=_date(local.date()))


async def status_line(work: Work) -> Phrase:
    """Who is on duty and until when, for `/status`."""
    known = await duty.load(work, work.now)
    everybody = _callable(known.people.values())
    if not everybody:
        return phrase("now-duty-none")
    if not known.exists:
        return phrase("now-duty", names=named(person for person in everybody if person.account))
    on = known.at(work.now)
    if on.is_gap:
        return phrase("now-duty-gap", names=named(everybody))
    until = _until(work, known.next_change(work.now))
    names = named((*on.primary, *on.backup))
    return phrase("now-duty-until", names=names, until=until) if until else phrase("now-duty", names=names)


def _callable(people: Iterable[Staff]) -> list[Staff]:
    """Whom everybody means: the officers, or the coordinators where there are none."""
    able = sorted((each for each in people if each.may_work_cases), key=lambda each: each.name.casefold())
    return [each for each in able if each.role == "officer"] or able


def _reach(people: Sequence[Staff]) -> Phrase:
    return lines(*map(_reached, people)) if people else phrase("now-duty-none")


def _reached(person: Staff) -> Phrase:
    channels = dict.fromkeys(account.channel for account in person.accounts if account.reachable)
    if not channels:
        return phrase("oncall-unreachable", name=person.name)
    return phrase("oncall-reached", name=person.name, channels=Listing(tuple(map(channel_name, channels))))
