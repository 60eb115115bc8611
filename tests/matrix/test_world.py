"""The Matrix world that other tests stand on: real encryption between real clients, on a server that dies."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest

from setup import node
from tests.matrix import Client, Clients, Refused, Room, Synapse

ORPHANS = """
import asyncio, os, sys
from tests.matrix import Clients, synapse

async def main(server):
    async with Clients(server) as clients:
        await clients.person("anna")
        print(server.pid, clients.driver.pid, flush=True)
        await asyncio.sleep(600)

with synapse.running() as server:
    asyncio.run(main(server))
"""


async def meeting(host: Client, guest: Client) -> tuple[Room, Room]:
    """Put both into one encrypted room, which each of them sees in their own way."""
    room = await host.opens(invite=[guest.user_id])
    return room, await guest.joins((await guest.invited()).id)


async def raw_types(room: Room) -> set[object]:
    """What kinds of events the server has of a room."""
    answer = await room.client.request("GET", f"/rooms/{room.id}/messages", query={"dir": "b", "limit": 100})
    events = answer["chunk"]
    assert isinstance(events, list)
    return {event["type"] for event in events}


async def test_texts_go_both_ways_and_the_server_reads_none(clients: Clients) -> None:
    """Two people read each other; what the server keeps is ciphertext."""
    anna, boris = await clients.person("anna"), await clients.person("boris")
    there, here = await meeting(anna, boris)
    await there.says("Они у двери")
    heard = await here.next_message()
    await here.says("Едем", reply_to=heard)
    answer = await there.next_message()
    assert (heard.text, heard.sender, heard.encrypted) == ("Они у двери", anna.user_id, True)
    assert (answer.text, answer.replies_to) == ("Едем", heard.id)
    kinds = await raw_types(there)
    assert "m.room.encrypted" in kinds
    assert "m.room.message" not in kinds
    assert anna.broken == boris.broken == []


async def test_files_go_both_ways_and_the_server_reads_none(clients: Clients, synapse: Synapse) -> None:
    """A picture and a paper arrive as they were; no file of the server's holds their bytes."""
    anna, boris = await clients.person("anna"), await clients.person("boris")
    there, here = await meeting(anna, boris)
    paper, picture = b"%PDF a summons" * 5000, b"\xff\xd8\xff a photo" * 3000
    await there.sends_file(paper, "summons.pdf", caption="Повестка")
    await here.sends_file(picture, "photo.jpg", "image/jpeg")
    summons, photo = await here.next_message(), await there.next_message()
    assert (summons.text, await here.file(summons)) == ("Повестка", paper)
    assert (photo.event.content["msgtype"], await there.file(photo)) == ("m.image", picture)
    kept = [path for path in synapse.home.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"a summons" in path.read_bytes()]


async def test_what_happens_to_a_message_is_seen_by_the_others(clients: Clients) -> None:
    """Edits, threads, reactions and redactions arrive as such."""
    anna, boris = await clients.person("anna"), await clients.person("boris")
    there, here = await meeting(anna, boris)
    said = await there.says("первое")
    message = await here.next_message()
    await there.edits(said, "второе")
    await boris.until(lambda: message.text == "второе")
    await here.says("в ветке", thread=message)
    await here.reacts(message)
    answer = await there.next_message()
    await anna.until(lambda: there.reactions_to(said) == [(boris.user_id, "✅")])
    await there.redacts(said)
    await boris.until(lambda: message.redacted)
    assert message.edits == ["первое"]
    assert answer.thread == said


async def test_a_killed_server_comes_back_with_everything(clients: Clients, synapse: Synapse) -> None:
    """What was said before a SIGKILL is kept, what is said after it arrives, in the same sessions."""
    anna, boris = await clients.person("anna"), await clients.person("boris")
    there, here = await meeting(anna, boris)
    await there.says("до")
    await here.next_message(matching="до")
    await synapse.restart()
    await asyncio.gather(anna.wakes(), boris.wakes())
    await there.says("после")
    await here.says("тоже")
    assert (await here.next_message(30)).text == "после"
    assert (await there.next_message(30)).text == "тоже"
    assert here.unreadable == there.unreadable == []


