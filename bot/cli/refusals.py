"""Why a command stops, where no other part has a word for it. The text is told as it is."""

from __future__ import annotations


class AlreadyThere(Exception):
    """A file that would be written exists; it was left alone."""


class TokenRefused(Exception):
    """A messenger answered that it doesn't know the token, or the account with this password."""


class NameUnfit(Exception):
    """What was given as a name can't be one."""


class PassphraseUnfit(Exception):
    """What was typed can't be a passphrase, or nobody could type one."""


class NotFinished(Exception):
    """Something stands in the way of the rest; what was done stays done, and the text says how to go on."""


class LogBroken(Exception):
    """The audit log isn't what the hotline wrote; the text says from which line on."""


class HeadUnreadable(Exception):
    """What was given as a posted head can't be one."""
