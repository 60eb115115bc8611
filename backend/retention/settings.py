"""The `[retention]` and `[privacy]` sections."""

from __future__ import annotations

from datetime import timedelta

from pydantic import field_validator

from backend.messengers import LONGEST_HELD, SAFE_TO_TAKE_BACK
from backend.section import Duration, DurationOrNever, Section

SHORTEST = timedelta(minutes=1)


class RetentionSettings(Section):
    """For how long what is kept."""

    closed: DurationOrNever = None
    drafts: Duration = timedelta(hours=24)
    inbox: Duration = timedelta(days=30)

    @field_validator("inbox")
    @classmethod
    def _beyond_any_repeat(cls, value: timedelta) -> timedelta:
        if value <= LONGEST_HELD:
            raise ValueError("must be longer than 24h: so long Telegram may bring the same message again")
        return value


class PrivacySettings(Section):
    """What goes from chats by itself."""

    vanish: DurationOrNever = None

    @field_validator("vanish")
    @classmethod
    def _within_what_messengers_let(cls, value: timedelta | None) -> timedelta | None:
        """Bots may take messages back for 48 hours; a receipt must stand long enough to be copied."""
        if value is not None and not SHORTEST <= value <= SAFE_TO_TAKE_BACK:
            raise ValueError(
                'must be between "1m" and "47h": later messengers don\'t let messages be removed'
            )
        return value
