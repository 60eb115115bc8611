"""The Node process in which the clients of one test live, and the lines that are exchanged with it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from setup import node

Json: TypeAlias = Mapping[str, object]
Hear = Callable[[Json], None]

SCRIPT = Path(__file__).parent / "client" / "driver.mjs"
LINE_LIMIT = 128 << 20
"""Bytes of one line: a whole file, in base64."""
PATIENCE = 60.0


class Refused(Exception):
    """The client or its server would not do it; `code` is the server's `errcode`, if it was the server."""

    def __init__(self, reason: str, code: str | None) -> None:
        super().__init__(reason)
        self.code = code


class Driver:
    """One Node process; `ask` has it do something, what it tells unasked goes to whoever was `attach`ed."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._hears: dict[str, Hear] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process that runs, or ran last."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start Node. It ends with its input, and with this thread even if that is killed."""
        found = node.find()
        assert found is not None, "make test fetches the Matrix clients' library: python -m setup.node"
        self._process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig=KILL", found, SCRIPT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
        )
        self._reader = asyncio.create_task(self._read(self._process))

    async def stop(self) -> None:
        """Kill it, with all of its clients and their keys."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if self._reader is not None:
            await self._reader

    def attach(self, client: str, hear: Hear) -> None:
        """Have `hear` called with every event that this client tells of."""
        self._hears[client] = hear

    async def ask(self, client: str, verb: str, **given: object) -> object:
        """Have a client do something and return what came of it.

        Raises:
            Refused: it could not, or was not allowed to.
            TimeoutError: nothing came of it within a minute.

        """
        assert self._process is not None
        assert self._process.stdin is not None
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "client": client, "do": verb, **given})
        self._process.stdin.write(line.encode() + b"\n")
        async with asyncio.timeout(PATIENCE):
            return _outcome(await answer)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._take(json.loads(line))
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(Refused("the Node process has ended", None))

    def _take(self, told: dict[str, object]) -> None:
        if isinstance(number := told.get("id"), int):
            answer = self._waiting.pop(number)
            if not answer.done():
                answer.set_result(told)
            return
        hear = self._hears.get(str(told["client"]))
        if hear is not None:
            hear(told)


def _outcome(told: Json) -> object:
    if "failed" in told:
        code = told.get("code")
        raise Refused(str(told["failed"]), None if code is None else str(code))
    return told["done"]
