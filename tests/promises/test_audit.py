"""Who read what is written down, and a past that was rewritten shows."""

import re
from dataclasses import replace

from sqlalchemy import delete, select

from backend.audit import chain, verifying
from backend.audit.chain import Noted
from backend.audit.model import AuditHeadRow, AuditRow
from backend.audit.verifying import Posted
from tests.promises.scene import Scene


async def test_reading_is_noted(scene: Scene) -> None:
    """Opening a case, its due dates, and later words that arrive: each is a line that coordinators see."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    case = await scene.report("urgent")
    await anna.says(f"/case {case}")
    clara.new()
    await clara.says(f"/audit {case}")
    said = clara.hears("audit log")
    assert said.count("anna · read") == 1
    await anna.says(f"/due {case} 3d Call")
    await anna.says(f"/due {case}")
    await clara.says(f"/audit {case}")
    assert clara.hears("audit log").count("anna · read") == 2


async def test_reading_the_log_is_noted(scene: Scene) -> None:
    """A coordinator who looks up a person is in the log themselves, also for the next one who looks."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    await clara.says("/audit anna")
    clara.new()
    await clara.says("/audit anna")
    clara.hears("clara · audit log read: anna", "anna · joined")
    del anna


async def test_figures_that_leave_are_noted(scene: Scene) -> None:
    """Who asked for figures over all cases is a line, too."""
    clara = await scene.coordinator("clara")
    await clara.says("/stats")
    clara.new()
    await clara.says("/audit clara")
    clara.hears("clara · export")


async def test_rights_are_noted(scene: Scene) -> None:
    """Invited, joined, bound, restricted, revoked: each with who did it and whom it concerns."""
    clara, dora = await scene.coordinator("clara"), await scene.coordinator("dora")
    await scene.officer("anna")
    case = await scene.report("urgent")
    room = await scene.room(clara)
    await clara.says(f"/restrict {case} anna")
    await clara.says(f"/restrict {case} all")
    await clara.says("/unbind", in_room=room)
    await clara.says("/invite officer boris")
    await clara.says("/revoke anna yes")
    dora.new()
    await dora.says("/audit clara")
    said = dora.hears("audit log")
    for line in ("room bound", "room unbound", "invitation", "access revoked: a former colleague"):
        assert f"clara · {line}" in said
    assert f"among those who may open it {case}" in said
    assert f"opened to everybody {case}" in said


async def test_only_coordinators_ask_and_only_in_private(scene: Scene) -> None:
    """An officer is refused; a room never reads the log."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    room = await scene.room(clara)
    await anna.says("/audit clara")
    anna.hears("another role")
    await clara.says("/audit anna", in_room=room)
    room.hears("only in a private chat")


async def test_older_lines_follow(scene: Scene) -> None:
    """Twenty lines at a time, newest first, with how to go on."""
    clara = await scene.coordinator("clara")
    for _ in range(25):
        await clara.says("/audit clara")
    clara.new()
    await clara.says("/audit clara")
    said = clara.hears("audit log")
    more = next(line for line in said.splitlines() if "Before these" in line)
    await clara.says(more.partition(": ")[2])
    older = clara.hears("audit log")
    lines = [line for text in (said, older) for line in text.splitlines() if " · " in line]
    numbers = [int(line.split(" · ")[0]) for line in lines]
    assert len(numbers) == len(set(numbers)) == 26
    assert numbers == sorted(numbers, reverse=True)


async def test_the_head_is_posted_every_day(scene: Scene) -> None:
    """Each coordinator is told once a day where the log ends; what was rewritten shows against that."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    case = await scene.report("normal")
    await anna.says(f"/case {case}")
    await scene.passes(hours=21)
    said = clara.hears("the last day in short", "audit log")
    head = verifying.posted(re.findall(r"Audit log: (\S+)\.", said)[0])
    assert head
    anna.hears_nothing_of("audit log")
    await anna.says(f"/case {case}")
    assert await verdict(scene, head) == (None, None)
    await rewrite(scene)
    assert await verdict(scene) == (None, None)
    assert await verdict(scene, head) == (head.number, "rewritten")


async def verdict(scene: Scene, *heads: Posted) -> tuple[int | None, str | None]:
    """The first number that doesn't fit, and how."""
    backend = scene.hotline.backend
    async with backend.looking() as work:
        found = await verifying.verify(work.session, backend.vault, heads=heads)
    return found.first, found.fault


async def rewrite(scene: Scene) -> None:
    """Somebody with the database and the keys lets another have read it, and binds everything anew."""
    backend = scene.hotline.backend
    async with backend.work() as work:
        rows = (await work.session.execute(select(AuditRow).order_by(AuditRow.number))).scalars().all()
        lines = [Noted(row.actor, row.action, row.reference, row.about) for row in rows]
        await work.session.execute(delete(AuditRow))
        await work.session.execute(delete(AuditHeadRow))
        forged = [replace(each, action="joined") if each.action == "read" else each for each in lines]
        work.session.expunge_all()
        await chain.append(work.session, backend.vault, forged, now=work.now)
