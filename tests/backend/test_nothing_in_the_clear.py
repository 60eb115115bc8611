"""Whoever has the disk and not the keys reads nothing: a whole life of a case leaves no word in the clear."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from backend.cases import casework, erasure, files, held_replies, records, reporting
from backend.database import Table
from backend.escalation import due_dates
from backend.outbox import Json
from backend.people import staff
from bot import fetching
from bot.channels.base import Inbound, RemoteFile, TextSent
from bot.inbound import Reception
from tests import canaries
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import NOON, TEXTS, URGENT, World

CANARIES = ("Канарейка", "canaryBird")
ANSWERED = (
    "defender", "account", "date", "place", "detention", "contact", "evidence", "perpetrator_words"
)  # fmt: skip


def _word(what: str) -> str:
    """Both canaries in one value, with what it is, so that a find says where it came from."""
    return f"{CANARIES[0]} {what} {CANARIES[1]}"


ANSWERS: dict[str, Json] = {**URGENT, **{key: _word(key) for key in ANSWERED}, "region": "RU-MOW"}


async def _whole_life(world: World) -> None:
    """Everybody does everything once, and every text of theirs holds the canaries."""
    messenger = Messenger(files={_word("file ref"): _word("file content").encode() * 50})
    clara = await world.person(_word("clara"), "coordinator")
    anna = await world.person(_word("anna"))
    await world.room(_word("room"))
    reporter = await world.reporter(_word("sender"))
    async with delivering(world, messenger) as outbound:
        reception = Reception(world.backend, TEXTS, outbound)
        file = RemoteFile(_word("file ref"), "photo", _word("file name"), _word("mime"))
        for number, event in enumerate((TextSent("/report"), TextSent(_word("caption"), (file,)))):
            where = reporter.sender, reporter.chat, True
            await reception.receive(
                [Inbound("telegram", _word(str(number)), *where, event, NOON, str(number))]
            )
        async with world.backend.work() as work:
            noted = files.note(
                work, reporter, ref=file.ref, kind="photo", name=_word("file name"), mime=_word("mime")
            )
        opened = await world.opened(ANSWERS, reporter, files=[noted])
        await fetching.fetch_pending(world.backend, {"telegram": messenger})
        await _work_on(world, opened, anna, clara)
        await world.passes(timedelta(hours=5))
        await all_sent(outbound)
    # What waits while nothing can be sent is on the disk for longest.
    await world.case({**ANSWERS, "account": _word("second")}, await world.reporter(_word("second sender")))


async def _work_on(world: World, opened: reporting.Opened, anna: staff.Staff, clara: staff.Staff) -> None:
    reference = opened.case.reference
    reporter = await world.reporter(_word("sender"))
    await world.acknowledge(reference, anna)
    for number in range(2):
        reply, note, more = _word(f"reply {number}"), _word(f"note {number}"), _word(f"more {number}")
        await world.do(
            reference,
            lambda work, case, said=reply: casework.reply(work, anna, case, said, channel="telegram"),  # type: ignore[misc]
        )
        await world.do(
            reference,
            lambda work, case, said=note: casework.note(work, anna, case, said, channel="telegram"),  # type: ignore[misc]
        )
        await world.do(
            reference,
            lambda work, case, said=more: reporting.add_message(work, reporter, case, said),  # type: ignore[misc]
        )
    async with world.backend.work() as work:
        held_replies.hold(work, anna, await records.find(work, reference), _word("held"))
        await staff.invite(work, "officer", _word("invited"))
    await world.do(
        reference,
        lambda work, case: due_dates.add(
            work, anna, case, work.now + timedelta(hours=1), _word("due"), channel="telegram"
        ),
    )
    await world.do(reference, lambda work, case: casework.assign(work, anna, case, clara))
    await world.do(
        reference, lambda work, case: casework.close(work, clara, case, "resolved", _word("resolution"))
    )


def _files(folder: Path) -> dict[str, bytes]:
    """Contents by name, and the names themselves."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {**found, "names": "\n".join(found).encode()}


async def _clear_text(world: World, folder: Path) -> dict[str, bytes]:
    """All that lies on the disk: the files of the folder, and what PostgreSQL gives without keys."""
    found = _files(folder)
    async with world.backend.database.reading() as session:
        for table in Table.metadata.tables:
            rows = (await session.execute(text(f'SELECT * FROM "{table}"'))).all()  # noqa: S608 - our own names
            found[table] = b"\n".join(_bytes(value) for row in rows for value in row)
    return found


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


async def test_nothing_in_the_clear(world: World, tmp_path: Path) -> None:
    """No answer, name, address, file, reply, note or room can be read on the disk, in any usual encoding."""
    await _whole_life(world)
    on_disk = await _clear_text(world, tmp_path)
    assert sum(len(content) for content in on_disk.values()) > 5_000
    assert any(name.startswith("files/") for name in on_disk)
    assert canaries.leaks(CANARIES, on_disk) == {}


async def test_the_search_would_find_it(world: World, tmp_path: Path) -> None:
    """The same search finds a canary that is written down, in the database and in its write-ahead log."""
    async with world.backend.work() as work:
        statement = "INSERT INTO tombstones (reference, erased_at, erased_by) VALUES ('AAA-AAA', 1, :word)"
        await work.session.execute(text(statement), {"word": CANARIES[0]})
    on_disk = await _clear_text(world, tmp_path)
    places = {place for place, content in on_disk.items() if CANARIES[0].encode() in content}
    assert "tombstones" in places
    assert not world.backend.database.is_sqlite or places >= {"hotline.db-wal"}


async def test_nothing_remains_of_what_was_erased(world: World, tmp_path: Path) -> None:
    """After erasure not even the sealed bytes of a case are in the database's rows."""
    opened = await world.opened(ANSWERS, await world.reporter(_word("sender")))
    sealed = bytes(opened.case.row.report)
    assert sealed in (await _clear_text(world, tmp_path))["cases"]
    await world.do(opened.case.reference, lambda work, case: erasure.destroy(work, case, by="reporter"))
    rows = {
        name: content for name, content in (await _clear_text(world, tmp_path)).items() if "." not in name
    }
    assert [name for name, content in rows.items() if sealed in content] == []
