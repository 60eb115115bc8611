"""Our device while it runs: what one holder of the lease has in memory, loaded from sealed rows."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime

from bot.channels.matrix.cross_signing import CROSSING, Identity, sign_own_device
from bot.channels.matrix.gaps import GAP, Gaps
from bot.channels.matrix.homeserver import Homeserver, place
from bot.channels.matrix.joining import INVITED, Joining
from bot.channels.matrix.machine import Machine
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.pauses import name_of
from bot.channels.matrix.reading import Reader
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.session import LOGIN, Session, keep, log_in, new_session
from bot.channels.matrix.settings import MatrixSettings
from bot.channels.matrix.sharing import Sharing
from bot.channels.matrix.shown import SHOWN, Shown
from bot.channels.matrix.store import KINDS, SealedStore
from bot.channels.matrix.tree import Tree, items, table
from bot.channels.matrix.trust import NEWS, TRUST, StaffAccount, Trust
from bot.channels.matrix.waiting import WAITING, Waiting

_log = logging.getLogger(__name__)

TOKEN = "token"  # noqa: S105 - the kind of row that says how far we have read
MADE = "made"
_OURS = (LOGIN, CROSSING, TOKEN, MADE, SHOWN, WAITING, TRUST, NEWS, INVITED, GAP)
_FALLBACKS = "device_unused_fallback_key_types"


@dataclass
class Device:
    """The parts. `since` is how far the homeserver was read; empty before the first time."""

    server: Homeserver
    settings: MatrixSettings
    memory: Memory
    session: Session
    machine: Machine
    identity: Identity
    sharing: Sharing
    trust: Trust
    rooms: Rooms
    joining: Joining
    gaps: Gaps
    shown: Shown
    waiting: Waiting
    reader: Reader
    since: str
    made: datetime
    """When the device was made: what was said before isn't for it."""
    fallback_wanted: bool = True
    signed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the homeserver has our keys, and the signature without which clients hide what we say."""

    # ── Being known to the homeserver ───────────────────────────────────────────────────────────

    async def known(self) -> None:
        """Log in unless we are. Raises as calls do."""
        self.server.token = self.session.token
        if not self.session.token:
            await log_in(self.server, self.settings, self.memory, self.session)

    async def forgotten(self, answer: Tree) -> None:
        """The homeserver took our token back: log in again as the same device. Raises as calls do."""
        if answer.get("soft_logout") is not True:
            self.machine.publish_again()
            self.signed.clear()
        await log_in(self.server, self.settings, self.memory, self.session)
        await self.publish()

    async def publish(self) -> None:
        """Upload the keys that are missing there, and sign the device. Raises as calls do."""
        body = self.machine.to_publish(fallback=self.fallback_wanted)
        if body:
            await self.memory.flush()  # a one-time key that is published and then lost loses a message
            self.machine.published(await self.server.call("POST", place("keys", "upload"), body))
            self.fallback_wanted = False
        if not self.signed.is_set():
            await self.memory.flush()
            await sign_own_device(self.server, self.settings, self.machine, self.identity)
            self.signed.set()

    def heard(self, answer: Tree) -> None:
        """What a sync says of our keys and of others' devices."""
        unused = items(answer, _FALLBACKS) if _FALLBACKS in answer else None
        self.fallback_wanted |= self.machine.heard_of_keys(
            table(answer, "device_one_time_keys_count"), unused
        )
        lists = table(answer, "device_lists")
        self.sharing.changed(user for user in items(lists, "changed") if isinstance(user, str))

    async def keep_up(self) -> bool:
        """What has to be done after each sync; whether all of it was: what failed has to be done again."""
        done = True
        for doing, work in (("publishing keys", self.publish), ("writing to devices", self.sharing.drain)):
            try:
                await work()
            except Exception as fault:  # noqa: BLE001 - the loop must go on
                _log.warning("Matrix: %s failed (%s)", doing, name_of(fault))
                done = False
        self.machine.forget_requests()
        return done

    # ── How far we have read ────────────────────────────────────────────────────────────────────

    def read_up_to(self, token: str) -> None:
        """All before this is committed; written with the next flush."""
        if token and token != self.since:
            self.since = token
            self.memory.put(TOKEN, "", token)


async def load(server: Homeserver, settings: MatrixSettings, memory: Memory, account: StaffAccount) -> Device:
    """The device as it was written last, or a new one. Raises what the database raises."""
    remembered = await memory.load(*KINDS, *_OURS)
    now = memory.backend.clock.now()
    kept = {each.kind: each for each in remembered}
    session = Session.remembered(remembered)
    if session is None:
        session = new_session()
        keep(memory, session)
        memory.put(MADE, "", now.isoformat())
    identity = Identity.remembered(settings.user, remembered)
    if identity is None:
        identity = Identity.new(settings.user)
        identity.keep(memory)
    machine = Machine(settings.user, session.device, SealedStore(memory, remembered))
    trust = Trust(memory, remembered, account)
    rooms = Rooms(settings.user)
    shown = Shown(memory, [each for each in remembered if each.kind == SHOWN])
    waiting = Waiting(memory, [each for each in remembered if each.kind == WAITING])
    return Device(
        server,
        settings,
        memory,
        session,
        machine,
        identity,
        Sharing(server, machine, memory, trust),
        trust,
        rooms,
        Joining(server, memory, [each for each in remembered if each.kind == INVITED]),
        Gaps(memory, [each for each in remembered if each.kind == GAP]),
        shown,
        waiting,
        Reader(settings.user, machine, rooms, shown, waiting),
        kept[TOKEN].value if TOKEN in kept else "",
        datetime.fromisoformat(kept[MADE].value) if MADE in kept else now,
    )
