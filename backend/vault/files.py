"""Files on disk, sealed: a random name, one AES-GCM seal, and a key of its own kept sealed in the row.

On disk: 0x01 ‖ epoch(2) ‖ nonce(12) ‖ AES-256-GCM(file key, content, aad of ("files", "content", id)).
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from pathlib import Path

from backend.vault.keys import DataKey, new_data_key


def new_file_key() -> str:
    """A key for one file, as it is kept inside the row's sealed `about`."""
    return b64encode(new_data_key()).decode()


class FileStore:
    """Sealed files in one folder. Sizes are those of messengers (20 MB), so a file is sealed in one piece."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, file_id: str, key: str, content: bytes) -> None:
        """Seal and write durably; a crash leaves the whole file or none."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.path(file_id)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_key(file_id, key).seal("files", "content", file_id, content))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def read(self, file_id: str, key: str) -> bytes:
        """The content. Raises SealBroken if it was changed, FileNotFoundError if it is gone."""
        return opened(file_id, key, self.path(file_id).read_bytes())

    def remove(self, file_id: str) -> None:
        """Remove the file, whole or in part; gone already is well."""
        path = self.path(file_id)
        for each in (path, path.with_suffix(".part")):
            each.unlink(missing_ok=True)

    def ids(self) -> set[str]:
        """The ids of all files on disk, whole or in part, for finding those of which no row speaks."""
        names = ("*.sealed", "*.part")
        return {path.stem for name in names for path in self.folder.glob(name)}

    def path(self, file_id: str) -> Path:
        """Where the sealed file lies, if it is there."""
        return self.folder / f"{file_id}.sealed"


def opened(file_id: str, key: str, sealed: bytes) -> bytes:
    """The content of a file as it lies on the disk. Raises SealBroken if it was changed."""
    return _key(file_id, key).open("files", "content", file_id, sealed)


def _key(file_id: str, key: str) -> DataKey:
    return DataKey(file_id, 1, b64decode(key))
