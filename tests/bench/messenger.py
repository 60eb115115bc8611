"""The Bot API server for tests in a process of its own, and the people who write through it."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.bench.processes import running

TOKEN = "7:bench"
PATIENCE = 120


class NotAnswered(Exception):
    """The bot did not answer all that was said."""


@dataclass(frozen=True)
class Sent:
    """A message of the bot's, and the server's monotonic time at which it was handed over."""

    text: str
    at: float


class Messenger:
    """Drives the server by its control paths. Counts what it has said, so that answers can be waited for."""

    def __init__(self, url: str) -> None:
        self.url = url
        place = urlsplit(url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=2 * PATIENCE)

    def people(self, count: int, *, language: str = "ru") -> list[int]:
        """So many new people; their ids, which are the ids of their chats too."""
        found = self._ask("POST", "people", {"count": count, "language_code": language})
        ids = found["ids"] if isinstance(found, dict) else None
        return [int(each) for each in ids] if isinstance(ids, list) else []

    def say(self, words: Sequence[tuple[int, str]]) -> None:
        """Let these people say these things, all at once."""
        self._ask("POST", "says", [list(each) for each in words])

    def answered(self) -> int:
        """How many messages the bot has sent."""
        return _count(self._ask("GET", "counters", None))

    def wait(self, count: int) -> None:
        """Return once the bot has sent so many messages in all. Raises NotAnswered."""
        found = self._ask("POST", "wait", {"method": "sendMessage", "count": count, "timeout": PATIENCE})
        if not (isinstance(found, dict) and found["done"]):
            raise NotAnswered(f"{_count(found)} messages instead of {count} within {PATIENCE} s")

    def sent(self, chat: int) -> list[Sent]:
        """What the bot has sent to a chat, oldest first; the server remembers the last ones only."""
        found = self._ask("GET", f"messages?chat={chat}", None)
        return (
            [Sent(str(each["text"]), float(each["at"])) for each in found] if isinstance(found, list) else []
        )

    def group(self, members: Sequence[int]) -> int:
        """A new group with these people and the bot; its id."""
        found = self._ask("POST", "group", {"members": list(members)})
        return int(found["id"]) if isinstance(found, dict) else 0

    def forget_updates(self) -> None:
        """Drop what was said and not heard yet, as a bot can ask for."""
        self._call("POST", f"/bot{TOKEN}/deleteWebhook", {"drop_pending_updates": True})

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: object) -> object:
        return self._call(method, f"/control/{path}", body)

    def _call(self, method: str, path: str, body: object) -> object:
        payload = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        self._connection.request(method, path, payload, headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status != http.client.OK:
            raise NotAnswered(f"the Bot API server for tests answered {response.status} to {path}")
        found: object = json.loads(content)
        return found


def _count(counters: object) -> int:
    calls = counters["calls"] if isinstance(counters, dict) else {}
    return int(calls.get("sendMessage", 0))


@contextlib.contextmanager
def serving() -> Iterator[Messenger]:
    """A server of our own for as long as the block lasts."""
    with running(["-m", "tests.botapi", "--port", "0", "--token", TOKEN]) as server:
        messenger = Messenger(server.said)
        try:
            yield messenger
        finally:
            messenger.close()
