"""The services that an operator installs run in a tight sandbox."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "setup" / "systemd"
OPERATING = (UNITS.parents[1] / "docs" / "operating.md").read_text()
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
NEEDED = {
    "CapabilityBoundingSet=",
    "LimitCORE=0",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "MemorySwapMax=0",
    "NoNewPrivileges=yes",
    "PrivateDevices=yes",
    "PrivateTmp=yes",
    "PrivateUsers=yes",
    "ProtectHome=yes",
    "ProtectProc=invisible",
    "ProtectSystem=strict",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces=yes",
    "StateDirectoryMode=0700",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "UMask=0077",
    "User=hotline",
}
EXPOSURE = 15
"""Tenths, of what `systemd-analyze security` counts from 0 (nothing) to 100; below 20 it says OK."""


def test_there_are_services() -> None:
    """One runs, one backs up, one changes the keys; the last two have their timers."""
    assert SERVICES == ["hotline-backup.service", "hotline-keys.service", "hotline.service"]
    timers = {path.stem for path in UNITS.glob("*.timer")}
    assert timers == {"hotline-backup", "hotline-keys"}


def test_keys_are_looked_after_every_day() -> None:
    """When an erased case can't be read in any backup any more is counted so (docs/threat-model.md)."""
    assert "OnCalendar=*-*-* 04:30:00" in (UNITS / "hotline-keys.timer").read_text().splitlines()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_little(name: str) -> None:
    """Whoever takes the process over finds no other user, device or home, and no way to more rights."""
    assert set((UNITS / name).read_text().splitlines()) >= NEEDED


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_finds_what_the_operators_commands_made(name: str) -> None:
    """One user and one folder for both (docs/operating.md): a service reads and writes what they made."""
    command = next(line for line in (UNITS / name).read_text().splitlines() if line.startswith("ExecStart="))
    assert command.endswith(" --config /var/lib/hotline/config.toml")
    assert "adduser --system --group --home /var/lib/hotline " in OPERATING
    assert "LoadCredential" not in (UNITS / name).read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_finds_little_exposed(name: str) -> None:
    """By systemd's own count, where the machine has systemd to ask."""
    command = shutil.which("systemd-analyze")
    if command is None:
        assert not Path("/run/systemd/system").exists()
        return
    asked = [command, "security", "--offline=true", f"--threshold={EXPOSURE}", str(UNITS / name)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:]
    assert "Unknown" not in done.stderr
