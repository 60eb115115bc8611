"""The `[backup]` section."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from backend.section import Duration, Section
from backend.vault.recipients import Recipients


class BackupSettings(Section):
    """Where backups go, who can open them, and for how long they are kept."""

    recipients: Recipients = Field(default=[])
    folder: Path = Path("backups")
    kept: Duration = timedelta(days=30)
    erasures: Path = Path("erasures.log")
