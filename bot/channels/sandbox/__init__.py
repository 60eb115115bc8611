"""A messenger for the demo: people, chats and phones in memory, shown on one web page."""

from bot.channels.sandbox.channel import SandboxChannel
from bot.channels.sandbox.messenger import CHATS, PEOPLE, ROOM, Sandbox
from bot.channels.sandbox.server import SandboxServer

__all__ = ["CHATS", "PEOPLE", "ROOM", "Sandbox", "SandboxChannel", "SandboxServer"]
