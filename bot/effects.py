"""What a conversation wants done: carried out on the case backend, coming back as an event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from backend.cases import erasure, going_on, records, reporting, sealed
from backend.cases.records import Case
from backend.cases.rules import may_show
from backend.outbox import Json
from backend.people import reporters, wrong_codes
from backend.people.reporters import Known
from backend.retention import vanish
from backend.work import Work
from bot.conversation.types import (
    AddMessage,
    BurnChat,
    CaseShown,
    ConsentsSet,
    DropFiles,
    Effect,
    Erased,
    EraseEverything,
    Event,
    LanguageSet,
    MessageAdded,
    OpenReceipt,
    Returned,
    SetConsents,
    SetLanguage,
    ShowCase,
    Standing,
    SubmitReport,
    Submitted,
    TooSoon,
    Utterance,
)


async def carry_out(work: Work, known: Known, effect: Effect) -> Event | None:
    """Do it in this transaction; returns what to tell the conversation, None if nothing."""
    match effect:
        case SubmitReport():
            return await _submit(work, known, effect)
        case AddMessage():
            return await _add_message(work, known, effect)
        case ShowCase(code=code):
            return await _show(work, known, code)
        case OpenReceipt(code=code):
            return await _open_receipt(work, known, code)
        case SetLanguage(language=language):
            known.reporter = await reporters.change(work, known.reporter, language=language)
            return LanguageSet(language)
        case SetConsents(consents=consents):
            return await _set_consents(work, known, consents)
        case EraseEverything(code=code):
            return await _erase(work, known, code)
        case DropFiles(files=files):
            await erasure.drop_draft_files(work, known.reporter, files)
            return None
        case BurnChat():
            await vanish.burn(work, known.reporter)
            return None


async def _current(work: Work, known: Known) -> Case | None:
    return await records.by_id(work, known.case_id, for_change=True) if known.case_id else None


async def _submit(work: Work, known: Known, effect: SubmitReport) -> Event:
    answers: dict[str, Json] = {
        key: [*value] if isinstance(value, list) else value for key, value in effect.answers.items()
    }
    opened = await reporting.open_case(work, known.reporter, answers, files=effect.files, sos=effect.sos)
    known.case_id, known.reference = opened.case.row.id, opened.case.reference
    return Submitted(opened.case.reference, opened.receipt, opened.within)


async def _add_message(work: Work, known: Known, effect: AddMessage) -> Event | None:
    case = await _current(work, known)
    if case is None:
        return None
    await reporting.add_message(
        work, known.reporter, case, effect.body, files=effect.files, corrected=effect.corrected
    )
    elsewhere = not may_show(case.row.channel, known.reporter.channel)
    return MessageAdded(case.reference, closed=case.row.status == "closed", elsewhere=elsewhere)


async def _by_code(
    work: Work, known: Known, code: str, *, also_hidden: bool = False
) -> Case | TooSoon | None:
    """The case of this receipt; None, and counted, if there is none. Not looked at where it is too soon."""
    channel, sender = known.reporter.channel, known.reporter.sender
    wait = await wrong_codes.paused(work, channel, sender)
    if wait is not None:
        return TooSoon(wait)
    case = await reporting.case_of_receipt(work, code, also_hidden=also_hidden)
    if case is None:
        await wrong_codes.note(work, channel, sender)
    return case


async def _show(work: Work, known: Known, code: str) -> Event:
    case = await _by_code(work, known, code) if code else await _current(work, known)
    if isinstance(case, TooSoon):
        return case
    if case is None:
        own = await _current(work, known)
        return CaseShown(_standing(own) if own else None, code_given=bool(code))
    if not code:
        return CaseShown(_standing(case))
    safer = await _come_back(work, known, case)
    said = await _said(work, known, case)
    return CaseShown(
        _standing(case),
        code_given=True,
        code_right=True,
        said=said,
        consents=await _consents(work, case),
        sealed=case.is_sealed,
        safer=safer,
    )


def _standing(case: Case) -> Standing:
    row = case.row
    return Standing(row.reference, row.status, row.opened_at, acknowledged=row.acknowledged_at is not None)


async def _consents(work: Work, case: Case) -> Mapping[str, str]:
    """All of them; of a case that is sealed, those that were changed since."""
    report = case.report()
    if report is None:
        report = sealed.caught_up({"consents": {}}, await records.entries(work, case))
    dated = report["consents"]
    if not isinstance(dated, dict):
        return {}
    return {code: str(each["value"]) for code, each in dated.items() if isinstance(each, dict)}


async def _said(work: Work, known: Known, case: Case) -> tuple[Utterance, ...]:
    """What reporter and hotline said to each other; what came by a stronger channel stays there."""
    said = _opening(known, case)
    for entry in await records.entries(work, case):
        if entry.kind in ("message", "reply") and entry.body:
            visible = may_show(entry.channel, known.reporter.channel)
            said.append(_utterance(entry.at, entry.body, ours=entry.kind == "reply", visible=visible))
    return tuple(each for each in said if each.body or each.elsewhere)


def _opening(known: Known, case: Case) -> list[Utterance]:
    """The account; nothing where that is sealed."""
    report = case.report()
    if report is None:
        return []
    answers = report["answers"]
    account = str(answers.get("account", "")) if isinstance(answers, dict) else ""
    visible = may_show(case.row.channel, known.reporter.channel)
    return [_utterance(case.row.opened_at, account, ours=False, visible=visible)]


def _utterance(at: datetime, body: str, *, ours: bool, visible: bool) -> Utterance:
    return Utterance(at, ours, body if visible else "", elsewhere=not visible)


async def _open_receipt(work: Work, known: Known, code: str) -> Event:
    case = await _by_code(work, known, code, also_hidden=True)
    if isinstance(case, TooSoon):
        return case
    if case is None:
        return Returned(None)
    if case.row.hidden_at is not None:
        await erasure.bring_back(work, case)
    safer = await _come_back(work, known, case)
    return Returned(_standing(case), safer=safer)


async def _come_back(work: Work, known: Known, case: Case) -> bool:
    """Whoever has the receipt is the reporter, from any account; their words go to this case from now on.

    Returns whether this account's messenger is safer than where the case was until now.
    """
    before = await going_on.come_back(work, known.reporter, case)
    known.case_id, known.reference = case.row.id, case.reference
    return before is not None


async def _set_consents(work: Work, known: Known, consents: Mapping[str, str]) -> Event | None:
    case = await _current(work, known)
    if case is None:
        return None
    await reporting.set_consents(work, case, consents)
    return ConsentsSet(case.reference)


async def _erase(work: Work, known: Known, code: str) -> Event:
    """Everything out of sight, and with a right code destroyed at once, in every chat it can be read from."""
    by_code = await _by_code(work, known, code, also_hidden=True) if code else None
    if isinstance(by_code, TooSoon):
        return by_code
    if code and by_code is None:
        return Erased("wrong_code")
    cases = {case.row.id: case for case in await erasure.cases_of(work, known.reporter)}
    if by_code is not None:
        cases[by_code.row.id] = by_code
    chats = {known.reporter.id: known.reporter}
    for case in cases.values():
        chats |= {each.id: each for each in await reporters.of_case(work, case.row.id)}
        await (erasure.destroy(work, case, by="reporter") if by_code else erasure.hide(work, case))
    for reporter in chats.values():
        await erasure.clear_chat(work, reporter)
    known.case_id = known.reference = None
    known.erased = True
    if by_code is not None:
        return Erased("now")
    return Erased("later" if cases else "nothing")
