"""Every stored format is as `docs/formats.md` has it: its known answers are read by a decoder of this module.

The decoder takes `cryptography` and the standard library, and nothing of the hotline's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from backend.archive import contents, rows
from backend.archive.container import Tally
from backend.audit import chain
from backend.audit.chain import Head, Noted
from backend.errors import IdentityWrong, KeysMissing, SealBroken
from backend.retention import erasures_list
from backend.vault import keyfile, passphrase, sealing
from backend.vault.files import FileStore
from backend.vault.keys import DataKey, KeyFile, Vault
from backend.vault.passphrase import Lock

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```toml vector (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VECTORS: dict[str, Any] = {name: tomllib.loads(text) for name, text in BLOCK.findall(DOCUMENT)}
US = b"\x1f"


def bytes_in(vector: str, *names: str) -> list[bytes]:
    """Bytes of a known answer."""
    return [bytes.fromhex(VECTORS[vector][name]) for name in names]


def text_in(vector: str, *names: str) -> list[str]:
    """Texts of a known answer."""
    return [str(VECTORS[vector][name]) for name in names]


# ── A decoder of its own ────────────────────────────────────────────────────────────────────────


def opened_value(key: bytes, place: tuple[str, str, str], sealed: bytes) -> tuple[int, bytes]:
    """Epoch and plain of a sealed value."""
    assert sealed[0] == 1
    aad = US.join(part.encode() for part in ("hotline/value/1", *place))
    return int.from_bytes(sealed[1:3], "big"), AESGCM(key).decrypt(sealed[3:15], sealed[15:], aad)


def opened_data_key(wrapping_key: bytes, owner: str, epoch: int, wrapped: bytes) -> bytes:
    """A data key that was wrapped."""
    assert wrapped[0] == 1
    aad = US.join((b"hotline/data-key/1", owner.encode(), str(epoch).encode()))
    return AESGCM(wrapping_key).decrypt(wrapped[1:13], wrapped[13:], aad)


def keyed_hash(lookup: bytes, purpose: str, *parts: str) -> bytes:
    """A keyed hash."""
    return hmac.digest(lookup, US.join(part.encode() for part in (purpose, *parts)), "sha256")[:16]


def keys_in(text: str) -> tuple[str, bytes, dict[str, bytes]]:
    """Current name, look-up key and wrapping keys of a key file of either version."""
    table = tomllib.loads(text)
    wrapping = {
        name: b64decode(entry if isinstance(entry, str) else entry["key"])
        for name, entry in table["wrapping"].items()
    }
    return table["current"], b64decode(table["lookup"]), wrapping


def unprotected(text: str, phrase: str) -> tuple[bytes, str]:
    """The key that the passphrase comes to, and the text of the key file."""
    table = tomllib.loads(text)["protected"]
    assert table["version"] == 1
    salt, sealed = b64decode(table["salt"]), b64decode(table["sealed"])
    derived = Argon2id(
        salt=salt,
        length=32,
        iterations=table["passes"],
        lanes=table["lanes"],
        memory_cost=table["memory"],
    ).derive(phrase.encode())
    numbers = [str(table[name]).encode() for name in ("memory", "passes", "lanes")]
    aad = US.join((b"hotline/key-file/1", *numbers, table["salt"].encode()))
    return derived, AESGCM(derived).decrypt(sealed[:12], sealed[12:], aad).decode()


def from_age(identity: str, file: bytes) -> bytes:
    """The content of an age file of one piece. Raises InvalidTag or InvalidSignature where it was changed."""
    secret = X25519PrivateKey.from_private_bytes(_bech32(identity))
    head, _, rest = file.partition(b"\n---")
    mac, _, payload = rest.partition(b"\n")
    lines = head.decode("ascii").split("\n")
    assert lines[0] == "age-encryption.org/v1"
    file_key = next(filter(None, map(_file_key(secret), _stanzas(lines[1:]))))
    signed = hmac.digest(_hkdf(file_key, b"", b"header"), head + b"\n---", "sha256")
    if signed != _unpadded(mac.decode("ascii").strip()):
        raise InvalidSignature
    key = _hkdf(file_key, payload[:16], b"payload")
    return ChaCha20Poly1305(key).decrypt(bytes(11) + b"\x01", payload[16:], None)


def _stanzas(lines: list[str]) -> Iterator[tuple[bytes, bytes]]:
    """Share and body of each recipient of type X25519."""
    for number, line in enumerate(lines):
        if line.startswith("-> X25519 "):
            yield _unpadded(line.split(" ")[2]), _unpadded(lines[number + 1])


def _file_key(secret: X25519PrivateKey) -> Callable[[tuple[bytes, bytes]], bytes | None]:
    ours = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def opened(stanza: tuple[bytes, bytes]) -> bytes | None:
        share, body = stanza
        shared = secret.exchange(X25519PublicKey.from_public_bytes(share))
        key = _hkdf(shared, share + ours, b"age-encryption.org/v1/X25519")
        return ChaCha20Poly1305(key).decrypt(bytes(12), body, None)

    return opened


def _hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(secret)


def _unpadded(text: str) -> bytes:
    return b64decode(text + "=" * (-len(text) % 4))


def _bech32(text: str) -> bytes:
    """The 32 bytes of an age identity (BIP 173); its checksum is not our matter."""
    letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    digits = [letters.index(letter) for letter in text.lower().rpartition("1")[2][:-6]]
    number = 0
    for digit in digits:
        number = number << 5 | digit
    return (number >> 5 * len(digits) - 256).to_bytes(32, "big")


# ── Keys ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["key-file", "key-file-first"])
def test_the_key_file(version: str) -> None:
    """Both versions: current, look-up key, wrapping keys; and the hotline reads the same."""
    vector = VECTORS[version]
    current, lookup, wrapping = keys_in(vector["text"])
    assert (current, lookup.hex()) == (vector["current"], vector["lookup"])
    assert {name: key.hex() for name, key in wrapping.items()} == vector["wrapping"]
    ours = keyfile.parse(vector["text"], where="it")
    assert (ours.current, ours.lookup, ours.wrapping) == (current, lookup, wrapping)
    assert keys_in(keyfile.compose(ours)) == (current, lookup, wrapping)


def test_the_key_file_is_written_as_documented() -> None:
    """But for the comment at its head, byte for byte, days included."""
    text = VECTORS["key-file"]["text"]
    assert keyfile.compose(keyfile.parse(text, where="it")) == keyfile.HEAD + text


def test_the_key_file_wrapped_by_a_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id and AES-256-GCM; with the nonce given, the hotline writes the same."""
    phrase, text, opened = text_in("key-file-protected", "passphrase", "text", "opened")
    key, nonce = bytes_in("key-file-protected", "key", "nonce")
    assert unprotected(text, phrase) == (key, opened)
    read = passphrase.parse(text, where="it")
    lock = passphrase.derive(phrase, read.salt, read.cost)
    assert lock.key == key
    assert passphrase.unwrap(read, lock, where="it") == opened
    monkeypatch.setattr("os.urandom", lambda _: nonce)
    assert passphrase.wrap(opened, lock) == passphrase.HEAD + text


