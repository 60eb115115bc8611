"""Encrypted attachments: opened in pieces, and refused when they were changed or are none."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

import pytest
from nio.crypto import encrypt_attachment

from bot.channels.base import Permanent
from bot.channels.matrix.files import pieces
from bot.channels.matrix.homeserver import Homeserver

CONTENT = bytes(range(256)) * 100


class Store(Homeserver):
    """A homeserver that holds one file."""

    def __init__(self, content: bytes) -> None:
        super().__init__("http://127.0.0.1:9")
        self.content = content

    async def download(self, server: str, media: str) -> AsyncGenerator[bytes, None]:
        """In pieces that are no multiple of any block."""
        assert (server, media) == ("x", "y")
        for start in range(0, len(self.content), 1001):
            yield self.content[start : start + 1001]


def sealed() -> tuple[bytes, dict[str, str]]:
    """The content as another client stores it, and what its message says of it."""
    stored, opens = encrypt_attachment(CONTENT)
    return stored, {
        "url": "mxc://x/y",
        "key": opens["key"]["k"],
        "iv": opens["iv"],
        "sha256": opens["hashes"]["sha256"],
    }


async def fetched(stored: bytes, ref: str, *, largest: int = 1 << 20) -> bytes:
    """The file."""
    return b"".join([piece async for piece in pieces(Store(stored), ref, largest=largest, within=5)])


async def test_a_file_comes_as_it_was_sent() -> None:
    """Whatever the pieces are in which it comes; one that was never encrypted comes as it is."""
    stored, ref = sealed()
    assert await fetched(stored, json.dumps(ref)) == CONTENT
    assert await fetched(CONTENT, json.dumps({"url": "mxc://x/y"})) == CONTENT


@pytest.mark.parametrize("place", [0, 12_345, -1])
async def test_a_changed_file_is_refused(place: int) -> None:
    """One bit anywhere, by whoever keeps it."""
    stored, ref = sealed()
    changed = bytearray(stored)
    changed[place] ^= 1
    with pytest.raises(Permanent):
        await fetched(bytes(changed), json.dumps(ref))


async def test_a_file_cut_short_or_too_large_is_refused() -> None:
    """Also where the message said otherwise."""
    stored, ref = sealed()
    for content, largest in ((stored[:-1], 1 << 20), (stored, len(stored) - 1)):
        with pytest.raises(Permanent):
            await fetched(content, json.dumps(ref), largest=largest)


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "https://x/y"},
        {"url": "mxc://x"},
        {"key": "AAAA"},
        {"iv": ""},
        {"sha256": "не base64"},
        {"key": ""},
    ],
)
async def test_what_is_no_file_is_refused(changed: dict[str, str]) -> None:
    """A message may say anything of its file."""
    stored, ref = sealed()
    with pytest.raises(Permanent):
        await fetched(stored, json.dumps({**ref, **changed}))
    with pytest.raises(Permanent):
        await fetched(stored, "no JSON")
