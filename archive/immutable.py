"""Knows how to insist on a retention policy before anything is written; not how a store has one."""

from .errors import NotImmutable
from .store.port import Enforcement, ObjectStore


async def require_retention(store: ObjectStore) -> Enforcement:
    """What the store says, when it says that a retention policy keeps its blobs; else raises NotImmutable.

    A legal hold alone is not enough: it ends when people lift it. Raises StoreUnavailable when there was no answer.
    """
    said = await store.describe()
    if said.retention is None:
        raise NotImmutable(f"The archive must keep what it is given and cannot prove that it does. {said.text}.")
    return said
