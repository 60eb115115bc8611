"""A hotline at work on Matrix, as a process of its own, with its staff and reporters around it.

async with Clients(server) as clients:
    desk = await desk_on(clients, folder)                  # Hotline of tests.system, started
    reporter = await desk.reporter("vera")                 # a private encrypted room with the bot
    await reporter.says("/sos")
    await reporter.next_message(matching="?")
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tests.matrix.people import Client, Clients
from tests.matrix.room import Room
from tests.matrix.synapse import Account
from tests.matrix.timeline import Message
from tests.system.hotline_process import Hotline

PATIENCE = 60.0
"""Seconds for the first answer of a hotline that has just started, beside others that need the processors."""


def configuration(homeserver: str, bot: Account, *, further: str = "") -> str:
    """A `config.toml` with Matrix alone; `further` are other sections, or more lines of the last one."""
    account = f'user = "{bot.user_id}"\npassword = "{bot.password}"'
    return f'[matrix]\nhomeserver = "{homeserver}"\n{account}\n{further}'


@dataclass
class Reporter:
    """Somebody in danger, in the room that is theirs and the bot's."""

    client: Client
    room: Room

    @property
    def messages(self) -> list[Message]:
        """What the bot sent."""
        return self.room.messages

    async def says(self, text: str, *, reply_to: Message | None = None) -> str:
        """Send a text; its event id."""
        return await self.room.says(text, reply_to=reply_to)

    async def next_message(self, timeout: float = PATIENCE, matching: str | None = None) -> Message:  # noqa: ASYNC109
        """The bot's next message; see `Room.next_message`."""
        return await self.room.next_message(timeout, matching)


@dataclass
class Officer:
    """Somebody of the staff: their private room with the bot, and the staff room as they see it."""

    client: Client
    chat: Room
    staff: Room


@dataclass
class Desk:
    """A hotline at work: Anna coordinates, Boris is on duty, both sit in the encrypted staff room."""

    clients: Clients
    hotline: Hotline
    bot: Account
    anna: Officer
    boris: Officer

    async def reporter(self, name: str = "vera", *, strict: bool = True, encrypted: bool = True) -> Reporter:
        """Somebody new, with a client that refuses unsigned devices, in a room which the bot has joined."""
        client = await self.clients.person(name, strict=strict)
        return Reporter(client, await private_room(client, self.bot, encrypted=encrypted))

    async def report_by_sos(self, reporter: Reporter, words: str = "Они у двери") -> str:
        """Send an SOS and wait until the reporter and the staff room have it; the case's reference."""
        await reporter.says("/sos")
        await reporter.next_message(matching="?")
        await reporter.says(words)
        return await self.reference_for(reporter)

    async def reference_for(self, reporter: Reporter) -> str:
        """The reference that the reporter is told next, once the staff room has its notice."""
        reference = reference_in(await reporter.room.next_message(PATIENCE, is_received))
        await self.boris.staff.next_message(PATIENCE, reference)
        return reference

    async def restart_server(self) -> None:
        """Kill the homeserver and start it again; people's clients find it at once."""
        await self.clients.server.restart()
        await self.clients.wake()

    async def quiet(self) -> None:
        """Wait until everything that was decided has been sent."""
        await self.hotline.until_rows("SELECT 1 FROM outbox WHERE state IN ('due', 'claimed') LIMIT 1", [])


async def private_room(client: Client, bot: Account, *, encrypted: bool = True) -> Room:
    """Open a conversation with the bot and wait until it is there."""
    room = await client.opens_direct(bot.user_id, encrypted=encrypted)
    await room.until_member(bot.user_id, patience=PATIENCE)
    await client.until_signed(bot.user_id, PATIENCE)
    return room


async def desk_on(clients: Clients, folder: Path, *, homeserver: str = "", further: str = "") -> Desk:
    """Start a hotline in an empty folder, with new people who join it by the command line's invitations.

    It finds its homeserver at `homeserver`, if that is another address than people use. The caller ends it.
    """
    bot = await clients.server.person("hotline")
    text = configuration(homeserver or clients.server.url, bot, further=further)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    hotline = Hotline(folder)
    try:
        await hotline.start()
        return await _staffed(clients, hotline, bot)
    except BaseException:
        await hotline.kill()
        raise


async def _staffed(clients: Clients, hotline: Hotline, bot: Account) -> Desk:
    anna, boris = await clients.person("anna"), await clients.person("boris", strict=True)
    hers, his = await asyncio.gather(
        _joins(anna, bot, hotline, "coordinator", "Анна"), _joins(boris, bot, hotline, "officer", "Борис")
    )
    staff = await staff_room(anna, bot, boris)
    return Desk(clients, hotline, bot, Officer(anna, hers, staff), Officer(boris, his, boris.room(staff.id)))


async def _joins(client: Client, bot: Account, hotline: Hotline, role: str, name: str) -> Room:
    """Have the person join the staff from a private room; the room."""
    invitation, chat = await asyncio.gather(
        hotline.run_command("invite", role, "--name", name), private_room(client, bot)
    )
    await chat.says(f"!join {invitation[-1]}")
    await chat.next_message(PATIENCE, name)
    return chat


async def staff_room(coordinator: Client, bot: Account, *officers: Client) -> Room:
    """Open an encrypted room for bot and officers and bind it; as the coordinator sees it."""
    room = await coordinator.opens(invite=[bot.user_id, *(officer.user_id for officer in officers)])
    await room.sets_state("m.room.history_visibility", {"history_visibility": "joined"})
    for officer in officers:
        await officer.joins((await officer.invited()).id)
    await room.until_member(bot.user_id, patience=PATIENCE)
    await room.says("!bind staff")
    await room.next_message(PATIENCE, "комната")
    return room


def is_received(message: Message) -> bool:
    """Whether this tells a reporter that their report is in, with reference and code."""
    return message.text.startswith(("Приняли.", "Received."))


def reference_in(message: Message) -> str:
    """The reference in such a message."""
    return message.text.partition("\n")[0].rstrip(".").rpartition(" ")[2]


def code_in(message: Message) -> str:
    """The receipt's code in such a message."""
    (line,) = (line for line in message.text.splitlines() if line.startswith(("Код: ", "Code: ")))
    return line.partition(" ")[2]
