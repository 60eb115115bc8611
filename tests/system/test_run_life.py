"""A report's whole life through the real process, which is killed again and again while it goes on."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from tests.botapi import Message, User
from tests.botapi.files import JPEG
from tests.system.hotline_process import Desk, all_texts, code_in, is_received, reference_in

PATIENCE = 60.0
"""Seconds for an answer: the process may have been killed meanwhile, and starts anew."""
REFERENCE = re.compile(r"\b[A-HJ-NP-Z2-9]{3}-[A-HJ-NP-Z2-9]{3}\b")
VOICE, PAPER = b"OggS, a voice", b"%PDF, a summons"


@dataclass
class Kills:
    """SIGKILL and a new start, while everybody goes on as if nothing had happened."""

    desk: Desk
    done: int = 0
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def strike(self) -> None:
        """Kill now. Whoever asks while another kill is under way waits for that one's end."""
        async with self._one:
            await self.desk.hotline.restart()
            self.done += 1


@dataclass
class Conversation:
    """One reporter's side: an answer, then the next question, whatever became of the process."""

    reporter: User
    kills: Kills
    last: Message | None = None

    async def hears(self, part: str) -> Message:
        """Wait for a message that holds `part`."""
        self.last = await self.reporter.next_message(PATIENCE, part)
        return self.last

    async def says(self, text: str, then: str, *, kill: bool = False) -> Message:
        """Type, and hear the next question."""
        await self.reporter.says(text)
        return await self._next(then, kill=kill)

    async def presses(self, label: str, then: str, *, kill: bool = False) -> Message:
        """Press a button of the last question, and hear the next one."""
        assert self.last is not None
        await self.reporter.presses(self.last, label)
        return await self._next(then, kill=kill)

    async def ticks(self, label: str) -> None:
        """Press a button that stays, ticked, in its message."""
        message = self.last
        assert message is not None
        await self.reporter.presses(message, label)
        await self.reporter.world.until(lambda: f"✓ {label}" in message.buttons, PATIENCE)

    async def _next(self, then: str, *, kill: bool) -> Message:
        if kill:
            await self.kills.strike()
        return await self.hears(then)


async def report_in_russian(talk: Conversation) -> str:
    """Every kind of answer, in Russian; returns the receipt's code."""
    await talk.says("/report", "в безопасности", kill=True)
    await talk.presses("Да", "О ком")
    await talk.presses("О другом человеке", "Чем занимаетесь")
    await talk.presses("Назад", "О ком")
    await talk.presses("Обо мне", "Чем занимаетесь")
    await talk.says("Помогаю заключённым, Тверь", "Что случилось")
    await talk.ticks("Обыск")
    await talk.ticks("Задержание")
    await talk.presses("Готово", "Расскажите", kill=True)
    await talk.reporter.sends_photo()
    await talk.hears("Получили")
    await talk.reporter.sends_voice(VOICE)
    await talk.hears("Получили")
    await talk.says("Пришли в шесть утра, забрали технику", "происходит сейчас")
    await talk.presses("Уже закончилось", "Когда")
    await talk.says("вчера вечером", "Где это")
    await talk.says("Тверск. обл", "Тверская область")
    return await _end_in_russian(talk)


async def _end_in_russian(talk: Conversation) -> str:
    talk.last = talk.reporter.messages[-1]
    if "Тверская область" in talk.last.buttons:
        await talk.presses("Тверская область", "Кто за этим")
    await talk.says("Полиция, ФСБ", "Где сейчас этот человек")
    await talk.says("В отделе, с вечера, адвоката не пускают", "нужнее всего", kill=True)
    await talk.says("адвокат и совет", "Как и в какие часы")
    await talk.reporter.sends_location()
    await talk.hears("Место записали")
    await talk.presses("Пропустить", "Есть что приложить")
    await talk.reporter.sends_document(PAPER, name="повестка.pdf")
    await talk.hears("Получили")
    await talk.presses("Готово", "партнёрским")
    await talk.presses("Да, без имени", "государственные органы")
    await talk.says("нет", "ООН")
    await talk.presses("Да, с именем", "публично")
    await talk.presses("Нет", "Проверьте")
    await talk.presses("Поправить ответ", "Что поменять")
    await talk.presses("Чем занимается", "Сейчас записано")
    await talk.says("Помогаю заключённым в Твери и Ржеве", "Ржеве")
    return code_in(await talk.presses("✅ Отправить", "Приняли", kill=True))


async def report_in_english(talk: Conversation) -> str:
    """The same in English, sent before the last questions; returns the receipt's code."""
    await talk.says("/report", "Are you safe")
    await talk.says("yes", "Who is it about")
    await talk.says("an organisation", "work on")
    await talk.presses("Skip", "What happened")
    await talk.says("they cut our power and took the door away", "Tell it in")
    await talk.says("A long story, in short", "going on now")
    await talk.presses("Going on now", "When?")
    await talk.presses("Skip", "Where is it?")
    await talk.presses("Back", "When?")
    await talk.says("yesterday 18:30", "Where is it?")
    await talk.says("Tver", "Who is behind it")
    await talk.presses("Skip", "What would help")
    await talk.ticks("A lawyer")
    return code_in(await talk.says("send now", "Received", kill=True))


def code_and_reference(reporter: User) -> tuple[str, str]:
    """What the reporter was given; a repeated receipt is the same one."""
    given = [message for message in reporter.messages if is_received(message)]
    assert len({(code_in(message), reference_in(message)) for message in given}) == 1
    return code_in(given[0]), reference_in(given[0])


