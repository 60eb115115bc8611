"""A case's history in words, a line an entry: who did what, when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from backend.cases import lists, rules
from backend.cases.records import Entry
from backend.outbox import Json
from bot.phrases import Param, Phrase, phrase
from bot.staff import sealed
from bot.staff.layout import channel_name, lines

Names = Mapping[str, str]


def paragraphs(entries: Sequence[Entry], names: Names, *, channel: str) -> list[Phrase]:
    """The history, oldest first: words stand by themselves, bare facts together.

    Words that came by a stronger channel than `channel` stay there.
    """
    said = groupby(entries, key=lambda entry: entry.kind == "sealed" or (bool(entry.body) and entry.id))
    return [_block(list(block), names, channel) for _, block in said]


def _block(block: Sequence[Entry], names: Names, channel: str) -> Phrase:
    if block[0].kind == "sealed":
        return sealed.entries(block)
    return lines(*(_shown(entry, names, channel) for entry in block))


def _shown(entry: Entry, names: Names, channel: str) -> Phrase:
    if not rules.may_show(entry.channel, channel) and (entry.body or entry.kind == "consent_changed"):
        return phrase("entry-elsewhere", at=entry.at, channel=channel_name(entry.channel))
    return entry_line(entry, names)


def entry_line(entry: Entry, names: Names) -> Phrase:
    """One entry with its time, its words and how many files came with it."""
    said = phrase("entry-line", at=entry.at, what=_what(entry, names))
    files = (phrase("entry-files", count=len(entry.files)),) if entry.files else ()
    return lines(said, *files)


def _what(entry: Entry, names: Names) -> Phrase:
    kind = entry.kind.replace("_", "-")
    facts: dict[str, Param] = {"name": _name(entry.author_id, names), "body": entry.body}
    match entry.kind:
        case "message" if entry.facts.get("corrected"):
            return phrase("entry-corrected", **facts)
        case "came_back":
            return phrase("entry-came-back", channel=channel_name(entry.channel))
        case "assigned":
            return phrase("entry-assigned", **facts, to=_name(entry.facts.get("to"), names))
        case "snoozed":
            return phrase("entry-snoozed", **facts, until=datetime.fromisoformat(str(entry.facts["until"])))
        case "severity_changed":
            return phrase("entry-severity-changed", **facts, to=_code("severity", entry.facts.get("to")))
        case "status_changed":
            return _status_changed(entry, facts)
        case "reminded" | "escalated":
            return _called(f"entry-{kind}", _people(entry.facts.get("to"), names))
        case "consent_changed":
            return lines(phrase("entry-consent-changed"), *_consents(entry.facts))
        case _:
            return phrase(f"entry-{kind}", **facts)


def _status_changed(entry: Entry, facts: Mapping[str, Param]) -> Phrase:
    to = str(entry.facts.get("to"))
    if to != "closed":
        return phrase("entry-status-changed", **facts, status=_code("stand", to))
    resolution = _code("resolution", entry.facts.get("resolution"))
    closed = phrase("entry-closed", **facts, resolution=resolution)
    return lines(closed, phrase("desk-words", words=entry.body)) if entry.body else closed


def _name(staff_id: Json, names: Names) -> Phrase:
    """A staff member's name; one who is no longer staff has none."""
    name = names.get(staff_id) if isinstance(staff_id, str) else None
    return phrase("desk-name", name=name) if name else phrase("desk-former")


def _people(ids: Json, names: Names) -> list[str]:
    known = ids if isinstance(ids, list) else []
    return [names[each] for each in known if isinstance(each, str) and each in names]


def _called(key: str, people: Sequence[str]) -> Phrase:
    return phrase(key, to=", ".join(people)) if people else phrase(f"{key}-nobody")


_LABELLED: Mapping[str, Sequence[str]] = {
    "severity": rules.SEVERITIES,
    "stand": rules.STATUSES,
    "resolution": rules.RESOLUTIONS,
    "consent": lists.CONSENTS,
}


def _code(prefix: str, value: Json) -> Phrase:
    """A code by its label, or as it is if this version has none for it."""
    return (
        phrase(f"{prefix}-{value}") if value in _LABELLED[prefix] else phrase("desk-words", words=str(value))
    )


def _consents(facts: Mapping[str, Json]) -> Iterable[Phrase]:
    for code in rules.CONSENTS:
        if code in facts:
            label, answer = phrase(f"details-{code}"), _code("consent", facts[code])
            yield phrase("details-answer", label=label, answer=answer)
