"""A case begun on Telegram goes on over Matrix by its receipt; officers act from either, with one history."""

from __future__ import annotations

from dataclasses import dataclass, field

from backend.cases import casework
from backend.people.staff import Staff
from bot.channels.base import Inbound, Say, TextSent
from bot.sitting import Sitting
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, TEXTS, World

WHY = "от устройства к устройству"


@dataclass
class Two:
    """A hotline on two messengers."""

    world: World
    messengers: dict[str, Messenger] = field(
        default_factory=lambda: {name: Messenger(name) for name in ("telegram", "matrix")}
    )
    number: int = 0

    async def delivered(self) -> None:
        """Everything that waits is sent."""
        async with delivering(self.world, *self.messengers.values()) as outbound:
            await all_sent(outbound)

    async def says(self, channel: str, sender: str, text: str) -> None:
        """Somebody types in their private chat, and is answered."""
        await self.types(channel, sender, text)
        await self.delivered()

    async def types(self, channel: str, sender: str, text: str) -> None:
        """The same, but nothing is sent yet."""
        self.number += 1
        name = f"in-{self.number}"
        chat = sender if sender.startswith("matrix-") else f"chat-{sender}"
        inbound = Inbound(channel, name, sender, chat, True, TextSent(text), self.world.clock.now(), name)  # noqa: FBT003
        async with self.world.backend.work() as work:
            await Sitting(work, TEXTS).take([inbound])

    def heard(self, channel: str, chat: str) -> list[str]:
        """What stands in a chat."""
        return [
            each.text for each in self.messengers[channel].sent if isinstance(each, Say) and each.chat == chat
        ]


async def _begun(world: World) -> tuple[Two, Staff, str, str]:
    """A case of vera's on Telegram, taken by anna; its reference and its receipt's code."""
    anna = await world.person("anna", "coordinator")
    opened = await world.opened(HIGH, await world.reporter("vera"))
    await world.acknowledge(opened.case.reference, anna)
    two = Two(world)
    await two.delivered()
    return two, anna, opened.case.reference, opened.receipt


async def _reply(world: World, reference: str, anna: Staff, words: str) -> None:
    await world.do(reference, lambda work, case: casework.reply(work, anna, case, words, channel="telegram"))


async def test_going_on_over_matrix_says_why_it_is_safer(world: World) -> None:
    """Once, and only where it is."""
    two, _, _, code = await _begun(world)
    await two.says("matrix", "vera-m", f"/receipt {code}")
    assert WHY in two.heard("matrix", "chat-vera-m")[-1]
    await two.says("matrix", "vera-m", f"/receipt {code}")
    assert WHY not in two.heard("matrix", "chat-vera-m")[-1]
    await two.says("telegram", "vera", f"/receipt {code}")
    assert WHY not in two.heard("telegram", "chat-vera")[-1]


async def test_the_officer_hears_of_a_new_account(world: World) -> None:
    """A receipt may be in other hands: whoever comes with it is told of once, and stands in the history."""
    two, anna, reference, code = await _begun(world)
    assert anna.party
    await two.says("telegram", "vera", f"/receipt {code}")
    assert not [each for each in two.heard("telegram", "chat-anna") if "new account" in each]
    await two.says("matrix", "stranger", f"/receipt {code}")
    await two.says("matrix", "stranger", f"/receipt {code}")
    told = [each for each in two.heard("telegram", "chat-anna") if "new account" in each]
    assert [each[:7] for each in told] == [reference]
    assert [each.channel for each in await world.history(reference) if each.kind == "came_back"] == ["matrix"]
    await world.link(anna, "matrix")
    await two.says("matrix", "matrix-anna", f"!case {reference}")
    assert "on another account (Matrix)" in two.heard("matrix", "matrix-anna")[-1]


async def test_from_then_on_everything_goes_there_and_nothing_to_telegram(world: World) -> None:
    """Answers, and what else is told of the case."""
    two, anna, reference, code = await _begun(world)
    await two.says("matrix", "vera-m", f"/receipt {code}")
    before = len(two.heard("telegram", "chat-vera"))
    await _reply(world, reference, anna, "the lawyer comes")
    await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
    await two.delivered()
    said = "\n".join(two.heard("matrix", "chat-vera-m"))
    assert "the lawyer comes" in said
    assert "закрыто" in said
    assert len(two.heard("telegram", "chat-vera")) == before


