"""A desk with a rota: Anna and Boris by day and night, Vera coordinates, Gleb and Zoya have no shift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.config import BackendSettings, CentreSettings, RotaSettings
from backend.people.staff import Staff
from backend.rota import duty
from tests.backend.staff_desk import Desk, Said

DAYS: dict[str, object] = {
    "days": "daily",
    "from": "09:00",
    "to": "21:00",
    "primary": "Анна",
    "backup": "Борис",
}
NIGHTS: dict[str, object] = {"days": "daily", "from": "21:00", "to": "09:00", "primary": "Борис"}
WEEKDAYS: dict[str, object] = {**DAYS, "days": "mon-fri"}


def rota(*lines: dict[str, object], zone: str = "Europe/Moscow") -> BackendSettings:
    """Settings with this weekly pattern."""
    return BackendSettings(
        centre=CentreSettings(timezone=zone), rota=RotaSettings.model_validate({"weekly": list(lines)})
    )


@dataclass
class Rota:
    """The desk, its people by name, and what is asked of it most."""

    desk: Desk
    people: dict[str, Staff]

    async def act(self, name: str, typed: str) -> list[Said]:
        """What this person types or presses in private, and all that follows."""
        return await self.desk.private(self.people[name], typed)

    async def answer(self, name: str, typed: str) -> Said:
        """What this person reads in answer."""
        await self.act(name, typed)
        return self.to(name)

    async def say(self, name: str, typed: str) -> str:
        """The answer's words."""
        return (await self.answer(name, typed)).text

    def to(self, name: str) -> Said:
        """The first message to this person because of the last act."""
        party = self.people[name].id
        return next(each for each in self.desk.said if each.item and each.item.party.id == party)

    async def on(self, day: int, hour: int, month: int = 3) -> tuple[list[str], list[str]]:
        """Who is on duty at this hour by the centre's clocks: primary and backup, by name."""
        async with self.desk.backend.looking() as work:
            zone = ZoneInfo(work.settings.centre.timezone)
            at = datetime(2026, month, day, hour, tzinfo=zone)
            found = await duty.during(work, at, at + timedelta(minutes=1))
            return (
                [each.name for stretch in found for each in stretch.primary],
                [each.name for stretch in found for each in stretch.backup],
            )

    def told(self, name: str) -> list[str]:
        """The keys of what this person is told in private because of the last act."""
        party = self.people[name].id
        return [
            str(each.item.params.get("key", each.item.intent))
            for each in self.desk.said
            if each.item and each.item.party.id == party
        ]

    def in_room(self) -> list[str]:
        """What the room reads because of the last act."""
        return [each.text for each in self.desk.said if each.room]


async def new_rota(desk: Desk, *lines: dict[str, object]) -> Rota:
    """The people join, and the week is configured."""
    desk.backend.settings = rota(*lines)
    people = {name: await desk.person(name) for name in ("Анна", "Борис", "Глеб")}
    people["Вера"] = await desk.person("Вера", "coordinator")
    people["Зоя"] = await desk.person("Зоя", "council")
    await desk.room()
    return Rota(desk, people)