async def test_a_strict_client_and_an_unsigned_device_do_not_hear_each_other(clients: Clients) -> None:
    """As Element has it since 2026: no word to or from a device that its owner doesn't vouch for."""
    careless, strict = await clients.person("anna", signed=False), await clients.person("boris", strict=True)
    there, here = await meeting(strict, careless)
    await here.says("без подписи")
    await there.says("никому")
    await strict.until(lambda: there.unreadable)
    await careless.until(lambda: here.unreadable)
    assert there.messages == here.messages == []
    assert not (await strict.devices(careless.user_id))[careless.device_id].signed
    await careless.identifies()
    assert (await strict.devices(careless.user_id))[careless.device_id].signed
    await there.says("теперь слышно")
    await here.next_message(matching="теперь слышно")
    await here.says("с подписью")
    await there.next_message(matching="с подписью")


async def test_a_person_vouches_for_a_second_device(clients: Clients) -> None:
    """Others see a new device as unsigned, with a warning at its words, until the first one signs it."""
    anna, boris = await clients.person("anna"), await clients.person("boris")
    second = await clients.login(anna.account, signed=False)
    there, here = await meeting(boris, second)
    await here.says("с другого")
    assert (await there.next_message()).event.shield == "UNSIGNED_DEVICE"
    assert not (await boris.devices(anna.user_id))[second.device_id].signed
    await anna.signs(second.device_id)
    seen = await boris.devices(anna.user_id)
    assert {device.signed for device in seen.values()} == {True}
    assert set(seen) == {anna.device_id, second.device_id}
    assert await boris.identity(anna.user_id) == await anna.identity(anna.user_id)


async def test_rooms_can_be_governed(clients: Clients) -> None:
    """Kicking, inviting again, banning, power levels and an upgrade do what the server says they do."""
    anna, boris = await clients.person("anna"), await clients.person("boris")
    there, here = await meeting(anna, boris)
    await there.kicks(boris.user_id)
    await boris.until(lambda: here.membership == "leave")
    await there.invites(boris.user_id)
    await boris.joins(here.id)
    with pytest.raises(Refused) as refusal:
        await here.sets_state("m.room.topic", {"topic": "nothing"})
    assert refusal.value.code == "M_FORBIDDEN"
    replacement = await there.upgrades()
    assert (await here.state("m.room.tombstone"))["replacement_room"] == replacement
    await there.bans(boris.user_id)
    await boris.until(lambda: here.membership == "ban")
    assert await there.members() == {anna.user_id: "join", boris.user_id: "ban"}


async def test_words_in_the_clear_are_told_from_encrypted_ones(clients: Clients) -> None:
    """A room without encryption, and a forger in one with it, show as what they are."""
    anna, boris = await clients.person("anna"), await clients.person("boris")
    open_room = await anna.opens(invite=[boris.user_id], encrypted=False)
    heard = await boris.joins(open_room.id)
    await open_room.says("всем видно")
    assert not (await heard.next_message()).encrypted
    there, here = await meeting(anna, boris)
    await there.sends_plain({"msgtype": "m.text", "body": "подделка"})
    assert not (await here.next_message(matching="подделка")).encrypted


async def test_accounts_are_nobody_elses(clients: Clients, synapse: Synapse) -> None:
    """A name is given once, and a wrong password opens nothing."""
    account = await synapse.register("the-only-one", "right")
    with pytest.raises(urllib.error.HTTPError) as taken:
        await synapse.register("the-only-one", "other")
    taken.value.close()
    wrong = type(account)(account.user_id, "wrong")
    with pytest.raises(Refused) as refusal:
        await clients.login(wrong)
    assert refusal.value.code == "M_FORBIDDEN"


async def test_nothing_is_left_behind_by_killed_tests() -> None:
    """Server and clients end with the test process, even when that is killed."""
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ORPHANS),
        cwd=root,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        pids = [int(word) for word in (await process.stdout.readline()).split()]
    assert len(pids) == 2
    process.send_signal(signal.SIGKILL)
    await process.wait()
    async with asyncio.timeout(60):
        while any(map(alive, pids)):  # noqa: ASYNC110 - other processes end by themselves
            await asyncio.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet has ended all the same."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_clients_library_is_locked_by_hash_and_names_no_registry() -> None:
    """Whoever runs the tests gets the same bytes, from the registry of their own choice."""
    lock = json.loads((node.CLIENT / "package-lock.json").read_text(encoding="utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages)
    assert not any("resolved" in package for package in packages)


def test_a_registry_that_cannot_be_reached_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the clients' library nothing of Matrix can be tested: set-up stops and says what to do."""

    def refuse(_: Path) -> None:
        raise subprocess.CalledProcessError(1, "npm")

    monkeypatch.setattr(node, "fetch", refuse)
    with pytest.raises(SystemExit, match="npm could not fetch") as stopped:
        node.main()
    assert "\n" not in str(stopped.value)
