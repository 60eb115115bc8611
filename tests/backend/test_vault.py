"""The vault: what is sealed stays sealed, in its place and unchanged; keys are never lost or overwritten."""

from __future__ import annotations

import hashlib
import hmac
import stat
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, insert, select, update
from sqlalchemy.exc import StatementError

from backend.cases.model import CaseRow, EntryRow
from backend.database import Database, Table
from backend.errors import KeysMissing, SealBroken
from backend.vault.files import FileStore, new_file_key
from backend.vault.keyfile import create_key_file, is_private, new_keys
from backend.vault.keyring import missing_wrapping_keys
from backend.vault.keys import DataKey, KeyFile, Vault, new_id
from backend.vault.model import DataKeyRow, SealedColumn
from backend.vault.opening import open_vault
from backend.vault.sources import of_file
from tests.backend.world import KEYS, NOON, URGENT, World

KEY = DataKey("owner", 1, bytes(32))
PLACE = ("cases", "report", "row")


# ── Values ──────────────────────────────────────────────────────────────────────────────────────


def test_what_was_sealed_opens() -> None:
    """What was sealed opens with the same key in the same place, and never looks the same twice."""
    for plain in (b"", b"x", "слово".encode() * 1000):
        sealed = KEY.seal(*PLACE, plain)
        assert KEY.open(*PLACE, sealed) == plain
        assert sealed != KEY.seal(*PLACE, plain)


def _changed(value: bytes) -> list[bytes]:
    """The value with each of its bytes changed, and cut at each length."""
    flipped = [value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :] for at in range(len(value))]
    return [*flipped, *(value[:length] for length in range(len(value))), value + b"\0"]


def test_a_changed_value_does_not_open() -> None:
    """Change or cut any byte of a sealed value, and it is broken, not something else."""
    for changed in _changed(KEY.seal(*PLACE, b"plain")):
        with pytest.raises(SealBroken):
            KEY.open(*PLACE, changed)


def test_a_changed_wrapped_key_does_not_open() -> None:
    """Change or cut any byte of a wrapped data key, and it is broken."""
    vault = Vault(KEYS)
    for changed in _changed(vault.wrap("owner", 1, bytes(32))):
        with pytest.raises(SealBroken):
            vault.unwrap("owner", 1, by="k1", wrapped=changed)


@pytest.mark.parametrize(
    "other", [("case_entries", "report", "row"), ("cases", "body", "row"), ("cases", "report", "other")]
)
def test_a_moved_value_does_not_open(other: tuple[str, str, str]) -> None:
    """A value put into another table, column or row is broken."""
    with pytest.raises(SealBroken):
        KEY.open(*other, KEY.seal(*PLACE, b"plain"))


@pytest.mark.parametrize(
    "other", [DataKey("owner", 1, bytes(31) + b"x"), DataKey("owner", 2, bytes(32))], ids=["key", "epoch"]
)
def test_another_key_does_not_open(other: DataKey) -> None:
    """Another key opens nothing, nor does the same one of another epoch."""
    with pytest.raises(SealBroken):
        other.open(*PLACE, KEY.seal(*PLACE, b"plain"))


def test_a_wrapped_key_is_its_owners() -> None:
    """A wrapped data key doesn't open for another owner, for another epoch, or without its wrapping key."""
    vault = Vault(KEYS)
    wrapped = vault.wrap("owner", 1, bytes(32))
    assert vault.unwrap("owner", 1, by="k1", wrapped=wrapped) == bytes(32)
    for owner, epoch in (("other", 1), ("owner", 2)):
        with pytest.raises(SealBroken):
            vault.unwrap(owner, epoch, by="k1", wrapped=wrapped)
    with pytest.raises(KeysMissing):
        vault.unwrap("owner", 1, by="k2", wrapped=wrapped)


# ── Formats, so that another program can read them ──────────────────────────────────────────────

NONCE = bytes(range(12))
SEALED_WORD = "010001000102030405060708090a0bffa44136214bd03858be45f8a694e9cee88e7b3169"
WRAPPED_KEY = (
    "01000102030405060708090a0b4702d61bc5e5c21b8d41978bb1e9786d83d68734f07b5f7c3867e5851d6900b2"
    "1f8a9dbcddfef8f6fa0a3c8b80c119cc"
)
HASHED = "724a71c006de003e56791a1370df19fc"


