"""The `[retention]` and `[privacy]` sections."""

from __future__ import annotations

from datetime import timedelta

from backend.section import Duration, DurationOrNever, Section


class RetentionSettings(Section):
    """For how long what is kept."""

    closed: DurationOrNever = None
    drafts: Duration = timedelta(hours=24)
    inbox: Duration = timedelta(days=30)


class PrivacySettings(Section):
    """What goes from chats by itself."""

    vanish: DurationOrNever = None
