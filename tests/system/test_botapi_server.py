"""The Bot API server as a process of its own, as benchmarks use it.

What it answers and refuses is tested beside it, in `tests/botapi`.
"""

import asyncio
import sys
from pathlib import Path

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import NetworkError

ROOT = Path(__file__).parents[2]
YES = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])


async def test_standalone() -> None:
    """Served alone, it takes orders over HTTP: people, floods, presses, counters."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.botapi", "--token", "7:t", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().removeprefix("ready ").strip()
    try:
        async with (
            aiohttp.ClientSession(f"{url}/control/") as session,
            Bot("7:t", base_url=f"{url}/bot") as bot,
        ):
            await drive(session, bot)
    finally:
        process.terminate()
        assert await process.wait() == 0


async def drive(session: aiohttp.ClientSession, bot: Bot) -> None:
    """Let 30 people write at once, answer them, and let one press a button."""

    async def post(path: str, body: object) -> dict[str, object]:
        async with session.post(path, json=body) as response:
            response.raise_for_status()
            answer: dict[str, object] = await response.json()
            return answer

    ids = (await post("people", {"count": 30, "language_code": "en"}))["ids"]
    assert isinstance(ids, list)
    assert (await post("says", [[user_id, "/start"] for user_id in ids])) == {"pending": 30}
    await post("faults", {"method": "sendMessage", "kind": "500", "skip": 29})
    for user_id in ids[:-1]:
        await bot.send_message(user_id, "?", reply_markup=YES)
    with pytest.raises(NetworkError):
        await bot.send_message(ids[-1], "?", reply_markup=YES)
    counted = await post("wait", {"method": "sendMessage", "count": 29, "timeout": 60})
    assert (counted["done"], counted["calls"]) == (True, {"getMe": 1, "sendMessage": 29})
    assert await post("presses", [[ids[0], "yes"], [ids[-1], "yes"]]) == {"missing": [ids[-1]]}
    await post(
        "updates",
        [
            {
                "message": {
                    "message_id": 1,
                    "date": 1,
                    "chat": {"id": 9, "type": "private"},
                    "text": "x",
                    "from": {"id": 9, "is_bot": False, "first_name": "Raw"},
                }
            }
        ],
    )
    updates = await bot.get_updates()
    await bot.send_message(9, "raw people may be answered")
    await bot.get_updates(offset=updates[-1].update_id + 1)
    assert (await post("wait", {"drained": True, "timeout": 60}))["pending"] == 0
    async with session.get(f"messages?chat={ids[0]}") as response:
        assert [message["text"] for message in await response.json()] == ["?"]
