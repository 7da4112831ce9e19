"""The durable store: what was accepted and what has become of it. Everything archived in it can be rebuilt."""

from .files import File
from .rows import Accepted, Conversation, Outgoing, Sent, StoredChange
from .sql import Store

__all__ = ["Accepted", "Conversation", "File", "Outgoing", "Sent", "Store", "StoredChange"]
