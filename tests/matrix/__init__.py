"""A Matrix world for tests: a real homeserver, and people whose clients are not built on the bot's library.

`synapse.py` is the server, `people.py` and `room.py` what people can do, `timeline.py` what they see of it,
`driver.py` and `client/` the Node process in which their clients live.
"""

from .driver import Refused
from .people import Client, Clients, Device
from .room import Room
from .synapse import Account, Synapse
from .timeline import Event, Message

__all__ = ["Account", "Client", "Clients", "Device", "Event", "Message", "Refused", "Room", "Synapse"]
