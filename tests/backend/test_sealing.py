"""A closed case is sealed to people who aren't the server: unreadable there, it goes on all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from pyrage.x25519 import Identity
from sqlalchemy import func, select

from backend.cases import casework, erasure, files, held_replies, records, reporting, sealed
from backend.cases.model import HeldReplyRow
from backend.errors import CaseNotFound, CaseNotSealed, IdentityWrong
from backend.escalation import due_dates
from backend.outbox import OutboxRow
from backend.vault.model import DataKeyRow, FileRow, SealedKeyRow
from bot.cli.unseal import sealing as check_sealing
from tests.backend.sealing_world import AFTER, Sealing, sealing_hotline
from tests.backend.world import HIGH, URGENT, new_backend

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def sealing(database_url: str, tmp_path: Path) -> AsyncIterator[Sealing]:
    """Lend a hotline that seals, on either kind of database."""
    async with sealing_hotline(database_url, tmp_path) as lent:
        yield lent


async def _says(sealing: Sealing, reference: str, words: str) -> None:
    reporter = await sealing.world.reporter()
    await sealing.world.do(reference, lambda work, case: reporting.add_message(work, reporter, case, words))


# ── When ────────────────────────────────────────────────────────────────────────────────────────


async def test_sealed_some_time_after_closing(sealing: Sealing) -> None:
    """Not before `sealing.after` is over; then the server has no key of it, and its words are gone."""
    reference = await sealing.closed(URGENT)
    assert await sealing.time_passes(AFTER - timedelta(seconds=1)) == 0
    assert (await sealing.world.find(reference)).report() is not None
    await sealing.world.backend.database.forget_pages()
    assert await sealing.time_passes(timedelta(seconds=1)) == 1
    assert sealing.world.backend.database.holds_destroyed
    assert await sealing.epochs(reference) == (set(), {1})
    case = await sealing.world.find(reference)
    assert (case.is_sealed, case.report()) == (True, None)
    assert {entry.kind for entry in await sealing.world.history(reference)} == {"sealed"}
    assert case.row.sealed_at == sealing.world.clock.now()


async def test_an_open_case_is_not_sealed(sealing: Sealing) -> None:
    """Nor one that was opened again."""
    reference = await sealing.closed(URGENT)
    await sealing.world.case(HIGH)
    await sealing.world.do(reference, lambda work, case: casework.reopen(work, sealing.anna, case))
    assert await sealing.time_passes(10 * AFTER) == 0


async def test_nothing_is_sealed_to_nobody(sealing: Sealing) -> None:
    """Without recipients a closed case stays readable."""
    await sealing.closed(URGENT)
    alone = sealing.world.backend.settings.sealing.model_copy(update={"recipients": []})
    backend = sealing.world.backend
    backend.settings = backend.settings.model_copy(update={"sealing": alone})
    assert await sealing.time_passes(10 * AFTER) == 0


async def test_a_word_puts_sealing_off(sealing: Sealing) -> None:
    """Whatever is said on a closed case can be read for as long as what was said before."""
    reference = await sealing.closed(URGENT)
    sealing.world.clock.advance(AFTER - HOUR)
    await _says(sealing, reference, "once more")
    await sealing.world.take_out()
    assert await sealing.time_passes(2 * HOUR) == 0
    assert await sealing.time_passes(AFTER - 2 * HOUR) == 1


async def test_what_is_under_way_arrives_first(sealing: Sealing) -> None:
    """A message that is still to go out needs the key: it is waited for, a day and no longer."""
    reference = await sealing.closed(URGENT)
    await _says(sealing, reference, "once more")
    assert await sealing.time_passes(AFTER) == 0
    await sealing.world.take_out()
    assert await sealing.time_passes(timedelta(0)) == 1

    stuck = await sealing.closed(HIGH)
    await _says(sealing, stuck, "nobody can be told")
    assert await sealing.time_passes(2 * AFTER - timedelta(seconds=1)) == 0
    assert await sealing.time_passes(timedelta(seconds=1)) == 1
    async with sealing.world.backend.looking() as work:
        case_id = (await sealing.row(stuck)).id
        left = select(OutboxRow.body).where(OutboxRow.case_id == case_id)
        assert set((await work.session.execute(left)).scalars()) <= {None}


async def test_a_file_under_way_arrives_first(sealing: Sealing) -> None:
    """A file still to be fetched needs the key, too; one that never came is given up."""
    reporter = await sealing.world.reporter()
    async with sealing.world.backend.work() as work:
        noted = files.note(work, reporter, ref="ref", kind="photo", name="name", mime=None)
    opened = await sealing.world.opened(URGENT, reporter, files=[noted])
    await sealing.close(opened.case.reference)
    assert await sealing.time_passes(AFTER) == 0
    assert await sealing.time_passes(AFTER) == 1
    async with sealing.world.backend.work() as work:
        assert (await work.session.execute(select(FileRow.state))).scalar_one() == "failed"
        assert await files.to_fetch(work, limit=4) == []


# ── What else could be read ─────────────────────────────────────────────────────────────────────


async def test_words_under_other_keys_go(sealing: Sealing) -> None:
    """Words held for their author's decision go with the case's own key."""
    reference = await sealing.closed(URGENT)
    async with sealing.world.backend.work() as work:
        held = held_replies.hold(work, sealing.anna, await records.find(work, reference), "kept for a while")
    assert await sealing.time_passes(AFTER) == 1
    async with sealing.world.backend.work() as work:
        count = select(func.count()).select_from(HeldReplyRow)
        assert (await work.session.execute(count)).scalar_one() == 0
        assert await held_replies.give_out(work, sealing.anna, held) is None


# ── Life goes on ────────────────────────────────────────────────────────────────────────────────


async def test_a_later_message_arrives(sealing: Sealing) -> None:
    """It can be read, staff hear of it as of any closed case's, and what was before stays sealed."""
    reference = await sealing.sealed(URGENT)
    await _says(sealing, reference, "it begins again")
    assert await sealing.epochs(reference) == ({2}, {1})
    assert await sealing.world.told() == {("anna", "reporter-wrote"): 1, ("room", "news"): 1}
    *before, last = await sealing.world.history(reference)
    assert {entry.kind for entry in before} == {"sealed"}
    assert (last.kind, last.body, last.number) == ("message", "it begins again", len(before))
    case = await sealing.world.find(reference)
    assert (case.row.status, case.row.sealed_at, case.is_sealed) == ("closed", None, True)


