"""Looking for words where none may be: in plain, disguised and compressed form.

A canary is a word that occurs nowhere else. It is looked for as UTF-8, UTF-16 and cp1251, in base64 at each
of its three alignments, in hexadecimal, as JSON and URLs escape it, and once more in whatever unpacks.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import json
import lzma
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1251")
LARGEST = 64 << 20
"""Bytes that one packed stream is unpacked to at most."""


@cache
def disguises(word: str) -> tuple[tuple[str, bytes], ...]:
    """Every form in which the word is looked for, with its name."""
    return tuple(_disguises(word))


def _disguises(word: str) -> Iterator[tuple[str, bytes]]:
    for encoding in ENCODINGS:
        plain = word.encode(encoding)
        yield encoding, plain
        for shift in range(3):
            # The first and last letters depend on what stands beside the word.
            for encode in (b64encode, urlsafe_b64encode):
                yield f"{encoding}, base64", encode(b"\0" * shift + plain)[4:-4]
        yield f"{encoding}, hexadecimal", plain.hex().encode()
    yield "escaped", word.encode("unicode_escape")
    yield "JSON", json.dumps(word).strip('"').encode()
    yield "URL", quote(word).encode()


def _inflate(content: bytes) -> bytes:
    """Both of zlib's own formats, told apart by how they begin."""
    return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, LARGEST)


PACKED: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b\x08": _inflate,
    b"BZh": lambda content: bz2.BZ2Decompressor().decompress(content, LARGEST),
    b"\xfd7zXZ\x00": lambda content: lzma.LZMADecompressor().decompress(content, LARGEST),
    b"\x78\x01": _inflate,
    b"\x78\x5e": _inflate,
    b"\x78\x9c": _inflate,
    b"\x78\xda": _inflate,
}
"""How packed streams begin, and what unpacks them."""


def unpacked(content: bytes) -> Iterator[bytes]:
    """Whatever unpacks, wherever in the bytes it begins."""
    for mark, unpack in PACKED.items():
        at = content.find(mark)
        while at >= 0:
            # Most that looks like a beginning is none.
            with contextlib.suppress(zlib.error, OSError, lzma.LZMAError, EOFError, ValueError):
                yield unpack(content[at:])
            at = content.find(mark, at + 1)


def found(words: Iterable[str], content: bytes) -> list[str]:
    """The words that are in there, each with the form it was found in."""
    texts = (content, *(more for more in unpacked(content) if more))
    return [
        f"{word} ({form})"
        for word in words
        for form, disguised in disguises(word)
        if any(disguised in each for each in texts)
    ]


def leaks(words: Iterable[str], places: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Where which words are: empty is what is promised."""
    searched = tuple(words)
    told = {place: found(searched, content) for place, content in places.items()}
    return {place: each for place, each in told.items() if each}


def on_disk(*folders: Path) -> dict[str, bytes]:
    """Every file below these folders by its path, and the paths themselves as one more place."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    found_there = {str(path): path.read_bytes() for path in files}
    return {**found_there, "names of files": "\n".join(found_there).encode()}


def disguised_samples(word: str) -> Iterator[tuple[str, bytes]]:
    """The word in every form that `found` has to see, for testing the search itself."""
    around = f"around {word} around"
    for encoding in ENCODINGS:
        plain = around.encode(encoding)
        yield f"{encoding}", plain
        yield f"{encoding} base64", b64encode(plain)
        yield f"{encoding} base64 shifted", b64encode(b"x" + plain)
        yield f"{encoding} hex", plain.hex().encode()
        for pack in (gzip.compress, bz2.compress, lzma.compress, zlib.compress):
            yield f"{encoding} {pack.__module__}", b"before" + pack(plain) + b"after"
    yield "json", json.dumps(around).encode()
    yield "url", quote(around).encode()