async def test_an_answer_on_its_way_is_taken_along(world: World) -> None:
    """Decided for Telegram, not sent yet: it goes to Matrix, once."""
    two, anna, reference, code = await _begun(world)
    await _reply(world, reference, anna, "the lawyer comes")
    before = len(two.heard("telegram", "chat-vera"))
    await two.says("matrix", "vera-m", f"/receipt {code}")
    assert len([each for each in two.heard("matrix", "chat-vera-m") if "the lawyer comes" in each]) == 1
    assert len(two.heard("telegram", "chat-vera")) == before


async def test_words_on_telegram_are_added_and_answered_on_matrix(world: World) -> None:
    """A weaker channel may add to a case; its writer hears where the answer comes."""
    two, anna, reference, code = await _begun(world)
    await two.says("matrix", "vera-m", f"/receipt {code}")
    await two.says("telegram", "vera", "they are back")
    assert "Matrix" in two.heard("telegram", "chat-vera")[-1]
    assert [each.body for each in await world.history(reference) if each.kind == "message"] == [
        "they are back"
    ]
    await _reply(world, reference, anna, "we know")
    await two.delivered()
    assert "we know" in two.heard("matrix", "chat-vera-m")[-1]
    assert "we know" not in "\n".join(two.heard("telegram", "chat-vera"))


async def test_coming_back_on_telegram_brings_a_pointer_and_no_words(world: World) -> None:
    """Somebody who lost the safer way hears that there is an answer, and where."""
    two, anna, reference, code = await _begun(world)
    await two.says("matrix", "vera-m", f"/receipt {code}")
    world.clock.advance(world.backend.settings.escalation.tick)
    await two.says("telegram", "vera", f"/receipt {code}")
    await _reply(world, reference, anna, "the lawyer comes")
    await two.delivered()
    assert "the lawyer comes" in two.heard("matrix", "chat-vera-m")[-1]
    assert reference in two.heard("telegram", "chat-vera")[-1]
    assert "the lawyer comes" not in "\n".join(two.heard("telegram", "chat-vera"))


async def test_the_case_on_telegram_is_a_pointer_from_then_on(world: World) -> None:
    """Reference, severity and where to read it; who isn't there yet hears how to get there."""
    two, anna, reference, code = await _begun(world)
    await two.says("matrix", "vera-m", f"/receipt {code}")
    await two.says("matrix", "vera-m", "a new address")
    await two.says("telegram", "anna", f"/case {reference}")
    said = two.heard("telegram", "chat-anna")[-1]
    assert said.startswith(reference)
    assert "Matrix" in said
    assert "/link" in said
    assert "they call" not in said
    assert "a new address" not in "\n".join(two.heard("telegram", "chat-anna"))
    await world.link(anna, "matrix")
    await two.says("telegram", "anna", f"/case {reference}")
    assert "/link" not in two.heard("telegram", "chat-anna")[-1]


async def test_staff_act_from_either_messenger_with_one_history(world: World) -> None:
    """One person, two accounts: taken on one, noted on the other, read on the safer with both."""
    two, anna, reference, code = await _begun(world)
    await world.link(anna, "matrix")
    await two.says("matrix", "vera-m", f"/receipt {code}")
    await two.says("telegram", "anna", f"/note {reference} called from Telegram")
    await two.says("matrix", "matrix-anna", f"/note {reference} called from Matrix")
    authors = {each.author_id for each in await world.history(reference) if each.kind == "note"}
    assert authors == {anna.id}
    await two.says("matrix", "matrix-anna", f"!case {reference}")
    read = two.heard("matrix", "matrix-anna")[-1]
    assert "called from Telegram" in read
    assert "called from Matrix" in read
    await two.says("telegram", "anna", f"/close {reference} resolved")
    assert (await world.find(reference)).row.status == "closed"
