"""The `[retention]` and `[privacy]` sections."""

from __future__ import annotations

from datetime import timedelta

from pydantic import field_validator

from backend.section import Duration, DurationOrNever, Section

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=47)
REPEATED = timedelta(hours=24)
"""Telegram keeps what it could not hand over for so long."""


class RetentionSettings(Section):
    """For how long what is kept."""

    closed: DurationOrNever = None
    drafts: Duration = timedelta(hours=24)
    inbox: Duration = timedelta(days=30)

    @field_validator("inbox")
    @classmethod
    def _beyond_any_repeat(cls, value: timedelta) -> timedelta:
        if value <= REPEATED:
            raise ValueError("must be longer than 24h: so long Telegram may bring the same message again")
        return value


class PrivacySettings(Section):
    """What goes from chats by itself."""

    vanish: DurationOrNever = None

    @field_validator("vanish")
    @classmethod
    def _within_what_messengers_let(cls, value: timedelta | None) -> timedelta | None:
        """Bots may take messages back for 48 hours; a receipt must stand long enough to be copied."""
        if value is not None and not SHORTEST <= value <= LONGEST:
            raise ValueError(
                'must be between "1m" and "47h": later messengers don\'t let messages be removed'
            )
        return value
