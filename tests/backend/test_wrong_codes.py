"""Wrong codes slow down by address; nobody else is kept out, and coordinators hear of it without a name."""

from __future__ import annotations

import asyncio
import inspect
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from backend.cases import reporting
from backend.people import staff, wrong_codes
from backend.people.model import WrongCodesRow
from bot.channels.base import Inbound, TextSent
from bot.inbound import Reception
from bot.outbound import Outbound
from tests.backend.messenger import all_sent, delivering
from tests.backend.several import Nodes
from tests.backend.vanishing import Removing
from tests.backend.world import HIGH, TEXTS, World

WRONG = "AAAA-BBBB-CCCC-DDDD"
TOO_SOON = "Too many wrong codes"
COMMANDS = ("/receipt", "/mycase", "/join")


class Door:
    """People who come with codes, on one messenger."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.messenger = Removing()
        self.number = 0

    def inbound(self, who: str, words: str) -> Inbound:
        """Something typed in private."""
        self.number += 1
        return Inbound(
            "telegram", f"{who}{self.number}", who, f"chat-{who}", private=True, event=TextSent(words),
            at=self.world.clock.now(), message=f"m{self.number}", language="en",
        )  # fmt: skip

    async def take(self, *batch: Inbound) -> None:
        """It comes in."""
        backend = self.world.backend
        await Reception(backend, TEXTS, Outbound(backend, {"telegram": self.messenger}, TEXTS)).receive(batch)

    async def types(self, who: str, words: str) -> str:
        """What is said to it."""
        await self.take(self.inbound(who, words))
        async with delivering(self.world, self.messenger) as outbound:
            await all_sent(outbound)
        return self.messenger.heard(f"chat-{who}")[-1]


@pytest.mark.parametrize("command", [*COMMANDS, "/delete"])
async def test_six_wrong_ones_cost_a_pause(world: World, command: str) -> None:
    """After five wrong codes the sixth costs half a minute, by whatever command; then one may try again."""
    door = Door(world)
    await door.types("mallory", "/report")
    for _ in range(6):
        await door.take(door.inbound("mallory", f"{command} {WRONG}"), door.inbound("mallory", "yes"))
    assert (await door.types("mallory", f"/receipt {WRONG}")).startswith(TOO_SOON)
    assert "in 1 minute;" in await door.types("mallory", f"/join {WRONG}")
    world.clock.advance(timedelta(seconds=30))
    assert not (await door.types("mallory", f"/receipt {WRONG}")).startswith(TOO_SOON)
    world.clock.advance(timedelta(seconds=59))
    assert (await door.types("mallory", f"/mycase {WRONG}")).startswith(TOO_SOON)
    world.clock.advance(timedelta(seconds=1))
    assert not (await door.types("mallory", f"/mycase {WRONG}")).startswith(TOO_SOON)


async def test_while_it_lasts_not_even_a_right_one_is_looked_at(world: World) -> None:
    """A pause during which right codes worked would tell which ones are right; after it they work."""
    door, opened = Door(world), await world.opened(HIGH)
    receipt = opened.receipt
    for _ in range(6):
        await door.types("mallory", f"/receipt {WRONG}")
    assert (await door.types("mallory", f"/receipt {receipt}")).startswith(TOO_SOON)
    assert not (await door.types("mallory", f"/delete {receipt}")).startswith(TOO_SOON)
    assert (await door.types("mallory", "yes")).startswith(TOO_SOON)
    assert (await world.find(opened.case.reference)).reference == opened.case.reference
    world.clock.advance(timedelta(seconds=31))
    assert "The code fits" in await door.types("mallory", f"/receipt {receipt}")


async def test_a_flood_locks_nobody_out(world: World) -> None:
    """While wrong codes come in from many addresses, a right one works at once, and so does joining."""
    door, receipt = Door(world), (await world.opened(HIGH)).receipt
    await world.person("anna", "coordinator")
    async with world.backend.work() as work:
        code = await staff.invite(work, "officer", "Vera")
    for flooder in range(20):
        await door.take(*(door.inbound(f"m{flooder}", f"/receipt {WRONG}") for _ in range(7)))
    assert "The code fits" in await door.types("defender", f"/receipt {receipt}")
    await door.types("vera", f"/join {code}")
    async with world.backend.looking() as work:
        assert (await staff.named(work, "Vera")).name == "Vera"
    assert not (await door.types("tired", f"/receipt {WRONG}")).startswith(TOO_SOON)
    assert (await door.types("tired", f"/receipt {receipt}")).startswith(TOO_SOON)
    world.clock.advance(timedelta(seconds=31))
    assert "The code fits" in await door.types("tired", f"/receipt {receipt}")


async def test_coordinators_are_told_once_an_hour(world: World) -> None:
    """They read how many and from how many accounts, once an hour at most, and nothing of whose."""
    door = Door(world)
    await world.person("anna", "coordinator")
    await world.person("boris")
    for _ in range(3):
        await door.take(
            *(door.inbound(f"mallory{n}", f"/receipt {WRONG}") for n in range(3) for _ in range(8))
        )
    async with delivering(world, door.messenger) as outbound:
        await all_sent(outbound)
    (told,) = door.messenger.heard("chat-anna")
    assert told.startswith("Wrong codes within an hour: 6, from 1 account.")
    assert "mallory" not in told
    assert door.messenger.heard("chat-boris") == []
    world.clock.advance(timedelta(minutes=59))
    await door.types("mallory0", f"/receipt {WRONG}")
    assert len(door.messenger.heard("chat-anna")) == 1
    world.clock.advance(timedelta(minutes=2))
    await door.types("mallory0", f"/receipt {WRONG}")
    assert len(door.messenger.heard("chat-anna")) == 2


async def test_slips_are_nobodys_business(world: World) -> None:
    """Five wrong codes of a tired person are told to nobody, and are forgotten in a day."""
    door = Door(world)
    await world.person("anna", "coordinator")
    for _ in range(5):
        await door.types("tired", f"/receipt {WRONG}")
    assert door.messenger.heard("chat-anna") == []
    world.clock.advance(timedelta(hours=24))
    async with world.backend.work() as work:
        await wrong_codes.forget_old(work)
    async with world.backend.looking() as work:
        count = select(func.count()).select_from(WrongCodesRow)
        assert (await work.session.execute(count)).scalar_one() == 0


async def test_a_clock_that_ran_ahead_keeps_nobody_out(world: World) -> None:
    """Pauses that were decided by a clock far ahead last no longer than the longest pause."""
    door = Door(world)
    world.clock.advance(timedelta(days=300))
    for _ in range(7):
        await door.types("mallory", f"/receipt {WRONG}")
    world.clock.advance(timedelta(days=-300))
    async with world.backend.looking() as work:
        wait = await wrong_codes.paused(work, "telegram", "mallory")
    assert wait is None or wait <= timedelta(hours=1)


async def test_two_nodes_count_together(two: Nodes) -> None:
    """Wrong codes taken by different nodes are counted once each, and paused as if there were one node."""

    async def wrong(number: int) -> None:
        backend = (two.world.backend, two.other)[number % 2]
        async with backend.work() as work:
            await wrong_codes.note(work, "telegram", "mallory")

    await asyncio.gather(*(wrong(number) for number in range(8)))
    async with two.other.looking() as work:
        assert await wrong_codes.paused(work, "telegram", "mallory") == timedelta(minutes=2)
        counts = (await work.session.execute(select(WrongCodesRow.count))).scalars()
        assert list(counts) == [8, 8]


async def test_no_code_reaches_a_comparison(world: World) -> None:
    """What the database is asked with is a keyed hash: neither the code nor a part of it, right or wrong."""
    receipt = (await world.opened(HIGH)).receipt
    asked: list[object] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.extend((statement, parameters))

    engine = world.backend.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    async with world.backend.work() as work:
        assert await reporting.case_of_receipt(work, receipt.lower()) is not None
        assert await reporting.case_of_receipt(work, WRONG) is None
        assert not await staff.is_invitation(work, WRONG)
    event.remove(engine, "before_cursor_execute", note)
    said = repr(asked).upper()
    assert len(asked) > 6
    for code in (receipt, WRONG):
        assert not any(part in said for part in code.split("-"))


def test_hashes_are_compared_in_constant_time() -> None:
    """Where Python compares, it does so in constant time, and it compares hashes, never codes."""
    for lookup in (reporting.case_of_receipt, staff.is_invitation):
        source = inspect.getsource(lookup)
        assert "hmac.compare_digest(" in source
        assert "code ==" not in source.replace("ReceiptRow.code ==", "").replace("InvitationRow.code ==", "")
