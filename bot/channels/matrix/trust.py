"""Which devices of a person may read: those there at first, and of staff only vouched-for ones since.

A person vouches for their devices by cross-signing: a master key signs a self-signing key, which signs the
device (client-server API, "Cross-signing"). For as long as somebody is on the staff their master key is
held on to: a homeserver that hands out another one vouches for nothing with it. Who really has a new one
links this account again, with a code from their other messenger.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import vodozemac
from nio.api import Api

from backend.devices import Remembered
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.tree import Json, Tree, table, text

TRUST, NEWS = "trust", "news"

StaffAccount = Callable[[str], Awaitable[str]]
"""The id under which this Matrix id is a staff member's account, empty for others; linked anew, another."""


@dataclass
class Known:
    """What is known of a person: their master key when first seen, and devices (whether vouched for).

    `account` is their account as it was linked when this was noted; empty while they aren't on the staff.
    """

    master: str
    first: set[str] = field(default_factory=set)
    later: dict[str, bool] = field(default_factory=dict)
    account: str = ""

    def is_vouched(self, device: str) -> bool:
        """Whether it was there from the first, or is vouched for."""
        return device in self.first or self.later.get(device, False)


@dataclass(frozen=True, slots=True)
class News:
    """A device of somebody's that is new to us, and that they have to hear of."""

    user: str
    device: str
    vouched: bool


class Trust:
    """What is known of everybody's devices."""

    def __init__(self, memory: Memory, remembered: list[Remembered], account: StaffAccount) -> None:
        self._memory = memory
        self._account = account
        self._known: dict[str, Known] = {}
        self._news: dict[str, News] = {}
        self.refusing: set[str] = set()
        """Of whom some device must not read: they may have put it right since, or left the staff."""
        for each in remembered:
            if each.kind == TRUST:
                kept = json.loads(each.value)
                account_then = kept.get("account", "")
                self._known[each.name] = Known(
                    kept["master"], set(kept["first"]), kept["later"], account_then
                )
            elif each.kind == NEWS:
                self._news[each.name] = News(**json.loads(each.value))

    async def refused(self, user: str, answer: Tree) -> set[str]:
        """The ids of this person's devices that must not read, from the answer to a query of their keys."""
        master, vouched = identity(user, answer)
        devices = table(answer, "device_keys", user)
        account = await self._account(user)
        is_staff = bool(account)
        known = self._known.get(user)
        if known is None or (known.account and account and known.account != account):
            known = self._known[user] = Known(master, set(devices), account=account)
            self._keep(user, known)
        elif known.account != account:
            known.account = account
            self._keep(user, known)
        for device in devices.keys() - known.first:
            self._note(user, device, known, vouched=device in vouched and known.master in ("", master))
        if known.master != master and not (is_staff and known.master):
            known.master = master
            self._keep(user, known)
        refused = {each for each in devices if not known.is_vouched(each)} if is_staff else set()
        (self.refusing.add if refused else self.refusing.discard)(user)
        return refused

    def _note(self, user: str, device: str, known: Known, *, vouched: bool) -> None:
        """A device that wasn't there at first. It is news when it appears, and when it gets vouched for."""
        if known.later.get(device) == vouched:
            return
        known.later[device] = vouched
        self._keep(user, known)
        news = News(user, device, vouched)
        name = f"{user} {device}"
        self._news[name] = news
        kept = {"user": user, "device": device, "vouched": vouched}
        self._memory.put(NEWS, name, json.dumps(kept))

    def _keep(self, user: str, known: Known) -> None:
        kept = {"master": known.master, "first": sorted(known.first), "later": known.later}
        self._memory.put(TRUST, user, json.dumps({**kept, "account": known.account}))

    def news(self) -> list[News]:
        """What has to be told yet."""
        return list(self._news.values())

    def told(self, news: News) -> None:
        """It was told."""
        name = f"{news.user} {news.device}"
        if self._news.get(name) == news:
            del self._news[name]
            self._memory.drop(NEWS, name)


def identity(user: str, answer: Tree) -> tuple[str, set[str]]:
    """A person's master key ("" for none), and the ids of the devices that it vouches for."""
    master = _only_key(table(answer, "master_keys", user))
    signing = table(answer, "self_signing_keys", user)
    key = _only_key(signing)
    if not master or not key or not signed_by(master, user, signing):
        return master, set()
    devices = table(answer, "device_keys", user)
    return master, {name for name, body in devices.items() if signed_by(key, user, table(body))}


def _only_key(body: Tree) -> str:
    """The public key of a cross-signing key's body, which holds exactly one."""
    keys = list(_keys(body))
    return keys[0] if len(keys) == 1 else ""


def _keys(body: Tree) -> Iterator[str]:
    return (text(body, "keys", name) for name in table(body, "keys"))


def signed_by(key: str, user: str, body: Tree) -> bool:
    """Whether this public key of the person's signed the object."""
    signature = text(body, "signatures", user, f"ed25519:{key}")
    bare: dict[str, Json] = {name: body[name] for name in body if name not in ("signatures", "unsigned")}
    try:
        vodozemac.Ed25519PublicKey.from_base64(key).verify_signature(
            Api.to_canonical_json(bare).encode(), vodozemac.Ed25519Signature.from_base64(signature)
        )
    except Exception:  # noqa: BLE001 - keys and signatures that are none fail in several ways
        return False
    return True
