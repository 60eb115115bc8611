"""Words that occur nowhere else go through every flow of a running hotline; then they are looked for."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest

from tests import canaries
from tests.botapi import BotApi, Message, User
from tests.system.hotline_process import Desk, Hotline, code_in, configuration, desk_on, reference_in

WORD = "Канарейка"
LATIN = "kanareyka"
TOKEN = "123456789:kanareyka-token"
CONTENT = f"{WORD} inside a file {LATIN} ".encode() * 100


def said(what: str) -> str:
    """Both words, around what they are about."""
    return f"{WORD} {what} {LATIN}"


REPORT: Sequence[tuple[str, str]] = (
    ("/report", "в безопасности"),
    ("да", "О ком"),
    ("обо мне", "Чем занимаетесь"),
    (said("работа"), "Что случилось"),
    ("обыск, задержание", "Расскажите"),
    (said("рассказ"), "Это происходит сейчас"),
    ("закончилось", "Когда"),
    (said("когда"), "Где это"),
    (said("где"), "Кто за этим"),
    (said("кто"), "Где сейчас этот человек"),
    (said("задержан"), "сейчас нужнее"),
    (said("нужно"), "лучше отвечать"),
    (said("связь"), "приложить"),
)
"""What is typed one after the other, and a part of what is asked next."""
CONSENTS: Sequence[tuple[str, str]] = (
    ("Дальше", "партнёрским"),
    ("с именем", "государственные"),
    ("нет", "ООН"),
    ("без имени", "публично"),
    ("нет", "Проверьте"),
    ("Отправить", "Приняли"),
)


async def talk(person: User, lines: Sequence[tuple[str, str]]) -> Message:
    """Type each line and wait for what follows from it; the last answer."""
    *first, last = lines
    for typed, follows in first:
        await person.says(typed)
        await person.next_message(60, follows)
    await person.says(last[0])
    return await person.next_message(60, last[1])


async def reported(desk: Desk, reporter: User) -> Message:
    """A whole guided report, each free answer a canary; what is said when it is in."""
    await talk(reporter, REPORT)
    await reporter.sends_document(CONTENT, name=f"{LATIN}-{WORD}.pdf", caption=said("подпись"))
    await reporter.next_message(60, "Получили")
    received = await talk(reporter, CONSENTS)
    await desk.room.next_message(60, reference_in(received))
    return received


async def worked_on(desk: Desk, reference: str, reporter: User) -> None:
    """What officers do about a case, with words of theirs wherever there may be any."""
    boris, anna, room = desk.boris, desk.anna, desk.room
    await talk(
        boris,
        (
            (f"/ack {reference}", reference),
            (f"/case {reference}", WORD),
            (f"/note {reference} {said('заметка')}", "заметка"),
            (f"/reply {reference} {said('ответ')}", "ответ"),
            (f"/due {reference} завтра 12:00 {said('срок')}", reference),
            (f"/wait {reference} 2d", reference),
            (f"/severity {reference} high", reference),
        ),
    )
    await reporter.next_message(60, "ответ")
    await reporter.says(said("дальше"))
    written = await boris.next_message(60, f"{WORD} дальше")
    await desk.quiet()
    await boris.says(said("отклик"), reply_to=written)
    await reporter.next_message(60, "отклик")
    notice = next(each for each in room.messages if reference in each.text)
    await boris.says(said("в комнате"), chat=room, reply_to=notice)
    asked = await room.next_message(60, lambda each: "Отправить" in " ".join(each.buttons))
    await boris.presses(asked, next(label for label in asked.buttons if "Отправить" in label))
    await reporter.next_message(60, "в комнате")
    await talk(anna, ((f"/case {reference}", WORD), (f"/assign {reference} Анна", reference)))


async def came_back(desk: Desk, received: Message) -> None:
    """The reporter from another account, by the code; a misspelt one; what was said; taking it back."""
    other = desk.api.user(first_name=said("другое имя"), username=f"{LATIN}_other", language_code="ru")
    code = code_in(received)
    await talk(other, ((f"/receipt {LATIN}", "код"), (f"/receipt {code}", reference_in(received))))
    await other.says(said("ещё"))
    await desk.anna.next_message(60, f"{WORD} ещё")
    await other.sends_photo(CONTENT, caption=said("снимок"))
    await desk.anna.next_message(60, f"{WORD} снимок")
    await talk(other, ((f"/mycase {code}", WORD),))


async def searched(desk: Desk, folder: Path, passing: Path) -> dict[str, bytes]:
    """Everything that somebody with the machine, but without the keys, could read."""
    process = Path(f"/proc/{desk.hotline.process.pid}")
    shown = {name: (process / name).read_bytes() for name in ("cmdline", "environ", "comm")}
    async with aiohttp.ClientSession() as session:
        for page in ("metrics", "healthz"):
            async with session.get(f"http://{desk_health(folder)}/{page}") as answer:
                shown[page] = await answer.read()
    disk = canaries.on_disk(folder, passing)
    del disk[str(folder / "config.toml")]
    return {**shown, **disk, "printed": "\n".join(desk.hotline.lines).encode()}


def desk_health(folder: Path) -> str:
    """Where the hotline of this folder answers how it is."""
    (line,) = (each for each in (folder / "config.toml").read_text().splitlines() if "listen" in each)
    return line.partition('"')[2].rstrip('"')


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.mark.timeout(300)
async def test_no_flow_leaves_a_word_behind(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No word, name, handle or id in database, journal, files, passing files, log, figures or arguments."""
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setenv("TMPDIR", str(passing))
    health = f'[health]\nlisten = "127.0.0.1:{free_port()}"\n'
    async with BotApi(TOKEN) as api:
        (folder / "config.toml").write_text(configuration(api.url, token=TOKEN) + health)
        async with desk_on(api, Hotline(folder)) as desk:
            reporter = api.user(first_name=said("имя"), username=f"{LATIN}_handle", language_code="ru")
            received = await reported(desk, reporter)
            await worked_on(desk, reference_in(received), reporter)
            await came_back(desk, received)
            await desk.report_by_sos(api.user(first_name=said("ещё имя")), said("срочно"))
            await desk.quiet()
            places = await searched(desk, folder, passing)
    people = {str(each.id) for each in (reporter, desk.anna, desk.boris)}
    words = {WORD, LATIN, str(abs(desk.room.id)), *people}
    assert sum(len(content) for content in places.values()) > len(CONTENT)
    assert any(place.endswith(".sealed") for place in places)
    assert canaries.leaks(words, places) == {}
