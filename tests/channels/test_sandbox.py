"""The sandbox messenger: its channel towards the hotline, its server towards the page."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import bot.channels.sandbox as package
from backend.clock import StoppedClock
from bot.channels.base import (
    Button,
    ButtonPressed,
    Edit,
    Gone,
    Inbound,
    LocationSent,
    Menu,
    NotSaved,
    Outgoing,
    OutgoingFile,
    Permanent,
    Remove,
    Say,
    TextSent,
)
from bot.channels.sandbox import Sandbox, SandboxChannel, SandboxServer
from bot.channels.sandbox.journal import Journal

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
Message = dict[str, Any]


@dataclass
class Desk:
    """A sandbox with its channel and its page's server, and a browser's manners towards it."""

    clock: StoppedClock
    sandbox: Sandbox
    channel: SandboxChannel
    url: str
    http: aiohttp.ClientSession
    leaps: list[timedelta] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """What a browser says of where a request comes from."""
        return self.url.rstrip("/")

    async def post(self, path: str, body: object, **headers: str) -> aiohttp.ClientResponse:
        """As the page asks."""
        answer = await self.http.post(path, json=body, headers={"Origin": self.origin, **headers})
        await answer.read()
        return answer

    async def messages(self, chat: str) -> list[Message]:
        """What a page that is opened now would show."""
        async with self.http.get("/state") as answer:
            state = await answer.json()
        messages: list[Message] = state["chats"][chat]["messages"]
        return messages


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A served sandbox; moving its clock moves a clock that otherwise stands still."""
    clock = StoppedClock(NOON)
    sandbox = Sandbox(clock)
    leaps: list[timedelta] = []

    async def advance(by: timedelta) -> None:
        leaps.append(by)
        clock.advance(by)

    server = SandboxServer(sandbox, advance)
    url = await server.start(0)
    async with aiohttp.ClientSession(url) as http:
        yield Desk(clock, sandbox, SandboxChannel(sandbox, pause=0), url, http, leaps)
    await server.stop()


async def heard(channel: SandboxChannel, *, count: int, refusals: int = 0) -> list[Inbound]:
    """What the channel hands over; the first `refusals` batches can't be saved."""
    taken: list[Inbound] = []
    batches = 0
    done = asyncio.Event()

    async def on_inbound(batch: Sequence[Inbound]) -> None:
        nonlocal batches
        batches += 1
        if batches <= refusals:
            raise NotSaved
        taken.extend(batch)
        if len(taken) >= count:
            done.set()

    listening = asyncio.create_task(channel.listen(on_inbound))
    await asyncio.wait_for(done.wait(), 60)
    await asyncio.sleep(0)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return taken


@dataclass
class Stream:
    """The page's event stream, read event by event."""

    answer: aiohttp.ClientResponse

    async def next(self) -> tuple[str, Message]:
        """The next event's id and data."""
        mark = ""
        async with asyncio.timeout(60):
            while line := (await self.answer.content.readline()).decode():
                if line.startswith("id: "):
                    mark = line[4:].strip()
                if line.startswith("data: "):
                    return mark, json.loads(line[6:])
        pytest.fail("the stream ended")


def say(text: str, *, tx: str = "1", chat: str = "reporter") -> Say:
    """Something that the hotline says."""
    return Say(chat, text, tx)