async def test_reports_survive_being_killed_at_every_turn(desk: Desk) -> None:
    """A full report in Russian, one in English and an SOS arrive once each, whatever is killed meanwhile.

    No report is lost, none is doubled, and nobody holds a receipt that stands for nothing. Whatever was
    sent along reaches the officer byte for byte.
    """
    kills = Kills(desk)
    russian, english, third = (desk.api.user(language_code=code) for code in ("ru", "en", "en"))
    await asyncio.gather(
        report_in_russian(Conversation(russian, kills)),
        report_in_english(Conversation(english, kills)),
        desk.report_by_sos(third, "They are at my door"),
    )
    await desk.quiet()
    assert kills.done == 5
    references = {code_and_reference(reporter)[1] for reporter in (russian, english, third)}
    assert {row for (row,) in desk.hotline.rows("SELECT reference FROM cases")} == references
    noticed = [message for message in desk.room.messages if "Новое обращение" in message.text]
    told = {found for message in noticed for found in REFERENCE.findall(message.text)}
    assert told == references
    await details_are_whole(desk, code_and_reference(russian)[1], kills)


async def details_are_whole(desk: Desk, reference: str, kills: Kills) -> None:
    """By the button in the room: words in private, files as they were, nothing of it in the room."""
    notice = next(each for each in reversed(desk.room.messages) if reference in each.text)
    await desk.hotline.until_rows("SELECT DISTINCT state FROM files", [("stored",)])
    await desk.boris.presses(notice, "Подробности")
    await kills.strike()
    await desk.boris.next_message(PATIENCE, lambda each: each.text.startswith(reference))
    await desk.quiet()
    shown = "\n".join(all_texts(desk.boris.chat))
    for words in (
        "Ржеве",
        "шесть утра",
        "вчера вечером",
        "Тверская область",
        "Полиция",
        "адвоката не пускают",
    ):
        assert words in shown, words
        assert words not in "\n".join(all_texts(desk.room))
    files = {message.file for message in desk.boris.messages if message.file is not None}
    assert files == {JPEG, VOICE, PAPER}


async def acknowledge_and_talk(desk: Desk, reporter: User, reference: str) -> None:
    """Both ways between officer and reporter, with a kill after each step."""
    await desk.boris.presses(desk.room.messages[-1], "Принять")
    await desk.hotline.restart()
    await reporter.next_message(PATIENCE, "прочитал обращение")
    await desk.quiet()
    await desk.boris.says(f"/reply {reference} Адвокат едет")
    await desk.hotline.restart()
    answer = await reporter.next_message(PATIENCE, "Адвокат едет")
    assert "Борис" not in answer.text
    await desk.boris.says(f"/note {reference} Позвонить утром")
    await desk.boris.next_message(PATIENCE, "заметка записана")
    await reporter.says("Спасибо, ждём у входа")
    await desk.hotline.restart()
    await desk.boris.next_message(PATIENCE, "Спасибо, ждём у входа")
    await desk.quiet()
    wrote = next(each for each in reversed(desk.boris.messages) if "Спасибо, ждём у входа" in each.text)
    await desk.boris.says("Он в синей куртке", reply_to=wrote)
    await reporter.next_message(PATIENCE, "Он в синей куртке")


async def test_an_answer_finds_its_way_through_kills(desk: Desk) -> None:
    """Acknowledged, answered, noted, replied, counted, closed: each once, with a kill between any two."""
    reporter = desk.api.user()
    reference = await desk.report_by_sos(reporter)
    await desk.quiet()
    await acknowledge_and_talk(desk, reporter, reference)
    await desk.anna.says("/status")
    assert "Открыто 1: срочных 1" in (await desk.anna.next_message(PATIENCE, "Открыто")).text
    await desk.boris.says(f"/close {reference} решено")
    await reporter.next_message(PATIENCE, "закрыто")
    await desk.quiet()
    shown = list(all_texts(desk.room))
    assert any("закрыто" in text.lower() for text in shown)
    for words in ("Адвокат едет", "у двери", "у входа", "куртке", "Позвонить"):
        assert not [text for text in shown if words in text]
    ((entries,),) = desk.hotline.rows("SELECT entries FROM cases")
    assert entries == desk.hotline.count("case_entries")


async def test_coming_back_and_taking_it_all_back(desk: Desk) -> None:
    """Without the code only how it stands; with it, from anywhere, what was said; then nothing is left."""
    reporter, elsewhere = desk.api.user(), desk.api.user()
    reference = await desk.report_by_sos(reporter, "Они у двери")
    code = code_and_reference(reporter)[0]
    await desk.quiet()
    await reporter.says("/mycase")
    assert "у двери" not in (await reporter.next_message(PATIENCE, "/mycase и код")).text
    await elsewhere.says("/mycase")
    await elsewhere.next_message(PATIENCE, "пока ничего не отправлено")
    await desk.hotline.restart()
    await elsewhere.says(f"/receipt {code}")
    await elsewhere.next_message(PATIENCE, reference)
    await elsewhere.says(f"/mycase {code}")
    await elsewhere.next_message(PATIENCE, "Они у двери")
    await take_it_all_back(desk, reporter, code)


async def take_it_all_back(desk: Desk, reporter: User, code: str) -> None:
    """With the code it is destroyed at once: chat, case, keys, and the staff's sight of it."""
    await reporter.says(f"/delete {code}")
    question = await reporter.next_message(PATIENCE, "Стереть всё?")
    await reporter.presses(question, "Да")
    await desk.hotline.restart()
    await desk.api.until(lambda: any("Всё уничтожено" in text for text in all_texts(reporter.chat)), PATIENCE)
    await desk.quiet()
    assert desk.hotline.count("cases") == desk.hotline.count("case_entries") == 0
    left = [each.text for each in reporter.messages if not each.deleted]
    assert not [text for text in left if code in text]
    await desk.boris.says("/queue")
    await desk.boris.next_message(PATIENCE, "Открытых обращений нет")
