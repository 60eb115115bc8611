"""Sealed cases are read out of a backup by their identity alone: without hotline, keys or configuration."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from pyrage.x25519 import Identity

from backend.archive import making
from backend.cases import casework, erasure, files, reporting, sealed
from backend.errors import ArchiveRefused, IdentityUnreadable
from backend.people import staff
from backend.people.staff import Staff
from bot import fetching
from bot.cli import open_archive
from tests.backend.backups import PHOTO, Home, home
from tests.backend.messenger import Messenger
from tests.backend.world import HIGH, NORMAL

WORDS = "Соседка видела чёрную машину"


@pytest_asyncio.fixture
async def at_home(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Home]:
    """Lend a hotline that is backed up, on either kind of database."""
    async with home(empty_database_url, tmp_path) as lent:
        yield lent


@pytest.fixture
def identity_file(tmp_path: Path, at_home: Home) -> Path:
    """Write down the identity that opens backups and sealed cases, as `age-keygen` does."""
    return _written(tmp_path / "identity.txt", at_home.identity)


def _written(file: Path, identity: Identity) -> Path:
    file.write_text(f"# created: 2026-03-04\n# public key: {identity.to_public()}\n{identity}\n")
    return file


async def _sealed(home: Home, *, file_name: str = "дверь.jpg") -> str:
    """A case with an account, a photo, an officer's reply and a note, that was closed and sealed."""
    world = home.world
    anna = await world.person("anna")
    defender = await world.reporter("defender")
    async with world.backend.work() as work:
        photo = files.note(work, defender, ref="ref", kind="photo", name=file_name, mime="image/jpeg")
    await fetching.fetch_pending(world.backend, {"telegram": Messenger(files={"ref": PHOTO})})
    reference = (await world.opened(NORMAL, defender, files=[photo])).case.reference
    await world.do(reference, lambda work, case: reporting.add_message(work, defender, case, WORDS))
    await world.do(reference, lambda work, case: casework.reply(work, anna, case, "Едем", channel="telegram"))
    await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved", "дома"))
    await world.take_out()
    world.clock.advance(timedelta(days=1))
    assert await sealed.seal_due(world.backend) == 1
    return reference


def _shown(archive: Path, reference: str, *identities: Path, folder: Path | None = None) -> str:
    return "\n".join(
        open_archive.shown(
            archive, reference, identities=identities, folder=folder, language="ru", zone="Europe/Moscow"
        )
    )


async def test_a_sealed_case_is_read(at_home: Home, identity_file: Path) -> None:
    """Its answers, its history with who wrote when, its resolution; the reference as people type it."""
    reference = await _sealed(at_home)
    archive = await at_home.back_up()
    said = _shown(archive, reference.replace("-", "").lower(), identity_file)
    for part in (reference, "they called", WORDS, "Едем", "дома", "4 марта 2026, 12:00", "дверь.jpg"):
        assert part in said
    assert "staff 1" in said


async def test_its_files_are_written(at_home: Home, identity_file: Path, tmp_path: Path) -> None:
    """Byte for byte, their owner's alone, under names that no sender chose; none is written over."""
    reference = await _sealed(at_home, file_name="../../evil/.bashrc.jpg")
    archive, folder = await at_home.back_up(), tmp_path / "files"
    assert str(folder / "01-photo.jpg") in _shown(archive, reference, identity_file, folder=folder)
    (written,) = folder.iterdir()
    assert (written.name, written.read_bytes()) == ("01-photo.jpg", PHOTO)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        _shown(archive, reference, identity_file, folder=folder)


async def test_what_people_wrote_is_no_command_to_the_terminal(at_home: Home, identity_file: Path) -> None:
    """Escape sequences in words and file names are shown as what they are, and lines stay lines."""
    reference = await _sealed(at_home, file_name="a\x1b[2J\rb\nEND.jpg")
    reporter = await at_home.world.reporter("other")
    second = await at_home.world.case({**NORMAL, "account": "one\ntwo \x1b]0;gone\x07\x9b2J"}, reporter)
    (anna,) = await _officers(at_home)
    await at_home.world.do(second, lambda work, case: casework.close(work, anna, case, "resolved"))
    await at_home.world.take_out()
    at_home.world.clock.advance(timedelta(days=1))
    assert await sealed.seal_due(at_home.backend) == 1
    archive = await at_home.back_up()
    shown = _shown(archive, reference, identity_file) + _shown(archive, second, identity_file)
    assert "one\ntwo" in shown
    assert "END.jpg: in the archive" in shown
    assert not any(letter in shown for letter in "\x1b\r\x07\x9b")
    assert not any(line.startswith("END") for line in shown.splitlines())


