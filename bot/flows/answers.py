"""Answers to a report's questions: a button pressed, or words typed, at each kind of question."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import choices
from bot.conversation.dates import understand
from bot.conversation.types import Choice, Context, State, Turn
from bot.flows import cancel, draft, questions, sos
from bot.flows.asking import again, ask, asked, candidates, forward
from bot.flows.flow import LONG, YES_NO
from bot.flows.questions import BY_KEY, Question
from bot.flows.summary import WORDS_OF
from bot.phrases import phrase

ALONG = {
    "region": ("place",),
    "date": ("date_at", "date_exact"),
    "acts": ("acts_words",),
    "perpetrator": ("perpetrator_words",),
    "needs": ("needs_words",),
}
"""What is kept beside an answer and goes with it."""


A_WORD = 4
"""Letters from which on words that mean none of the choices are kept as part of the account, not refused."""
MOVES = (Choice("back", "button-back"), Choice("skip", "button-skip"), Choice("done", "button-done"))


# ── A choice ────────────────────────────────────────────────────────────────────────────────────


def chosen(state: State, code: str, context: Context) -> Turn:
    """A choice made at any step of a report; one that isn't offered changes nothing."""
    return _moved(state, code, context) or _answered(state, code, context) or _not_offered(state, context)


def _not_offered(state: State, context: Context) -> Turn:
    return again(state, context, phrase("said-stale"))


def _moved(state: State, code: str, context: Context) -> Turn | None:
    question = BY_KEY.get(state.step)
    match code:
        case "back" if state.changing or state.step == "change":
            return asked(replace(state, step="summary", changing=False, page=0), context)
        case "back" if state.trail and (question or state.step == "region_pick"):
            return asked(replace(state, step=state.trail[-1], trail=state.trail[:-1], page=0), context)
        case "skip" if question and question.skippable:
            return forward(_skipped(state, question), context)
        case "done" if question and questions.done(state, question):
            return forward(state, context)
        case "send" if questions.sendable(state):
            return Turn(replace(state, step="sending"), effects=(draft.submission(state),))
        case "cancel":
            return cancel.begin(state)
        case "go_on":
            return asked(state, context)
        case _:
            return None


def _skipped(state: State, question: Question) -> State:
    return draft.without(state, question.key, *ALONG.get(question.key, ()))


def _answered(state: State, code: str, context: Context) -> Turn | None:
    match state.step:
        case "summary" if code == "change":
            return asked(replace(state, step="change"), context)
        case "change" if code in BY_KEY and code != "safety":
            return asked(replace(state, step=code, changing=True, page=0), context)
        case "region_pick":
            return _picked(state, code, context)
        case step if step in BY_KEY:
            return _at_question(state, code, context)
        case _:
            return None


def _at_question(state: State, code: str, context: Context) -> Turn | None:
    question = BY_KEY[state.step]
    if question.kind == "several":
        return _listed(state, code, context)
    if code not in question.codes:
        return None
    if (question.key, code) == ("safety", "no"):
        return sos.begin(state.answered("safety", "no"))
    if question.kind == "region":
        return forward(draft.without(state, "place").answered("region", code), context)
    return forward(state.answered(question.key, code), context)


def _listed(state: State, code: str, context: Context) -> Turn | None:
    if code in {"more", "less"} and len(BY_KEY[state.step].codes) > questions.ONE_PAGE:
        return _in_place(replace(state, page=int(code == "more")), context)
    return _in_place(toggled(state, code), context) if code in BY_KEY[state.step].codes else None


def toggled(state: State, code: str) -> State:
    """One tick set or taken away; a list without any is no answer."""
    ticks = draft.listed(state, state.step)
    kept = [tick for tick in ticks if tick != code] if code in ticks else [*ticks, code]
    return state.answered(state.step, kept) if kept else draft.without(state, state.step)


def _in_place(state: State, context: Context) -> Turn:
    return Turn(state, (replace(ask(state, context), in_place=True),))


def _picked(state: State, code: str, context: Context) -> Turn | None:
    if code == "none":
        return forward(state.answered("region", "RU-unstated"), context)
    if code in candidates(state, context):
        return forward(state.answered("region", code), context)
    return None


# ── Words ───────────────────────────────────────────────────────────────────────────────────────


def typed(state: State, words: str, context: Context) -> Turn:
    """Words typed at any step: a choice where they mean one, else an answer in the person's own words."""
    move = choices.exact(words, MOVES, context.words)
    if move:
        return chosen(state, move, context)
    question = BY_KEY.get(state.step)
    kind = question.kind if question else "one"
    offered = choices.offered(ask(state, context))
    if draft.full(state, words) and not choices.exact(words, offered, context.words):
        return again(state, context, phrase("report-full"))
    if kind == "several":
        return _typed_list(state, words, context)
    code = _FINDING.get(kind, choices.pointed)(words, offered, context.words)
    if kind == "files" and choices.exact(words, YES_NO[0], context.words) == "no":
        code = "done" if state.files else "skip"
    if code:
        return chosen(_with_the_rest(state, words, kind), code, context)
    if state.step == "region_pick" or kind == "region":
        return _typed_place(state, words, context)
    if kind == "one":
        return _unmatched(state, words, context)
    return _typed_words(state, words, context)


_FINDING = {"one": choices.one, "date": choices.exact}
"""How typed words may name a choice, by the kind of question: «3» is a day of the month to a date."""


def _with_the_rest(state: State, words: str, kind: str) -> State:
    """«Нет, за мной пришли»: what stands behind a bare answer is part of the account."""
    return draft.told(state, words) if kind == "one" and len(words.strip()) >= LONG else state


def _unmatched(state: State, words: str, context: Context) -> Turn:
    if len(words.strip()) >= A_WORD:
        return again(draft.told(state, words), context, phrase("report-noted"))
    return again(state, context, phrase("said-choose"))


def _typed_list(state: State, words: str, context: Context) -> Turn:
    question, shown = BY_KEY[state.step], choices.offered(ask(state, context))
    codes = choices.several(words, shown, context.words) or choices.several(
        words, questions.every(question), context.words
    )
    if len(codes) == 1 and codes[0] not in question.codes:
        return chosen(state, codes[0], context)
    ticks = [code for code in codes if code in question.codes]
    if ticks:
        return forward(_ticked(state, ticks), context)
    state = state.answered(WORDS_OF[question.key], words)
    return forward(_ticked(state, ["other"]) if "other" in question.codes else state, context)


def _ticked(state: State, ticks: list[str]) -> State:
    return state.answered(state.step, list(dict.fromkeys([*draft.listed(state, state.step), *ticks])))


def _typed_place(state: State, words: str, context: Context) -> Turn:
    state = draft.without(state, "region").answered("place", words)
    nearest = context.nearest_regions(words)
    if not nearest:
        return forward(state.answered("region", "RU-unstated"), context, phrase("said-as-written"))
    code, sure = nearest[0]
    if sure:
        return forward(
            state.answered("region", code), context, phrase("said-region", region=phrase(f"region-{code}"))
        )
    return asked(state if state.step == "region_pick" else state.at("region_pick"), context)


def _typed_words(state: State, words: str, context: Context) -> Turn:
    if state.step != "date":
        return forward(state.answered(state.step, words), context)
    read = understand(words, now=context.now, zone=context.zone, language=context.language)
    state = draft.without(state, "date_at", "date_exact").answered("date", words)
    if read.at is None:
        return forward(state, context)
    state = state.answered("date_at", read.at.isoformat()).answered("date_exact", read.exact)
    return forward(state, context, phrase("date-taken", at=read.at) if read.exact == "minute" else None)
