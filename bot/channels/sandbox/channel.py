"""The sandbox as a `Channel`: what the hotline sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bot.channels.base import (
    Edit,
    Gone,
    Leave,
    Limits,
    Menu,
    NotSaved,
    OnInbound,
    Outgoing,
    OutgoingFile,
    Permanent,
    Receipt,
    Remove,
    Say,
)
from bot.channels.sandbox.messenger import CHATS, HOTLINE, NAME, Draft, NoSuchThing, Sandbox, StoredFile

PAUSE = 1.0
"""Seconds before a batch that could not be saved is handed over again."""
PIECE = 64 * 1024


class SandboxChannel:
    """Takes everything at once and forgets nothing while it runs."""

    name = NAME
    limits = Limits(per_second=1000.0, per_chat_second=1000.0, per_group_minute=60_000.0)

    def __init__(self, sandbox: Sandbox, *, pause: float = PAUSE) -> None:
        self._sandbox = sandbox
        self._pause = pause
        self._taken: dict[str, Receipt] = {}

    async def listen(self, on_inbound: OnInbound) -> None:
        """Hand over what people do on the page, until cancelled."""
        while True:
            batch = await self._sandbox.unconfirmed()
            try:
                await on_inbound(batch)
            except NotSaved:
                await asyncio.sleep(self._pause)
            else:
                self._sandbox.confirm(len(batch))

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Shown at once. The same `tx` again changes nothing. Raises `Gone` or `Permanent`."""
        if outgoing.chat not in CHATS:
            raise Gone("no such chat")
        if outgoing.tx not in self._taken:
            self._taken[outgoing.tx] = self._apply(outgoing)
        return self._taken[outgoing.tx]

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """The content in pieces. Raises `Permanent` where there is no such file."""
        try:
            content = self._sandbox.file(ref).content
        except NoSuchThing:
            raise Permanent("no such file") from None
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]

    def _apply(self, outgoing: Outgoing) -> Receipt:
        match outgoing:
            case Say():
                return self._say(outgoing)
            case Edit():
                return self._edit(outgoing)
            case Remove(chat=chat, message=message):
                self._sandbox.remove(chat, message)
            case Menu(chat=chat, commands=commands):
                self._sandbox.offer(chat, commands)
            case Leave():
                pass  # the page's chats are always there
        return Receipt()

    def _say(self, say: Say) -> Receipt:
        self._measure(say.text, most=self.limits.caption if say.file else self.limits.text)
        draft = Draft(
            text=say.text,
            buttons=say.buttons,
            files=(self._store(say.file),) if say.file else (),
            location=say.location,
            reply_to=int(say.reply_to) if say.reply_to and say.reply_to.isdigit() else None,
        )
        return Receipt(str(self._sandbox.post(say.chat, HOTLINE, draft).id))

    def _edit(self, edit: Edit) -> Receipt:
        self._measure(edit.text, most=self.limits.text)
        try:
            self._sandbox.edit(edit.chat, edit.message, edit.text, buttons=edit.buttons)
        except NoSuchThing:
            raise Permanent("no such message") from None
        return Receipt(edit.message)

    def _store(self, file: OutgoingFile) -> StoredFile:
        mime = file.mime or "application/octet-stream"
        return self._sandbox.keep(file.content, file.name, kind=file.kind, mime=mime)

    def _measure(self, text: str, *, most: int) -> None:
        if len(text.encode("utf-16-le")) // 2 > most:
            raise Permanent("text too long")
