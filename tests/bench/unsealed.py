"""Runs a module with a cipher that does nothing, so that what sealing costs can be told from all else.

`python -m tests.bench.unsealed -m bot run --config …`, and never anything with real words in it. Data keys
are made, wrapped and loaded as ever; only the values themselves pass through as they are.
"""

from __future__ import annotations

import runpy
import sys

from backend.vault import keys

_TAG = bytes(16)


class _Nothing:
    """Takes AES-GCM's place: as long, and in the clear."""

    def __init__(self, _key: bytes) -> None:
        """No key is needed."""

    def encrypt(self, _nonce: bytes, plain: bytes, _place: bytes) -> bytes:
        """The plain text with room for a tag."""
        return plain + _TAG

    def decrypt(self, _nonce: bytes, sealed: bytes, _place: bytes) -> bytes:
        """The plain text again."""
        return sealed[: -len(_TAG)]


def main(module: str, arguments: list[str]) -> None:
    """Run the module."""
    vars(keys)["AESGCM"] = _Nothing
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3:])
