"""A report read out for officers: every answer under its question, and the consents with their dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from backend.cases import lists, rules
from backend.cases.records import Case
from backend.outbox import Json
from backend.places import regions
from bot.phrases import Listing, Param, Phrase, phrase
from bot.staff import sealed
from bot.staff.layout import channel_name, lines

_ORDER = (
    "account",
    "acts",
    "acts_words",
    "timing",
    "date",
    "date_at",
    "region",
    "place",
    "location",
    "about",
    "defender",
    "perpetrator",
    "perpetrator_words",
    "detention",
    "needs",
    "needs_words",
    "contact",
    "evidence",
    "corrections",
    "safety",
)
"""What happened first: an officer reads from the top, often in a hurry."""

_CODES: Mapping[str, tuple[str, frozenset[str]]] = {
    "about": ("about", frozenset(lists.ABOUT)),
    "acts": ("act", frozenset(lists.ACTS)),
    "timing": ("timing", frozenset(lists.TIMINGS)),
    "perpetrator": ("perpetrator", frozenset(lists.PERPETRATORS)),
    "needs": ("need", frozenset(lists.NEEDS)),
    "safety": ("answer", frozenset({"yes", "no"})),
}
"""Answers that are codes: the prefix of their labels, and the codes that have one."""
_SILENT = frozenset({"date_exact"})


def paragraphs(case: Case, channel: str) -> tuple[Phrase, ...]:
    """The whole report, or one pointer where `channel` protects less than the one it came by."""
    if not case.is_sealed and not rules.may_show(case.row.channel, channel):
        return (phrase("details-elsewhere", channel=channel_name(case.row.channel)),)
    content = case.report()
    if content is None:
        return sealed.paragraphs(case)
    return told(content)


def told(content: Mapping[str, Json]) -> tuple[Phrase, ...]:
    """A report that lies open."""
    answers = _mapping(content.get("answers"))
    account = tuple(_answers({key: value for key, value in answers.items() if key == "account"}))
    rest = tuple(_answers({key: value for key, value in answers.items() if key != "account"}))
    sos = (phrase("details-sos"),) if content.get("sos") else ()
    consents = tuple(_consents(_mapping(content.get("consents"))))
    result = tuple(_result(content))
    blocks = [lines(*block) for block in (sos, account, rest, consents, result) if block]
    return tuple(blocks)


def _answers(answers: Mapping[str, Json]) -> Iterator[Phrase]:
    """Known answers in their order, then whatever else there may be: nothing that was told gets lost."""
    others = [key for key in answers if key not in _ORDER and key not in _SILENT]
    for key in (*_ORDER, *others):
        value = answers.get(key)
        shown = _value(key, value) if value not in (None, "", []) else None
        if shown is not None:
            label = phrase(f"details-{key}" if key in _ORDER else "details-more")
            yield phrase("details-answer", label=label, answer=shown)


def _value(key: str, value: Json) -> Param | None:
    if isinstance(value, list):
        return Listing(tuple(_word(key, str(each)) for each in value))
    if key == "date_at":
        return _moment(str(value))
    return _word(key, str(value))


def _word(key: str, value: str) -> Phrase:
    """A code by its label; words, and codes that this version doesn't know, as they are."""
    if key == "region" and value in regions.REGIONS:
        return phrase(f"region-{value}")
    prefix, codes = _CODES.get(key, ("", frozenset()))
    return phrase(f"{prefix}-{value}") if value in codes else phrase("desk-words", words=value)


def _moment(text: str) -> Param:
    """A date that was understood; one without a zone is shown as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return at if at.tzinfo else text


def _consents(consents: Mapping[str, Json]) -> Iterator[Phrase]:
    for code in rules.CONSENTS:
        given = _mapping(consents.get(code))
        value = str(given.get("value", "no"))
        label = phrase(f"details-{code}")
        answer = phrase(f"consent-{value}" if value in lists.CONSENTS else "consent-no")
        yield phrase("details-consent", label=label, answer=answer, at=_moment(str(given.get("at", ""))))


def _result(content: Mapping[str, Json]) -> Iterator[Phrase]:
    resolution = content.get("resolution")
    if isinstance(resolution, str) and resolution in rules.RESOLUTIONS:
        yield phrase("details-resolution", resolution=phrase(f"resolution-{resolution}"))


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