def test_what_protecting_costs_is_documented() -> None:
    """The document says what a try of a passphrase takes."""
    cost = passphrase.Cost()
    assert f"{cost.memory} KiB, {cost.passes} passes, {cost.lanes} lanes" in DOCUMENT


def _vault(wrapping_key: bytes = bytes(32), lookup: bytes = bytes(32)) -> Vault:
    return Vault(KeyFile("k", {"k": wrapping_key}, lookup))


def test_a_wrapped_data_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened by the decoder and by the hotline; wrapped to the same bytes, by rotation too."""
    wrapping_key, nonce, key, wrapped = bytes_in("data-key", "wrapping_key", "nonce", "data_key", "wrapped")
    owner, epoch = VECTORS["data-key"]["owner"], VECTORS["data-key"]["epoch"]
    assert opened_data_key(wrapping_key, owner, epoch, wrapped) == key
    vault = _vault(wrapping_key)
    assert vault.unwrap(owner, epoch, by="k", wrapped=wrapped) == key
    monkeypatch.setattr("os.urandom", lambda _: nonce)
    assert vault.wrap(owner, epoch, key) == wrapped
    ((_, _, _, anew),) = vault.wrapped_anew([(owner, epoch, "k", wrapped)])
    assert anew == wrapped


def test_the_mark_of_a_wrapping_key() -> None:
    """A hash of the key, by which it is known again."""
    key, mark = bytes_in("mark", "key", "mark")
    assert hashlib.sha256(b"hotline/wrapping-key/mark/1" + US + key).digest()[:16] == mark
    assert _vault(key).mark("k") == mark


def test_a_sealed_key() -> None:
    """An age file, decoded by its own specification; and the hotline's is decoded so too."""
    (identity, owner), epoch = text_in("sealed-key", "identity", "owner"), VECTORS["sealed-key"]["epoch"]
    key, wrapped = bytes_in("sealed-key", "data_key", "wrapped")
    plain = US.join((b"hotline/sealed-key/1", owner.encode(), str(epoch).encode(), key))
    assert from_age(identity, wrapped) == plain
    ours = pyrage.x25519.Identity.from_str(identity)
    assert sealing.open_key(owner, epoch, wrapped, [ours]) == key
    assert from_age(identity, sealing.seal_key(owner, epoch, key, [ours.to_public()])) == plain


