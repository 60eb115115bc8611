"""A reporter's commands: the same everywhere, whatever question is open. `/sos` is the engine's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.conversation.types import Context, Say, State, Turn
from bot.flows import burn, cancel, erase, follow_up, language, receipt, report, sos, start
from bot.flows.flow import draft_of, drafting, resumed
from bot.phrases import phrase

REPORTER_COMMANDS = ("report", "sos", "mycase", "receipt", "language", "burn", "delete", "cancel", "help")
"""What a chat's menu offers, in this order; each has a description under the text `command-<name>`."""


def command(state: State | None, name: str, argument: str, *, context: Context) -> Turn:
    """`/name argument`. An unknown name gets a sentence that says what to do."""
    known = _COMMANDS.get(name)
    if known is None:
        return Turn(state, (Say(phrase("said-unknown-command")),))
    return known(state, argument.strip(), context)


def _start(state: State | None, _argument: str, context: Context) -> Turn:
    begun = start.begin(context)
    if state is None or not drafting(state):
        return begun
    first = begun.say[0]
    return Turn(state, (Say(first.phrase, first.parts[:1]),))


def _report(state: State | None, _argument: str, context: Context) -> Turn:
    if state is None or not drafting(state):
        return report.begin(context)
    return Turn(draft_of(state), (Say(phrase("report-open")),))


def _cancel(state: State | None, _argument: str, _context: Context) -> Turn:
    match state:
        case State(flow="report"):
            return cancel.begin(state)
        case State(flow="sos"):
            return sos.called_off(state)
        case State(flow="cancel" | "erase" | "language" | "receipt"):
            return Turn(resumed(state), (Say(phrase("said-left")),))
        case State(flow="follow_up", step=step) if step != "talking":
            return Turn(resumed(state), (Say(phrase("said-left")),))
        case _:
            return Turn(state, (Say(phrase("cancel-nothing")),))


def _mycase(state: State | None, argument: str, _context: Context) -> Turn:
    return follow_up.look(state, argument)


def _receipt(state: State | None, argument: str, _context: Context) -> Turn:
    return receipt.begin(state, argument)


def _language(state: State | None, argument: str, context: Context) -> Turn:
    return language.begin(state, context, argument)


def _delete(state: State | None, argument: str, _context: Context) -> Turn:
    return erase.begin(state, argument)


def _burn(state: State | None, _argument: str, _context: Context) -> Turn:
    return burn.now(state)


def _help(state: State | None, _argument: str, _context: Context) -> Turn:
    return Turn(state, (Say(phrase("help-reporter")),))


def _join(state: State | None, _argument: str, _context: Context) -> Turn:
    """Only what came without a code ends here: whoever was invited is told what is missing."""
    return Turn(state, (Say(phrase("usage-join")),))


_COMMANDS: Mapping[str, Callable[[State | None, str, Context], Turn]] = {
    "start": _start,
    "report": _report,
    "mycase": _mycase,
    "receipt": _receipt,
    "language": _language,
    "burn": _burn,
    "delete": _delete,
    "cancel": _cancel,
    "help": _help,
    "join": _join,
}