async def test_a_reply_goes_out(sealing: Sealing) -> None:
    """An officer answers on a sealed case, with or without having been written to."""
    reference = await sealing.sealed(URGENT)
    for words in ("we are here", "still"):
        await sealing.world.do(
            reference,
            lambda work, case, said=words: casework.reply(  # type: ignore[misc]
                work, sealing.anna, case, said, channel="telegram"
            ),
        )
    assert await sealing.epochs(reference) == ({2}, {1})
    assert await sealing.world.told("reply") == {("reporter", "reply"): 2}


async def test_reopened_and_closed_again(sealing: Sealing) -> None:
    """Reopening begins an epoch in which all clocks run; closing seals that one too."""
    reference = await sealing.sealed(URGENT)
    await sealing.world.do(reference, lambda work, case: casework.reopen(work, sealing.anna, case))
    await sealing.world.take_out()
    await sealing.world.passes(5 * HOUR)
    assert await sealing.world.told("escalated")
    kinds = [entry.kind for entry in await sealing.world.history(reference)]
    assert kinds.count("status_changed") == 1
    assert {"escalated", "reminded"} & set(kinds)
    await sealing.close(reference)
    assert await sealing.time_passes(AFTER) == 1
    assert await sealing.epochs(reference) == (set(), {1, 2})
    await sealing.unseal(reference)
    assert "sealed" not in {entry.kind for entry in await sealing.world.history(reference)}


async def test_one_step_of_a_case_of_many_epochs(sealing: Sealing) -> None:
    """A case with several keys is one case: each step is written once, under the newest key."""
    reference = await sealing.sealed(URGENT)
    await sealing.world.do(reference, lambda work, case: casework.reopen(work, sealing.anna, case))
    await sealing.unseal(reference)
    assert await sealing.epochs(reference) == ({1, 2}, set())
    await sealing.world.take_out()
    sealing.world.clock.advance(timedelta(minutes=30))
    assert await sealing.world.tick() == 1
    assert await sealing.world.told("escalated") == {("anna", "escalated"): 1}
    *_, last = await sealing.world.history(reference)
    assert last.kind == "escalated"


