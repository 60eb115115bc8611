"""A database on another machine is spoken to over verified TLS or not at all."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from backend.database import Database, engine_url
from backend.database_tls import is_here, secured
from tests.postgresql import PostgresServer

ADDRESS = "postgresql://hotline:secret@db.example.org/hotline"


@pytest.mark.parametrize("host", [None, "/run/postgresql", "localhost", "127.0.0.1", "127.8.0.1", "::1"])
def test_this_machine_needs_no_tls(host: str | None) -> None:
    """Nothing leaves the machine on the way to such a server."""
    assert is_here(host)
    assert secured(URL.create("postgresql+asyncpg", host=host))[1] is False


@pytest.mark.parametrize("more", ["", "?sslmode=require", "?sslmode=prefer", "?sslmode=allow"])
def test_another_machine_is_verified_however_weakly_it_was_asked_for(more: str) -> None:
    """Name and certificate are checked; the words for less are not obeyed."""
    bare, tls = secured(make_url(ADDRESS + more))
    assert isinstance(tls, ssl.SSLContext)
    assert tls.verify_mode is ssl.CERT_REQUIRED
    assert tls.check_hostname
    assert not bare.query


def test_only_a_plain_word_turns_it_off() -> None:
    """An operator with a private network of their own says so."""
    assert secured(make_url(f"{ADDRESS}?sslmode=disable"))[1] is False


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that nobody but itself vouches for, for 127.0.0.2, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "db")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("db.example.org")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return folder / "cert.pem", folder / "key.pem"


def _certified(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server's side of TLS with this certificate."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    return tls


class Impostor:
    """A server that answers the request for TLS as told, and keeps whatever it hears after that."""

    def __init__(self, answer: bytes, tls: ssl.SSLContext | None) -> None:
        self.heard = b""
        self._answer = answer
        self._tls = tls
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(20)
        self.port: int = self._door.getsockname()[1]

    def serve(self) -> None:
        """One caller: the eight bytes of an SSLRequest (PostgreSQL, 54.7), the answer, and what follows."""
        with self._door, contextlib.suppress(OSError):
            caller, _ = self._door.accept()
            with caller:
                caller.settimeout(20)
                assert caller.recv(8) == (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
                caller.sendall(self._answer)
                caller.settimeout(2)
                inside = self._tls.wrap_socket(caller, server_side=True) if self._tls else caller
                with inside:
                    self.heard = inside.recv(1000)


@contextlib.contextmanager
def impostor(answer: bytes, tls: ssl.SSLContext | None) -> Iterator[Impostor]:
    """Lend one; when the block ends it has heard all that it will."""
    made = Impostor(answer, tls)
    serving = threading.Thread(target=made.serve, daemon=True)
    serving.start()
    yield made
    serving.join(timeout=30)
    assert not serving.is_alive()


async def _try(address: str, monkeypatch: pytest.MonkeyPatch) -> Exception | None:
    """Ask the database anything as if it were far away; what became of it."""
    monkeypatch.setattr("backend.database_tls.is_here", lambda _host: False)
    database = Database(engine_url(address, base=Path()))
    try:
        async with database.reading() as session:
            await session.execute(text("SELECT 1"))
    except Exception as error:  # noqa: BLE001 - the test asks which
        return error
    finally:
        await database.close()
    return None


async def test_a_server_without_tls_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sits on the line and says "no TLS here" gets neither user nor password."""
    with impostor(b"N", None) as server:
        error = await _try(f"postgresql://hotline:secret@localhost:{server.port}/hotline", monkeypatch)
    assert error is not None
    assert server.heard == b""


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An impostor with a certificate of their own gets no further than the handshake."""
    with impostor(b"S", _certified(*_certificate(tmp_path))) as server:
        error = await _try(f"postgresql://hotline:secret@localhost:{server.port}/hotline", monkeypatch)
    assert isinstance(error, ssl.SSLCertVerificationError)
    assert server.heard == b""


async def test_a_name_that_the_certificate_lacks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that the operator trusts, but for another server."""
    certificate, key = _certificate(tmp_path)
    with impostor(b"S", _certified(certificate, key)) as server:
        address = f"postgresql://hotline:secret@localhost:{server.port}/hotline?sslrootcert={certificate}"
        error = await _try(address, monkeypatch)
    assert isinstance(error, ssl.SSLCertVerificationError)
    assert "Hostname mismatch" in str(error)
    assert server.heard == b""


async def test_plain_is_plain_where_it_was_asked_for(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the word in the address a real server answers without TLS."""
    url = f"{postgres_server.url('postgres')}?sslmode=disable"
    assert await _try(url, monkeypatch) is None
