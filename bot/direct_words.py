"""Words said past the outbox while nothing could be saved: noted afterwards, to be taken back like others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.outbox import Party
from backend.people import posted, reporters, staff
from backend.people.staff import Staff
from backend.retention import vanish
from backend.work import Work
from bot.channels.base import Inbound


@dataclass(frozen=True, slots=True)
class DirectWord:
    """What was said to whoever sent `to`, and the messenger's id of it."""

    to: Inbound
    message: str
    at: datetime

    @property
    def sender(self) -> tuple[str, str]:
        """By whom the person is found."""
        return self.to.channel, self.to.sender

    @property
    def occasion(self) -> tuple[str, str]:
        """What came in, by channel and the messenger's id."""
        return self.to.channel, self.to.id


async def note(work: Work, words: Sequence[DirectWord]) -> None:
    """Remember where they stand; of somebody whom nobody knows nothing can be remembered."""
    senders = list({each.sender for each in words})
    colleagues = await staff.recognise(work, senders)
    known = await reporters.find(work, [each for each in senders if each not in colleagues])
    parties = {sender: person.reporter.party for sender, person in known.items()}
    parties |= {sender: _private(person, sender[0]) for sender, person in colleagues.items()}
    rows = [
        posted.row(
            work, parties[each.sender], chat=each.to.chat, message=each.message, purpose="chat", at=each.at
        )
        for each in words
        if each.sender in parties
    ]
    await posted.add(work, rows)
    await vanish.went_on(work, [person.reporter.id for person in known.values()])


def _private(person: Staff, channel: str) -> Party:
    return Party("staff", person.id, channel, person.key)
