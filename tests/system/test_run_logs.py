"""What the process lets out: nothing of people, words or secrets, whatever happens to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.botapi import BotApi, User
from tests.botapi.faults import Kind
from tests.system.hotline_process import Desk, Hotline, configuration, desk_on

CANARY = "kanareyka"
WORDS = f"{CANARY}-words и улица Тайная 5"
TOKEN = "123456789:kanareyka-token"


def secrets_of(desk: Desk, *reporters: User) -> set[str]:
    """What must never be printed: canaries, names, handles, and the ids of people and chats."""
    everybody = (desk.anna, desk.boris, *reporters)
    ids = {str(abs(number)) for each in everybody for number in (each.id, each.chat.id)}
    return {CANARY, "Тайная", "Анна", "Борис", str(abs(desk.room.id)), *ids}


async def troubled_life(desk: Desk, reporter: User) -> None:
    """A report, files, answers, refusals, faults of every kind, a blocked chat, a kill, a second poller."""
    faults = desk.api.faults
    await reporter.says(WORDS)
    question = await reporter.next_message(60, "никуда не ушло")
    await reporter.sends_document(name=f"{CANARY}.pdf", caption=WORDS)
    await reporter.next_message(60, "Получили")
    kinds: tuple[Kind, ...] = ("500", "502_html", "not_json", "cut_before", "cut_after")
    for kind in kinds:
        faults.add("sendMessage", kind, chat=reporter.chat)
    faults.add("getFile", "500")
    faults.add("getUpdates", "502_html")
    faults.add("getUpdates", "not_json")
    await reporter.presses(question, "Отправить сейчас")
    await desk.room.next_message(60, "Новое обращение")
    await desk.hotline.restart()
    await reporter.forges(question, f"{CANARY}:data")
    await reporter.sends_sticker()
    desk.api.updates.push_raw({"message": {"text": CANARY}})
    desk.api.updates.push_raw({"callback_query": {"id": CANARY, "data": CANARY}})
    await answered(desk, reporter)


async def answered(desk: Desk, reporter: User) -> None:
    """The desk's side of it, up to a reply that can't arrive."""
    reference = desk.room.messages[-1].text.partition(" ")[0]
    await desk.boris.says(f"/case {reference}")
    await desk.boris.says(f"/note {reference} {WORDS}")
    await desk.boris.says(f"/reply {CANARY} {WORDS}")
    await desk.boris.says(f"/join {CANARY}")
    await desk.anna.says(f"/invite officer {CANARY}")
    await desk.boris.next_message(60, "заметка записана")
    await reporter.blocks()
    await desk.boris.says(f"/reply {reference} {WORDS}")
    await desk.boris.next_message(
        20, lambda each: "писать некуда" in each.text or "не доставлен" in each.text
    )
    await desk.room.kicks_bot()
    await desk.report_by_sos_without_room(desk.api.user(first_name=CANARY))


@pytest.mark.timeout(240)
async def test_nothing_leaks(folder: Path) -> None:
    """Through a life full of trouble neither output nor arguments hold names, words, addresses or secrets."""
    async with BotApi(TOKEN) as api:
        (folder / "config.toml").write_text(configuration(api.url, token=TOKEN))
        async with desk_on(api, Hotline(folder)) as desk:
            reporter = api.user(first_name=f"{CANARY} Имя", username=f"{CANARY}_handle")
            await troubled_life(desk, reporter)
            arguments = desk.hotline.arguments()
            assert await desk.hotline.stop() == 0
            printed = "\n".join((*desk.hotline.lines, arguments))
            assert "failed" in printed
            assert not [secret for secret in secrets_of(desk, reporter) if secret in printed]
