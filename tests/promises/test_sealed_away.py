"""Once a case is sealed, whoever has the server, its disk and its keys reads nothing of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from pyrage.x25519 import Identity
from sqlalchemy import select

from backend.cases import records, sealed
from backend.vault.model import DataKeyRow
from bot.channels.base import RemoteFile, TextSent
from tests.canaries import leaks, on_disk
from tests.opened import everything
from tests.promises.scene import Person, Scene, playing, settings

IDENTITY = Identity.generate()
WORDS = ("Канарейка", "canaryBird")
SAID = " ".join(WORDS)
REFERENCE = re.compile(r"\b[A-HJ-NP-Z2-9]{3}-[A-HJ-NP-Z2-9]{3}\b")
CODE = re.compile(r"\b(?:[A-HJ-NP-Z2-9]{4}-)+[A-HJ-NP-Z2-9]{4}\b")


@pytest_asyncio.fixture
async def scene(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Lend a hotline that seals what was closed an hour ago."""
    configured = settings(sealing={"recipients": [str(IDENTITY.to_public())], "after": "1h"})
    async with playing(database_url, tmp_path, configured) as made:
        yield made


async def _reported(scene: Scene) -> tuple[Person, str, str]:
    """A guided report in which every answer holds the canaries; the defender, the reference and the code."""
    dora = scene.people.setdefault("dora", Person(scene, "dora"))
    scene.messengers["telegram"].files["ref"] = f"a photo of {SAID}".encode() * 20
    await dora.says("/report")
    photo = RemoteFile("ref", "photo", f"{SAID}.jpg", "image/jpeg")
    for answer in ("yes", "me", f"defender {SAID}", "threat", "continue", f"account {SAID}"):
        await dora.says(answer)
    await scene.comes_in(dora, TextSent(f"caption {SAID}", (photo,)))
    await dora.presses("Send now")
    text = "\n".join(dora.new())
    (reference,), (code,) = set(REFERENCE.findall(text)), set(CODE.findall(text))
    return dora, reference, code


async def _worked_on(scene: Scene, dora: Person, anna: Person, reference: str) -> None:
    """Everything is said about it that can be said."""
    await scene.hotline.schedule.fetch()
    await anna.says(f"/take {reference}")
    await anna.says(f"/note {reference} note {SAID}")
    await anna.says(f"/reply {reference} reply {SAID}")
    await anna.says(f"/due {reference} tomorrow 18:00 due {SAID}")
    await dora.says(f"message {SAID}")
    await anna.says(f"/case {reference}")
    await anna.says(f"/close {reference} resolved resolution {SAID}")


async def _read_by_thieves(scene: Scene, folder: Path) -> dict[str, list[str]]:
    """Where the canaries are for whoever has the live database, the folders and the keys."""
    await scene.hotline.backend.database.forget_pages()
    return leaks(WORDS, {**await everything(scene.hotline.backend), **on_disk(folder)})


async def test_nothing_of_a_sealed_case_opens(scene: Scene, tmp_path: Path) -> None:
    """Database, logs, files and keys in hand: before sealing all of it can be read, afterwards nothing."""
    anna = await scene.officer("anna")
    dora, reference, _ = await _reported(scene)
    await _worked_on(scene, dora, anna, reference)
    before = await _read_by_thieves(scene, tmp_path)
    assert {"cases.report", "case_entries.body", "files.about", "due_dates.text"} <= before.keys()
    assert any(place.startswith("file ") for place in before)
    wrapped = await _wrapped(scene, reference)
    await scene.passes(hours=2)
    assert await _read_by_thieves(scene, tmp_path) == {}
    assert [place for place, content in on_disk(tmp_path).items() if wrapped in content] == []


async def _wrapped(scene: Scene, reference: str) -> bytes:
    async with scene.hotline.backend.looking() as work:
        case = await records.find(work, reference)
        query = select(DataKeyRow.wrapped).where(DataKeyRow.owner == case.row.id)
        return bytes((await work.session.execute(query)).scalar_one())


async def test_how_a_sealed_case_reads(scene: Scene) -> None:
    """The officer reads that it is sealed, what is known all the same, and how it is brought back."""
    anna = await scene.officer("anna")
    dora, reference, _ = await _reported(scene)
    await _worked_on(scene, dora, anna, reference)
    await scene.passes(hours=2)
    scene.everybody_has_read()
    await anna.says(f"/case {reference}")
    said = anna.hears(
        reference,
        "Sealed",
        "7 lines",
        f"hotline unseal {reference} --identity",
        "1 file is sealed",
        "/reopen",
    )
    assert not any(word in said for word in WORDS)
    await dora.says("it begins again")
    anna.hears("it begins again", "can be read", "earlier is sealed")
    await anna.says(f"/reply {reference} we are here")
    dora.hears("we are here")
    await anna.says(f"/reopen {reference}")
    scene.everybody_has_read()
    await anna.says(f"/case {reference}")
    said = anna.hears("it begins again", "we are here", "earlier part is sealed", "sealed with the report")
    assert not any(word in said for word in WORDS)


async def test_how_it_reads_to_the_defender(scene: Scene) -> None:
    """With the code: that it is locked away, what was said since, and consents that can be chosen anew."""
    anna = await scene.officer("anna")
    dora, reference, code = await _reported(scene)
    await _worked_on(scene, dora, anna, reference)
    await scene.passes(hours=2)
    await dora.says("since then")
    dora.new()
    await dora.says("/mycase")
    dora.hears(reference, "closed")
    await dora.says(f"/mycase {code}")
    said = dora.hears("locked away", "since then", "choose anew")
    assert not any(word in said for word in WORDS)
    await dora.presses("Speak publicly")
    await dora.presses("Yes, with my name")
    dora.new()
    await dora.says(f"/mycase {code}")
    dora.hears("locked away", "Yes, with my name")


async def test_it_can_be_taken_back(scene: Scene, tmp_path: Path) -> None:
    """`/delete` with the code destroys a sealed case, too: not even the identity opens anything then."""
    anna = await scene.officer("anna")
    dora, reference, code = await _reported(scene)
    await _worked_on(scene, dora, anna, reference)
    await scene.passes(hours=2)
    await dora.says(f"/delete {code}")
    await dora.says("yes")
    scene.everybody_has_read()
    await anna.says(f"/case {reference}")
    assert len(anna.new()) == 1
    assert (await everything(scene.hotline.backend))["sealed_keys.wrapped"] == b""
    assert not [name for name in on_disk(tmp_path) if name.endswith(".sealed")]


async def test_it_is_brought_back(scene: Scene) -> None:
    """With the identity it reads as before, and what was said meanwhile stands in its place."""
    anna = await scene.officer("anna")
    dora, reference, _ = await _reported(scene)
    await _worked_on(scene, dora, anna, reference)
    await scene.passes(hours=2)
    await dora.says("since then")
    async with scene.hotline.backend.work() as work:
        await sealed.unseal(work, reference, [IDENTITY])
    scene.everybody_has_read()
    await anna.says(f"/case {reference}")
    said = "\n".join(anna.new())
    for words in (f"account {SAID}", f"reply {SAID}", f"note {SAID}", "since then", "seal was taken off"):
        assert words in said
    await scene.passes(seconds=timedelta(hours=2).total_seconds())
    await anna.says(f"/case {reference}")
    anna.hears("Sealed")
