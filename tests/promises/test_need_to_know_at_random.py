"""Whatever people try on a restricted case, in whatever order: nothing of it reaches those not named.

The content is a word that stands in every answer, message, note, due date, file name and file of the case; it
is looked for in everything that every messenger was ever handed for a person or a room.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backend.cases import files, records, reporting
from backend.outbox import Json
from backend.people import need_to_know, reporters, staff
from backend.people.need_to_know import Circle
from backend.vault.model import FileRow
from bot.channels.base import ButtonPressed, Edit, Outgoing, Remove, Say, TextSent
from tests.promises.scene import Person, Scene, playing
from tests.promises.scene import settings as configured

CANARY = "canary"
COORDINATORS, OFFICERS = ("clara", "dora"), ("anna", "boris")
EVERYBODY = (*COORDINATORS, *OFFICERS)
TYPED = (
    "/case {case}",
    "/ack {case}",
    "/take {case}",
    "/release {case}",
    "/assign {case} {name}",
    "/severity {case} high",
    "/wait {case}",
    "/snooze {case} 1h",
    "/reply {case} canary",
    "/note {case} canary",
    "/due {case} 3d canary",
    "/due {case}",
    "/due {case} done 1",
    "/close {case} resolved canary",
    "/reopen {case}",
    "/queue",
    "/overdue",
    "/status",
    "/restrict {case}",
    "/restrict {case} all",
    "/audit {case}",
    "/audit {name}",
)
PRESSED = ("details", "ack", "take", "release", "wait", "reopen")
PEOPLE = st.sampled_from(EVERYBODY)
STEP = st.one_of(
    st.tuples(st.just("types"), PEOPLE, st.sampled_from(TYPED), PEOPLE),
    st.tuples(st.just("presses"), PEOPLE, st.sampled_from(PRESSED), st.booleans()),
    st.tuples(st.just("restricts"), PEOPLE, st.sets(PEOPLE, min_size=1, max_size=2)),
    st.tuples(st.just("answers"), PEOPLE, st.booleans()),
    st.tuples(st.just("wrote")),
    st.tuples(st.just("passes"), st.sampled_from([1, 6, 70])),
    st.tuples(st.just("stands still")),
    st.tuples(st.just("goes on")),
)
RESTRICTED = st.tuples(st.just("restricts"), st.sampled_from(COORDINATORS), st.just({"anna"}))
Step = tuple[object, ...]
STILL: Step = ("stands still",)
GOES_ON: Step = ("goes on",)
DUE: Step = ("types", "boris", "/due {case} 3d canary", "boris")
DUE_SHOWN: Step = ("types", "boris", "/due {case}", "boris")
BY_CLARA: Step = ("restricts", "clara", {"anna"})
LATER = st.lists(STEP, min_size=3, max_size=10)


class Play:
    """One scene, and what was handed to the messengers so far."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.people: dict[str, Person] = {}
        self.ids: dict[str, str] = {}
        self.case = ""
        self.case_id = ""
        self.looked_at = 0
        self.sends = True

    async def begin(self) -> None:
        """The staff, a room, and a case that everybody was told of."""
        for name in COORDINATORS:
            self.people[name] = await self.scene.coordinator(name)
        for name in OFFICERS:
            self.people[name] = await self.scene.officer(name)
        self.people["room"] = await self.scene.room(self.people["clara"])
        self.case = await self._reported()
        async with self.scene.hotline.backend.looking() as work:
            self.ids = {each.name: each.id for each in await staff.everyone(work)}
        await self.scene.settled()

    async def _reported(self) -> str:
        backend = self.scene.hotline.backend
        async with backend.work() as work:
            known = reporters.make(work, channel="telegram", sender="r", chat="chat-r", language="en")
            file = files.note(
                work, known.reporter, ref="f", kind="document", name=f"{CANARY}.txt", mime="text/plain"
            )
            await work.session.flush()
            answers: dict[str, Json] = {"acts": ["detention"], "account": CANARY, "contact": CANARY}
            opened = await reporting.open_case(work, known.reporter, answers, files=[file])
            await work.session.flush()
            row = await work.session.get_one(FileRow, file)
            row.state, row.next_try_at = "stored", None
            (about,) = await files.of_case(work, opened.case)
            backend.files.write(file, about.key, CANARY.encode())
            self.case_id = opened.case.row.id
        return opened.case.reference

    # ── What happens ────────────────────────────────────────────────────────────────────────────

    async def does(self, step: Step) -> None:
        """One step, by its name."""
        match step:
            case ("types", str(who), str(text), str(name)):
                await self.people[who].says(text.format(case=self.case, name=name))
            case ("presses", str(who), str(verb), bool(in_room)):
                await self.presses(who, verb, in_room=in_room)
            case ("restricts", str(who), set(names)):
                await self.people[who].says(f"/restrict {self.case} {', '.join(sorted(map(str, names)))}")
            case ("answers", str(who), bool(in_room)):
                await self.answers(who, in_room=in_room)
            case ("wrote",):
                await self.wrote()
            case ("passes", int(minutes)) if self.sends:
                await self.scene.passes(minutes=minutes)
            case ("stands still",) if self.sends:
                await self.scene.nothing_leaves()
                self.sends = False
            case ("goes on",) if not self.sends:
                self.sends = True
                await self.scene.goes_on()
            case _:
                pass

    async def presses(self, who: str, verb: str, *, in_room: bool) -> None:
        """A button of any message that ever stood anywhere, as old as may be."""
        room = self.people["room"] if in_room else None
        data = f"s:{verb}:{self.case.replace('-', '')}"
        await self.scene.comes_in(self.people[who], ButtonPressed(data), in_room=room, message="1")

    async def answers(self, who: str, *, in_room: bool) -> None:
        """A messenger reply to the oldest message about the case that stands there."""
        chat = self.people["room" if in_room else who]
        about = [each for each in chat.messages if self.case in each.text]
        if about:
            room = chat if in_room else None
            said = TextSent("what now")
            await self.scene.comes_in(self.people[who], said, in_room=room, reply_to=about[0].id)

    async def wrote(self) -> None:
        """The defender writes once more."""
        async with self.scene.hotline.backend.work() as work:
            case = await records.find(work, self.case, for_change=True)
            (reporter, *_) = await reporters.of_case(work, case.row.id)
            await reporting.add_message(work, reporter, case, f"{CANARY} again")
        if self.sends:
            await self.scene.settled()

    # ── What must never happen ──────────────────────────────────────────────────────────────────

    async def circle(self) -> Circle | None:
        """Who may read it now."""
        async with self.scene.hotline.backend.looking() as work:
            return await need_to_know.circle(work, self.case_id)

    async def nothing_leaked(self) -> None:
        """What was handed over since the last look went to nobody who may not read it now."""
        sent, circle = self.scene.messengers["telegram"].sent, await self.circle()
        fresh, self.looked_at = sent[self.looked_at :], len(sent)
        for each in fresh:
            assert not (holds(each) and self.is_outside(each, circle)), (each, circle)

    def is_outside(self, sent: Outgoing, circle: Circle | None) -> bool:
        """Whether this went to the room, or to somebody who isn't named."""
        if sent.chat == self.people["room"].chat:
            return True
        name = next((name for name in EVERYBODY if self.people[name].chat == sent.chat), None)
        return name is not None and circle is not None and self.ids[name] not in circle

    async def nothing_stands(self) -> None:
        """In the end, with everything delivered and taken back, no outsider has any of it in their chat."""
        await self.does(("goes on",))
        await self.scene.passes(minutes=2)
        circle, standing = await self.circle(), dict[str, Outgoing]()
        for number, each in enumerate(self.scene.messengers["telegram"].sent, start=1):
            match each:
                case Say():
                    standing[str(number)] = each
                case Edit(message=message):
                    standing[message] = each
                case Remove(message=message):
                    standing.pop(message, None)
                case _:
                    pass
        assert not [each for each in standing.values() if holds(each) and self.is_outside(each, circle)]


