"""What a reporter types as a command, on any messenger: whoever is in a hurry doesn't mind the spaces."""

from __future__ import annotations

import pytest

from bot.conversation.types import Command
from bot.guided import typed_command


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/sos", Command("sos")),
        ("!SOS", Command("sos")),
        ("/sos они у двери", Command("sos", "они у двери")),
        ("/sos\nони у двери", Command("sos", "они у двери")),
        ("/sos\tони у двери\nломают", Command("sos", "они у двери\nломают")),
        ("/sos!", Command("sos")),
        ("/sos, они у двери", Command("sos", ", они у двери")),
        ("/sos@hotline_bot\nони у двери", Command("sos", "они у двери")),
        ("/mycase\nABCD-EFGH-JKLM-NPQR", Command("mycase", "ABCD-EFGH-JKLM-NPQR")),
        ("/take_shift", Command("take_shift")),
        ("/помощь", Command("помощь")),
    ],
)
def test_what_ends_a_commands_name(typed: str, meant: Command) -> None:
    """A new line or a sign ends a command's name as a space does; words that follow stay whole."""
    assert typed_command(typed) == meant


@pytest.mark.parametrize("typed", ["", "/", "!", "/ sos", "/7", "!!", "//sos", "sos", "они /sos", "/_"])
def test_what_is_no_command(typed: str) -> None:
    """Everything else is words."""
    assert typed_command(typed) is None
