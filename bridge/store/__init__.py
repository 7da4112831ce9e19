"""The durable store: what was accepted and what has become of it. Everything archived in it can be rebuilt."""

from .files import File
from .reviews import Review, ReviewState
from .rows import Accepted, Conversation, Introduced, Outgoing, Reaction, Sent, StoredChange
from .sql import Store
from .transaction import Write

__all__ = [
    "Accepted",
    "Conversation",
    "File",
    "Introduced",
    "Outgoing",
    "Reaction",
    "Review",
    "ReviewState",
    "Sent",
    "Store",
    "StoredChange",
    "Write",
]
