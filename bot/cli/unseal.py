"""Sealing, as an operator meets it: `hotline unseal`, beside a hotline that may be running, and a check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from backend.cases import sealed
from backend.cases.codes import reference as as_reference
from backend.config import BackendSettings
from backend.errors import CaseNotFound
from backend.section import duration_text
from backend.vault.recipients import identities as read_identities
from backend.work import Work
from bot.cli.findings import Finding, right, wrong
from bot.cli.opening import opened_backend


async def unseal(settings: BackendSettings, typed: str, *, identities: Sequence[Path]) -> str:
    """What was done. Raises IdentityUnreadable, CaseNotFound, CaseNotSealed, IdentityWrong."""
    known = [identity for file in identities for identity in read_identities(file)]
    reference = as_reference(typed)
    if reference is None:
        raise CaseNotFound(reference=typed)
    async with opened_backend(settings) as backend, backend.work() as work:
        await sealed.unseal(work, reference, known)
    return f"{reference} can be read again; {_until(settings)}"


def _until(settings: BackendSettings) -> str:
    if not settings.sealing.recipients:
        return "sealing.recipients is empty, so it stays so"
    after = duration_text(settings.sealing.after)
    return f"it will be sealed again {after} after it was last worked on, if it is closed then"


async def sealing(work: Work) -> Finding:
    """Whether closed cases are sealed, and in time."""
    chosen = work.settings.sealing
    if not chosen.recipients:
        return right("sealing: none, for sealing.recipients is empty: the server can read closed cases")
    late = await sealed.late(work)
    if late:
        return wrong(f"sealing: {late} case(s) should be sealed by now; is `hotline run` running?")
    count = len(chosen.recipients)
    return right(f"sealing: {duration_text(chosen.after)} after closing, to {count} recipient(s)")
