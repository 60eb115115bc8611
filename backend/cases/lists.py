"""The code lists of a case. Codes are stable and stored; their words are texts, under `<prefix>-<code>`.

The lists follow HURIDOCS' Events Standard Formats, cut to what the centre meets. The order of acts,
perpetrators and needs is the order in which they are offered: the most frequent first, `other` last.
"""

from __future__ import annotations

from typing import Final

ACTS: Final = (
    "detention",
    "search",
    "threat",
    "interrogation",
    "arrest",
    "criminal_case",
    "administrative_case",
    "physical_attack",
    "surveillance",
    "foreign_agent",
    "abduction",
    "death_threat",
    "sexual_violence",
    "seizure",
    "hacking",
    "doxxing",
    "online_harassment",
    "defamation",
    "family_pressure",
    "undesirable",
    "travel_ban",
    "account_freeze",
    "dismissal",
    "eviction",
    "office_closure",
    "forced_exile",
    "other",
)

HELD: Final = frozenset({"arrest", "detention", "abduction"})
"""Acts by which a person is not free: `detention` is asked about them."""

PERPETRATORS: Final = (
    "police",
    "centre_e",
    "security_service",
    "investigative_committee",
    "prosecutor",
    "court",
    "prison_service",
    "military",
    "unknown",
    "individual",
    "migration_authority",
    "local_authority",
    "federal_authority",
    "pro_government_group",
    "private_security",
    "employer",
    "university",
    "media",
    "corporation",
)

NEEDS: Final = (
    "lawyer",
    "medical",
    "psychological",
    "physical_security",
    "digital_security",
    "relocation",
    "financial",
    "family_support",
    "publicity",
    "international_appeal",
    "advice",
)

ABOUT: Final = ("me", "other", "organisation")
TIMINGS: Final = ("ongoing", "imminent", "past")

CONSENT_TOPICS: Final = ("consent_partners", "consent_authorities", "consent_un", "consent_public")
CONSENTS: Final = ("no", "unnamed", "named")
"""What each of the four may be: no, yes without the person's name, yes with it."""
