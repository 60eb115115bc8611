"""The demo's page in a real browser: over a small stand-in for the hotline, and once over all of it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from backend.clock import StoppedClock
from bot.channels.base import Button, ButtonPressed, Edit, Inbound, Menu, Say, TextSent
from bot.channels.sandbox import Sandbox, SandboxChannel, SandboxServer
from setup import chromium

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all of it

DESK = (1440, 900)
PHONE = (360, 740)
NOTICE = "K7F-3QX · URGENT · waiting {} min"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f000301010042d7b1880000000049454e44ae426082"
)
UNNAMED = """() => [...document.querySelectorAll("button, a, input, textarea, [role=tab], [role=log], img")]
    .filter((it) => it.checkVisibility())
    .filter((it) => !(it.getAttribute("aria-label") || it.innerText?.trim() || it.hasAttribute("alt")))
    .map((it) => it.outerHTML)"""
FINGER = 44
"""Pixels that a finger needs, both ways. Small buttons have an unseen rim; commands stand within text."""
TOO_SMALL = """(finger) => [...document.querySelectorAll("button:not(.small, .command), textarea")]
    .filter((it) => it.checkVisibility())
    .map((it) => [it.className, it.getBoundingClientRect()])
    .filter(([, box]) => box.width < finger || box.height < finger)
    .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class StandIn:
    """Answers /start with two buttons, tells the room what is pressed, reminds when the clock moves."""

    def __init__(self, channel: SandboxChannel, clock: StoppedClock) -> None:
        self._channel = channel
        self._clock = clock
        self._said = 0
        self.heard: list[Inbound] = []

    async def on_inbound(self, batch: Sequence[Inbound]) -> None:
        """Take everything, answer some."""
        for inbound in batch:
            self.heard.append(inbound)
            match inbound.event:
                case TextSent("/start"):
                    buttons = ((Button("Report", "report"), Button("✓ Ticked", "tick")),)
                    await self._channel.send(Say(inbound.chat, "Are you safe?", self._tx(), buttons=buttons))
                case ButtonPressed("report"):
                    edit = Edit(inbound.chat, inbound.message or "", "Noted: /mycase", self._tx())
                    await self._channel.send(edit)
                    await self.notify(0)

    async def notify(self, minutes: int) -> None:
        """A notice to the staff room."""
        buttons = ((Button("Acknowledge", "ack"),),)
        text = f"{NOTICE.format(minutes)}\nA new report."
        await self._channel.send(Say("room", text, self._tx(), buttons=buttons))

    async def advance(self, by: timedelta) -> None:
        """Time passes, and somebody is reminded."""
        self._clock.advance(by)
        await self.notify(int(by.total_seconds() // 60))

    def _tx(self) -> str:
        self._said += 1
        return str(self._said)


@dataclass
class Demo:
    """A served page, and what a browser complained of or asked for while showing it."""

    channel: SandboxChannel
    hotline: StandIn
    url: str
    browser: Browser
    complaints: list[str]
    requests: list[str]

    @asynccontextmanager
    async def page(
        self, size: tuple[int, int] = DESK, *, locale: str = "en", query: str = "", touch: bool = False
    ) -> AsyncIterator[Page]:
        """The page, loaded, in a browser of its own."""
        width, height = size
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            reduced_motion="reduce",
            has_touch=touch,
        )
        page = await context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        await page.goto(self.url + query)
        await expect(page.locator("body.ready")).to_be_attached()
        yield page
        await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """A Chromium without a window that asks nothing of the network by itself."""
    quiet = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium_path, args=[*chromium.arguments(), *quiet]
        )
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def demo(browser: Browser) -> AsyncIterator[Demo]:
    """The page over the stand-in; afterwards nothing may have been complained of or fetched elsewhere."""
    clock = StoppedClock(datetime(2026, 3, 4, 12, tzinfo=UTC))
    sandbox = Sandbox(clock)
    channel = SandboxChannel(sandbox)
    hotline = StandIn(channel, clock)
    server = SandboxServer(sandbox, hotline.advance)
    url = await server.start(0)
    listening = asyncio.create_task(channel.listen(hotline.on_inbound))
    shown = Demo(channel, hotline, url, browser, [], [])
    yield shown
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await server.stop()
    assert shown.complaints == []
    assert [it for it in shown.requests if not it.startswith((url, "blob:"))] == []


