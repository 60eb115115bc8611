"""Nothing of people gets into a line of the log, even where its writer took no care."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import logs, uncaught

CANARY = "Канарейка, улица Тайная 5"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Lend what is printed, with the hotline's logs set up; afterwards they are as they were."""
    monkeypatch.setattr(sys, "stderr", printed := io.StringIO())
    before, level = logging.getLogger("bot").handlers, logging.getLogger("bot").level
    logs.set_up_logs()
    yield printed
    logging.getLogger("bot").handlers = before
    logging.getLogger("bot").propagate = True
    logging.getLogger("bot").setLevel(level)
    structlog.reset_defaults()


def test_what_may_be_told_is_told(lines: io.StringIO) -> None:
    """Our own ids, classes and numbers arrive as they are."""
    structlog.get_logger("test").warning("message not delivered", row="0af3", error="Gone", tries=3)
    said = json.loads(lines.getvalue())
    assert {name: said[name] for name in ("event", "row", "error", "tries", "level")} == {
        "event": "message not delivered",
        "row": "0af3",
        "error": "Gone",
        "tries": 3,
        "level": "warning",
    }


@pytest.mark.parametrize("name", ["name", "text", "chat", "exc_info", "error", "row", "case"])
def test_what_people_wrote_is_withheld(lines: io.StringIO, name: str) -> None:
    """Under an unknown name it is dropped, under a known one it isn't of the known kind."""
    structlog.get_logger("test").error("failed", **{name: CANARY})
    said = lines.getvalue()
    assert "Тайная" not in said
    assert "withheld" in said


def test_a_sentence_with_words_of_others_is_withheld(lines: io.StringIO) -> None:
    """A line that was put together with what somebody wrote, or with the number of a chat."""
    structlog.get_logger("test").error(f"could not send {CANARY}")
    structlog.get_logger("test").error("could not send to 5551234")
    logging.getLogger("bot.channels.some").error("could not send %s", CANARY)
    logging.getLogger("bot.channels.some").error("could not send to %s", "@handle:example.org")
    said = lines.getvalue()
    assert said.count("withheld") == 4
    assert not [word for word in ("Тайная", "5551234", "handle") if word in said]


def test_a_traceback_is_withheld(lines: io.StringIO) -> None:
    """An error's text quotes what it was about, and so do the lines of its traceback."""
    try:
        raise ValueError(CANARY)  # noqa: TRY301 - raised to be caught here
    except ValueError:
        structlog.get_logger("test").exception("failed")
        logging.getLogger("bot.channels.some").exception("failed")
    said = lines.getvalue()
    assert "Тайная" not in said
    assert said.count("failed") == 2


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_text_passes_but_what_is_plain(name: str, value: str) -> None:
    """Whatever is written under whatever name: only known names, plain words and our own mark remain."""
    kept = logs.withheld(None, "error", {"event": "failed", name.lstrip("_") or "x": value})
    for field, told in kept.items():
        assert field in logs.FIELDS | {"fields"}
        assert isinstance(told, str)
        assert told.isascii()
        assert "@" not in told


def test_an_error_nobody_caught_is_told_without_its_text() -> None:
    """Classes and places are enough to mend it."""

    def fail() -> None:
        try:
            raise KeyError(CANARY)  # noqa: TRY301 - raised to be caught here
        except KeyError as error:
            raise RuntimeError(CANARY) from error

    with pytest.raises(RuntimeError) as raised:
        fail()
    said = "\n".join(uncaught.report(raised.value))
    assert "Тайная" not in said
    assert "builtins.RuntimeError" in said
    assert "builtins.KeyError" in said
    assert "in fail" in said


_DYING = """
import sys, threading
from bot import machine, uncaught
machine.harden(); uncaught.install()
def fail(): raise ValueError("kanareyka " + chr(0x442))
class Bad:
    def __del__(self): fail()
Bad()
thread = threading.Thread(target=fail); thread.start(); thread.join()
fail()
"""


def test_whatever_dies_in_the_process_keeps_its_words() -> None:
    """In a destructor, in a thread, and at the end of the program."""
    done = subprocess.run([sys.executable, "-c", _DYING], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "kanareyka" not in done.stdout + done.stderr
    assert done.stderr.count("builtins.ValueError (its text is withheld)") == 3


_HARDENED = """
import ctypes, os, pathlib, resource, tempfile
from bot import machine
machine.harden()
PR_GET_DUMPABLE = 3
print(ctypes.CDLL(None).prctl(PR_GET_DUMPABLE), *resource.getrlimit(resource.RLIMIT_CORE))
file = pathlib.Path(tempfile.mkdtemp()) / "file"; file.write_text("x")
print(oct(file.stat().st_mode & 0o777), machine.open_to_others([file]))
file.chmod(0o640); print(len(machine.open_to_others([file, file.with_name("absent")])))
"""


def test_the_machine_keeps_no_copy_of_the_memory() -> None:
    """No core, nobody of the same user reads the memory, new files are the hotline's alone."""
    done = subprocess.run([sys.executable, "-c", _HARDENED], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["0 0 0", "0o600 []", "1"]
