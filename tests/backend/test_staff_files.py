"""Files that officers send reach the reporter as files, sealed on the way, and never by a weaker way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from backend.cases import erasure, records
from backend.cases.files import LONGEST_PAUSE
from backend.people import posted
from backend.people.rooms import Room
from backend.people.staff import Staff
from backend.vault.keys import new_id
from backend.vault.model import FileRow
from bot import fetching
from bot.channels.base import (
    ButtonPressed,
    Inbound,
    Permanent,
    RemoteFile,
    Remove,
    Say,
    Temporary,
    TextSent,
)
from bot.sitting import Sitting
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, TEXTS, World

PAPER = RemoteFile("paper", "document", name="Заявление.docx", mime="application/msword")
PHOTO = RemoteFile("photo", "photo", name="IMG_of_anna.JPG", mime="image/jpeg")
CONTENT = {"paper": b"%PDF a form to fill in" * 50, "photo": b"\xff\xd8 a door" * 50}


@dataclass
class Desk:
    """Two messengers, an officer, and a reporter's case of which a notice stands in the officer's chat."""

    world: World
    messengers: dict[str, Messenger]
    anna: Staff
    reference: str = ""
    number: int = 0

    async def delivered(self) -> None:
        """Everything that waits is sent, and files are fetched."""
        async with delivering(self.world, *self.messengers.values()) as outbound:
            await all_sent(outbound)
            await fetching.fetch_pending(self.world.backend, self.messengers)
            await all_sent(outbound)

    async def opens(self, channel: str) -> None:
        """A report comes by this channel, and the officer is shown its details on their own."""
        self.reference = await self.world.case(HIGH, await self.world.reporter("vera", channel))
        await self.types(f"/case {self.reference}")
        await self.delivered()

    async def types(
        self,
        text: str,
        *,
        files: Sequence[RemoteFile] = (),
        answering: bool = False,
        room: Room | None = None,
    ) -> None:
        """What the officer sends in private or in the room, in answer to the last message there or not."""
        sent = self.messengers[self.anna.accounts[0].channel].sent
        own = [at for at, each in enumerate(sent, start=1) if each.chat == self.anna.accounts[0].chat]
        last = str(own[-1]) if answering else None
        await self._comes(TextSent(text, tuple(files)), room, reply_to="notice" if room else last)

    async def presses(self, data: str, room: Room) -> None:
        """A button in the room."""
        await self._comes(ButtonPressed(data), room, reply_to=None)

    async def _comes(
        self, event: TextSent | ButtonPressed, room: Room | None, *, reply_to: str | None
    ) -> None:
        account = self.anna.accounts[0]
        self.number += 1
        inbound = Inbound(
            account.channel,
            new_id(),
            account.sender,
            room.chat if room else account.chat,
            private=room is None,
            event=event,
            at=self.world.clock.now(),
            message=f"m-{self.number}",
            reply_to=reply_to,
        )
        async with self.world.backend.work() as work:
            await Sitting(work, TEXTS).take([inbound])

    def got(self, channel: str) -> list[Say]:
        """What the reporter was sent."""
        return [
            each
            for each in self.messengers[channel].sent
            if isinstance(each, Say) and each.chat == "chat-vera"
        ]

    def told(self) -> str:
        """The last thing that the officer was told."""
        account = self.anna.accounts[0]
        return self.messengers[account.channel].heard(account.chat)[-1]


async def _desk(world: World, channel: str) -> Desk:
    messengers = {name: Messenger(name, files=dict(CONTENT)) for name in ("telegram", "matrix")}
    return Desk(world, messengers, await world.person("anna", "coordinator", channel=channel))


async def _posted_in(world: World, room: Room, reference: str) -> None:
    async with world.backend.work() as work:
        case = await records.find(work, reference)
        standing = posted.row(
            work, room.party, chat=room.chat, message="notice", purpose="notice", case_id=case.row.id
        )
        await posted.add(work, [standing])


@pytest.mark.parametrize(("officer", "reporter"), [("telegram", "telegram"), ("matrix", "matrix")])
async def test_a_file_reaches_the_reporter_whole(world: World, officer: str, reporter: str) -> None:
    """With its words before it; the form keeps its name, a photo loses that of the officer's phone."""
    desk = await _desk(world, officer)
    await desk.opens(reporter)
    await desk.types("Заполните", files=[PAPER], answering=True)
    await desk.delivered()
    await desk.types("", files=[PHOTO], answering=True)
    await desk.delivered()
    words, paper, photo = desk.got(reporter)[-3:]
    assert "Заполните" in words.text
    assert paper.file
    assert photo.file
    assert (paper.file.content, paper.file.name, paper.file.kind) == (
        CONTENT["paper"],
        "Заявление.docx",
        "document",
    )
    assert (photo.file.content, photo.file.kind) == (CONTENT["photo"], "photo")
    assert "anna" not in photo.file.name
    assert all(each.sealed and each.private for each in (paper, photo))


async def test_a_file_goes_where_it_is_safer(world: World) -> None:
    """From an officer on Telegram to a reporter on Matrix: a weaker channel may add to a case."""
    desk = await _desk(world, "telegram")
    await desk.opens("matrix")
    await desk.types("Форма", files=[PAPER], answering=True)
    await desk.delivered()
    assert [each.file.content for each in desk.got("matrix") if each.file] == [CONTENT["paper"]]


