"""The conversation as a whole is total: whatever comes, wherever a person stands."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import engine
from bot.conversation.types import (
    AddMessage,
    Attached,
    Chosen,
    Command,
    Corrected,
    EraseEverything,
    Event,
    Located,
    State,
    SubmitReport,
    Text,
    Turn,
    Unreadable,
    Woke,
)
from bot.flows import draft, report
from tests.conversations.world import CODE, World

WORDS = st.sampled_from(
    [
        "",
        "",
        " ",
        "да",
        "нет",
        "no",
        "1",
        "2",
        "1,3",
        "99",
        "0",
        "назад",
        "skip",
        "send now",
        "готово",
        "sos",
        "SOS тут",
        "Тверь",
        "вчера вечером",
        "обыск, слежка",
        "🆘",
        "�",
        "english",
        "всё, что было вчера на площади, и ещё раньше",
    ]
) | st.just("x" * 4096)
CODES = st.sampled_from(
    [
        "yes",
        "no",
        "me",
        "other",
        "back",
        "skip",
        "send",
        "done",
        "more",
        "less",
        "cancel",
        "change",
        "go_on",
        "none",
        "detention",
        "search",
        "hacking",
        "police",
        "lawyer",
        "past",
        "named",
        "unnamed",
        "consent_un",
        "region",
        "acts",
        "account",
        "evidence",
        "RU-MOW",
        "RU-outside",
        "ru",
        "en",
        "report",
        "sos",
        "language",
        "revoke",
        "safety",
    ]
) | st.just("")
NAMES = ("start", "report", "sos", "mycase", "receipt", "language", "delete", "cancel", "help", "ack", "")
OFFERED = st.integers(0, 40)
"""Which of the choices last offered is taken; numbers beyond them are forged codes."""

EVENTS = st.one_of(
    OFFERED,
    OFFERED,
    OFFERED,
    st.builds(Text, WORDS),
    st.builds(Chosen, CODES, st.sampled_from((None, "forged"))),
    st.builds(Command, st.sampled_from(NAMES), st.sampled_from(("", "en", CODE, "WRONG", "слова"))),
    st.builds(
        Attached,
        st.just("file"),
        st.just("photo"),
        st.sampled_from(("", "подпись")),
        st.sampled_from((None, "album")),
    ),
    st.just(Located(55.7, 37.6)),
    st.builds(Corrected, WORDS),
    st.just(Unreadable()),
    st.just(Woke()),
)


STEPS = ("", *sorted(report.STEPS - {"sending"}))


def _world_at(step: str, case: str | None = None) -> World:
    world = World(case=case)
    if step:
        world.walk_to(step)
    return world


def _event(drawn: Event | int, turn: Turn | None, state: State | None) -> Event:
    if not isinstance(drawn, int):
        return drawn
    choices = [choice for say in (turn.say if turn else ()) for row in say.choices for choice in row]
    code = choices[drawn % len(choices)].code if choices else "nothing"
    return Chosen(code, state.stamp if state else "")


def _silent_by_right(event: Event, before: State | None) -> bool:
    same_album = (
        isinstance(event, Attached) and event.album is not None and before and event.album == before.album
    )
    return isinstance(event, Woke) or bool(same_album)


def _well_formed(turn: Turn) -> None:
    if turn.state is not None:
        assert engine.known(turn.state)
        assert turn.state.stamp
    for say in turn.say:
        codes = [choice.code for row in say.choices for choice in row]
        assert len(codes) <= 30
        assert len(codes) == len(set(codes))
        assert all(code.isascii() and 0 < len(code) <= 40 for code in codes)


@settings(max_examples=300, deadline=None)
@given(
    case=st.sampled_from((None, "K7F-3QX")), step=st.sampled_from(STEPS), events=st.lists(EVENTS, max_size=20)
)
def test_every_event_is_answered(case: str | None, step: str, events: list[Event | int]) -> None:
    """Nothing raises, everything that a person does gets an answer, and a draft is sent at most once."""
    world, last = _world_at(step, case), None
    for drawn in events:
        before = world.state
        event = _event(drawn, last, before)
        turns = list(world.tell(event))
        for turn in turns:
            _well_formed(turn)
        said = any(turn.say for turn in turns)
        assert said or _silent_by_right(event, before), event
        sent = [effect for turn in turns for effect in turn.effects if isinstance(effect, SubmitReport)]
        assert len(sent) <= 1
        if sent:
            assert world.state is None or world.state.flow == "follow_up"
        last = next((turn for turn in reversed(turns) if turn.say), last)


@settings(max_examples=150, deadline=None)
@given(step=st.sampled_from(STEPS), events=st.lists(EVENTS, max_size=15))
def test_nothing_told_is_dropped_unasked(step: str, events: list[Event | int]) -> None:
    """Files stay in the draft until it is sent, cancelled or erased."""
    world, last = _world_at(step), None
    for drawn in events:
        before, event = world.state, _event(drawn, last, world.state)
        turns = list(world.tell(event))
        ended = [effect for turn in turns for effect in turn.effects if not isinstance(effect, AddMessage)]
        kept = set(world.state.files) if world.state else set()
        if before and before.files and not ended:
            gave_up = before.flow == "cancel" and world.state is None
            assert gave_up or set(before.files) <= kept
        last = next((turn for turn in reversed(turns) if turn.say), last)


def test_a_result_finds_any_state() -> None:
    """A result that comes where nobody waits for it is said all the same, and leaves the draft alone."""
    world = World(case="K7F-3QX")
    list(world.tell(Command("report")))
    open_question = world.state
    assert open_question is not None
    for effect in (AddMessage("x"), EraseEverything("WRONG")):
        result = world.result(effect)
        assert result is not None
        turn = engine.advance(open_question, result, world.context())
        assert turn.say
        assert turn.state == open_question


def test_a_lost_state_begins_anew_with_a_word() -> None:
    """Where what was saved can't be read, the person is told and nothing they send is lost."""
    for lost in (engine.LOST, State("report", "nosuch"), State("language", "ask", resume=("report:nosuch",))):
        turn = engine.advance(lost, Text("За мной следят второй день"), World().context())
        assert turn.say[0].phrase.key == "said-restarted"
        assert turn.state is not None
        assert turn.state.answers["account"] == "За мной следят второй день"


