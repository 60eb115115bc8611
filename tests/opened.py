"""All that a live database holds, opened with the server's own keys: what a thief of both would read.

Every sealed value is tried with every data key that the key file unwraps, at every place that the row could
be bound to, so that nothing is taken on trust about which key seals what.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from backend.database import Table
from backend.errors import SealBroken
from backend.vault.files import FileStore
from backend.vault.keys import DataKey, epoch_of
from backend.vault.model import DataKeyRow
from backend.work import Backend, Work


async def everything(backend: Backend) -> dict[str, bytes]:
    """By table and column, whatever opens, and what stands there in the clear; files by their names."""
    async with backend.looking() as work:
        keys = await _keys(work)
        found: dict[str, bytes] = {}
        for name, table in Table.metadata.tables.items():
            rows = (await work.session.execute(select(table))).mappings().all()
            for column in table.columns:
                values = [_read(name, column.name, {**row}, keys) for row in rows]
                found[f"{name}.{column.name}"] = b"\n".join(values)
    return {**found, **_files(backend.files, found["files.about"])}


async def _keys(work: Work) -> list[DataKey]:
    rows = (await work.session.execute(select(DataKeyRow))).scalars()
    return [
        DataKey(
            row.owner,
            row.epoch,
            work.vault.unwrap(row.owner, row.epoch, by=row.wrapping_key, wrapped=row.wrapped),
        )
        for row in rows
    ]


def _read(table: str, column: str, row: dict[str, Any], keys: Iterable[DataKey]) -> bytes:
    """The value as it stands there, and opened if anything opens it."""
    value = row[column]
    if not isinstance(value, bytes):
        return str(value).encode()
    ids = [each for each in row.values() if isinstance(each, str)]
    return b"\n".join((value, *_opened(table, column, value, ids, keys)))


def _opened(
    table: str, column: str, value: bytes, ids: Iterable[str], keys: Iterable[DataKey]
) -> Iterator[bytes]:
    with contextlib.suppress(SealBroken):
        epoch = epoch_of(value)
        for key in keys:
            for each in ids if key.epoch == epoch else ():
                with contextlib.suppress(SealBroken):
                    yield key.open(table, column, each, value)


def _files(store: FileStore, about: bytes) -> dict[str, bytes]:
    """The content of every file whose key could be read."""
    found: dict[str, bytes] = {}
    keys = [json.loads(line)["key"] for line in about.split(b"\n") if line.startswith(b"{")]
    for file_id in store.ids():
        for key in keys:
            with contextlib.suppress(SealBroken):
                found[f"file {file_id}"] = store.read(file_id, key)
    return found