def holds(sent: Outgoing) -> bool:
    """Whether the content is in what a messenger is handed: words, file names, files."""
    return CANARY in repr(sent).casefold()


async def play(database: Path, folder: Path, steps: list[Step]) -> None:
    """All steps, each followed by a look at what left."""
    url = f"sqlite:///{shutil.copy(database, folder / 'hotline.db')}"
    async with playing(url, folder, configured()) as scene:
        play = Play(scene)
        await play.begin()
        play.looked_at = len(scene.messengers["telegram"].sent)
        for step in steps:
            await play.does(step)
            await play.nothing_leaked()
        await play.nothing_stands()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(before=[STILL, ("types", "boris", "/case {case}", "boris")], restriction=BY_CLARA, after=[GOES_ON])
@example(before=[STILL, ("wrote",), DUE, DUE_SHOWN], restriction=BY_CLARA, after=[GOES_ON])
@given(
    before=st.lists(STEP, max_size=4), restriction=RESTRICTED, after=st.lists(STEP, min_size=3, max_size=10)
)
def test_nothing_reaches_those_not_named(
    sqlite_template: Path,
    before: list[Step],
    restriction: Step,
    after: list[Step],
) -> None:
    """For random people, restrictions, commands, buttons, pauses of delivery and hours."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(sqlite_template, Path(folder), [*before, restriction, *after]))
