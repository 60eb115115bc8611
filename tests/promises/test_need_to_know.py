"""A case can be restricted to named people: the rest see that it exists, and nothing of it reaches them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from backend.cases import records, reporting, restricting
from backend.escalation import daily
from backend.people import need_to_know, reporters, staff
from backend.rota import taking_over
from bot.channels.base import ButtonPressed, Gone, TextSent
from tests.backend.messenger import UNHURRIED
from tests.promises.scene import Person, Scene, playing, settings

CONTENT = "they came"
CANARY = "the canary sings"


async def wrote(scene: Scene, reference: str, words: str = CANARY) -> None:
    """The defender writes once more."""
    async with scene.hotline.backend.work() as work:
        case = await records.find(work, reference, for_change=True)
        (reporter, *_) = await reporters.of_case(work, case.row.id)
        await reporting.add_message(work, reporter, case, words)
    if not scene.delivering.done():
        await scene.settled()


async def desk(scene: Scene) -> tuple[Person, Person, Person, str]:
    """A coordinator, two officers and an urgent case that everybody has heard of."""
    clara = await scene.coordinator("clara")
    anna, boris = await scene.officer("anna"), await scene.officer("boris")
    case = await scene.report("urgent")
    scene.everybody_has_read()
    return clara, anna, boris, case


def standing(person: Person) -> str:
    """All that stands in somebody's chat."""
    return "\n".join(each.text for each in person.messages)


async def test_only_the_named_read_it(scene: Scene) -> None:
    """Whoever isn't named, coordinators too, is refused; the named read on, and see who else may."""
    clara, anna, boris, case = await desk(scene)
    await clara.says(f"/restrict {case} anna")
    clara.hears(case, "open only to: anna", "you aren’t one of them")
    anna.hears(case, "restricted by clara")
    for outsider in (clara, boris):
        outsider.new()
        for command in (
            "case {}",
            "ack {}",
            "take {}",
            "note {} x",
            "reply {} x",
            "due {}",
            "severity {} high",
        ):
            await outsider.says(f"/{command.format(case)}")
            outsider.hears(case, "restricted", "aren’t one of those named")
        assert CONTENT not in standing(outsider)
    await anna.says(f"/case {case}")
    anna.hears(CONTENT, "open only to: anna")


async def test_what_others_had_of_it_is_taken_back(scene: Scene) -> None:
    """Messages in the private chats of those who lost the right go; those of the named stay."""
    clara, anna, boris, case = await desk(scene)
    for person in (anna, boris):
        await person.says(f"/case {case}")
        assert CONTENT in standing(person)
    await clara.says(f"/restrict {case} anna")
    assert CONTENT not in standing(boris)
    assert case not in standing(boris)
    assert CONTENT in standing(anna)


async def test_what_was_on_its_way_is_dropped(scene: Scene) -> None:
    """Details that were asked for, and words that came, before the restriction don't leave after it."""
    clara, anna, boris, case = await desk(scene)
    await scene.nothing_leaves()
    await boris.says(f"/case {case}")
    await boris.says(f"/due {case} 3d {CANARY}")
    await boris.says(f"/due {case}")
    await wrote(scene, case)
    await clara.says(f"/restrict {case} anna")
    await scene.goes_on()
    assert CONTENT not in standing(boris)
    assert CANARY not in standing(boris)
    anna.hears(CANARY, "new message")


async def test_what_was_being_sent_is_taken_back_later(scene: Scene) -> None:
    """A message that arrived while its case was being restricted goes within two minutes."""
    _clara, _anna, boris, case = await desk(scene)
    await boris.says(f"/case {case}")
    async with scene.hotline.backend.work() as work:
        # As it is right after the restriction was committed: what was under way stands there all the same.
        found, anna = await records.find(work, case, for_change=True), await staff.named(work, "anna")
        sweep_at = work.now + restricting.UNDER_WAY
        await need_to_know.write(work, found.row.id, frozenset([anna.id]), sweep_at=sweep_at)
    assert CONTENT in standing(boris)
    await scene.passes(minutes=2)
    assert CONTENT not in standing(boris)


