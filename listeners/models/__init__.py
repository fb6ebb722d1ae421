"""The tables of what comes in."""

from listeners.models.author import Author
from listeners.models.budget import Budget
from listeners.models.conversation import Context, ContextPost, Conversation
from listeners.models.dead_letter import DeadLetter
from listeners.models.delivery import HookDelivery
from listeners.models.health import Alarm, Gap, Tally
from listeners.models.media import DiscardedFile, Media
from listeners.models.mention import Mention
from listeners.models.source import Source
from listeners.models.stream import Stream
from listeners.models.told import Told

__all__ = [
    "Alarm",
    "Author",
    "Budget",
    "Context",
    "ContextPost",
    "Conversation",
    "DeadLetter",
    "DiscardedFile",
    "Gap",
    "HookDelivery",
    "Media",
    "Mention",
    "Source",
    "Stream",
    "Tally",
    "Told",
]