async def test_a_visitor_begins_and_the_staff_see_it(demo: Demo) -> None:
    """One button begins; pressing a choice edits the message and brings a notice to the staff room."""
    async with demo.page() as page:
        defender, officer = page.locator(".phone.reporter"), page.locator(".phone.officer")
        await expect(defender).to_contain_text("You are the defender")
        await defender.get_by_role("button", name="Start", exact=True).click()
        await expect(defender.locator(".own .text")).to_have_text("/start")
        await expect(defender.locator(".key.ticked")).to_have_text("✓ Ticked")
        await defender.get_by_role("button", name="Report", exact=True).click()
        await expect(defender.locator(".hotline .text")).to_have_text("Noted: /mycase")
        await expect(defender.locator(".hotline .key")).to_have_count(0)
        notice = officer.locator(".hotline")
        await expect(notice.locator("code")).to_have_text("K7F-3QX")
        await expect(notice.locator(".severity.urgent")).to_have_text("URGENT")
        await expect(notice.locator(".severity svg")).to_be_visible()
        await notice.get_by_role("button", name="Acknowledge").click()
        await expect(notice.locator(".busy")).to_have_count(0)
    press = demo.hotline.heard[-1]
    assert (press.event, press.sender, press.chat) == (ButtonPressed("ack"), "officer", "room")
    assert {it.language for it in demo.hotline.heard} == {"en"}


async def test_what_is_written_is_sent_as_a_reply(demo: Demo) -> None:
    """Enter sends, Shift+Enter breaks the line, a reply quotes its message, markup stays text."""
    await demo.hotline.notify(0)
    async with demo.page() as page:
        officer = page.locator(".phone.officer .chat:visible")
        await officer.get_by_role("button", name="Reply to this message").click()
        await expect(officer.locator(".quoting")).to_contain_text("K7F-3QX")
        await page.keyboard.type("<b>Mine</b>")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("now")
        await page.keyboard.press("Enter")
        await expect(officer.locator(".own .text")).to_have_text("<b>Mine</b>\nnow")
        await expect(officer.locator(".own .quoted")).to_contain_text("URGENT")
        await expect(officer.get_by_role("textbox")).to_have_value("")
    heard = demo.hotline.heard[-1]
    assert (heard.event, heard.reply_to) == (TextSent("<b>Mine</b>\nnow"), "1")


async def test_files_are_attached_and_shown(demo: Demo, tmp_path: Path) -> None:
    """Several files go with one caption; a picture is shown, another file is a download by its name."""
    (tmp_path / "door.png").write_bytes(PIXEL)
    (tmp_path / "протокол.pdf").write_bytes(b"%PDF")
    async with demo.page() as page:
        await demo.channel.send(Say("reporter", "Anything to show?", "ask"))
        defender = page.locator(".phone.reporter")
        await defender.get_by_role("button", name="Attach").click()
        async with page.expect_file_chooser() as choosing:
            await defender.get_by_role("button", name="Photo or file").click()
        await (await choosing.value).set_files([tmp_path / "door.png", tmp_path / "протокол.pdf"])
        await expect(defender.locator(".pending .file")).to_have_count(2)
        await defender.get_by_role("textbox").fill("All of it")
        await defender.get_by_role("button", name="Send").click()
        picture = defender.get_by_role("img", name="door.png")
        await expect(picture).to_be_visible()
        assert await picture.evaluate("it => it.naturalWidth") == 1
        await expect(defender.locator("a[download]")).to_contain_text("протокол.pdf")
    event = demo.hotline.heard[-1].event
    assert isinstance(event, TextSent)
    assert (event.body, [it.kind for it in event.files]) == ("All of it", ["photo", "document"])


async def test_what_the_clock_sets_off_is_seen_arriving(demo: Demo) -> None:
    """A button moves the time on the bar, and what fires is marked as it arrives."""
    await demo.hotline.notify(0)
    async with demo.page() as page:
        await expect(page.locator("#time")).to_have_text("Wed 4 Mar15:00")
        await page.get_by_role("button", name=re.compile(r"\+30 min")).click()
        await expect(page.locator("#time")).to_have_text("Wed 4 Mar15:30")
        officer = page.locator(".phone.officer")
        await expect(officer.locator(".message.fired")).to_contain_text("waiting 30 min")
        await expect(officer.locator(".break").last).to_have_text("30 min later")


