"""How names and numbers are read in `/restrict` and `/audit`, and that the log has words for everything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import String

from backend.audit import log
from backend.audit.model import AuditRow
from backend.places import regions
from bot.phrases import phrase
from bot.staff import commands
from bot.staff.naming import named
from bot.staff.parse import Problem, parse
from bot.texts import Texts

REF = "K7F-3QX"
KNOWN = ("Анна", "Анна Мария", "Борис", "Вера Ким", "Ии")
TEXTS = Texts(regions.name)
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/restrict K7F-3QX", commands.Restrict(REF)),
        ("/restrict k7f 3qx Анна,  Борис", commands.Restrict(REF, "Анна, Борис")),
        ("/restrict K7F-3QX все", commands.Restrict(REF, lift=True)),
        ("/restrict K7F-3QX ALL", commands.Restrict(REF, lift=True)),
        ("/restrict", Problem("usage-restrict", {"reference": REF})),
        ("/restrict Анна", Problem("usage-restrict", {"reference": REF})),
        ("/audit K7F-3QX", commands.Audit(REF)),
        ("/audit K7F-3QX 120", commands.Audit(REF, before=120)),
        ("/audit K7F-3QX all", Problem("usage-audit")),
        ("/audit Анна", commands.Audit(name="Анна")),
        ("/audit Анна  Мария 40", commands.Audit(name="Анна Мария", before=40)),
        ("/audit 40", commands.Audit(name="40")),
        ("/audit", Problem("usage-audit")),
        ("/audit Анна 99999999999999999999", commands.Audit(name="Анна 99999999999999999999")),
    ],
)
def test_what_is_typed_is_understood(typed: str, command: object) -> None:
    """Every form that people use, and a sentence for every slip."""
    assert parse(typed) == command


@pytest.mark.parametrize(
    ("typed", "names", "unknown"),
    [
        ("Анна", ["Анна"], ""),
        ("анна мария", ["Анна Мария"], ""),
        ("Анна, Мария", ["Анна"], "Мария"),
        ("Борис Анна Мария", ["Борис", "Анна Мария"], ""),
        ("Вера Ким и Борис", ["Вера Ким", "Борис"], ""),
        ("Борис and Ии; Борис", ["Борис", "Ии"], ""),
        ("Вера", [], "Вера"),
        ("Анна Глеб Борис", ["Анна"], "Глеб"),
        (" , ", [], ""),
    ],
)
def test_names_in_one_line(typed: str, names: list[str], unknown: str) -> None:
    """Each once, the longest that fits, and the first word that is nobody's."""
    assert named(typed, KNOWN) == (names, unknown)


@given(
    st.lists(st.sampled_from(KNOWN), min_size=1, unique=True), st.sampled_from([", ", " и ", " and ", ";"])
)
def test_whatever_was_joined_is_told_apart(names: list[str], between: str) -> None:
    """A list of names with something between them comes back as it was."""
    assert named(between.join(names), KNOWN) == (names, "")


@given(st.text(max_size=60))
def test_any_words_are_read(typed: str) -> None:
    """Nothing that is typed fails, and only known names come out."""
    names, _ = named(typed, KNOWN)
    assert set(names) <= set(KNOWN)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_action_has_its_words(language: str) -> None:
    """A line of the log is never a bare code, and each action fits into its column."""
    kind = AuditRow.__table__.c.action.type
    assert isinstance(kind, String)
    for action in get_args(log.Action):
        assert len(action) <= (kind.length or 0)
        assert TEXTS.render(phrase(f"audit-{action}"), language=language, now=NOW, zone="UTC")