# ── Values ──────────────────────────────────────────────────────────────────────────────────────


def _place(vector: str) -> tuple[str, str, str]:
    table, column, row = text_in(vector, "table", "column", "row")
    return table, column, row


def test_a_sealed_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened by the decoder and by the hotline; sealed to the same bytes."""
    key, nonce, plain, sealed = bytes_in("value", "data_key", "nonce", "plain", "sealed")
    epoch = VECTORS["value"]["epoch"]
    assert opened_value(key, _place("value"), sealed) == (epoch, plain)
    ours = DataKey("owner", epoch, key)
    assert ours.open(*_place("value"), sealed) == plain
    monkeypatch.setattr("os.urandom", lambda _: nonce)
    assert ours.seal(*_place("value"), plain) == sealed


def test_a_sealed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On disk it is the documented bytes, and these are read."""
    key, nonce, content, sealed = bytes_in("file", "key", "nonce", "content", "sealed")
    file_id, encoded = VECTORS["file"]["id"], b64encode(key).decode()
    assert opened_value(key, ("files", "content", file_id), sealed) == (1, content)
    monkeypatch.setattr("os.urandom", lambda _: nonce)
    store = FileStore(tmp_path)
    store.write(file_id, encoded, content)
    assert (tmp_path / f"{file_id}.sealed").read_bytes() == sealed
    assert store.read(file_id, encoded) == content


def test_a_keyed_hash() -> None:
    """HMAC-SHA256, cut to 16 bytes."""
    lookup, known = bytes_in("keyed-hash", "lookup", "hash")
    purpose, parts = VECTORS["keyed-hash"]["purpose"], VECTORS["keyed-hash"]["parts"]
    assert keyed_hash(lookup, purpose, *parts) == known
    assert _vault(lookup=lookup).digest(purpose, *parts) == known


def test_every_purpose_of_a_keyed_hash_is_documented() -> None:
    """No purpose of the code is missing in the table, so that whatever is looked up can be made again."""
    code = "".join(
        path.read_text() for folder in ("backend", "bot") for path in (ROOT / folder).rglob("*.py")
    )
    used = set(re.findall(r"\.digest\(\s*\"([^\"]+)\"", code))
    documented = set(re.findall(r"`([a-z0-9/-]+)`", DOCUMENT))
    assert used
    assert used <= documented


# ── The audit log, backups, erasures ────────────────────────────────────────────────────────────