async def test_unread_messages_are_counted_until_seen(demo: Demo) -> None:
    """A chat that isn't shown counts what it gets on its tab, and stops once opened, also after a reload."""
    async with demo.page() as page:
        coordinator = page.locator(".phone.coordinator")
        room = coordinator.get_by_role("tab", name="Staff room")
        await demo.hotline.notify(0)
        await expect(room).to_have_accessible_name("Staff room 1 unread")
        await room.click()
        await expect(room).to_have_accessible_name("Staff room")
        await expect(coordinator.locator(".message:visible")).to_have_count(1)
        await page.reload()
        await expect(room).to_have_attribute("aria-selected", "true")
        await expect(room).to_have_accessible_name("Staff room")
        await expect(coordinator.locator(".message:visible")).to_have_count(1)


async def test_several_pages_show_the_same(demo: Demo) -> None:
    """What is done in one browser is seen in another, and removed there as well."""
    async with demo.page() as one, demo.page(locale="ru") as other:
        await one.get_by_role("button", name="Start", exact=True).click()
        await expect(other.locator(".phone.reporter .own .text")).to_have_text("/start")
        await expect(other.locator(".phone.reporter .who")).to_contain_text("Вы правозащитник")


async def test_one_phone_at_a_time_on_a_phone(demo: Demo) -> None:
    """At 360 pixels three tabs, one phone, nothing wider than the screen; arrows move between the tabs."""
    await demo.hotline.notify(0)
    for locale, names in (("en", "Defender"), ("ru", "Защитник")):
        async with demo.page(PHONE, locale=locale) as page:
            await expect(page.locator(".phone:visible")).to_have_count(1)
            await page.get_by_role("tab", name=names).focus()
            await page.keyboard.press("ArrowRight")
            await expect(page.locator(".phone.officer")).to_be_visible()
            await expect(page.locator(".phone.officer .severity")).to_be_visible()
            await expect(page.locator(".phone:visible")).to_have_count(1)
            assert await page.evaluate(TOO_WIDE) == 0
            for control in await page.locator(".bar button, .people [role=tab]").all():
                box = await control.bounding_box()
                assert box
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= PHONE[0]


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_every_control_has_a_name(demo: Demo, size: tuple[int, int]) -> None:
    """Whatever can be pressed, typed into or read aloud says what it is."""
    await demo.channel.send(Say("reporter", "Hello", "1", buttons=((Button("Yes", "y"),),)))
    async with demo.page(size) as page:
        assert await page.evaluate(UNNAMED) == []
        assert await page.evaluate("document.documentElement.lang") == "en"


async def test_fingers_find_what_they_press(demo: Demo) -> None:
    """On a touch screen nothing that stands by itself is smaller than a finger."""
    await demo.channel.send(Say("reporter", "Hello", "1", buttons=((Button("Yes", "y"),),)))
    async with demo.page(PHONE, touch=True) as page:
        await expect(page.locator(".phone.reporter .key")).to_be_visible()
        assert await page.evaluate(TOO_SMALL, FINGER) == []


async def test_everything_is_reached_by_keyboard(demo: Demo) -> None:
    """Tab alone leads to a key under a message; pressing it keeps the focus in the chat."""
    await demo.channel.send(Say("reporter", "Safe?", "ask", buttons=((Button("Report", "report"),),)))
    async with demo.page() as page:
        focused = "() => document.activeElement.className"
        for _ in range(12):
            await page.keyboard.press("Tab")
            if "key" in str(await page.evaluate(focused)).split():
                break
        await page.keyboard.press("Enter")
        await expect(page.locator(".phone.reporter .key")).to_have_count(0)
        assert await page.evaluate(focused) == "log"


async def test_the_language_is_chosen_and_remembered(demo: Demo) -> None:
    """By the browser at first, by `?lang=`, by the button; the button's choice survives a reload."""
    async with demo.page(locale="ru-RU") as page:
        await expect(page.locator("h1")).to_have_text("Центр быстрого реагирования")
        await page.get_by_role("button", name="English").click()
        await page.reload()
        await expect(page.locator("h1")).to_have_text("Rapid Reaction Centre")
        assert await page.evaluate("document.documentElement.lang") == "en"
    async with demo.page(query="?lang=ru") as page:
        await expect(page.get_by_role("button", name="Начать", exact=True)).to_be_visible()


