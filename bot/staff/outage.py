"""What staff read of the hotline itself: that it was down, and what is wrong with it now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from backend import messengers
from backend.liveness import facts, outages, rules
from backend.liveness.rules import Finding
from backend.outbox import Json
from backend.work import Work
from bot.intents import Card
from bot.phrases import Listing, Phrase, phrase
from bot.staff.layout import channel_name, lines


async def was_down(work: Work, params: Mapping[str, Json], channel: str) -> Card:
    """From when to when nobody was at work, and what is known of that time; `channel` is the reader's."""
    begun, ended = (datetime.fromisoformat(str(params[name])) for name in ("begun", "ended"))
    lost = ended - begun > (messengers.of(channel).holds_updates or timedelta.max)
    told = lines(
        await _due(work, params),
        *_opened(_number(params["opened"])),
        phrase("was-down-messages"),
        *((phrase("was-down-day"),) if lost else ()),
    )
    return Card((phrase("was-down", begun=begun, ended=ended, span=ended - begun), told))


async def _due(work: Work, params: Mapping[str, Json]) -> Phrase:
    """What was erased since is neither named nor counted."""
    known = params["due"]
    ids = [str(each) for each in known] if isinstance(known, list) else []
    named = await outages.references(work, ids)
    more = _number(params["due_count"]) - len(ids)
    if not named:
        return phrase("was-down-due-none")
    cases = ", ".join(named)
    which = phrase("was-down-more", cases=cases, count=more) if more > 0 else cases
    return phrase("was-down-due", count=len(named) + max(more, 0), cases=which)


def _opened(count: int) -> tuple[Phrase, ...]:
    return (phrase("was-down-opened", count=count),) if count else ()


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


async def ill(work: Work) -> tuple[Phrase, ...]:
    """A line on what is wrong with the hotline now; none while it is well."""
    troubles = [found for each in rules.wrong(await facts.look(work)) if (found := _trouble(each))]
    return (phrase("now-ill", troubles=Listing(tuple(troubles))),) if troubles else ()


def _trouble(finding: Finding) -> Phrase | None:
    """None for a database that doesn't answer: then nobody can be answered either."""
    match finding.check:
        case "time":
            return phrase("ill-time")
        case "ticks":
            return phrase("ill-ticks", span=finding.span)
        case "steps":
            return phrase("ill-steps", span=finding.span)
        case "waiting":
            return phrase("ill-waiting", channel=channel_name(finding.what), span=finding.span)
        case "sending":
            return phrase("ill-sending", channel=channel_name(finding.what), span=finding.span)
        case "database":
            return None
