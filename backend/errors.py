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


class CaseNotSealed(HotlineError):
    """The hotline can read all of the case: there is nothing to bring back. Facts: reference."""

    key = "error-case-not-sealed"


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


class NotYoursToSnooze(HotlineError):
    """Only the officer on the case can put its reminder off, once it is acknowledged. Facts: reference."""

    key = "error-not-yours-to-snooze"


class NothingToSnooze(HotlineError):
    """No reminder would come before that time anyway. Facts: reference."""

    key = "error-nothing-to-snooze"


class AlreadySnoozed(HotlineError):
    """This step's reminder was put off before. Facts: reference."""

    key = "error-already-snoozed"


class SnoozeTooLong(HotlineError):
    """A reminder can't be put off for so long. Facts: reference."""

    key = "error-snooze-too-long"


class TimeSkipped(HotlineError):
    """Local clocks never show this time on that day: they are put forward over it. Facts: day, hour."""

    key = "error-time-skipped"


class TimeTwice(HotlineError):
    """Local clocks show this time twice on that day: they are put back. Facts: day, hour."""

    key = "error-time-twice"


class ShiftOverlaps(HotlineError):
    """Somebody has a shift then. Facts: name, when."""

    key = "error-shift-overlaps"


class ShiftPast(HotlineError):
    """It is over, or (to be swapped) has begun. Facts: when."""

    key = "error-shift-past"


class ShiftBackwards(HotlineError):
    """It would end when it begins, or before. Facts: when."""

    key = "error-shift-backwards"


class ShiftTooLong(HotlineError):
    """Longer than anybody should be on duty. Facts: when, hours (the longest)."""

    key = "error-shift-too-long"


class ShiftTooFar(HotlineError):
    """More than a year ahead. Facts: day."""

    key = "error-shift-too-far"


class NotForDuty(HotlineError):
    """This person's role has no shifts. Facts: name."""

    key = "error-not-for-duty"


class NothingToTake(HotlineError):
    """Nobody else has a shift then that could be taken over. Facts: when."""

    key = "error-nothing-to-take"


class NoShiftOf(HotlineError):
    """This person has no shift that begins then. Facts: name, when."""

    key = "error-no-shift-of"


class ShiftYours(HotlineError):
    """The shift to take over is one's own. Facts: when."""

    key = "error-shift-yours"


class SeveralShifts(HotlineError):
    """It has to be said which is meant. Facts: shifts (hours and names), example (hours and a name)."""

    key = "error-several-shifts"


class ShiftFixed(HotlineError):
    """The weekly pattern's shifts can't be taken away, only given to somebody else. Facts: name, when."""

    key = "error-shift-fixed"


class SwapWithYourself(HotlineError):
    """A swap takes two."""

    key = "error-swap-with-yourself"


class SwapGone(HotlineError):
    """The request was answered, is too old, or the shifts have changed since."""

    key = "error-swap-gone"


class NoSwapAsked(HotlineError):
    """Nobody waits for this person's word on a swap."""

    key = "error-no-swap-asked"


class SeveralSwaps(HotlineError):
    """Several colleagues wait for an answer: it has to be said whose is meant. Facts: names, example."""

    key = "error-several-swaps"


class Restricted(HotlineError):
    """Only those named may read this case, and this person isn't one of them. Facts: reference."""

    key = "error-restricted"


class NotYoursToRestrict(HotlineError):
    """Only a coordinator, or the officer on the case, decides who may read it. Facts: reference."""

    key = "error-not-yours-to-restrict"


class OfficerNotNamed(HotlineError):
    """The officer on the case must be among those named. Facts: reference, name (theirs)."""

    key = "error-officer-not-named"


class NotAmongNamed(HotlineError):
    """A restricted case isn't given to somebody who may not read it. Facts: reference, name."""

    key = "error-not-among-named"


class NotForCases(HotlineError):
    """This person's role doesn't work cases. Facts: name."""

    key = "error-not-for-cases"


class NotRestricted(HotlineError):
    """There is nothing to lift: everybody at the desk may read it. Facts: reference."""

    key = "error-not-restricted"


class EraseNeedsAnother(HotlineError):
    """Another coordinator has to agree to what this one asked for. Facts: reference."""

    key = "error-erase-needs-another"


class EraseTooSoon(HotlineError):
    """Who would destroy it became able to only lately. Facts: reference, hours."""

    key = "error-erase-too-soon"


class EraseNotAsked(HotlineError):
    """Nobody asked to have this case destroyed. Facts: reference."""

    key = "error-erase-not-asked"


class ReporterUnreachable(HotlineError):
    """There is no chat to which a reply could go. Facts: reference."""

    key = "error-reporter-unreachable"


class ConfigurationInvalid(Exception):
    """A key of the configuration is unknown or its value bad. The text names the key, never a secret."""


class KeysMissing(Exception):
    """The key file is missing or doesn't hold the key that the data was sealed with."""


class IdentityUnreadable(Exception):
    """An age identity file can't be read, or holds none. The text is a sentence without anything of it."""


class IdentityWrong(Exception):
    """What was to be opened is encrypted to others than these identities."""


class SealBroken(Exception):
    """A sealed value was changed, moved to another row, or sealed under another key."""


class ArchiveRefused(Exception):
    """A backup can't be made, read or restored as things are. The text says why, and what to do."""