async def test_the_chosen_language_looks_the_same_under_the_pointer(demo: Demo) -> None:
    """Right after it was pressed, with the pointer still there, it can be read."""
    colours = "(it) => [getComputedStyle(it).color, getComputedStyle(it).backgroundColor]"
    async with demo.page() as page:
        english = page.get_by_role("button", name="English")
        apart = await english.evaluate(colours)
        await english.hover()
        assert await english.evaluate(colours) == apart


async def test_commands_are_offered_and_completed(demo: Demo) -> None:
    """A chat's menu opens by its button; a command in a message is taken over into the line."""
    await demo.channel.send(Menu("reporter", (("report", "Report a threat"), ("sos", "Help now")), "m"))
    await demo.channel.send(Say("reporter", "Come back by /receipt any time", "1"))
    async with demo.page() as page:
        defender = page.locator(".phone.reporter")
        await defender.get_by_role("button", name="/receipt").click()
        await expect(defender.get_by_role("textbox")).to_have_value("/receipt")
        await defender.get_by_role("button", name="All commands").click()
        await defender.get_by_role("button", name="/sos Help now").click()
        await expect(defender.locator(".own .text")).to_have_text("/sos")


async def test_a_refusal_is_a_sentence_and_loses_nothing(demo: Demo, tmp_path: Path) -> None:
    """A file too large is said to be so, in words, and what was typed with it stays in the line."""
    await demo.channel.send(Say("reporter", "Anything to show?", "ask"))
    with (tmp_path / "film.mp4").open("wb") as film:
        film.truncate(20 * 1024 * 1024 + 1)
    async with demo.page() as page:
        defender = page.locator(".phone.reporter")
        await defender.locator("input[type=file]").set_input_files(tmp_path / "film.mp4")
        await defender.get_by_role("textbox").fill("The film")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("larger than 20 MB")
        await expect(defender.get_by_role("textbox")).to_have_value("The film")
        await expect(defender.locator(".pending .file")).to_have_count(1)
    # Chromium itself notes every refused request in the console.
    demo.complaints[:] = [it for it in demo.complaints if "413" not in it]


@pytest_asyncio.fixture(loop_scope="module")
async def running(browser: Browser) -> AsyncIterator[Page]:
    """The page of the real `hotline demo`, in English, from its own process."""
    command = (sys.executable, "-m", "bot", "demo", "--port", "0", "--no-browser")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    async with asyncio.timeout(30):
        while not (line := (await process.stdout.readline()).decode()).startswith("ready "):
            assert line, "the demo ended before it was ready"
    context = await browser.new_context(viewport={"width": DESK[0], "height": DESK[1]}, locale="en")
    page = await context.new_page()
    await page.goto(line.removeprefix("ready ").strip())
    yield page
    await context.close()
    process.terminate()
    async with asyncio.timeout(15):
        assert await process.wait() == 0


async def write(phone: Locator, text: str) -> None:
    """Type into the chat that the phone shows, and send."""
    line = phone.get_by_role("textbox")
    await line.fill(text)
    await line.press("Enter")


async def test_the_whole_hotline_on_one_page(running: Page) -> None:
    """SOS, a reminder by the clock, acknowledgement, an answer to the defender, the overview."""
    defender, officer, coordinator = (
        running.locator(f".phone.{role}") for role in ("reporter", "officer", "coordinator")
    )
    await defender.get_by_role("button", name="Start", exact=True).click()
    await defender.get_by_role("button", name="SOS").first.click()
    await expect(defender.locator(".hotline")).to_have_count(2)
    await write(defender, "They are at the door")
    room = officer.locator(".chat:visible .hotline")
    reference = await room.locator(".headline code").first.inner_text()
    await expect(room.first.locator(".severity.urgent")).to_be_visible()
    await expect(defender.locator("code").filter(has_text=reference)).to_be_visible()

    await running.get_by_role("button", name=re.compile(r"\+5 min")).click()
    await expect(officer.locator(".chat:visible .fired")).to_contain_text(reference)

    told = defender.locator(".hotline").filter(has_text=reference)
    before = await told.count()
    await room.last.locator(".key").first.click()
    await expect(told).to_have_count(before + 1)

    await officer.locator("#tab-officer-officer").click()
    await write(officer.locator(".chat:visible"), f"/reply {reference} Stay inside")
    await expect(defender.locator(".hotline").last).to_contain_text("Stay inside")

    await write(coordinator.locator(".chat:visible"), "/status")
    await expect(coordinator.locator(".chat:visible .hotline").last).to_contain_text(
        re.compile("Open 1|Открыто 1")
    )