async def test_what_is_said_can_be_read_edited_and_taken_back(desk: Desk) -> None:
    """A message shows with buttons, place and quotation, reads anew after an edit, goes when removed."""
    first = await desk.channel.send(say("One"))
    buttons = ((Button("Yes", "y"), Button("No", "n")),)
    second = await desk.channel.send(
        Say("reporter", "Two", "2", buttons=buttons, location=(55.5, 37.25), reply_to=first.message)
    )
    shown = (await desk.messages("reporter"))[1]
    assert (shown["text"], shown["author"], shown["reply_to"]) == ("Two", "hotline", 1)
    assert shown["buttons"] == [[{"label": "Yes", "data": "y"}, {"label": "No", "data": "n"}]]
    assert shown["location"] == [55.5, 37.25]
    assert shown["at"] == NOON.timestamp() * 1000

    assert second.message
    await desk.channel.send(Edit("reporter", second.message, "Done", "3"))
    edited = (await desk.messages("reporter"))[1]
    assert (edited["text"], edited["buttons"], edited["edited"]) == ("Done", [], True)

    await desk.channel.send(Remove("reporter", second.message, "4"))
    assert [it["text"] for it in await desk.messages("reporter")] == ["One"]


async def test_the_same_tx_is_said_once(desk: Desk) -> None:
    """What is handed over again under the same tx isn't shown again, and has the same receipt."""
    receipts = [await desk.channel.send(say("Once")) for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert len(await desk.messages("reporter")) == 1


async def test_removing_what_is_gone_is_success(desk: Desk) -> None:
    """A removal repeated, or of what never was, raises nothing."""
    for message in ("7", "not a number"):
        await desk.channel.send(Remove("reporter", message, f"remove {message}"))


async def test_refusals_are_the_four_of_the_contract(desk: Desk) -> None:
    """An unknown chat is gone; an unknown message, text or caption too long will never be taken."""
    with pytest.raises(Gone):
        await desk.channel.send(say("To nobody", chat="nobody"))
    file = OutgoingFile(b"x", "note.txt", "document")
    never: tuple[Outgoing, ...] = (
        Edit("reporter", "99", "Anything", "a"),
        say("я" * 4097, tx="b"),
        say("😀" * 2049, tx="c"),
        Say("reporter", "я" * 1025, "d", file=file),
    )
    for refused in never:
        with pytest.raises(Permanent):
            await desk.channel.send(refused)
    assert not await desk.messages("reporter")


async def test_a_menu_is_the_chats_own(desk: Desk) -> None:
    """Commands are offered in the chat they were sent to and in no other."""
    await desk.channel.send(Menu("officer", (("queue", "What waits"),), "m"))
    async with desk.http.get("/state") as answer:
        chats = (await answer.json())["chats"]
    assert chats["officer"]["commands"] == [["queue", "What waits"]]
    assert chats["room"]["commands"] == []


async def test_people_are_heard_in_order(desk: Desk) -> None:
    """Texts, presses and places come in as they were sent, with who, where and in which language."""
    receipt = await desk.channel.send(say("Choose", chat="room"))
    where = {"chat": "room", "as": "officer", "language": "en"}
    await desk.post("/say", {**where, "text": "On it", "reply_to": 1})
    await desk.post("/press", {**where, "message": 1, "data": "ack:1"})
    await desk.post("/location", {"chat": "reporter", "as": "reporter", "latitude": 55.5, "longitude": 37.5})
    text, press, place = await heard(desk.channel, count=3)
    assert (text.event, text.sender, text.chat) == (TextSent("On it"), "officer", "room")
    assert (text.private, text.language, text.reply_to, text.at) == (False, "en", receipt.message, NOON)
    assert (press.event, press.message) == (ButtonPressed("ack:1"), receipt.message)
    assert (place.event, place.private, place.language) == (LocationSent(55.5, 37.5), True, None)
    assert len({it.id for it in (text, press, place)}) == 3


async def test_what_could_not_be_saved_is_handed_over_again(desk: Desk) -> None:
    """After `NotSaved` the same batch comes again; once taken it doesn't come a second time."""
    for text in ("one", "two"):
        await desk.post("/say", {"chat": "reporter", "as": "reporter", "text": text})
    taken = await heard(desk.channel, count=2, refusals=2)
    assert [it.event for it in taken] == [TextSent("one"), TextSent("two")]
    await desk.post("/say", {"chat": "reporter", "as": "reporter", "text": "three"})
    assert [it.event for it in await heard(desk.channel, count=1)] == [TextSent("three")]


async def test_files_are_handed_over_and_fetched(desk: Desk) -> None:
    """Several files come as one message with their kinds; fetching gives back every byte."""
    content = bytes(range(256)) * 1024
    form = aiohttp.FormData({"chat": "reporter", "as": "reporter", "text": "See"}, quote_fields=False)
    form.add_field("file", content, filename="../secret/шум.ogg", content_type="audio/ogg")
    form.add_field("file", b"<svg/>", filename="plan.svg", content_type="image/svg+xml")
    async with desk.http.post("/attach", data=form, headers={"Origin": desk.origin}) as answer:
        assert answer.status == 200
    event = (await heard(desk.channel, count=1))[0].event
    assert isinstance(event, TextSent)
    assert event.body == "See"
    assert [(it.kind, it.name, it.size) for it in event.files] == [
        ("voice", "шум.ogg", len(content)),
        ("document", "plan.svg", 6),
    ]
    assert event.files[0].album == event.files[1].album is not None
    assert b"".join([piece async for piece in desk.channel.fetch(event.files[0].ref)]) == content


async def test_fetching_what_is_not_there_is_permanent(desk: Desk) -> None:
    """No such file, ever: nothing to try again."""
    with pytest.raises(Permanent):
        [piece async for piece in desk.channel.fetch("nothing")]


async def test_a_file_runs_nowhere(desk: Desk) -> None:
    """Only plain images show in the browser; anything else, whatever it calls itself, is a download."""
    page = OutgoingFile(b"<script>1</script>", "a.html", "document", "text/html")
    image = OutgoingFile(b"\x89PNG", "a.png", "photo", "image/png")
    for tx, file in (("1", page), ("2", image)):
        await desk.channel.send(Say("officer", "", tx, file=file))
    first, second = [it["files"][0]["id"] for it in await desk.messages("officer")]
    async with desk.http.get(f"/file/{first}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with desk.http.get(f"/file/{second}") as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", b"\x89PNG")


async def test_a_file_too_large_is_refused_and_kept_nowhere(desk: Desk) -> None:
    """Over 20 MB, and more than ten at once, get a reason that the page has a sentence for."""
    for sizes, reason in (([20 * 1024 * 1024 + 1], "large"), ([1] * 11, "many")):
        form = aiohttp.FormData({"chat": "reporter", "as": "reporter"})
        for size in sizes:
            form.add_field("file", io.BytesIO(b"x" * size), filename="a.bin", content_type="application/zip")
        async with desk.http.post("/attach", data=form, headers={"Origin": desk.origin}) as answer:
            assert (answer.status, await answer.json()) == (413, {"error": reason})
    assert not await desk.messages("reporter")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/say", {"chat": "reporter", "as": "reporter", "text": ""}),
        ("/say", {"chat": "reporter", "as": "reporter", "text": "x" * 4097}),
        ("/say", {"chat": "reporter", "as": "reporter", "text": "x", "extra": 1}),
        ("/press", {"chat": "reporter", "as": "reporter", "message": 1, "data": "x" * 65}),
        ("/location", {"chat": "reporter", "as": "reporter", "latitude": 91, "longitude": 0}),
        ("/clock", {"advance": 0}),
        ("/clock", {"advance": 32 * 86400}),
        ("/say", ["nothing", "like it"]),
    ],
)
async def test_bad_requests_change_nothing(desk: Desk, path: str, body: object) -> None:
    """What doesn't fit the form is refused with a reason, and leaves no trace."""
    answer = await desk.post(path, body)
    assert (answer.status, await answer.json()) == (400, {"error": "malformed"})
    assert not await desk.messages("reporter")
    assert not desk.leaps