async def test_due_dates_of_a_sealed_case(sealing: Sealing) -> None:
    """Reopened, its due dates are reminded of; what is due is sealed, and a new one can be read."""
    reference = await sealing.world.case(URGENT)
    soon = sealing.world.clock.now() + 4 * AFTER
    await _due(sealing, reference, "the appeal")
    await sealing.close(reference)
    assert await sealing.time_passes(AFTER) == 1
    await sealing.world.do(reference, lambda work, case: casework.reopen(work, sealing.anna, case))
    await _due(sealing, reference, "the answer")
    sealing.world.clock.advance(soon - sealing.world.clock.now())
    async with sealing.world.backend.work() as work:
        assert await due_dates.run_due(work) == 2
        case = await records.find(work, reference)
        assert [due.text for due in await due_dates.of_case(work, case)] == [None, "the answer"]
    assert (await sealing.world.told("due"))["anna", "due"] == 2


async def _due(sealing: Sealing, reference: str, text: str) -> None:
    await sealing.world.do(
        reference,
        lambda work, case: due_dates.add(
            work, sealing.anna, case, work.now + 4 * AFTER, text, channel="telegram"
        ),
    )


async def test_consents_change_on_a_sealed_case(sealing: Sealing) -> None:
    """The change is written down and told at once, and is in the report once that can be read again."""
    reference = await sealing.sealed(URGENT)
    await sealing.world.do(
        reference, lambda work, case: reporting.set_consents(work, case, {"consent_public": "named"})
    )
    changed_at = sealing.world.clock.now()
    await sealing.unseal(reference)
    report = (await sealing.world.find(reference)).report()
    assert report is not None
    consents = report["consents"]
    assert isinstance(consents, dict)
    assert consents["consent_public"] == {"value": "named", "at": changed_at.isoformat()}
    assert isinstance(consents["consent_un"], dict)
    assert consents["consent_un"]["value"] == "no"


async def test_a_second_resolution_is_caught_up_with(sealing: Sealing) -> None:
    """Closed again while its report was sealed: unsealed, the report says how it ended at last."""
    reference = await sealing.sealed(URGENT)
    await sealing.world.do(reference, lambda work, case: casework.reopen(work, sealing.anna, case))
    await sealing.world.do(
        reference, lambda work, case: casework.close(work, sealing.anna, case, "referred", "to friends")
    )
    await sealing.unseal(reference)
    report = (await sealing.world.find(reference)).report()
    assert report is not None
    assert (report["resolution"], report["resolution_text"]) == ("referred", "to friends")
    assert report["answers"] == URGENT


# ── Bringing back ───────────────────────────────────────────────────────────────────────────────


async def test_unsealed_it_is_as_it_was(sealing: Sealing) -> None:
    """Every word is there again, and stays until nobody touched it for `sealing.after`."""
    reference = await sealing.closed(URGENT)
    before = (await sealing.world.find(reference)).report(), await sealing.world.history(reference)
    await sealing.time_passes(AFTER)
    await sealing.unseal(reference)
    case, (*entries, last) = await sealing.world.find(reference), await sealing.world.history(reference)
    assert (case.report(), entries) == before
    assert last.kind == "unsealed"
    assert await sealing.time_passes(AFTER - HOUR) == 0
    assert await sealing.time_passes(HOUR) == 1
    assert (await sealing.world.find(reference)).is_sealed


async def test_only_the_right_identity_brings_back(sealing: Sealing) -> None:
    """Another one changes nothing, and what isn't there or isn't sealed is said to be so."""
    reference = await sealing.closed(URGENT)
    with pytest.raises(CaseNotSealed):
        await sealing.unseal(reference)
    await sealing.time_passes(AFTER)
    with pytest.raises(IdentityWrong):
        await sealing.unseal(reference, Identity.generate())
    assert await sealing.epochs(reference) == (set(), {1})
    with pytest.raises(CaseNotFound):
        await sealing.unseal("AAA-AAA")


# ── Taking back ─────────────────────────────────────────────────────────────────────────────────


async def test_a_sealed_case_is_taken_back_and_brought_back(sealing: Sealing) -> None:
    """Hidden, nobody sees it; whoever has the receipt brings it back, sealed as it was."""
    opened = await sealing.world.opened(URGENT)
    await sealing.close(opened.case.reference)
    await sealing.time_passes(AFTER)
    await sealing.world.do(opened.case.reference, erasure.hide)
    with pytest.raises(CaseNotFound):
        await sealing.world.find(opened.case.reference)
    async with sealing.world.backend.work() as work:
        found = await reporting.case_of_receipt(work, opened.receipt, also_hidden=True)
        assert found is not None
        await erasure.bring_back(work, found)
    assert (await sealing.world.find(opened.case.reference)).is_sealed
    assert await sealing.epochs(opened.case.reference) == (set(), {1})


