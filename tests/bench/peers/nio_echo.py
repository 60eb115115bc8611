"""The floor on Matrix: matrix-nio as its examples use it, encrypting, keeping nothing beyond its process."""

from __future__ import annotations

import asyncio
import sys

from nio import AsyncClient, AsyncClientConfig, InviteMemberEvent, MatrixRoom, RoomMessageText
from nio.store import SqliteMemoryStore

from tests.bench.peers.echo import ready


async def main(url: str, user: str, password: str) -> None:
    """Join every room that we are invited to, and answer every text with the same text, until stopped."""
    config = AsyncClientConfig(
        store=SqliteMemoryStore, store_sync_tokens=False, encryption_enabled=True, pickle_key="bench"
    )
    client = AsyncClient(url, user, device_id="ECHO", store_path="", config=config)
    await client.login(password)

    async def join(room: MatrixRoom, _: InviteMemberEvent) -> None:
        await client.join(room.room_id)

    async def echo(room: MatrixRoom, event: RoomMessageText) -> None:
        if event.sender != client.user_id:
            content = {"msgtype": "m.text", "body": event.body}
            await client.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)

    client.add_event_callback(join, InviteMemberEvent)
    client.add_event_callback(echo, RoomMessageText)
    await client.sync(full_state=True)
    await ready(None)
    await client.sync_forever(timeout=30_000)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
