"""Trust that can be checked, and a machine that tells nothing: devices, fingerprints, what a thief finds."""

from __future__ import annotations

import pytest

from tests.matrix import Client, Room
from tests.matrix.hotline import PATIENCE, Desk, code_in, is_received

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_all_that_is_said_is_encrypted_by_a_device_to_trust(desk: Desk) -> None:
    """A client that looks closely has nothing to warn of, neither the reporter's nor the officer's."""
    reporter = await desk.reporter()
    await desk.report_by_sos(reporter)
    said = (
        *reporter.messages,
        *(each for each in desk.boris.staff.messages if each.sender == desk.bot.user_id),
    )
    assert all(each.encrypted for each in said)
    assert not [each for each in said if each.event.shield]


async def trusted(client: Client, bot: str) -> bool:
    """Whether every device of the bot's is vouched for by the bot itself."""
    devices = await client.devices(bot)
    return bool(devices) and all(each.signed for each in devices.values())


async def identified(client: Client, bot: str) -> tuple[str, set[str]]:
    """The bot's identity as a person can compare it, and its devices."""
    return await client.identity(bot) or "", set(await client.devices(bot))


async def test_the_bots_device_is_vouched_for_and_can_be_compared(desk: Desk) -> None:
    """`hotline matrix fingerprint` prints the key that a person's client shows; a restart changes nothing."""
    reporter = await desk.reporter()
    assert await trusted(reporter.client, desk.bot.user_id)
    printed = "".join("".join(await desk.hotline.run_command("matrix", "fingerprint")).split())
    identity, before = await identified(reporter.client, desk.bot.user_id)
    assert identity in printed
    await desk.hotline.restart()
    assert await identified(reporter.client, desk.bot.user_id) == (identity, before)


async def test_an_unsigned_device_of_the_staff_reads_nothing(desk: Desk) -> None:
    """The room is told, and it commands nothing; once its owner has signed it, it reads what comes then."""
    second = await desk.clients.login(desk.boris.client.account, signed=False)
    await desk.boris.staff.next_message(PATIENCE, "никто не подтвердил")
    reference = await desk.report_by_sos(await desk.reporter())
    there = second.room(desk.boris.staff.id)
    await there.says("!queue")
    await desk.boris.staff.next_message(PATIENCE, "неподтверждённого")
    await second.until(lambda: there.unreadable, PATIENCE)
    assert not [each for each in there.messages if reference in each.text]
    await desk.boris.client.signs(second.device_id)
    await desk.boris.chat.next_message(PATIENCE, "подтверждённое устройство")
    later = await desk.report_by_sos(await desk.reporter())
    await there.next_message(PATIENCE, later)


async def test_a_reporters_new_device_is_told_to_them(desk: Desk) -> None:
    """It reads what is said from then on, and the reporter knows that it does."""
    reporter = await desk.reporter()
    await desk.report_by_sos(reporter)
    second = await desk.clients.login(reporter.client.account, signed=False)
    await reporter.next_message(matching="новое устройство")
    there: Room = second.room(reporter.room.id)
    await reporter.says("!help")
    await there.next_message(PATIENCE, "/sos")


async def test_a_thief_learns_nothing_from_the_machine_without_the_key_file(desk: Desk) -> None:
    """Database, files and all that was printed: no person, room, device, key or word stands in them."""
    reporter = await desk.reporter()
    reference = await desk.report_by_sos(reporter, "Они у двери на Лесной")
    await reporter.room.sends_file(b"%PDF, a summons", "повестка.pdf", "application/pdf")
    await reporter.next_message(matching="Передали")
    await desk.boris.chat.says(f"!reply {reference} Адвокат выехал")
    await reporter.next_message(matching="Адвокат выехал")
    await desk.quiet()
    people = (reporter.client, desk.anna.client, desk.boris.client)
    devices = [each for person in people for each in (await person.devices(person.user_id)).values()]
    own = (await reporter.client.devices(desk.bot.user_id)).values()
    names = [name for person in people for name in (person.user_id, person.user_id.split(":")[0][1:])]
    names += [key for each in (*devices, *own) for key in (each.id, each.fingerprint)]
    names += [each.id for each in (reporter.room, desk.anna.chat, desk.boris.chat, desk.boris.staff)]
    names += [await reporter.client.identity(person.user_id) or "" for person in people]
    names += ["Лесной", "Адвокат", "повестка", "a summons", "Борис", "Анна", desk.bot.password]
    names += [code_in(next(each for each in reporter.messages if is_received(each)))]
    names += [each.id for each in (*reporter.messages, *desk.boris.staff.messages)]
    assert await found_by_a_thief(desk, names) == []


async def found_by_a_thief(desk: Desk, names: list[str]) -> list[str]:
    """Which of these stand readable in a file of the stopped hotline, or in what it printed."""
    await desk.hotline.stop()
    kept = [path for path in desk.hotline.folder.rglob("*") if path.is_file() and path.suffix != ".toml"]
    assert desk.hotline.database in kept
    contents = [*(path.read_bytes() for path in kept), "\n".join(desk.hotline.lines).encode()]
    await desk.hotline.start()
    readable = {name for name in names for content in contents if name.encode() in content}
    readable |= {name for name in names if any(name in path.name for path in kept)}
    return sorted(readable)
