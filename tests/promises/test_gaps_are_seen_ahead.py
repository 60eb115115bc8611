"""What is wrong with the rota is told while there is time to mend it."""

from datetime import UTC, datetime
from pathlib import Path

from tests.promises.scene import DAYS, NIGHTS, RELAY, playing, settings

WITH_A_GAP = settings(rota={"weekly": [DAYS, {**NIGHTS, "days": "mon-sat"}]})
"""Nobody has the night from Sunday to Monday."""
SUNDAY = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
"""20:00 in Moscow, an hour before one such night."""


async def test_a_week_a_day_and_an_hour_ahead(database_url: str, tmp_path: Path) -> None:
    """The coordinator reads of the night of 8 March three times; an hour ahead the room reads it too."""
    async with playing(database_url, tmp_path, WITH_A_GAP, at=SUNDAY) as scene:
        clara, _ = await scene.coordinator("clara"), await scene.officer("anna")
        await scene.officer("boris")
        room = await scene.room(clara)
        await scene.passes(minutes=59)
        scene.everybody_has_read()
        await scene.passes(minutes=1)
        clara.hears("the rota needs a hand", "nobody on duty: 08.03 21:00–09:00")
        room.hears_nothing_of("08.03")
        await scene.sleeps(days=5, hours=23, minutes=59)
        scene.everybody_has_read()
        await scene.passes(minutes=1)
        clara.hears("nobody on duty: 08.03 21:00–09:00")
        room.hears_nothing_of("08.03")
        await scene.sleeps(hours=22, minutes=59)
        scene.everybody_has_read()
        await scene.passes(minutes=1)
        for chat in (clara, room):
            chat.hears("nobody on duty: 08.03 21:00–09:00")


async def test_a_gap_that_is_filled_is_no_news(database_url: str, tmp_path: Path) -> None:
    """After the first warning boris takes the night: neither a day nor an hour ahead is there a word."""
    async with playing(database_url, tmp_path, WITH_A_GAP, at=SUNDAY) as scene:
        clara, _ = await scene.coordinator("clara"), await scene.officer("anna")
        await scene.officer("boris")
        room = await scene.room(clara)
        await scene.passes(hours=1)
        clara.hears("nobody on duty: 08.03 21:00–09:00")
        await clara.says("/shift boris 08.03 21:00-09:00")
        clara.hears("boris is on duty")
        await scene.sleeps(days=6)
        await scene.passes(minutes=1)
        await scene.sleeps(hours=22, minutes=59)
        await scene.passes(minutes=1)
        for chat in (clara, room):
            chat.hears_nothing_of("nobody on duty: 08.03")


async def test_somebody_who_cannot_be_written_to(database_url: str, tmp_path: Path) -> None:
    """Whose next shift it is, and who blocked the hotline: told at once, and again an hour ahead."""
    async with playing(database_url, tmp_path, settings(rota=RELAY)) as scene:
        clara, _ = await scene.coordinator("clara"), await scene.officer("anna")
        boris = await scene.officer("boris")
        room = await scene.room(clara)
        await scene.passes(minutes=1)
        scene.nobody_hears_anything()
        await boris.blocks_the_hotline()
        await scene.passes(minutes=1)
        clara.hears("boris: on duty 04.03 21:00–09:00", "nowhere to write")
        room.hears_nothing()
        await scene.passes(hours=7, minutes=58)
        for chat in (clara, room):
            chat.hears("boris: on duty 04.03 21:00–09:00", "nowhere to write")


async def test_somebody_who_can_be_written_to_again(database_url: str, tmp_path: Path) -> None:
    """Boris wrote before his shift: the hour ahead passes in silence."""
    async with playing(database_url, tmp_path, settings(rota=RELAY)) as scene:
        clara, _ = await scene.coordinator("clara"), await scene.officer("anna")
        boris = await scene.officer("boris")
        await scene.room(clara)
        await boris.blocks_the_hotline()
        await scene.passes(minutes=1)
        clara.hears("boris", "nowhere to write")
        await boris.says("/oncall")
        scene.everybody_has_read()
        await scene.passes(hours=8)
        scene.nobody_hears_anything()


async def test_a_name_that_nobody_has(database_url: str, tmp_path: Path) -> None:
    """Boris is in the rota and never joined: the coordinator is told whom the rota means."""
    async with playing(database_url, tmp_path, settings(rota=RELAY)) as scene:
        clara, _ = await scene.coordinator("clara"), await scene.officer("anna")
        await scene.passes(minutes=1)
        clara.hears("nobody on duty: 04.03 21:00–09:00", "boris", "nobody on the staff has this name")
