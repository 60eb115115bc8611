"""Whatever is typed wrong gets a sentence that says what is wrong, and changes nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.cases.model import CaseRow
from backend.errors import ConfigurationInvalid
from backend.escalation.model import CaseClockRow, DueDateRow
from backend.rota.model import ShiftRow, SwapRow
from bot import config
from bot.cli import checks
from tests.promises.scene import DAYS, NIGHTS, RELAY, Person, Scene, playing, settings

BERLIN = {"languages": ["en", "ru"], "timezone": "Europe/Berlin"}
WEDNESDAY = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
"""Noon in Berlin."""

WRONG = {
    "/shift boris 04.03 20:00-22:00": "the shifts overlap: boris already has 04.03 21:00–09:00",
    "/shift nobody 05.03 09:00-21:00": "nobody here has this name: nobody",
    "/swap 05.03 nobody": "nobody here has this name: nobody",
    "/swap 05.03 anna": "a swap takes somebody else",
    "/shift boris 29.03 02:30-08:00": "on 29.03.2026 the clocks go forward: there is no 02:30 that day",
    "/take_shift 25.10.2026 02:30-08:00": "on 25.10.2026 the clocks go back: 02:30 comes twice that day",
    "/due REF 29.03 02:30 Call": "on 29.03.2026 the clocks go forward: there is no 02:30 that day",
    "/due REF 25.10 02:30 Call": "on 25.10.2026 the clocks go back: 02:30 comes twice that day",
    "/shift boris 03.03 09:00-21:00": "that is over or has begun",
    "/take_shift 03.03": "that is over or has begun",
    "/due REF 03.03 18:00 Call": "that time has passed",
    "/shift boris 05.03 12:00 - 05.03 10:00": "it ends before it begins",
    "/due REF -3d Call": "a due date has to lie ahead",
    "/due REF 0d Call": "a due date has to lie ahead",
    "/snooze REF -2h": "it needs a reference and a time",
    "/wait REF -2d": "it needs a reference and a time",
    "/shift boris 31.02 09:00-21:00": "no calendar has that day",
    "/due REF 31.02 18:00 Call": "the calendar has no such day",
    "/shift boris 05.03 25:00-26:00": "that takes a name, a day and hours",
    "/due REF 05.03 25:00 Call": "no clock shows that time",
    "/due REF 3d": "what has to be done by then?",
    "/shift boris 05.03.2028 09:00-21:00": "more than a year ahead",
    "/snooze REF 30d": "3 days at most",
}
"""What is typed, and what its answer says; REF stands for the reference of a case."""
WRONG_IN_RUSSIAN = {
    "/shift boris 04.03 20:00-22:00": "04.03 21:00–09:00",
    "/shift boris 29.03 02:30-08:00": "29.03.2026",
    "/due REF 03.03 18:00 Позвонить": "это время уже прошло",
}


@pytest.fixture
async def relay(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Lend a hotline in Berlin where anna has the days and boris the nights."""
    async with playing(database_url, tmp_path, settings(centre=BERLIN, rota=RELAY), at=WEDNESDAY) as made:
        yield made


async def _all_that_could_change(scene: Scene) -> list[list[dict[str, object]]]:
    """Every row of shifts, swaps, due dates, cases and their clocks."""
    async with scene.hotline.backend.looking() as work:
        found = []
        for table in (each.__table__ for each in (ShiftRow, SwapRow, DueDateRow, CaseRow, CaseClockRow)):
            rows = (await work.session.execute(select(table))).mappings()
            found.append([dict(row) for row in rows])
        return found


async def _refused(scene: Scene, person: Person, case: str, wrong: dict[str, str]) -> None:
    scene.everybody_has_read()
    before = await _all_that_could_change(scene)
    for typed, sentence in wrong.items():
        await person.says(typed.replace("REF", case))
        person.hears(sentence)
        scene.nobody_hears_anything()
    assert await _all_that_could_change(scene) == before


async def _at_work(scene: Scene, language: str = "en") -> tuple[Person, str]:
    """A coordinator of the name anna, boris, and a case that she is on."""
    anna = await scene.coordinator("anna", language)
    await scene.officer("boris")
    case = await scene.report("urgent")
    await anna.says(f"/take {case}")
    await scene.passes(seconds=1)
    return anna, case


async def test_at_the_desk(relay: Scene) -> None:
    """Each of these gets its sentence; nobody else hears of it, and no row of the database is another."""
    anna, case = await _at_work(relay)
    await _refused(relay, anna, case, WRONG)


async def test_in_russian(relay: Scene) -> None:
    """Whoever reads Russian is told in Russian."""
    anna, case = await _at_work(relay, "ru")
    await _refused(relay, anna, case, WRONG_IN_RUSSIAN)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({"escalation": {"urgent": {"acknowledge": []}}}, "escalation.urgent.acknowledge"),
        ({"escalation": {"high": {"repeat": "-5m"}}}, "escalation.high.repeat"),
        ({"escalation": {"high": {"quiet": "0h"}}}, "escalation.high.quiet"),
        ({"escalation": {"normal": {"acknowledge": [{"after": "1h", "notify": "duyt"}]}}}, "notify"),
        ({"escalation": {"daily_summary": "25:00"}}, "escalation.daily_summary"),
        ({"rota": {"weekly": [DAYS, {**NIGHTS, "from": "20:00"}]}}, "lines 1 and 2 overlap"),
        ({"rota": {"weekly": [{**DAYS, "to": "09:00"}]}}, "from and to must differ"),
    ],
)
def test_in_the_configuration(written: config.Tree, complaint: str, tmp_path: Path) -> None:
    """The hotline doesn't start with it: one line names the key or the lines that are wrong."""
    with pytest.raises(ConfigurationInvalid) as refused:
        config.settings(written, {}, base=tmp_path)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("notify", "complaint"),
    [
        ("backup", "the rota has no backup"),
        ("Zoe", "no officer or coordinator who can be written to is called Zoe"),
    ],
)
async def test_a_step_for_nobody(database_url: str, tmp_path: Path, notify: str, complaint: str) -> None:
    """`hotline check` says which step it is and whom it means; meanwhile every officer is called."""
    own = {"urgent": {"acknowledge": [{"after": "5m", "notify": notify}]}}
    async with playing(database_url, tmp_path, settings(rota=RELAY, escalation=own)) as scene:
        await scene.coordinator("clara")
        anna, boris = await scene.officer("anna"), await scene.officer("boris")
        async with scene.hotline.backend.looking() as work:
            finding = await checks.steps(work)
        assert not finding.right
        assert "escalation.urgent.acknowledge[0].notify" in finding.text
        assert complaint in finding.text
        case = await scene.report("urgent")
        scene.everybody_has_read()
        await scene.passes(minutes=5)
        for person in (anna, boris):
            person.hears(case, "waiting 5 min")