async def _officers(home: Home) -> list[Staff]:
    async with home.backend.looking() as work:
        return list(await staff.with_role(work, "officer"))


async def test_what_there_is_is_listed(at_home: Home, identity_file: Path) -> None:
    """Every case with its state and whether it opens here; not one that its reporter took back."""
    opens = await _sealed(at_home)
    newer = await at_home.world.case(HIGH, await at_home.world.reporter("second"))
    taken_back = await at_home.world.case(HIGH, await at_home.world.reporter("third"))
    await at_home.world.do(taken_back, erasure.hide)
    archive = await at_home.back_up()
    lines = open_archive.listed(archive, identities=[identity_file])
    assert [line.partition(" ")[0] for line in lines] == [newer, opens]
    assert lines[0].endswith("not sealed: it takes the hotline's key file")
    assert lines[1].endswith("sealed: it opens")
    assert "closed" in lines[1]
    with pytest.raises(ArchiveRefused, match="holds no case"):
        _shown(archive, taken_back, identity_file)


async def test_what_came_after_sealing_is_said_to_be_closed(at_home: Home, identity_file: Path) -> None:
    """Words of a later epoch stand under a key of the hotline's; the rest is read all the same."""
    reference = await _sealed(at_home)
    reporter = await at_home.world.reporter("defender")
    await at_home.world.do(
        reference, lambda work, case: reporting.add_message(work, reporter, case, "Вернулись снова")
    )
    said = _shown(await at_home.back_up(), reference, identity_file)
    assert WORDS in said
    assert "Вернулись снова" not in said


async def test_one_identity_for_the_archive_another_for_the_case(at_home: Home, tmp_path: Path) -> None:
    """Several identities may be given; without the case's own one it can be listed and not read."""
    reference = await _sealed(at_home)
    keeper = Identity.generate()
    archive = (await making.make(at_home.backend, [keeper.to_public()])).path
    keeps, opens = _written(tmp_path / "keeper", keeper), _written(tmp_path / "opens", at_home.identity)
    assert WORDS in _shown(archive, reference, keeps, opens)
    with pytest.raises(ArchiveRefused, match="sealed to other identities"):
        _shown(archive, reference, keeps)
    (line,) = open_archive.listed(archive, identities=[keeps])
    assert line.endswith("sealed to others")
    with pytest.raises(ArchiveRefused, match="doesn't open"):
        _shown(archive, reference, opens)


async def test_what_can_not_be_read_is_said(at_home: Home, identity_file: Path, tmp_path: Path) -> None:
    """A case that isn't sealed, one that isn't there, what is no reference, a file that is no identity."""
    waiting = await at_home.world.case(HIGH)
    archive = await at_home.back_up()
    with pytest.raises(ArchiveRefused, match="takes the hotline's key file"):
        _shown(archive, waiting, identity_file)
    with pytest.raises(ArchiveRefused, match="holds no case ZZZ-222"):
        _shown(archive, "ZZZ-222", identity_file)
    with pytest.raises(ArchiveRefused, match="no reference"):
        _shown(archive, "hello", identity_file)
    with pytest.raises(IdentityUnreadable):
        _shown(archive, waiting, tmp_path / "nowhere")


async def test_a_damaged_archive_is_said_to_be_one(at_home: Home, identity_file: Path) -> None:
    """Also where the damage is behind what was asked for."""
    reference = await _sealed(at_home)
    archive = await at_home.back_up()
    whole = archive.read_bytes()
    archive.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ArchiveRefused, match="damaged"):
        _shown(archive, reference, identity_file)
    with pytest.raises(ArchiveRefused, match="damaged"):
        open_archive.listed(archive, identities=[identity_file])
