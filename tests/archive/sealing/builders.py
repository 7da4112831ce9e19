"""Knows how to make a log that seals, with its key ring, in memory; the test changes what it is about."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from archive import Committed, Draft, Json, Log, Opener, Record, SealingLog
from archive.names import shard
from archive.sealing import Ring
from archive.sealing.wrapping import LocalKey, WrappingKey
from archive.store import MemoryStore
from archive.walk import find_index
from tests.archive.builders import SHARD, START, open_log

WRAPPING = bytes(range(32))
CANARY = "the canary sings at dawn"
CONVERSATION = "line/C-1001"


def message(number: int = 0, **fields: Json) -> Draft:
    """A record as the bridge makes them, with something confidential in it."""
    return Draft(
        kind="message",
        id=f"m-{number}",
        fields={
            "conversation": CONVERSATION,
            "direction": "inbound",
            "occurred_at": "2026-01-02T03:04:05+00:00",
            "body": {"type": "text", "text": f"{CANARY} {number}"},
            **fields,
        },
    )


@dataclass
class Clock:
    """A clock that a test sets."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Place:
    """An archive and its key ring, as several processes see them."""

    archive: dict[str, bytes] = field(default_factory=dict[str, bytes])
    keys: dict[str, bytes] = field(default_factory=dict[str, bytes])
    clock: Clock = field(default_factory=Clock)

    def ring(self, wrapping: WrappingKey | None = None) -> Ring:
        """A key ring as another process would open it."""
        return Ring(MemoryStore(self.keys), wrapping or LocalKey(WRAPPING), clock=self.clock)

    def opener(self, wrapping: WrappingKey | None = None) -> Opener:
        """What opens records, with a memory of its own."""
        return Opener(MemoryStore(self.archive), self.ring(wrapping))

    async def log(self, classes: Iterable[str] = ("standard",), ring: Ring | None = None) -> tuple[SealingLog, Log]:
        """A log that seals these classes, and the log behind it."""
        inner = await open_log(MemoryStore(self.archive))
        ring = ring or self.ring()
        return SealingLog(inner, Opener(MemoryStore(self.archive), ring), ring, classes=frozenset(classes)), inner

    async def append(self, *drafts: Draft, classes: Iterable[str] = ("standard",)) -> list[Committed]:
        """Append with a log that is opened and closed for it."""
        log, inner = await self.log(classes)
        try:
            return [await log.append(draft) for draft in drafts]
        finally:
            await inner.close()

    async def stored(self, index: int) -> Record:
        """The record at an index as it is stored."""
        return (await find_index(MemoryStore(self.archive), shard(SHARD), index))[1]

    def data_keys(self) -> list[str]:
        """The names of the data keys there are."""
        return [name for name in self.keys if name.startswith("key/")]

    def holds(self, text: str) -> bool:
        """Whether a text lies somewhere in the archive for everybody to read."""
        return any(text.encode() in blob for blob in self.archive.values())
