"""Why a command stops, where no other part has a word for it. The text is told as it is."""

from __future__ import annotations


class AlreadyThere(Exception):
    """A file that would be written exists; it was left alone."""


class TokenRefused(Exception):
    """A messenger answered that it doesn't know the token, or the account with this password."""


class NameUnfit(Exception):
    """What was given as a name can't be one."""