def test_the_audit_log() -> None:
    """Links, seal and what people compare, from the lines alone."""
    vector = VECTORS["audit"]
    lookup, link = bytes.fromhex(vector["lookup"]), bytes(16)
    for line in vector["lines"]:
        named = [f"={line[word]}" if word in line else "" for word in ("reference", "about")]
        parts = (link.hex(), str(line["number"]), str(line["at"]), line["actor"], line["action"], *named)
        noted = Noted(line["actor"], line["action"], line.get("reference"), line.get("about"))
        ours = chain.link(_vault(lookup=lookup), link, number=line["number"], at=line["at"], noted=noted)
        link = keyed_hash(lookup, "audit/1", *parts)
        assert link.hex() == line["link"] == ours.hex()
    last = vector["lines"][-1]["number"]
    assert keyed_hash(lookup, "audit-head/1", str(last), link.hex()).hex() == vector["seal"]
    assert chain.seal(_vault(lookup=lookup), Head(last, link)).hex() == vector["seal"]
    assert _compared(last, link) == vector["head"] == Head(last, link).short()


def _compared(number: int, link: bytes) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    bits = "".join(f"{byte:08b}" for byte in link)
    word = "".join(letters[int(bits[at : at + 5], 2)] for at in range(0, 80, 5))
    return f"{number}:" + "-".join(word[at : at + 4] for at in range(0, 16, 4))


def test_the_digest_of_a_backup() -> None:
    """Over names, sizes and contents; and its mark."""
    vector, tally, whole = VECTORS["backup"], Tally(), hashlib.sha256()
    for member in vector["members"]:
        name, content = member["name"], bytes.fromhex(member["content"])
        whole.update(name.encode() + b"\0" + len(content).to_bytes(8, "big") + content)
        tally.begin(name, len(content))
        tally.add(content)
    lookup = bytes.fromhex(vector["lookup"])
    assert whole.hexdigest() == vector["sha256"] == tally.hex()
    mark = keyed_hash(lookup, "backup", vector["sha256"]).hex()
    assert mark == vector["mark"] == contents.mark(_vault(lookup=lookup), vector["sha256"])


def test_a_row_of_a_backup() -> None:
    """An array, bytes in base64."""
    vector = VECTORS["backup"]
    *plain, nothing = json.loads(vector["row"])
    assert nothing is None
    assert [*plain[:3], b64decode(plain[3]).hex()] == vector["values"]
    row = (*vector["values"][:3], bytes.fromhex(vector["values"][3]), None)
    line = vector["row"].encode() + b"\n"
    assert rows.written([row]) == line
    assert list(rows.read(line, [(name, kind) for name, kind in vector["columns"]])) == [row]


def test_a_line_of_the_list_of_erasures(tmp_path: Path) -> None:
    """Reference, tab, time."""
    vector, file = VECTORS["erasures"], tmp_path / "erasures.log"
    reference, _, at = vector["text"].rstrip("\n").partition("\t")
    assert (reference, datetime.fromisoformat(at)) == (vector["reference"], vector["at"])
    erasures_list.add(file, {vector["reference"]: vector["at"]})
    assert file.read_text() == vector["text"]


# ── Tampering ───────────────────────────────────────────────────────────────────────────────────

Opens = Callable[[bytes], object]


def _open_sealed_key(wrapped: bytes) -> object:
    vector = VECTORS["sealed-key"]
    identity = pyrage.x25519.Identity.from_str(vector["identity"])
    return sealing.open_key(vector["owner"], vector["epoch"], wrapped, [identity])


def _open_data_key(wrapped: bytes) -> object:
    vector = VECTORS["data-key"]
    vault = _vault(bytes.fromhex(vector["wrapping_key"]))
    return vault.unwrap(vector["owner"], vector["epoch"], by="k", wrapped=wrapped)


def _open_value(sealed: bytes) -> object:
    vector = VECTORS["value"]
    return DataKey("o", vector["epoch"], bytes.fromhex(vector["data_key"])).open(*_place("value"), sealed)


