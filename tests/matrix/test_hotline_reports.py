"""Reports over Matrix through the real process, while it and its homeserver are killed again and again."""

from __future__ import annotations

import asyncio

import pytest

from tests.matrix.hotline import Desk, code_in, is_received, reference_in
from tests.matrix.talk import Talk

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURE = b"\xff\xd8\xff\xe0 a photo"
PATIENCE = 60.0
VOICE = b"OggS, a voice"
PAPER = b"%PDF, a summons"


async def report_in_russian(talk: Talk) -> str:
    """Choices by number, by word and by first letters, every kind of file; returns the receipt's code."""
    await talk.says("/report", "в безопасности", kill=True)
    await talk.picks("Да", "О ком")
    await talk.says("о другом", "Чем занимаетесь")
    await talk.picks("Назад", "О ком")
    await talk.says("Обо мне", "Чем занимаетесь")
    await talk.says("Помогаю заключённым, Тверь", "Что случилось")
    await talk.says("Обыск, Задержание", "Расскажите")
    await talk.sends_file(PICTURE, "photo.jpg", "image/jpeg", "Получили")
    await talk.sends_file(VOICE, "voice.ogg", "audio/ogg", "Получили")
    await talk.says("Пришли в шесть утра, забрали технику", "происходит сейчас", kill=True)
    await talk.picks("Уже закончилось", "Когда")
    await talk.says("вчера вечером", "Где это")
    await talk.says("Тверская область", "Кто за этим")
    await talk.says("Полиция, ФСБ", "Где сейчас этот человек")
    await talk.says("В отделе, с вечера, адвоката не пускают", "нужнее всего")
    await talk.says("адвокат и совет", "Как и в какие часы")
    await talk.picks("Пропустить", "Есть что приложить")
    await talk.sends_file(PAPER, "повестка.pdf", "application/pdf", "Получили")
    return await end_in_russian(talk)


async def end_in_russian(talk: Talk) -> str:
    """Consents, a change, and off it goes."""
    await talk.picks("Готово", "партнёрским")
    await talk.says("без имени", "государственные органы")
    await talk.says("нет", "ООН")
    await talk.picks("Да, с именем", "публично")
    await talk.says("н", "Проверьте")
    await talk.picks("Поправить ответ", "Что поменять")
    await talk.picks("Чем занимается", "Сейчас записано")
    await talk.says("Помогаю заключённым в Твери и Ржеве", "Ржеве")
    return code_in(await talk.picks("Отправить", "Приняли", kill=True))


async def report_in_english(talk: Talk) -> str:
    """The same in English, sent before the last questions; returns the receipt's code."""
    await talk.says("!language", "English")
    await talk.says("english", "English")
    await talk.says("!report", "Are you safe")
    await talk.says("y", "Who is it about")
    await talk.says("organisation", "work on")
    await talk.picks("Skip", "What happened")
    await talk.says("they cut our power and took the door away", "Tell it in", kill=True)
    await talk.says("A long story, in short", "going on now")
    await talk.says("going", "When?")
    await talk.picks("Skip", "Where is it?")
    await talk.says("Tver", "Who is behind it")
    return code_in(await talk.picks("Send now", "Received"))


async def test_reports_survive_killed_processes_and_servers(desk: Desk) -> None:
    """A report in each language arrives once, whole, whatever is killed meanwhile; so does an SOS."""
    russian, english, third = [await desk.reporter() for _ in range(3)]
    code = await report_in_russian(Talk(russian, desk.hotline.restart))
    other = await report_in_english(Talk(english, desk.restart_server))
    urgent = await desk.report_by_sos(third)
    await desk.quiet()
    given = [reference_in(each) for each in (*russian.messages, *english.messages) if is_received(each)]
    references = {urgent, *given}
    assert {row for (row,) in desk.hotline.rows("SELECT reference FROM cases")} >= references
    assert len(references) == 3
    assert code != other
    told = [each.text for each in desk.boris.staff.messages if "Новое обращение" in each.text]
    assert all(sum(reference in text for text in told) == 1 for reference in references)


async def test_an_edited_answer_counts_as_edited(desk: Desk) -> None:
    """What the reporter mended in the room is what the case says."""
    reporter = await desk.reporter()
    await reporter.says("/sos")
    await reporter.next_message(matching="?")
    said = await reporter.says("Они у дври")
    reference = await desk.reference_for(reporter)
    await reporter.room.edits(said, "Они у двери, их трое")
    await desk.boris.chat.next_message(60, "их трое")
    await desk.boris.chat.says(f"!case {reference}")
    await desk.boris.chat.next_message(60, "их трое")


async def test_reports_reach_the_officer_byte_for_byte(desk: Desk) -> None:
    """Files that came encrypted go out encrypted, to the officer who asks for the case."""
    reporter = await desk.reporter()
    reference = await desk.report_by_sos(reporter)
    await reporter.room.sends_file(PICTURE, "photo.jpg", "image/jpeg")
    await reporter.next_message(matching="Передали")
    await desk.hotline.until_rows("SELECT DISTINCT state FROM files", [("stored",)])
    await desk.boris.chat.says(f"!case {reference}")
    shown = await desk.boris.chat.next_message(60, lambda each: "file" in each.event.content)
    assert await desk.boris.chat.file(shown) == PICTURE


async def test_many_reporters_at_once(desk: Desk) -> None:
    """Ten people call at the same time; each gets a reference of their own."""
    reporters = [await desk.reporter() for _ in range(10)]

    async def calls(number: int) -> str:
        await reporters[number].says("!sos")
        await reporters[number].next_message(PATIENCE, "?")
        await reporters[number].says(f"Их {number}")
        received = await reporters[number].room.next_message(PATIENCE, is_received)
        return reference_in(received)

    assert len(set(await asyncio.gather(*map(calls, range(10))))) == 10


async def test_killed_in_between_it_goes_on(desk: Desk) -> None:
    """What was written while it was dead arrives once, and numbers mean what they meant."""
    vera = await desk.reporter()
    reference = await desk.report_by_sos(vera)
    await desk.boris.chat.next_message(PATIENCE, reference)
    await desk.hotline.kill()
    await vera.says("Они ломают дверь")
    await desk.boris.chat.says("1")
    await desk.hotline.start()
    await desk.boris.chat.next_message(PATIENCE, "Они ломают дверь")
    await vera.next_message(PATIENCE, "прочитал")
    await desk.quiet()
    assert len([each for each in desk.boris.chat.messages if "Они ломают дверь" in each.text]) == 1
