"""Files come later than words: noted at once, fetched and sealed when it works, and gone when erased."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.cases import erasure, files, records
from backend.people.reporters import Reporter
from backend.vault.files import new_file_key
from backend.vault.model import FileRow
from bot import fetching
from bot.channels.base import Limits, Permanent, Temporary
from tests.backend.messenger import Messenger
from tests.backend.world import HIGH, World

CONTENT = "содержимое".encode() * 100


async def _sent(world: World, reporter: Reporter, ref: str = "ref") -> str:
    async with world.backend.work() as work:
        return files.note(work, reporter, ref=ref, kind="photo", name="имя.jpg", mime="image/jpeg")


async def _fetch(world: World, messenger: Messenger) -> int:
    return await fetching.fetch_pending(world.backend, {"telegram": messenger})


async def _state(world: World, file: str) -> str | None:
    async with world.backend.looking() as work:
        return (await work.session.execute(select(FileRow.state).where(FileRow.id == file))).scalar()


async def test_fetched_sealed_and_opened_again(world: World) -> None:
    """A draft's file is fetched, sealed, moves with the draft to the case, and opens with the case's key."""
    reporter, messenger = await world.reporter(), Messenger(files={"ref": CONTENT})
    file = await _sent(world, reporter)
    assert await _state(world, file) == "pending"
    assert await _fetch(world, messenger) == 1
    assert (await _state(world, file), await _fetch(world, messenger)) == ("stored", 0)
    reference = (await world.opened(HIGH, reporter, files=[file])).case.reference
    async with world.backend.looking() as work:
        (found,) = await files.of_case(work, await records.find(work, reference))
    assert (found.id, found.kind, found.name, found.mime) == (file, "photo", "имя.jpg", "image/jpeg")
    assert world.backend.files.read(found.id, found.key) == CONTENT


async def test_moved_while_pending(world: World) -> None:
    """A file that is fetched only after its draft became a case opens with the case's key all the same."""
    reporter, messenger = await world.reporter(), Messenger(files={"ref": CONTENT})
    file = await _sent(world, reporter)
    reference = (await world.opened(HIGH, reporter, files=[file])).case.reference
    await _fetch(world, messenger)
    async with world.backend.looking() as work:
        found = await files.about(work, await records.find(work, reference), file)
    assert found
    assert (found.state, world.backend.files.read(found.id, found.key)) == ("stored", CONTENT)


async def test_moved_while_being_fetched(world: World) -> None:
    """So does one whose draft becomes a case in the middle of fetching."""
    reporter, messenger = await world.reporter(), Messenger(files={"ref": CONTENT}, held=asyncio.Event())
    file = await _sent(world, reporter)
    under_way = asyncio.create_task(_fetch(world, messenger))
    await messenger.fetched.wait()
    reference = (await world.opened(HIGH, reporter, files=[file])).case.reference
    assert messenger.held
    messenger.held.set()
    await under_way
    async with world.backend.looking() as work:
        found = await files.about(work, await records.find(work, reference), file)
    assert found
    assert (found.state, world.backend.files.read(found.id, found.key)) == ("stored", CONTENT)


async def test_tried_again_until_it_works(world: World) -> None:
    """A messenger that doesn't give the file now is asked again, ever more rarely."""
    reporter, messenger = await world.reporter(), Messenger(files={"ref": Temporary("down")})
    file = await _sent(world, reporter)
    assert await _fetch(world, messenger) == 1
    assert await _fetch(world, messenger) == 0
    for seconds in (4, 8, 16):
        world.clock.advance(timedelta(seconds=seconds - 1))
        assert await _fetch(world, messenger) == 0
        world.clock.advance(timedelta(seconds=1))
        assert await _fetch(world, messenger) == 1
    messenger.files["ref"] = CONTENT
    world.clock.advance(files.LONGEST_PAUSE)
    await _fetch(world, messenger)
    assert await _state(world, file) == "stored"


async def test_given_up_and_said_once(world: World) -> None:
    """A file that can't be had after all tries is given up, and its sender is told, once."""
    reporter, messenger = await world.reporter(), Messenger(files={"ref": Temporary("down")})
    file = await _sent(world, reporter)
    for _ in range(files.MOST_TRIES + 2):
        await _fetch(world, messenger)
        world.clock.advance(files.LONGEST_PAUSE)
    assert await _state(world, file) == "failed"
    assert await world.told() == {("reporter", "say"): 1}


@pytest.mark.parametrize("content", [CONTENT, Permanent("too big")], ids=["larger than said", "refused"])
async def test_too_large_is_told(world: World, content: bytes | Permanent) -> None:
    """A file over the limit is not kept, and its sender is told at once that it didn't arrive."""
    messenger = Messenger(files={"ref": content}, limits=Limits(file=len(CONTENT) - 1))
    file = await _sent(world, await world.reporter())
    await _fetch(world, messenger)
    assert await _state(world, file) == "failed"
    assert world.backend.files.ids() == set()
    assert await world.told() == {("reporter", "say"): 1}


async def test_erased_while_being_fetched(world: World) -> None:
    """A case erased in the middle of fetching leaves no bytes of its file behind."""
    reporter, messenger = await world.reporter(), Messenger(files={"ref": CONTENT}, held=asyncio.Event())
    file = await _sent(world, reporter)
    reference = (await world.opened(HIGH, reporter, files=[file])).case.reference
    under_way = asyncio.create_task(_fetch(world, messenger))
    await messenger.fetched.wait()
    await world.do(reference, lambda work, case: erasure.destroy(work, case, by="reporter"))
    assert messenger.held
    messenger.held.set()
    await under_way
    assert await _state(world, file) is None
    assert world.backend.files.ids() == set()


async def test_strays_are_removed(world: World) -> None:
    """Sealed bytes of which no row speaks go, whole or half; those of a case stay."""
    reporter, messenger = await world.reporter(), Messenger(files={"ref": CONTENT})
    file = await _sent(world, reporter)
    await _fetch(world, messenger)
    world.backend.files.write("f" * 32, new_file_key(), CONTENT)
    assert world.backend.files.ids() == {file, "f" * 32}
    await fetching.remove_strays(world.backend)
    assert world.backend.files.ids() == {file}


async def test_bytes_go_only_with_the_commit(world: World) -> None:
    """If erasing fails before it is committed, the file is still there."""
    reporter, messenger = await world.reporter(), Messenger(files={"ref": CONTENT})
    file = await _sent(world, reporter)
    await _fetch(world, messenger)

    async def failing() -> None:
        async with world.backend.work() as work:
            await erasure.drop_draft_files(work, reporter, [file])
            raise LookupError

    with pytest.raises(LookupError):
        await failing()
    assert world.backend.files.ids() == {file}
    async with world.backend.work() as work:
        await erasure.drop_draft_files(work, reporter, [file])
    assert world.backend.files.ids() == set()
