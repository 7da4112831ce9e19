"""Knows what the archive asks of a place for blobs; not which places there are, nor what the blobs hold.

Four verbs and no more: there is no delete and no overwrite to misuse.
"""

import io
import os
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Literal, Protocol, TypeAlias

Body: TypeAlias = bytes | IO[bytes]
"""Bytes, or a seekable file that is read from its start (as often as a retry or a comparison needs)."""

DEADLINE = timedelta(seconds=10)
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """A time-based policy that protects every blob of the store; None is what the store would not say."""

    locked: bool | None = None
    """Whether nobody can remove or shorten it any more."""
    period: timedelta | None = None
    """How long a blob is protected, from its creation."""
    appends: Literal["none", "append blobs", "all blobs"] | None = None
    """Which blobs may still grow while they are protected."""

    def __str__(self) -> str:
        lock = {True: "locked", False: "UNLOCKED (it can still be removed)", None: "locked or not: unknown"}[
            self.locked
        ]
        period = f"{self.period.days} days from creation" if self.period else "unknown"
        return f"retention policy {lock}, period {period}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement:
    """What keeps blobs from being changed: `immutable` is None when the store would not say, `text` says it in words.

    `immutable` without `retention` is a hold: nothing can be changed for as long as people leave the hold there.
    """

    store: str
    immutable: bool | None
    retention: Retention | None = None
    text: str


class ObjectStore(Protocol):
    """A place for blobs that are written once. Every implementation passes tests/contracts/test_object_store.py.

    Every verb raises StoreUnavailable when no answer came within the store's deadline, StoreRefused when the answer
    was no, and InvalidName for a name outside the archive's alphabet. All of them may be called concurrently.
    """

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
        """Write a new blob, whole or not at all; durable on return.

        The name is taken by the same bytes: success, so a repeat is safe. By other bytes: Conflict, nothing written.
        After StoreUnavailable the blob may exist; the same call again settles it.

        `tags` help people find blobs in stores that index them (at most 10, letters, digits, spaces and `+-./:=_`).
        They are hints, never evidence: a store that has none ignores them, and where the store refuses them the blob
        is written without.
        """
        ...

    async def read(self, name: str) -> bytes:
        """The whole blob; raises NotFound. For blobs that fit in memory: segments and keys."""
        ...

    def stream(self, name: str) -> AsyncGenerator[bytes]:
        """The blob in pieces of about a mebibyte; raises NotFound at the first piece."""
        ...

    def list(self, prefix: str, after: str | None = None) -> AsyncGenerator[str]:
        """Names that begin with `prefix` and sort above `after`, in byte order.

        Every blob that existed before the call is named; blobs made meanwhile may be.
        """
        ...

    async def describe(self) -> Enforcement:
        """What this store does to keep blobs unchanged, as it says itself right now."""
        ...

    async def close(self) -> None:
        """Give up connections; a repeat is harmless."""
        ...


def size_of(data: Body) -> int:
    """How many bytes the body has."""
    return len(data) if isinstance(data, bytes) else data.seek(0, os.SEEK_END)


def reader(data: Body) -> IO[bytes]:
    """The body as a file, from its start."""
    if isinstance(data, bytes):
        return io.BytesIO(data)
    data.seek(0)
    return data
