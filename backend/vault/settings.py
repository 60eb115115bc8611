"""The `[keys]` and `[sealing]` sections."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from backend.section import Duration, Section


class KeysSettings(Section):
    """Where the encryption keys are."""

    file: Path = Path("keys.toml")


class SealingSettings(Section):
    """To whom closed cases are sealed, and when."""

    recipients: list[str] = Field(default=[])
    after: Duration = timedelta(days=7)
