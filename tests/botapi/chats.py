"""Chats: who is in them, what was said, and whether the bot may speak there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .refusals import Obj, Refused, bad_request, forbidden

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from .messages import Message
    from .people import User
    from .world import World


class Chat:
    """A private chat or a group as the bot meets it."""

    def __init__(self, world: World, chat_id: int, kind: str) -> None:
        self.world = world
        self.id = chat_id
        self.kind = kind
        self.history: dict[int, Message] = {}
        """Every message, by its id, the bot's and the people's."""
        self.messages: list[Message] = []
        """What the bot sent, in order; deleted messages stay, with `deleted` set."""
        self.actions: list[str] = []
        """The chat actions that the bot showed."""
        self._read = 0

    def json(self) -> Obj:
        """The Chat object."""
        return {"id": self.id, "type": self.kind}

    def full_json(self) -> Obj:
        """The ChatFullInfo object, with the fields that are never absent."""
        gifts = (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        )
        required = {"accent_color_id": 0, "max_reaction_count": 11}
        return {**self.json(), **required, "accepted_gift_types": dict.fromkeys(gifts, False)}

    def refusal(self) -> Refused | None:
        """Why the bot can't speak here, if it can't."""
        return None

    def refusal_to_read(self) -> Refused | None:
        """Why the bot can't look at the chat, if it can't."""
        return None

    def next_id(self) -> int:
        """The id of the next message: one count for all private chats and groups, one for each supergroup."""
        return self.world.next_message_id()

    def find(self, message_id: int) -> Message | None:
        """A message that was not deleted."""
        message = self.history.get(message_id)
        return None if message is None or message.deleted else message

    def record(self, message: Message) -> None:
        """Keep a message; forget the oldest ones if the server was told to keep few."""
        self.history[message.message_id] = message
        if message.sender is self.world.bot:
            self.messages.append(message)
        keep = self.world.keep
        if keep and len(self.history) > 2 * keep:
            self.history = dict(list(self.history.items())[-keep:])
            self._read = max(0, self._read - len(self.messages) + keep)
            del self.messages[:-keep]
        self.world.changes.fire()

    def next_message(
        self, timeout: float = 60.0, matching: Callable[[Message], bool] | str | None = None
    ) -> Coroutine[None, None, Message]:
        """The bot's next message that was not returned yet; earlier ones that don't match are passed over.

        `matching` is a text to be contained, or a predicate.

        Raises:
            TimeoutError: there was none within `timeout` seconds.

        """
        return self._next_message(timeout, matching)

    async def _next_message(
        self, patience: float, matching: Callable[[Message], bool] | str | None
    ) -> Message:
        def fits(message: Message) -> bool:
            if isinstance(matching, str):
                return matching in message.text
            return matching is None or matching(message)

        def position() -> int | None:
            return next((i for i in range(self._read, len(self.messages)) if fits(self.messages[i])), None)

        try:
            await self.world.until(lambda: position() is not None, patience)
        except TimeoutError:
            unread = [message.text for message in self.messages[self._read :]]
            raise TimeoutError(f"no such message within {patience} s; unread: {unread}") from None
        found = position() or 0
        self._read = found + 1
        return self.messages[found]

    def skip(self) -> None:
        """Let `next_message` begin after everything that is there."""
        self._read = len(self.messages)


class PrivateChat(Chat):
    """A person's chat with the bot."""

    def __init__(self, world: World, user: User) -> None:
        super().__init__(world, user.id, "private")
        self.user = user
        self.started = False
        self.blocked = False

    def json(self) -> Obj:
        """The Chat object, with the person's name."""
        names = {
            key: value
            for key, value in self.user.json().items()
            if key in {"first_name", "last_name", "username"}
        }
        return {**super().json(), **names}

    def refusal(self) -> Refused | None:
        """Bots can't begin conversations, and people can end them."""
        if self.user.deactivated:
            return forbidden("user is deactivated")
        if self.blocked:
            return forbidden("bot was blocked by the user")
        if not self.started and self.user.met:
            return forbidden("bot can't initiate conversation with a user")
        return self.refusal_to_read()

    def refusal_to_read(self) -> Refused | None:
        """A person whom the bot never met does not exist for it."""
        return None if self.started or self.user.met else bad_request("chat not found")