async def test_a_file_never_goes_where_it_is_less_safe(world: World) -> None:
    """From Matrix to a reporter on Telegram: the words go, the file isn't even fetched, and that is said."""
    desk = await _desk(world, "matrix")
    await desk.opens("telegram")
    await desk.types("Форма", files=[PAPER], answering=True)
    await desk.delivered()
    assert "Форма" in desk.got("telegram")[-1].text
    assert not [each for each in desk.got("telegram") if each.file]
    assert "was not sent" in desk.told()
    async with world.backend.looking() as work:
        assert (await work.session.execute(select(FileRow.id))).first() is None


async def test_the_file_lies_sealed(world: World) -> None:
    """As reporters' files do: neither its bytes nor its name stand on the disk."""
    desk = await _desk(world, "telegram")
    await desk.opens("telegram")
    await desk.types("", files=[PAPER], answering=True)
    await desk.delivered()
    async with world.backend.looking() as work:
        (row,) = (await work.session.execute(select(FileRow))).scalars()
        case = await records.find(work, desk.reference)
        assert row.owner == case.row.id
        assert b"\xd0\x97" not in bytes(row.about)
        about = case.open("files", "about", row.id, row.about)
        assert about is not None
        assert json.loads(about)["name"] == PAPER.name
    (entry,) = [each for each in await world.history(desk.reference) if each.kind == "reply"]
    assert entry.files == (row.id,)


async def test_what_cannot_be_had_is_told_its_sender(world: World) -> None:
    """And not the reporter, to whom it means nothing."""
    desk = await _desk(world, "telegram")
    await desk.opens("telegram")
    desk.messengers["telegram"].files["paper"] = Permanent("too big")
    before = len(desk.got("telegram"))
    await desk.types("", files=[PAPER], answering=True)
    await desk.delivered()
    assert "could not be had" in desk.told()
    assert len(desk.got("telegram")) == before


async def test_what_the_messenger_refuses_is_told_its_sender(world: World) -> None:
    """A reply's author hears of a file that didn't arrive."""
    desk = await _desk(world, "telegram")
    await desk.opens("telegram")
    await desk.types("", files=[PAPER], answering=True)
    desk.messengers["telegram"].refuses["chat-vera"] = Permanent("refused")
    await desk.delivered()
    assert "reach the reporter" in desk.told()


async def test_a_file_goes_once_however_often_it_is_looked_at(world: World) -> None:
    """Fetched, offered again after a crash: decided once."""
    desk = await _desk(world, "telegram")
    await desk.opens("telegram")
    desk.messengers["telegram"].files["paper"] = Temporary("down")
    await desk.types("", files=[PAPER], answering=True)
    await desk.delivered()
    desk.messengers["telegram"].files["paper"] = CONTENT["paper"]
    for _ in range(3):
        world.clock.advance(LONGEST_PAUSE)
        await desk.delivered()
    assert len([each for each in desk.got("telegram") if each.file]) == 1


async def test_an_erased_case_sends_no_file(world: World) -> None:
    """Erased between asking and fetching: nothing leaves, and no bytes stay."""
    desk = await _desk(world, "telegram")
    await desk.opens("telegram")
    await desk.types("", files=[PAPER], answering=True)
    async with world.backend.work() as work:
        await erasure.destroy(work, await records.find(work, desk.reference), by="reporter")
    await desk.delivered()
    assert not [each for each in desk.got("telegram") if each.file]
    assert world.backend.files.ids() == set()


@pytest.mark.parametrize(("verb", "kind", "files"), [("send", "reply", 1), ("keep", "note", 0)])
async def test_in_a_room_it_is_asked_about_first(world: World, verb: str, kind: str, files: int) -> None:
    """*Send* sends it with its words, *keep* keeps both with the case; before that nothing goes."""
    desk, room = await _desk(world, "telegram"), await world.room()
    await desk.opens("telegram")
    await _posted_in(world, room, desk.reference)
    await desk.types("Форма", files=[PAPER], room=room)
    await desk.delivered()
    asked = desk.messengers["telegram"].sent[-1]
    assert isinstance(asked, Say)
    assert not [each for each in desk.got("telegram") if each.file]
    (button,) = [each for row in asked.buttons for each in row if verb in each.data]
    await desk.presses(button.data, room)
    await desk.delivered()
    assert len([each for each in desk.got("telegram") if each.file]) == files
    (entry,) = [each for each in await world.history(desk.reference) if each.kind == kind]
    assert (entry.body, len(entry.files)) == ("Форма", 1)


async def test_words_typed_about_an_erased_case_are_taken_back(world: World) -> None:
    """The officer's own message in the chat, too."""
    desk = await _desk(world, "matrix")
    await desk.opens("matrix")
    await desk.types("Он в синей куртке", answering=True)
    typed = f"m-{desk.number}"
    await desk.delivered()
    async with world.backend.work() as work:
        await erasure.destroy(work, await records.find(work, desk.reference), by="reporter")
    await desk.delivered()
    removed = [each.message for each in desk.messengers["matrix"].sent if isinstance(each, Remove)]
    assert typed in removed
