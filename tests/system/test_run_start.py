"""How `hotline run` begins and ends, whatever is wrong around it."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.botapi import BotApi
from tests.system.hotline_process import Desk, Hotline, configuration, desk_on

WRONG = {
    "telegram.token": '[telegram]\ntoken = "secret-nonsense"\n',
    "escalation.tick": '[escalation]\ntick = "soon"\n',
    "database.url": '[database]\nurl = "mysql://hush@host/name"\n',
    "centre.langages": '[centre]\nlangages = ["ru"]\n',
}


def names_in(folder: Path) -> list[str]:
    """What a folder holds."""
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("key", WRONG)
async def test_broken_configuration_is_one_line_naming_the_key(key: str, tmp_path: Path) -> None:
    """It ends at once, with a line that names the key and not the value, and makes nothing."""
    (tmp_path / "config.toml").write_text(WRONG[key])
    hotline = Hotline(tmp_path)
    await hotline.launch()
    assert await hotline.ended() != 0
    (line,) = hotline.lines
    assert key in line
    assert "secret-nonsense" not in line
    assert "hush" not in line
    assert names_in(tmp_path) == ["config.toml"]


async def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    """Whoever may read the key file may read everything: nothing begins before that is put right."""
    (tmp_path / "config.toml").write_text("")
    (tmp_path / "keys.toml").write_text("")
    (tmp_path / "keys.toml").chmod(0o640)
    hotline = Hotline(tmp_path)
    await hotline.launch()
    assert await hotline.ended() != 0
    (line,) = [line for line in hotline.lines if "no messenger" not in line]
    assert "chmod 600" in line
    assert sorted(names_in(tmp_path)) == ["config.toml", "keys.toml"]


async def test_a_broken_file_is_one_line(tmp_path: Path) -> None:
    """A file that isn't TOML ends the start with one line, never a traceback."""
    (tmp_path / "config.toml").write_text("[telegram\ntoken=")
    hotline = Hotline(tmp_path)
    await hotline.launch()
    assert await hotline.ended() != 0
    (line,) = hotline.lines
    assert "config.toml" in line


async def test_a_wrong_token_is_said_and_tried_again(api: BotApi, folder: Path) -> None:
    """It serves all the same, says in the log what kind of refusal it was, and never the token."""
    wrong = "987654321:wrong-and-secret"
    (folder / "config.toml").write_text(configuration(api.url, token=wrong))
    async with Hotline(folder) as hotline:
        await hotline.said("InvalidToken")
        assert not any("wrong-and-secret" in line for line in hotline.lines)
        assert await hotline.stop() == 0


async def test_serves_when_telegram_comes_back(api: BotApi, folder: Path) -> None:
    """With Telegram out of reach at the start it is `ready` all the same, and serves once it can."""
    down = api.faults.add(None, "cut_before", times=1000)
    async with desk_on(api, Hotline(folder)) as desk:
        await down.met(times=3)
        reporter = api.user()
        await reporter.says("/sos")
        down.release()
        await reporter.next_message(40, "?")
        await desk.hotline.said("getMe failed")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_stops_within_ten_seconds(desk: Desk, number: signal.Signals) -> None:
    """A held long poll and a send that hangs don't hold it up; it ends well and says nothing."""
    await desk.api.until(lambda: desk.api.updates.polling)
    held = desk.api.faults.add("sendMessage", "hold_after")
    reporter = desk.api.user()
    await reporter.says("/sos")
    await held.met()
    before = len(desk.hotline.lines)
    assert await desk.hotline.stop(number) == 0
    assert desk.hotline.lines[before:] == []


async def test_a_new_hotline_makes_its_keys_and_says_where(api: BotApi, tmp_path: Path) -> None:
    """With no key file and an empty database it makes one and says where; with data and no key it stops."""
    (tmp_path / "config.toml").write_text(configuration(api.url, token=api.token))
    async with Hotline(tmp_path) as hotline:
        assert any("keys.toml" in line for line in hotline.lines)
        await api.user().says("/start")
        await api.until(lambda: api.called("sendMessage", status=200))
        assert await hotline.stop() == 0
        (tmp_path / "keys.toml").unlink()
        hotline.lines.clear()
        await hotline.launch()
        assert await hotline.ended() != 0
        (line,) = hotline.lines
        assert re.search(r"keys\.toml.*isn't there", line)