async def test_nobody_speaks_where_they_are_not(desk: Desk) -> None:
    """The reporter can't write to the staff room, nor anybody press what isn't there."""
    stranger = await desk.post("/say", {"chat": "room", "as": "reporter", "text": "Hello"})
    nothing = await desk.post("/press", {"chat": "room", "as": "officer", "message": 5, "data": "x"})
    assert (stranger.status, nothing.status) == (404, 404)
    assert not await desk.messages("room")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[broken"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Content-Type": "text/plain"},
    ],
)
async def test_other_pages_can_do_nothing(desk: Desk, headers: dict[str, str]) -> None:
    """Another host's name, another page's origin, a form's content type: refused before anything is read."""
    body = b'{"chat": "reporter", "as": "reporter", "text": "Hello"}'
    usual = {"Origin": desk.origin, "Content-Type": "application/json"}
    async with desk.http.post("/say", data=body, headers={**usual, **headers}) as answer:
        assert answer.status in {400, 403}
    assert not await desk.messages("reporter")


async def test_other_hosts_can_read_nothing(desk: Desk) -> None:
    """A rebound DNS name gets neither the state nor the page, though the address is right."""
    for path in ("/", "/state", "/events"):
        async with desk.http.get(path, headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403


async def test_every_answer_is_under_the_policy(desk: Desk) -> None:
    """Nothing inline, nothing from elsewhere, in no frame: on the page, on data and on refusals."""
    for path in ("/", "/page.js", "/state", "/file/none", "/nowhere"):
        async with desk.http.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_the_page_stays_small() -> None:
    """All that a browser loads is under 60 KB, before any compression."""
    page = Path(package.__file__).parent / "page"
    assert sum(part.stat().st_size for part in page.iterdir()) < 60_000


async def test_a_page_that_comes_back_misses_nothing(desk: Desk) -> None:
    """After a cut, the stream goes on from the last event that the page had."""
    async with desk.http.get("/events") as answer:
        stream = Stream(answer)
        await desk.channel.send(say("One", tx="1"))
        mark, event = await stream.next()
        assert event["message"]["text"] == "One"
    await desk.channel.send(say("Two", tx="2"))
    await desk.channel.send(Remove("reporter", "1", "3"))
    async with desk.http.get("/events", headers={"Last-Event-ID": mark}) as answer:
        stream = Stream(answer)
        assert (await stream.next())[1]["message"]["text"] == "Two"
        assert (await stream.next())[1] == {"type": "removed", "chat": "reporter", "message": 1}


@pytest.mark.parametrize("mark", ["another.1", "nonsense", "{life}.99", "{life}.-1", "{life}.²"])
async def test_a_page_from_another_life_starts_anew(desk: Desk, mark: str) -> None:
    """A mark that this demo never gave, or from before its restart, is answered with a reset."""
    asked = {"Last-Event-ID": mark.format(life=desk.sandbox.journal.life)}
    async with desk.http.get("/events", headers=asked) as answer:
        assert (await Stream(answer).next())[1] == {"type": "reset"}


def test_who_was_away_too_long_starts_anew() -> None:
    """Once entries are dropped, whoever would miss one is told to read everything again."""
    journal = Journal(kept=2)
    marks = [journal.mark]
    for number in range(4):
        journal.add({"type": "message", "number": number})
        marks.append(journal.mark)
    assert [it.event["type"] for it in journal.since(marks[1])] == ["reset"]
    assert [it.event["number"] for it in journal.since(marks[2])] == [2, 3]
    assert journal.since(marks[4]) == ()


async def test_the_clock_moves_and_pages_hear_of_it_first(desk: Desk) -> None:
    """The leap is announced before what it sets off, and the time it led to afterwards."""
    async with desk.http.get("/events") as answer:
        stream = Stream(answer)
        await desk.post("/clock", {"advance": 300})
        later = (NOON + timedelta(minutes=5)).timestamp() * 1000
        assert (await stream.next())[1] == {"type": "clock", "now": later, "leap": 300}
        assert (await stream.next())[1] == {"type": "clock", "now": later, "leap": 0}
    assert desk.leaps == [timedelta(minutes=5)]
