"""What can be wrong, as facts. Each names the text key by which people are told; none carries content."""

from __future__ import annotations


class HotlineError(Exception):
    """Something that a person is told about in a sentence: `key` is the text key, `facts` fill it.

    `facts` may hold references, codes, times and staff names, never a reporter's words or address;
    the exception's own text is the key alone, so that a log can't leak through it.
    """

    key = "error-unexpected"

    def __init__(self, **facts: str | int) -> None:
        super().__init__(self.key)
        self.facts = facts


class CaseNotFound(HotlineError):
    """No case with this reference, or none that this person may see. Facts: reference."""

    key = "error-case-not-found"


class NotAllowed(HotlineError):
    """This person's role doesn't go that far."""

    key = "error-not-allowed"


class AlreadyAcknowledged(HotlineError):
    """Somebody was faster. Facts: reference, name."""

    key = "error-already-acknowledged"


class AlreadyYours(HotlineError):
    """Nothing to do: the case is already on this officer. Facts: reference."""

    key = "error-already-yours"


class CaseClosed(HotlineError):
    """The case is closed: it has to be reopened first. Facts: reference."""

    key = "error-case-closed"


class CaseNotClosed(HotlineError):
    """Only a closed case can be reopened. Facts: reference."""

    key = "error-case-not-closed"


class NotOnCase(HotlineError):
    """Only the officer on the case (or a coordinator) can give it back. Facts: reference."""

    key = "error-not-on-case"


class NoSuchStaff(HotlineError):
    """No staff member of this name. Facts: name (as typed by staff)."""

    key = "error-no-such-staff"


class NameTaken(HotlineError):
    """Somebody on the staff already has this name. Facts: name."""

    key = "error-name-taken"


class LastCoordinator(HotlineError):
    """The only coordinator with an address can't be revoked: nobody could be invited any more."""

    key = "error-last-coordinator"


class InvitationInvalid(HotlineError):
    """The code is wrong, used or older than 24 hours."""

    key = "error-invitation-invalid"


class AddressTaken(HotlineError):
    """This messenger account already belongs to somebody on the staff."""

    key = "error-address-taken"


class NoSuchRoom(HotlineError):
    """This chat is not the staff room."""

    key = "error-no-such-room"


class NoChange(HotlineError):
    """It already is so. Facts: reference."""

    key = "error-no-change"


class ReporterUnreachable(HotlineError):
    """There is no chat to which a reply could go. Facts: reference."""

    key = "error-reporter-unreachable"


class ConfigurationInvalid(Exception):
    """A key of the configuration is unknown or its value bad. The text names the key, never a secret."""


class KeysMissing(Exception):
    """The key file is missing or doesn't hold the key that the data was sealed with."""


class SealBroken(Exception):
    """A sealed value was changed, moved to another row, or sealed under another key."""