def test_format_of_a_sealed_value() -> None:
    """Version, epoch, nonce, AES-256-GCM bound to table, column and row: as the documentation has it."""
    place = b"hotline/value/1\x1fcases\x1freport\x1frow"
    sealed = b"\x01\x00\x01" + NONCE + AESGCM(bytes(32)).encrypt(NONCE, "слово".encode(), place)
    assert KEY.open(*PLACE, sealed) == "слово".encode()
    assert KEY.open(*PLACE, bytes.fromhex(SEALED_WORD)) == b"word!"


def test_format_of_a_wrapped_key() -> None:
    """Version, nonce, AES-256-GCM bound to owner and epoch: as the documentation has it."""
    whose = b"hotline/data-key/1\x1fowner\x1f1"
    wrapped = b"\x01" + NONCE + AESGCM(KEYS.wrapping["k1"]).encrypt(NONCE, bytes(32), whose)
    assert wrapped == bytes.fromhex(WRAPPED_KEY)
    assert Vault(KEYS).unwrap("owner", 1, by="k1", wrapped=wrapped) == bytes(32)


def test_format_of_a_keyed_hash() -> None:
    """HMAC-SHA256 over the purpose and the parts, cut to 16 bytes: as the documentation has it."""
    whole = hmac.digest(KEYS.lookup, b"address\x1ftelegram\x1f42", hashlib.sha256)
    digest = Vault(KEYS).digest("address", "telegram", "42")
    assert digest == whole[:16]
    assert digest.hex() == HASHED
    assert digest != Vault(KEYS).digest("room", "telegram", "42")


def test_format_of_a_file(tmp_path: Path) -> None:
    """A file on disk is one sealed value under its own key, bound to its id."""
    store, key = FileStore(tmp_path / "files"), new_file_key()
    store.write("f1", key, b"content")
    sealed = (tmp_path / "files" / "f1.sealed").read_bytes()
    assert DataKey("f1", 1, b64decode(key)).open("files", "content", "f1", sealed) == b"content"


# ── The column ──────────────────────────────────────────────────────────────────────────────────


async def test_a_sealed_column_refuses_plain_bytes(world: World) -> None:
    """Plain bytes can't reach a sealed column, neither by an object nor by a statement of any kind."""
    case = (await world.opened(URGENT)).case
    values = {"id": new_id(), "case_id": case.row.id, "number": 9, "at": NOON, "channel": "telegram"}
    statements = (
        update(CaseRow).values(report=b"plain"),
        insert(EntryRow).values(body=bytearray(b"plain"), **values),
        insert(EntryRow).values(body="plain", **values),
    )
    for statement in statements:
        with pytest.raises((StatementError, TypeError)):
            await _execute(world, statement)
    with pytest.raises((StatementError, TypeError)):
        await _add(world, EntryRow(body=b"plain", **values))
    report = (await world.find(case.reference)).report()
    assert report is not None
    assert report["sos"] is False


async def _execute(world: World, statement: object) -> None:
    async with world.backend.work() as work:
        await work.session.execute(statement)  # type: ignore[call-overload]


async def _add(world: World, row: object) -> None:
    async with world.backend.work() as work:
        work.session.add(row)


def test_every_column_of_bytes_is_sealed_or_a_keyed_hash() -> None:
    """There is no third kind of bytes in the database: a column that could hold plain text by mistake."""
    loose = [
        f"{table.name}.{column.name}"
        for table in Table.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.type.length != 16
    ]
    assert loose == []
    assert isinstance(CaseRow.__table__.c.report.type, SealedColumn)


async def test_a_value_moved_in_the_database_is_noticed(world: World) -> None:
    """Whoever swaps two cases' reports, or two entries of one case, is found out when they are read."""
    one, other = await world.opened(URGENT), await world.opened(URGENT)
    async with world.backend.work() as work:
        moved = select(CaseRow.report).where(CaseRow.id == other.case.row.id).scalar_subquery()
        mine = update(CaseRow).where(CaseRow.id == one.case.row.id).values(report=moved)
        await work.session.execute(mine.execution_options(synchronize_session=False))
    found = await world.find(one.case.reference)
    with pytest.raises(SealBroken):
        found.report()


# ── The key file ────────────────────────────────────────────────────────────────────────────────


