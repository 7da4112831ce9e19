"""The durable store: what was accepted and what has become of it. Everything archived in it can be rebuilt."""

from .sql import Accepted, Conversation, Outgoing, Sent, Store, StoredChange

__all__ = ["Accepted", "Conversation", "Outgoing", "Sent", "Store", "StoredChange"]
