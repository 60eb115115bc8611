"""Groups and supergroups, what happens to a bot in them, and what privacy mode lets it see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import entities
from .chats import Chat
from .messages import Content
from .refusals import Obj, Refused, bad_request, forbidden

if TYPE_CHECKING:
    from .messages import Message
    from .people import Account, User
    from .world import World

_PRESENT = frozenset({"member", "administrator", "restricted"})
_RIGHTS = [
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
]
_PERMISSIONS = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
]
_GRANTED = frozenset({"can_manage_chat", "can_delete_messages"})


def member_json(account: Account, status: str) -> Obj:
    """The ChatMember object of somebody with this status."""
    member: Obj = {"status": status, "user": account.json()}
    if status == "creator":
        member["is_anonymous"] = False
    if status == "administrator":
        member |= {right: right in _GRANTED for right in _RIGHTS}
    if status == "restricted":
        member |= {"is_member": True, "until_date": 0, **dict.fromkeys(_PERMISSIONS, False)}
    if status == "kicked":
        member["until_date"] = 0
    return member


class Group(Chat):
    """A group, basic or super, with its people and the bot's standing in it."""

    def __init__(
        self, world: World, chat_id: int, title: str, members: list[User], kind: str = "group"
    ) -> None:
        super().__init__(world, chat_id, kind)
        self.title = title
        self.members = list(members)
        """Everybody but the bot; the first one is the owner."""
        self.bot_status = "left"
        self.was_member = False
        self.migrated_to: Group | None = None
        self._last_id = 0

    def json(self) -> Obj:
        """The Chat object."""
        return {**super().json(), "title": self.title}

    def next_id(self) -> int:
        """Supergroups count their own messages, so ids repeat between chats."""
        if self.kind == "group":
            return super().next_id()
        self._last_id += 1
        return self._last_id

    def refusal(self) -> Refused | None:
        """Whether the bot may speak: not in an upgraded group, not from outside, not while restricted."""
        refusal = self.refusal_to_read()
        if refusal is None and self.bot_status == "restricted":
            return bad_request("not enough rights to send text messages to the chat")
        return refusal

    def refusal_to_read(self) -> Refused | None:
        """Whether the bot may look at the group."""
        if self.migrated_to is not None:
            return bad_request(
                "group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.migrated_to.id
            )
        if self.bot_status == "kicked":
            return forbidden(f"bot was kicked from the {self.kind} chat")
        if self.bot_status == "left":
            return (
                forbidden(f"bot is not a member of the {self.kind} chat") if self.was_member else _unknown()
            )
        return None

    def shows(self, message: Message) -> bool:
        """Whether the bot receives this message (https://core.telegram.org/bots/features#privacy-mode).

        Service messages always; everything for administrators and with privacy mode off; otherwise commands
        that are not another bot's, mentions of it, and replies to it.
        """
        if self.bot_status not in _PRESENT:
            return False
        bot = self.world.bot
        if not self.world.privacy or self.bot_status == "administrator" or _is_service(message):
            return True
        if message.reply_to is not None and message.reply_to.sender is bot:
            return True
        handle = f"@{bot.username}".lower()
        return any(_addresses(message.text, entity, handle) for entity in message.content.entities)

    async def adds_bot(self, by: User | None = None) -> None:
        """Let the owner, or somebody else, bring the bot in."""
        self.admit_bot(by)

    def admit_bot(self, by: User | None = None) -> None:
        """Bring the bot in: it learns its membership, then sees the service message."""
        self.was_member = True
        self._stands(by, "member")
        self._service(by, new_chat_members=[self.world.bot.json()])

    async def kicks_bot(self, by: User | None = None) -> None:
        """Throw the bot out."""
        self._stands(by, "kicked")

    async def promotes_bot(self, by: User | None = None) -> None:
        """Make the bot an administrator that may delete messages."""
        self._stands(by, "administrator")

    async def mutes_bot(self, by: User | None = None) -> None:
        """Take from the bot the right to speak."""
        self._stands(by, "restricted")

    def leave(self) -> None:
        """The bot goes by itself."""
        self._stands(None, "left")

    async def adds(self, user: User, by: User | None = None) -> None:
        """Let somebody in."""
        self.members.append(user)
        self._service(by or user, new_chat_members=[user.json()])

    async def removes(self, user: User, by: User | None = None) -> None:
        """Let somebody go."""
        self.members.remove(user)
        self._service(by or user, left_chat_member=user.json())

    async def migrate(self) -> Group:
        """Upgrade to a supergroup: another chat with another id, and a service message in both."""
        upgraded = self.world.group(self.title, self.members, supergroup=True)
        upgraded.bot_status, upgraded.was_member = self.bot_status, self.was_member
        self._service(None, migrate_to_chat_id=upgraded.id)
        self.migrated_to = upgraded
        upgraded._service(None, migrate_from_chat_id=self.id)  # noqa: SLF001 - the same class
        return upgraded

    def status_of(self, user_id: int) -> str:
        """The status of a member, of the bot, or of anybody else: `left`."""
        if user_id == self.world.bot.id:
            return self.bot_status
        for position, member in enumerate(self.members):
            if member.id == user_id:
                return "member" if position else "creator"
        return "left"

    def _stands(self, by: User | None, status: str) -> None:
        before, self.bot_status = self.bot_status, status
        self.world.announce_membership(self, by or self.members[0], before, status)

    def _service(self, by: User | None, **extra: object) -> None:
        message = self.world.message(self, by or self.members[0], Content(), extra=extra)
        self.world.deliver("message", message)


def _unknown() -> Refused:
    return bad_request("chat not found")


def _is_service(message: Message) -> bool:
    return message.content == Content() and bool(message.extra)


def _addresses(text: str, entity: Obj, handle: str) -> bool:
    mark = entities.marked(text, entity).lower()
    if entity["type"] == "bot_command":
        return "@" not in mark or mark.endswith(handle)
    return entity["type"] == "mention" and mark == handle
