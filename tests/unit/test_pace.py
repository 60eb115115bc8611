"""How fast a messenger is written to, by a monotonic time that the test moves."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Limits
from bot.pace import Pace

LIMITS = Limits(per_second=30, per_chat_second=1, per_group_minute=20)


@dataclass
class Monotonic:
    """A monotonic time that stands still until it is moved."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The time, in seconds since some moment."""
        return self.now


def _pace() -> tuple[Pace, Monotonic]:
    clock = Monotonic()
    return Pace(LIMITS, clock=clock, margin=0), clock


def _go(pace: Pace, party: str, *, group: bool = False, urgent: bool = False) -> bool:
    """Send to the party if it may be, as delivery does."""
    if not pace.free(urgent=urgent) or party in pace.waiting(urgent=urgent):
        return False
    pace.note(party, group=group)
    return True


def test_thirty_a_second_overall() -> None:
    """No second sees more than thirty messages, of which the last tenth is for urgent ones."""
    pace, clock = _pace()
    assert sum(_go(pace, f"p{number}") for number in range(50)) == 27
    assert sum(_go(pace, f"u{number}", urgent=True) for number in range(50)) == 3
    clock.now += 0.999
    assert not _go(pace, "late", urgent=True)
    clock.now += 0.001
    assert _go(pace, "late")


def test_one_a_second_to_a_chat() -> None:
    """A chat gets its next message a second after the last, an urgent one too."""
    pace, clock = _pace()
    assert _go(pace, "chat")
    assert pace.waiting() == {"chat"}
    assert not _go(pace, "chat", urgent=True)
    clock.now += 1.0
    assert _go(pace, "chat")


def test_twenty_a_minute_to_a_group() -> None:
    """A group gets twenty messages in a minute: one is kept for what is urgent, and one for a digest."""
    pace, clock = _pace()
    sent = 0
    for _ in range(30):
        sent += _go(pace, "room", group=True)
        clock.now += 1
    assert sent == 18
    assert [_go(pace, "room", group=True, urgent=True) for _ in range(2)] == [True, False]
    assert pace.full() == set()
    pace.note("room", group=True, digest=True)
    assert pace.full() == {"room"}
    clock.now += 30
    assert _go(pace, "room", group=True, urgent=True)


def test_an_urgent_one_too_many_is_paid_back() -> None:
    """After urgent messages used the free part, others wait until the open part is free again."""
    pace, clock = _pace()
    for _ in range(18):
        assert _go(pace, "room", group=True)
        clock.now += 1
    assert _go(pace, "room", group=True, urgent=True)
    assert pace.seconds_until_free() == 43.0
    clock.now += 42
    assert not _go(pace, "room", group=True)
    clock.now += 1
    assert _go(pace, "room", group=True)


def test_a_pause_asked_for_is_kept() -> None:
    """A chat, or everybody, is left alone for as long as the messenger asked, urgent or not."""
    pace, clock = _pace()
    pace.pause("chat", 7)
    pace.pause("chat", 3)
    assert not _go(pace, "chat", urgent=True)
    assert _go(pace, "other")
    clock.now += 7
    assert _go(pace, "chat")
    pace.pause(None, 5)
    assert pace.free(urgent=True) == 0
    assert pace.seconds_until_free() == 1.0
    clock.now += 5
    assert _go(pace, "chat")


def test_nothing_held_back_nothing_to_wait_for() -> None:
    """Where nothing is held back there is no time to wait for, and idle chats are forgotten."""
    pace, clock = _pace()
    assert pace.seconds_until_free() is None
    _go(pace, "chat")
    clock.now += 1
    assert pace.waiting() == set()
    assert pace.seconds_until_free() is None


def test_taking_back_counts_overall_only() -> None:
    """What the messenger counts for nobody's chat still counts for the whole."""
    pace, _ = _pace()
    for _ in range(30):
        pace.note_overall()
    assert pace.free(urgent=True) == 0
    assert pace.waiting(urgent=True) == set()


STEPS = st.lists(
    st.tuples(st.floats(0, 2), st.sampled_from(["a", "b", "room"]), st.booleans()), min_size=20, max_size=200
)


@given(STEPS)
def test_no_window_ever_sees_too_many(steps: list[tuple[float, str, bool]]) -> None:
    """Whatever is asked for when, no second and no minute, wherever it begins, sees more than allowed."""
    pace, clock = _pace()
    went: list[tuple[float, str]] = []
    for pause, party, urgent in steps:
        clock.now += pause
        if _go(pace, party, group=party == "room", urgent=urgent):
            went.append((clock.now, party))
    for start, party in went:
        second = [name for at, name in went if start <= at < start + 1]
        minute = [name for at, name in went if start <= at < start + 60]
        assert len(second) <= 30
        assert party == "room" or second.count(party) <= 1
        assert minute.count("room") <= 20


def test_nodes_share_the_limits() -> None:
    """Four nodes keep the messenger's limits together: each has a quarter, or waits four times as long."""
    pace, clock = _pace()
    pace.share_with(4)
    assert sum(_go(pace, f"p{number}") for number in range(40)) == int(30 / 4 * 0.9)
    clock.now += 1
    assert sum(_go(pace, "p0") for _ in range(10)) == 0
    clock.now += 3
    assert sum(_go(pace, "p0") for _ in range(10)) == 1
    sent = 0
    for _ in range(60):
        sent += _go(pace, "room", group=True)
        clock.now += 1
    assert sent == 4
    pace.share_with(1)
    assert sum(_go(pace, f"q{number}") for number in range(40)) == 27
