"""A surge as the staff read it: the digest that stands for single notices, and its line in `/status`.

Like a notice it carries nothing of a case's content.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from backend.surge import digests
from backend.surge.rules import Digest, Listed
from backend.work import Work
from bot.intents import Card, PhraseButton
from bot.phrases import Listing, Phrase, phrase
from bot.staff.layout import age, lines

IN_A_ROW = 2
OTHERS_SHOWN = 20


def digest(said: Digest) -> Card:
    """What waits to be acknowledged, the most pressing first and with buttons; and what else was folded."""
    parts = (_how_it_is(said), _waiting(said), *_besides(said), phrase("surge-as-of", at=said.now))
    return Card(parts, _buttons(said))


def older() -> Card:
    """The digest of an earlier surge: a newer one stands below it."""
    return Card((phrase("surge-older"),))


def _how_it_is(said: Digest) -> Phrase:
    if said.ended_at is None:
        return phrase("surge-on", since=said.since)
    return phrase("surge-passed", since=said.since, until=said.ended_at)


def _waiting(said: Digest) -> Phrase:
    if not said.shown:
        return phrase("surge-waiting-none")
    shown = [_line(each, said.now) for each in said.shown]
    more = [_counted("surge-more", said.more)] if said.more else []
    return lines(_counted("surge-waiting", said.counts), *shown, *more)


def _line(case: Listed, now: datetime) -> Phrase:
    mark, waits = phrase(f"mark-{case.severity}"), phrase("desk-waits", age=age(now - case.since))
    return phrase("desk-head", reference=case.reference, mark=mark, word=waits)


def _counted(key: str, counts: Counter[str]) -> Phrase:
    urgent, high, normal = (counts[severity] for severity in ("urgent", "high", "normal"))
    return phrase(key, total=counts.total(), urgent=urgent, high=high, normal=normal)


def _besides(said: Digest) -> list[Phrase]:
    """Reminders and new messages on cases that somebody has."""
    if not said.others:
        return []
    named = [phrase("desk-words", words=each.reference) for each in said.others[:OTHERS_SHOWN]]
    left = len(said.others) - len(named)
    more = [phrase("queue-more", count=left)] if left else []
    return [phrase("surge-besides", cases=Listing((*named, *more)))]


def _buttons(said: Digest) -> tuple[tuple[PhraseButton, ...], ...]:
    made = [
        PhraseButton(phrase("surge-ack", reference=reference), f"s:ack:{reference.replace('-', '')}")
        for reference in said.to_press
    ]
    return tuple(tuple(made[start : start + IN_A_ROW]) for start in range(0, len(made), IN_A_ROW))


async def standing(work: Work) -> list[Phrase]:
    """For `/status`: the line that says that a surge is on, none where none is."""
    now = await digests.standing(work)
    return [phrase("now-surge", since=now.since, folded=now.folded)] if now else []
