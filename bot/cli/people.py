"""Staff, as an operator sees them: names, roles and messengers; never an account or address."""

from __future__ import annotations

from collections.abc import Iterable

from backend.config import BackendSettings
from backend.people import revoking, staff
from backend.people.roles import Role
from backend.people.staff import Account
from bot.cli.columns import aligned
from bot.cli.opening import opened_backend
from bot.cli.refusals import NameUnfit

LONGEST_NAME = 64


def fit_name(name: str) -> str:
    """The name as it is kept, without stray blanks. Raises NameUnfit."""
    plain = " ".join(name.split())
    if not plain or not plain.isprintable():
        raise NameUnfit("the name must have letters in it")
    if len(plain) > LONGEST_NAME:
        raise NameUnfit(f"the name must not be longer than {LONGEST_NAME} letters")
    return plain


async def invite(settings: BackendSettings, role: Role, name: str) -> tuple[str, str]:
    """What to do with the code, and the code. Raises NameTaken, NameUnfit."""
    name = fit_name(name)
    async with opened_backend(settings) as backend, backend.work() as work:
        return how_to_join(name, role), await staff.invite(work, role, name)


def how_to_join(name: str, role: Role) -> str:
    """The line above a code."""
    return f"{name} becomes {role} by sending the bot /join and this code, in private, within 24 hours:"


async def listed(settings: BackendSettings) -> list[str]:
    """A line a person: name, role, messengers."""
    async with opened_backend(settings) as backend, backend.looking() as work:
        people = await staff.everyone(work)
    if not people:
        return ["nobody yet: `hotline invite coordinator --name NAME` prints a code for the first one"]
    return aligned([(person.name, person.role, _messengers(person.accounts)) for person in people])


def _messengers(accounts: Iterable[Account]) -> str:
    said = [each.channel if each.reachable else f"{each.channel} (blocked the bot)" for each in accounts]
    return ", ".join(sorted(said)) or "no messenger"


async def revoke(settings: BackendSettings, name: str) -> str:
    """What was done. Raises NoSuchStaff, LastCoordinator."""
    async with opened_backend(settings) as backend, backend.work() as work:
        person = await revoking.revoke(work, await staff.named(work, name))
    return f"{person.name} is no longer {person.role}"
