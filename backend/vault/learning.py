"""How running processes take over a new wrapping key, and how rotation knows that all of them have."""

from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path

import structlog
from sqlalchemy import bindparam, delete, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import nodes
from backend.database import Database
from backend.errors import KeysMissing
from backend.nodes import NodeRow
from backend.vault.keys import Vault
from backend.vault.model import KeyTakenRow, WrappingRow
from backend.vault.opening import wrapping_by
from backend.work import Backend

log = structlog.get_logger("keys")

# Built once: it is asked every few seconds, and putting it together costs as much as running it.
_TAKEN = select(KeyTakenRow.name).where(KeyTakenRow.node == bindparam("node")).scalar_subquery()
_NAMED_AND_TAKEN = select(WrappingRow.name, _TAKEN)


async def anything_new(session: AsyncSession, vault: Vault, node: str) -> bool:
    """Whether the database names a key that this process hasn't said it wraps by. A cheap look."""
    found = (await session.execute(_NAMED_AND_TAKEN, {"node": node})).one_or_none()
    return found is not None and not (found[0] == found[1] == vault.current)


async def take_over(backend: Backend) -> bool:
    """Wrap by the key that the database names, and say so. The key source is read again where it must be.

    False, and logged, where it doesn't hold that key: nothing is wrapped by it before it does.
    """
    async with backend.looking() as work:
        named = await wrapping_by(work.session)
    if named is None:
        return True
    vault, before = backend.vault, backend.vault.current
    try:
        if not vault.knows(named.name):
            keys = await asyncio.to_thread(vault.read_again)
            if keys:
                vault.learn(keys)
        vault.use(named.name, named.mark)
    except KeysMissing:
        log.error("the key file here lacks the new key, or isn't whole", key=named.name)
        return False
    async with backend.work() as work:
        await _say(work.session, backend, named.name)
    if vault.current != before:
        log.info("wraps by another key from now on", key=named.name)
    return True


async def _say(session: AsyncSession, backend: Backend, name: str) -> None:
    """This process's word, in the place of its last one and of those whose process is gone."""
    mine = KeyTakenRow.node == backend.node.id
    gone = ~exists().where(NodeRow.id == KeyTakenRow.node)
    await session.execute(delete(KeyTakenRow).where(mine | gone))
    await session.execute(insert(KeyTakenRow).values(node=backend.node.id, name=name))


async def without(database: Database, name: str) -> int:
    """How many running processes haven't said that they wrap by this key."""
    taken = exists().where(KeyTakenRow.name == name)
    async with database.reading() as session:
        if database.is_sqlite:
            said = (await session.execute(select(taken))).scalar()
            return 1 if not said and _is_running(database) else 0
        by_node = taken.where(KeyTakenRow.node == NodeRow.id)
        query = select(func.count()).select_from(NodeRow).where(nodes.LIVES, ~by_node)
        return (await session.execute(query)).scalar_one()


def _is_running(database: Database) -> bool:
    """Whether a hotline holds the SQLite file for itself."""
    lock = Path(f"{database.url.database}.lock")
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