async def test_later_words_reach_the_named_alone(scene: Scene) -> None:
    """What the defender writes later goes to those named; the room doesn't even hear that there is any."""
    clara, anna, boris, case = await desk(scene)
    room = await scene.room(clara)
    await clara.says(f"/restrict {case} anna")
    scene.everybody_has_read()
    await wrote(scene, case)
    anna.hears(CANARY)
    for other in (clara, boris, room):
        other.hears_nothing()


async def test_the_named_are_called_first(scene: Scene) -> None:
    """Those named hear the first call; if none of them comes, the others hear that it exists, and no more."""
    clara, anna, boris, case = await desk(scene)
    room = await scene.room(clara)
    await clara.says(f"/restrict {case} anna")
    scene.everybody_has_read()
    await scene.passes(minutes=5)
    anna.hears(case)
    for other in (clara, boris, room):
        other.hears_nothing()
    await scene.passes(minutes=10)
    for other in (boris, room):
        other.hears(case, "restricted")
    assert not [button for each in boris.messages for button in each.buttons if case in each.text]
    anna.new()
    await anna.says(f"/ack {case}")
    anna.hears(case, "acknowledged")


async def test_what_falls_due_is_for_the_named(scene: Scene) -> None:
    """What is due on a restricted case, and when: not in others' lists, the summary, handovers, or a room."""
    clara, anna, _, case = await desk(scene)
    room = await scene.room(clara)
    await clara.says(f"/restrict {case} anna")
    await anna.says(f"/due {case} 2h call the lawyer")
    await scene.passes(hours=3)
    for where in (None, room):
        heard = where or clara
        heard.new()
        await clara.says("/overdue", in_room=where)
        heard.hears(case, "restricted")
        assert "due date" not in standing(heard)
    async with scene.hotline.backend.looking() as work:
        assert case not in [each.reference for each in (await taking_over.load(work)).deadlines]
        assert not (await daily.summary(work)).late
    await clara.says(f"/restrict {case} anna, clara")
    clara.new()
    await clara.says("/overdue")
    clara.hears("1 due date has passed", case)


async def test_where_nobody_named_is_left_coordinators_hear(scene: Scene) -> None:
    """A restricted case never becomes everybody's by itself, nor nobody's unnoticed."""
    clara, _anna, boris, case = await desk(scene)
    await clara.says(f"/restrict {case} anna")
    scene.everybody_has_read()
    await clara.says("/revoke anna yes")
    clara.hears(case, "nobody is left who can open it")
    await boris.says(f"/case {case}")
    boris.hears("restricted")
    await wrote(scene, case)
    assert CANARY not in standing(clara)
    await clara.says(f"/restrict {case} clara, boris")
    boris.hears(case, "restricted by clara")
    await boris.says(f"/case {case}")
    boris.hears(CANARY)


async def test_old_buttons_and_answers_lead_nowhere(scene: Scene) -> None:
    """A button in an old message, or a messenger reply to one, is refused like a command."""
    clara, anna, boris, case = await desk(scene)
    room = await scene.room(clara)
    await clara.says(f"/release {case}")
    await scene.passes(minutes=5)
    button = next(
        button for each in room.messages for button in each.buttons if button.label == "Acknowledge"
    )
    notice = next(each for each in room.messages if case in each.text)
    await clara.says(f"/restrict {case} anna")
    for inside in (None, room):
        boris.new()
        room.new()
        await scene.comes_in(boris, ButtonPressed(button.data), in_room=inside, message=notice.id)
        (inside or boris).hears(case, "aren’t one of those named")
    await scene.comes_in(boris, TextSent("for the defender"), in_room=room, reply_to=notice.id)
    room.hears(case, "aren’t one of those named")
    await scene.comes_in(anna, ButtonPressed(button.data), in_room=room, message=notice.id)
    room.hears(case, "acknowledged by anna")