async def test_a_hidden_case_is_not_sealed(sealing: Sealing) -> None:
    """It is destroyed before long, with its key."""
    reference = await sealing.closed(URGENT)
    await sealing.world.do(reference, erasure.hide)
    assert await sealing.time_passes(10 * AFTER) == 0


@pytest.mark.parametrize("partly", [False, True])
async def test_erasing_destroys_the_sealed_key(sealing: Sealing, *, partly: bool) -> None:
    """Of an erased case not even a sealed key remains: nobody's identity opens it from then on."""
    reference = await sealing.sealed(URGENT)
    if partly:
        await _says(sealing, reference, "more")
    await sealing.world.do(reference, lambda work, case: erasure.destroy(work, case, by="reporter"))
    async with sealing.world.backend.looking() as work:
        assert (await work.session.execute(select(SealedKeyRow.owner))).all() == []
        owners = set((await work.session.execute(select(DataKeyRow.epoch))).scalars())
    assert owners == {1}


async def test_the_reporters_own_deletion_reaches_it(sealing: Sealing) -> None:
    """`/delete` finds a sealed case among a reporter's cases."""
    reference = await sealing.sealed(URGENT)
    reporter = await sealing.world.reporter()
    async with sealing.world.backend.work() as work:
        (found,) = await erasure.cases_of(work, reporter)
        assert found.reference == reference
        await erasure.hide(work, found)
    sealing.world.clock.advance(erasure.HIDDEN_FOR)
    async with sealing.world.backend.work() as work:
        await erasure.destroy_hidden(work)
    async with sealing.world.backend.looking() as work:
        assert (await work.session.execute(select(SealedKeyRow.owner))).all() == []


async def test_a_case_that_fails_holds_up_no_other(sealing: Sealing, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with one keeps to itself, and leaves it as it was."""
    bad, good = await sealing.closed(URGENT), await sealing.closed(HIGH)
    bad_id, drop = (await sealing.row(bad)).id, held_replies.drop_for_case

    async def fails(work: object, case_id: str) -> None:
        if case_id == bad_id:
            raise ValueError
        await drop(work, case_id)  # type: ignore[arg-type]

    monkeypatch.setattr(held_replies, "drop_for_case", fails)
    assert await sealing.time_passes(AFTER) == 1
    assert await sealing.epochs(bad) == ({1}, set())
    assert await sealing.epochs(good) == (set(), {1})


async def test_written_while_it_is_sealed(sealing: Sealing, database_url: str, tmp_path: Path) -> None:
    """Two nodes seal while the reporter writes: each key is in one place, and every word can be had."""
    world = sealing.world
    references = [await sealing.closed(URGENT) for _ in range(6)]
    world.clock.advance(AFTER)
    other = new_backend(database_url, tmp_path, world.clock, settings=world.backend.settings)
    writing = [_says(sealing, reference, f"words on {reference}") for reference in references]
    try:
        await asyncio.gather(*writing, sealed.seal_due(world.backend), sealed.seal_due(other))
    finally:
        await other.database.close()
    for reference in references:
        here, away = await sealing.epochs(reference)
        assert (here, away) in (({1}, set()), ({2}, {1}))
        if away:
            await sealing.unseal(reference)
        bodies = [entry.body for entry in await world.history(reference)]
        assert f"words on {reference}" in bodies
        assert (await world.find(reference)).report() is not None


async def test_what_should_be_sealed_and_is_not_is_said(sealing: Sealing) -> None:
    """`hotline check` says how it stands, and complains of what is late whatever held it up."""
    await sealing.closed(URGENT)
    async with sealing.world.backend.looking() as work:
        assert str(await check_sealing(work)) == "ok    sealing: 1d after closing, to 2 recipient(s)"
    sealing.world.clock.advance(2 * AFTER + sealed.LATE)
    async with sealing.world.backend.looking() as work:
        assert str(await check_sealing(work)).startswith("wrong sealing: 1 case(s) should be sealed by now")