def test_a_key_file_is_private_and_comes_back_whole(tmp_path: Path) -> None:
    """The key file is made for its owner's eyes only, and reads back as it was made."""
    path = tmp_path / "new" / "keys.toml"
    made = new_keys(NOON.date())
    create_key_file(path, made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert is_private(path)
    assert of_file(path).read() == made
    assert made.current == "k20260304"
    path.chmod(0o640)
    assert not is_private(path)


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    """Whatever stands where the key file would go, it stays."""
    path = tmp_path / "keys.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        create_key_file(path, new_keys(NOON.date()))
    assert path.read_text(encoding="utf-8") == "mine"


def _without_current(whole: str) -> str:
    return whole.replace('current = "k20260304"', 'current = "k2"')


DAMAGES: list[Callable[[str], str]] = [
    lambda _: "",
    lambda _: "not toml",
    lambda whole: whole[: len(whole) // 2],
    lambda whole: whole.replace('="\n', '"\n'),
    _without_current,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_key_file_is_said_to_be(tmp_path: Path, damage: Callable[[str], str]) -> None:
    """A key file that isn't whole is refused in a sentence that names the file and no key."""
    path = tmp_path / "keys.toml"
    keys = new_keys(NOON.date())
    create_key_file(path, keys)
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(KeysMissing) as caught:
        of_file(path).read()
    assert str(path) in str(caught.value)
    assert keys.lookup.hex() not in str(caught.value)


async def test_opening_makes_a_key_file_once(world: World, tmp_path: Path) -> None:
    """With nothing sealed yet a key file is made; from then on the same one is used."""
    path = tmp_path / "keys.toml"
    first = await open_vault(world.backend.database, of_file(path), now=NOON)
    again = await open_vault(world.backend.database, of_file(path), now=NOON)
    assert (first.made, again.made) == (True, False)
    assert first.vault.digest("x", "y") == again.vault.digest("x", "y")


async def test_data_without_its_keys_is_not_opened(world: World, tmp_path: Path) -> None:
    """With data and no key file, another hotline's, or one that lacks a key, the start is refused."""
    await world.case(URGENT)
    database, path = world.backend.database, tmp_path / "keys.toml"
    await _refused(database, path)
    assert not path.exists()
    create_key_file(path, new_keys(NOON.date()))
    await _refused(database, path)
    other = new_keys(NOON.date())
    _write(tmp_path / "renamed.toml", KeyFile("k1", {"k1": other.wrapping["k20260304"]}, other.lookup))
    await _refused(database, tmp_path / "renamed.toml")
    _write(tmp_path / "right.toml", KEYS)
    assert not (await open_vault(database, of_file(tmp_path / "right.toml"), now=NOON)).made


async def _refused(database: Database, path: Path) -> None:
    with pytest.raises(KeysMissing):
        await open_vault(database, of_file(path), now=NOON)


def _write(path: Path, keys: KeyFile) -> None:
    lines = [f'current = "{keys.current}"', f'lookup = "{b64encode(keys.lookup).decode()}"', "[wrapping]"]
    lines += [f'{name} = "{b64encode(key).decode()}"' for name, key in keys.wrapping.items()]
    path.write_text("\n".join(lines), encoding="utf-8")


async def test_a_dangling_link_to_the_keys_is_no_empty_place(world: World, tmp_path: Path) -> None:
    """A key file on a disk that isn't there now is not replaced by new keys."""
    path = tmp_path / "keys.toml"
    path.symlink_to(tmp_path / "disk" / "keys.toml")
    await _refused(world.backend.database, path)


# ── Files ───────────────────────────────────────────────────────────────────────────────────────


def test_a_sealed_file(tmp_path: Path) -> None:
    """A file is private, opens with its key and id only, and is gone when removed, half-written ones too."""
    folder = tmp_path / "files"
    store, key = FileStore(folder), new_file_key()
    assert store.ids() == set()
    store.write("f1", key, b"content")
    assert store.read("f1", key) == b"content"
    assert stat.S_IMODE((folder / "f1.sealed").stat().st_mode) == 0o600
    with pytest.raises(SealBroken):
        store.read("f1", new_file_key())
    (folder / "f1.sealed").rename(folder / "f2.sealed")
    with pytest.raises(SealBroken):
        store.read("f2", key)
    (folder / "f3.part").write_bytes(b"half")
    assert store.ids() == {"f2", "f3"}
    for each in store.ids():
        store.remove(each)
    assert list(folder.iterdir()) == []


# ── Shredding ───────────────────────────────────────────────────────────────────────────────────


async def test_keys_are_wrapped_by_keys_that_the_file_names(world: World) -> None:
    """Every data key says which wrapping key opens it, so that a missing one can be named."""
    await world.case(URGENT)
    async with world.backend.looking() as work:
        assert await missing_wrapping_keys(work.session, {"k1"}) == set()
        assert await missing_wrapping_keys(work.session, {"k2"}) == {"k1"}
        rows = (await work.session.execute(select(DataKeyRow))).scalars().all()
    assert {row.wrapping_key for row in rows} == {"k1"}
    assert all(len(row.wrapped) == 1 + 12 + 32 + 16 for row in rows)