async def test_who_may_restrict(scene: Scene) -> None:
    """The officer on the case and any coordinator; the coordinators hear of it, whoever did it."""
    clara, anna, boris, case = await desk(scene)
    await boris.says(f"/restrict {case} boris")
    boris.hears("up to a coordinator")
    await anna.says(f"/take {case}")
    scene.everybody_has_read()
    await anna.says(f"/restrict {case} anna, clara")
    clara.hears(case, "restricted by anna", "anna, clara")
    boris.new()
    await boris.says(f"/restrict {case}")
    boris.hears("aren’t one of those named")
    anna.new()
    await anna.says(f"/restrict {case} boris")
    anna.hears("anna is on it")
    await anna.says(f"/assign {case} boris")
    anna.hears("boris isn’t one of those who may open it")
    await anna.says(f"/restrict {case} all")
    anna.hears("open to all")
    clara.hears("opened to all officers and coordinators again by anna")


async def test_a_coordinator_can_widen_blindly(scene: Scene) -> None:
    """Not named, a coordinator sees that it exists and who may read it, and names others: they are told."""
    clara, anna, boris, case = await desk(scene)
    dora = await scene.coordinator("dora")
    await clara.says(f"/restrict {case} anna boris")
    await anna.says(f"/ack {case}")
    dora.new()
    await dora.says("/queue")
    said = dora.hears(case, "restricted")
    assert "anna" not in said
    await dora.says(f"/restrict {case}")
    dora.hears("open only to: anna, boris")
    scene.everybody_has_read()
    await dora.says(f"/assign {case} boris")
    dora.hears(case, "boris")
    scene.everybody_has_read()
    await dora.says(f"/restrict {case} boris, dora")
    for person in (anna, boris, clara):
        person.hears(case, "restricted by dora")
    await dora.says(f"/case {case}")
    dora.hears(CONTENT)


async def test_names_are_understood(scene: Scene) -> None:
    """Commas or not, names of several words, and one that nobody has: a sentence that says whose."""
    clara, _anna, _boris, case = await desk(scene)
    await scene.officer("anna maria")
    for names in ("anna maria and boris", "Anna Maria, Boris", "anna  maria boris"):
        await clara.says(f"/restrict {case} {names}")
        clara.hears("open only to: anna maria, boris")
        await clara.says(f"/restrict {case} all")
        clara.new()
    await clara.says(f"/restrict {case} anna, nobody")
    clara.hears("nobody here has this name: nobody")
    await clara.says(f"/restrict {case} ,")
    clara.hears("nobody here has this name: ,")
    await clara.says("/restrict")
    clara.hears("/restrict K7F-3QX Anna, Boris")


async def test_what_cannot_be_delivered_is_said_without_content(scene: Scene) -> None:
    """If the only one named can't be reached, the coordinators hear that there is something, and not what."""
    clara, anna, boris, case = await desk(scene)
    room = await scene.room(clara)
    await clara.says(f"/restrict {case} anna")
    scene.everybody_has_read()
    scene.messengers["telegram"].refuses[anna.chat] = Gone("blocked")
    await wrote(scene, case)
    said = clara.hears(case, "hasn’t reached those who are named")
    assert CANARY not in said
    for other in (boris, room):
        other.hears_nothing()


async def test_what_is_too_old_to_go_is_written_over(database_url: str, tmp_path: Path) -> None:
    """Where the messenger lets bots remove messages for two days only, older words are replaced."""
    limits = replace(UNHURRIED, removes_within=timedelta(hours=48))
    async with playing(database_url, tmp_path, settings(), limits=limits) as scene:
        clara, _anna, boris, case = await desk(scene)
        await boris.says(f"/case {case}")
        await clara.says(f"/ack {case}")
        await scene.sleeps(hours=49)
        await boris.says(f"/case {case}")
        await clara.says(f"/release {case}")
        await clara.says(f"/restrict {case} anna")
        assert CONTENT not in standing(boris)
        assert "This message was taken back." in standing(boris)


async def test_words_in_an_encrypted_room_go_too(scene: Scene) -> None:
    """Where a room may show what a defender wrote, that goes as well, and later words aren't shown."""
    clara, _anna, _boris, case = await desk(scene)
    await clara.says(f"/ack {case}")
    room = Person(scene, "room", channel="matrix", private=False)
    await (await scene.linked(clara, "matrix")).says("/bind staff", in_room=room)
    await wrote(scene, case)
    assert CANARY in standing(room)
    await clara.says(f"/restrict {case} anna, clara")
    assert CANARY not in standing(room)
    await wrote(scene, case)
    assert CANARY not in standing(room)