def test_an_old_button_with_the_new_questions_code_is_stale() -> None:
    """A button answers the question under which it stood, never another one with the same code."""
    world = World()
    list(world.tell(Command("report")))
    assert world.state is not None
    old = world.state.stamp
    list(world.tell(Chosen("yes", old)))
    list(world.tell(Chosen("back", world.state.stamp)))
    before = world.state
    (turn,) = world.tell(Chosen("no", old))
    assert turn.say[0].phrase.key == "said-stale"
    assert turn.state == before


def test_a_question_asked_again_keeps_its_buttons_alive() -> None:
    """A press in flight while the question is repeated still counts."""
    world = World()
    list(world.tell(Command("report")))
    assert world.state is not None
    stamp = world.state.stamp
    list(world.tell(Unreadable()))
    (turn,) = world.tell(Chosen("yes", stamp))
    assert turn.say[0].phrase.key == "report-about"


def test_a_full_draft_says_so_and_can_still_be_sent() -> None:
    """A draft has an end; what doesn't fit is refused aloud, never swallowed."""
    world = World()
    list(world.tell(Text("x" * draft.ROOM)))
    (turn,) = world.tell(Text("и ещё кое-что, довольно длинное"))
    assert turn.say[0].phrase.key == "report-full"
    assert any(
        isinstance(effect, SubmitReport)
        for turn in world.tell(Text("отправить сейчас"))
        for effect in turn.effects
    )


def test_stamps_are_the_tokens_of_their_turns() -> None:
    """Each new question is stamped with the token that was handed in for it."""
    context = replace(World().context(), token="fresh")
    turn = engine.advance(None, Command("report"), context)
    assert turn.state is not None
    assert turn.state.stamp == "fresh"
