"""A Bot API server for tests, written from the facts of Bot API 10.1.

    async with BotApi() as api:
        person = api.user(language_code="ru")
        await person.says("/start")          # the bot, wherever it runs, talks to api.url with api.token
        answer = await person.next_message()
        await person.presses(answer, "SOS")

`world.py` is what the bot meets, `people.py` and `groups.py` what can happen there, `sending.py`,
`editing.py`, `profile.py` and `lookups.py` the methods, `schema.py` the check of every call, `server.py` the
HTTP around them, `faults.py` what goes wrong on request. `python -m tests.botapi` serves it alone, with
`control.py` to drive it.
"""

from .chats import Chat, PrivateChat
from .faults import Fault
from .files import Media
from .groups import Group
from .messages import Message
from .people import Press, User
from .server import BotApi, Call

__all__ = ["BotApi", "Call", "Chat", "Fault", "Group", "Media", "Message", "Press", "PrivateChat", "User"]