def _open_file(sealed: bytes) -> object:
    vector = VECTORS["file"]
    key = DataKey(vector["id"], 1, bytes.fromhex(vector["key"]))
    return key.open("files", "content", vector["id"], sealed)


SEALED: dict[str, tuple[bytes, Opens]] = {
    "sealed-key": (bytes_in("sealed-key", "wrapped")[0], _open_sealed_key),
    "data-key": (bytes_in("data-key", "wrapped")[0], _open_data_key),
    "value": (bytes_in("value", "sealed")[0], _open_value),
    "file": (bytes_in("file", "sealed")[0], _open_file),
}
BROKEN = (SealBroken, IdentityWrong)


@pytest.mark.parametrize("kind", SEALED)
def test_every_bit_of_every_byte_counts(kind: str) -> None:
    """Flip any bit, cut at any length, add anything: it is broken, and never something else."""
    whole, opens = SEALED[kind]
    assert opens(whole)
    flipped = [
        whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
        for at in range(len(whole))
        for bit in range(8)
    ]
    for changed in [*flipped, *(whole[:length] for length in range(len(whole))), whole + b"\0"]:
        with pytest.raises(BROKEN):
            opens(changed)


@pytest.mark.parametrize("kind", SEALED)
@given(data=st.data())
def test_nothing_else_opens(kind: str, data: st.DataObject) -> None:
    """Any bytes that aren't the sealed ones, also any that begin or end like them, are broken."""
    whole, opens = SEALED[kind]
    at, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 40))
    changed = whole[:at] + data.draw(st.binary(max_size=60)) + whole[at + length :]
    if changed != whole:
        with pytest.raises(BROKEN):
            opens(changed)


def test_every_byte_of_a_protected_key_file_counts() -> None:
    """Each byte of what is sealed in it, of its salt, and each of its numbers."""
    phrase, text = text_in("key-file-protected", "passphrase", "text")
    read = passphrase.parse(text, where="it")
    lock = passphrase.derive(phrase, read.salt, read.cost)
    for at in range(len(read.sealed)):
        sealed = read.sealed[:at] + bytes([read.sealed[at] ^ 1]) + read.sealed[at + 1 :]
        with pytest.raises(KeysMissing):
            passphrase.unwrap(passphrase.Protected(read.cost, read.salt, sealed), lock, where="it")
    for cost in (passphrase.Cost(1025, 3, 2), passphrase.Cost(1024, 4, 2), passphrase.Cost(1024, 3, 1)):
        changed = passphrase.Protected(cost, read.salt, read.sealed)
        for key in (lock, passphrase.derive(phrase, read.salt, cost), Lock(cost, read.salt, lock.key)):
            with pytest.raises(KeysMissing):
                passphrase.unwrap(changed, key, where="it")
    for at in range(len(read.salt)):
        salt = read.salt[:at] + bytes([read.salt[at] ^ 1]) + read.salt[at + 1 :]
        with pytest.raises(KeysMissing):
            passphrase.unwrap(passphrase.Protected(read.cost, salt, read.sealed), lock, where="it")


@given(st.text() | st.binary().map(lambda content: content.decode(errors="replace")))
def test_a_key_file_of_anything_is_a_sentence(text: str) -> None:
    """Whatever stands in a key file, it is read, or refused in a sentence."""
    assert not passphrase.is_protected(text) or "protected" in text
    for parsed in (lambda: keyfile.parse(text, where="it"), lambda: passphrase.parse(text, where="it")):
        with pytest.raises(KeysMissing, match=r"^it "):
            parsed()


@pytest.mark.parametrize("change", range(0, 400, 7))
def test_the_decoder_notices_too(change: int) -> None:
    """The decoder of this test doesn't take changed bytes either: it would prove nothing."""
    sealed_key, wrapped = VECTORS["sealed-key"], SEALED["sealed-key"][0]
    at = change % len(wrapped)
    changed = wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :]
    with pytest.raises((InvalidTag, InvalidSignature, AssertionError, ValueError, StopIteration)):
        from_age(sealed_key["identity"], changed)
