"""Every `.chat` file beside this one is a conversation that goes as written there.

# what is promised
@ case              the person has a case; also: closed, nocase, vanish, too_soon, channel=…, language=…
> words or /command
> [code]            a button; `> [code] old` one under an earlier question
> {photo}           also voice, document; `album=a; caption=…`
> {place}           also sticker, edited …, empty, silence
< key + key [codes] what is said; `~` before the key: in place; `*code`: ticked; no brackets: any choices
! Effect key=value; key=value; -key
~ 600               seconds until it wants to be woken; 0: never
.                   the conversation is over
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.types import (
    Attached,
    Chosen,
    Command,
    Corrected,
    Effect,
    Event,
    Located,
    Say,
    Text,
    Turn,
    Unreadable,
    Woke,
)
from tests.conversations.world import NOW, REFERENCE, TEXTS, World

CHATS = sorted(Path(__file__).parent.glob("*.chat"))


def _attached(words: str, number: int) -> Attached:
    kind, _, rest = words.partition(" ")
    options = dict(part.split("=", 1) for part in rest.split("; ") if part)
    return Attached(f"file{number}", kind, options.get("caption", ""), options.get("album"))


def _special(words: str, number: int) -> Event:
    name, _, rest = words.partition(" ")
    match name:
        case "place":
            return Located(55.7558, 37.6173)
        case "sticker":
            return Unreadable()
        case "silence":
            return Woke()
        case "edited":
            return Corrected(rest)
        case "empty":
            return Text(" \n")
        case _:
            return _attached(words, number)


def _event(line: str, world: World) -> Event:
    if line.startswith("{"):
        return _special(line[1:-1], world.turns)
    if line.startswith("["):
        code, _, age = line[1:].partition("]")
        stamp = world.state.stamp if world.state else ""
        return Chosen(code, "long-gone" if age.strip() == "old" else stamp)
    if line.startswith("/"):
        name, _, argument = line[1:].partition(" ")
        return Command(name, argument)
    return Text(line)


def _keys(say: Say) -> str:
    place = "~ " if say.in_place else ""
    return place + " + ".join(phrase.key for phrase in (say.phrase, *say.parts))


def _choices(say: Say) -> str:
    codes = ("*" * choice.ticked + choice.code for row in say.choices for choice in row)
    return f"[{' '.join(codes)}]"


def _matches_say(line: str, say: Say) -> bool:
    wanted, bracket, _ = line.partition(" [")
    return wanted == _keys(say) and (not bracket or line == f"{wanted} {_choices(say)}")


def _fields(effect: Effect) -> dict[str, str]:
    fields = asdict(effect)
    fields.update(fields.pop("answers", {}))
    fields.update(fields.pop("consents", {}))
    fields["files"] = fields.get("files") and len(fields["files"])
    return {
        name: " ".join(value) if isinstance(value, list) else str(value)
        for name, value in fields.items()
        if value
    }


def _matches_effect(line: str, effect: Effect) -> bool:
    name, _, rest = line.partition(" ")
    fields = _fields(effect)
    wanted = [part.strip() for part in rest.split(";") if part.strip()]
    return name == type(effect).__name__ and all(
        part[1:] not in fields
        if part.startswith("-")
        else fields.get(part.split("=")[0]) == part.split("=", 1)[1]
        for part in wanted
    )


def _shown(turns: list[Turn]) -> str:
    lines = []
    for turn in turns:
        lines += [f"! {type(effect).__name__} {_fields(effect)}" for effect in turn.effects]
        lines += [f"< {_keys(say)} {_choices(say)}" for say in turn.say]
    return "\n".join(lines)


def _compared(expected: list[str], turns: list[Turn], world: World) -> Iterator[str]:
    says = [say for turn in turns for say in turn.say]
    effects = [effect for turn in turns for effect in turn.effects]
    wanted_says = [line[2:] for line in expected if line.startswith("< ")]
    wanted_effects = [line[2:] for line in expected if line.startswith("! ")]
    if len(says) != len(wanted_says) or len(effects) != len(wanted_effects):
        yield "another number of messages or effects"
    yield from (line for line, say in zip(wanted_says, says, strict=False) if not _matches_say(line, say))
    yield from (
        line
        for line, effect in zip(wanted_effects, effects, strict=False)
        if not _matches_effect(line, effect)
    )
    wake = turns[-1].wake_after
    for line in expected:
        if line.startswith("~ ") and int(line[2:]) != (wake.total_seconds() if wake else 0):
            yield line
        if line == "." and world.state is not None:
            yield line


def _steps(chat: Path) -> Iterator[tuple[str, list[str]]]:
    lines = [line.rstrip() for line in chat.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    starts = [number for number, line in enumerate(lines) if line[0] in ">@"]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start], lines[start + 1 : end]


def _set_up(world: World, words: str) -> None:
    for word in words.split():
        name, _, value = word.partition("=")
        match name:
            case "case":
                world.case = REFERENCE
            case "closed":
                world.closed = True
            case "vanish":
                world.vanish = timedelta(hours=1)
            case "too_soon":
                world.too_soon = True
            case "nocase":
                world.case = None
            case _:
                setattr(world, name, value)


def _rendered(turns: list[Turn]) -> None:
    for phrase in (phrase for turn in turns for say in turn.say for phrase in (say.phrase, *say.parts)):
        for language in TEXTS.languages:
            assert TEXTS.render(phrase, language=language, now=NOW, zone="Europe/Moscow")
    for choice in (choice for turn in turns for say in turn.say for row in say.choices for choice in row):
        assert TEXTS.words(choice.label)


@pytest.mark.parametrize("chat", CHATS, ids=lambda path: path.stem)
def test_conversation(chat: Path) -> None:
    """What the file says happens, word for key, and all of it can be said in every language."""
    world = World()
    for line, expected in _steps(chat):
        if line.startswith("@"):
            _set_up(world, line[1:])
            continue
        turns = list(world.tell(_event(line[2:], world)))
        wrong = list(_compared(expected, turns, world))
        assert not wrong, f"{line}\nwanted: {wrong}\nwas:\n{_shown(turns)}"
        _rendered(turns)
