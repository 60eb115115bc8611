"""Chats that don't want the bot or have moved, what it sees in groups, and what it says of itself."""

import pytest
from telegram import Bot, BotCommand
from telegram.error import BadRequest, Forbidden

from tests.botapi import BotApi, Group, Message, User, schema
from tests.botapi.client import faithful, message_in, raw, received


async def test_bots_cannot_begin(api: BotApi, bot: Bot) -> None:
    """A person unknown to the bot does not exist for it; one met in a group can't be written to first."""
    user = api.user()
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(user.id, "x")
    await user.says("/go", api.group(members=[user]))
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(user.id, "x")
    await user.says("/start")
    await bot.send_message(user.id, "x")


async def test_blocked(api: BotApi, bot: Bot, person: User) -> None:
    """A person who blocked the bot gets nothing and the bot is told; unblocking undoes it."""
    await person.blocks()
    change = faithful(api.updates.pending[-1]).my_chat_member
    assert change is not None
    assert change.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(person.id, "x")
    with pytest.raises(ValueError, match="unblocking"):
        await person.says("x")
    await person.unblocks()
    await bot.send_message(person.id, "x")
    person.deactivated = True
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(person.id, "x")


@pytest.mark.parametrize("supergroup", [True, False])
async def test_kicked(api: BotApi, bot: Bot, person: User, *, supergroup: bool) -> None:
    """A bot that was thrown out or has left is told which; a muted one has no rights."""
    group = api.group(members=[person], supergroup=supergroup)
    await group.mutes_bot()
    with pytest.raises(BadRequest, match="Not enough rights"):
        await bot.send_message(group.id, "x")
    await group.kicks_bot()
    with pytest.raises(Forbidden, match=f"bot was kicked from the {group.kind} chat"):
        await bot.send_message(group.id, "x")
    await group.adds_bot()
    await bot.leave_chat(group.id)
    with pytest.raises(Forbidden, match=f"bot is not a member of the {group.kind} chat"):
        await bot.send_message(group.id, "x")


async def test_migrated(api: BotApi, bot: Bot, person: User) -> None:
    """A group that was upgraded names its new id in a service message and in refusals; the old id is dead."""
    group = api.group(members=[person])
    await received(bot)
    upgraded = await group.migrate()
    status, answer = await raw(api, "sendMessage", {"chat_id": group.id, "text": "x"})
    assert (status, answer["parameters"]) == (400, {"migrate_to_chat_id": upgraded.id})
    assert message_in((await received(bot))[0]).migrate_to_chat_id == upgraded.id
    await bot.send_message(upgraded.id, "x")
    assert (upgraded.kind, (await upgraded.next_message()).text) == ("supergroup", "x")


async def test_lookups(api: BotApi, bot: Bot, person: User) -> None:
    """Chats and memberships are told as they stand."""
    group = api.group("Room", members=[person])
    other = api.user()
    schema.expect("ChatFullInfo", group.full_json())
    assert (await bot.get_chat(group.id)).title == "Room"
    statuses = [(await bot.get_chat_member(group.id, n)).status for n in (person.id, other.id, bot.id)]
    assert statuses == ["creator", "left", "member"]
    with pytest.raises(BadRequest, match="User not found"):
        await bot.get_chat_member(group.id, 5)
    assert (await bot.get_me()).username == "hotline_bot"


async def said(group: Group, api: BotApi, person: User, text: str, reply_to: Message | None = None) -> bool:
    """Whether the bot receives what a member says."""
    before = len(api.updates.pending)
    await person.says(text, group, reply_to)
    return len(api.updates.pending) > before


async def test_privacy_mode(api: BotApi, bot: Bot, person: User) -> None:
    """In a group the bot sees commands, mentions and replies to it, and nothing else."""
    group = api.group(members=[person])
    await bot.send_message(group.id, "notice")
    notice = await group.next_message()
    chatter = await person.says("chatter", group)
    seen = {
        "chatter": await said(group, api, person, "chatter"),
        "reply to a colleague": await said(group, api, person, "chatter", chatter),
        "another bot's command": await said(group, api, person, "/queue@other_bot"),
        "another's mention": await said(group, api, person, "@other_bot hello"),
        "command": await said(group, api, person, "/queue"),
        "own command": await said(group, api, person, "/queue@Hotline_Bot"),
        "mention": await said(group, api, person, "what says @hotline_bot"),
        "reply": await said(group, api, person, "chatter", notice),
    }
    assert [what for what, shown in seen.items() if shown] == ["command", "own command", "mention", "reply"]


async def test_privacy_mode_is_lifted(api: BotApi, person: User) -> None:
    """An administrator, or a bot with privacy mode off, sees everything; a bot that is gone sees nothing."""
    group = api.group(members=[person])
    await group.promotes_bot()
    assert await said(group, api, person, "chatter")
    await group.kicks_bot()
    assert not await said(group, api, person, "/queue")
    api.privacy = False
    assert await said(api.group(members=[person]), api, person, "chatter")


async def test_commands_by_scope_and_language(bot: Bot) -> None:
    """Command lists are kept apart by scope and language."""
    await bot.set_my_commands([BotCommand("sos", "Срочно")], language_code="ru")
    await bot.set_my_commands([BotCommand("sos", "Urgent")])
    assert (await bot.get_my_commands(language_code="ru"))[0].description == "Срочно"
    assert (await bot.get_my_commands())[0].description == "Urgent"
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    assert await bot.set_my_description("d")
    assert await bot.set_my_short_description("s", language_code="ru")
