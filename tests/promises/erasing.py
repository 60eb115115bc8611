"""A case about which everything was said that can be said, in every chat, and the search for what is left."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cases.model import CaseReporterRow, CaseRow
from backend.database import Table
from backend.vault.model import SealedColumn
from bot.channels.base import RemoteFile, TextSent
from tests.canaries import leaks, on_disk
from tests.opened import everything
from tests.promises.scene import Person, Scene

WORDS = ("Канарейка", "canaryBird")
SAID = " ".join(WORDS)
REFERENCE = re.compile(r"\b[A-HJ-NP-Z2-9]{3}-[A-HJ-NP-Z2-9]{3}\b")
CODE = re.compile(r"\b(?:[A-HJ-NP-Z2-9]{4}-)+[A-HJ-NP-Z2-9]{4}\b")
SLICE = slice(4, 28)
"""Of sealed bytes these are searched for: beyond what all of them begin with, and found on any page."""


@dataclass
class Told:
    """The case, its people, and all that was ever sealed of it."""

    scene: Scene
    folder: Path
    dora: Person
    anna: Person
    vera: Person
    oleg: Person
    elsewhere: Person
    reference: str
    code: str
    case_id: str

    async def sealed_bytes(self) -> dict[str, bytes]:
        """What stands sealed of this case and its reporters now, by table and column."""
        async with self.scene.hotline.backend.looking() as work:
            found: dict[str, bytes] = {}
            owners = {self.case_id, *await _reporters(work.session, self.case_id)}
            for name, table in Table.metadata.tables.items():
                columns = [each.name for each in table.columns if isinstance(each.type, SealedColumn)]
                for row in (await work.session.execute(select(table))).mappings().all() if columns else ():
                    if owners & {value for value in row.values() if isinstance(value, str)}:
                        for column in columns:
                            if row[column] is not None:
                                found[f"{name}.{column}.{len(found)}"] = bytes(row[column])
            return found

    async def thieves_find(self, *more: str) -> dict[str, list[str]]:
        """Where canaries and the case's id are, for whoever has the database, the folders and the keys."""
        await self.scene.hotline.schedule.forget()
        places = {**await everything(self.scene.hotline.backend), **on_disk(self.folder)}
        return leaks((*WORDS, self.case_id, self.case_id[:16], *more), places)

    def still_on_disk(self, sealed: Collection[bytes]) -> list[str]:
        """The files in which any of these bytes stand yet."""
        return [
            place
            for place, content in on_disk(self.folder).items()
            if any(each[SLICE] in content for each in sealed)
        ]


async def _reporters(session: AsyncSession, case_id: str) -> set[str]:
    query = select(CaseReporterRow.reporter_id).where(CaseReporterRow.case_id == case_id)
    return set((await session.execute(query)).scalars())


async def everything_told(scene: Scene, folder: Path) -> Told:
    """A guided report with a file, worked on in chats and the room, come back to from another account."""
    anna, vera = await scene.officer("anna"), await scene.coordinator("vera")
    oleg = await scene.coordinator("oleg")
    room = await scene.room(vera)
    dora = scene.people.setdefault(f"dora {SAID}", Person(scene, f"dora {SAID}"))
    reference, code = await _reported(scene, dora)
    elsewhere = Person(scene, f"elsewhere {SAID}", "matrix")
    await elsewhere.says(f"/receipt {code}")
    await _worked_on(dora, anna, room, reference)
    async with scene.hotline.backend.looking() as work:
        query = select(CaseRow.id).where(CaseRow.reference == reference)
        case_id = (await work.session.execute(query)).scalar_one()
    return Told(scene, folder, dora, anna, vera, oleg, elsewhere, reference, code, case_id)


async def _reported(scene: Scene, dora: Person) -> tuple[str, str]:
    scene.messengers["telegram"].files["ref"] = f"a photo of {SAID}".encode() * 20
    await dora.says("/report")
    photo = RemoteFile("ref", "photo", f"{SAID}.jpg", "image/jpeg")
    for answer in ("yes", "About me", f"defender {SAID}", "Threats", f"account {SAID}", "Already over"):
        await dora.says(answer)
    await scene.comes_in(dora, TextSent(f"caption {SAID}", (photo,)))
    await dora.presses("Send now")
    text = "\n".join(dora.new())
    await scene.hotline.schedule.fetch()
    (reference,), (code,) = set(REFERENCE.findall(text)), set(CODE.findall(text))
    return reference, code


async def _worked_on(dora: Person, anna: Person, room: Person, reference: str) -> None:
    scene = dora.scene
    await anna.says(f"/take {reference}", in_room=room)
    await anna.says(f"/note {reference} note {SAID}")
    await anna.says(f"/reply {reference} reply {SAID}")
    await anna.says(f"/due {reference} tomorrow 18:00 due {SAID}")
    await dora.says(f"message {SAID}")
    await anna.says(f"/case {reference}")
    await _held(scene, anna, room, reference)
    await anna.says(f"/severity {reference} urgent")
    await scene.passes(hours=5)


async def _held(scene: Scene, anna: Person, room: Person, reference: str) -> None:
    """Words in the room of which nobody said for whom they are."""
    notice = next(each for each in room.messages if reference in each.text)
    await scene.comes_in(anna, TextSent(f"held {SAID}"), in_room=room, reply_to=notice.id)
