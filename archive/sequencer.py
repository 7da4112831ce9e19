"""Knows how waiting drafts become the log's next segment, one segment at a time; not who waits or what records say.

Several writers on one log are correct: a segment's name is the compare-and-swap. A name that is taken, by another
writer or by an earlier write of ours whose answer was lost, is read, verified and taken in; then our records are
numbered again.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from . import names
from .errors import ArchiveError, Conflict, KeyUnknown, StoreUnavailable
from .head import Judged, seal
from .intake import AlreadyThere, Committed, Intake, Waiting
from .names import Shard
from .note import Signer, VerifierKey
from .opening import Reach
from .record import Template
from .segment import MAX_BYTES, MAX_RECORDS, Segment
from .store.port import ObjectStore
from .tail import Tail
from .tiling import Tiler

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a log holds at once. The defaults serve 1,000 records a second with memory to spare."""

    known_ids: int = 200_000
    """Ids within which an append is recognised as a repeat: at 1,000 records a second the last three minutes, on an
    ordinary day weeks. What is older is the caller's to remember. About 50 MB when full. After a restart the ids are
    known that `reach` reads."""
    reach: Reach = field(default_factory=Reach)
    waiting_records: int = 20_000
    waiting_bytes: int = 64 << 20
    segment_records: int = MAX_RECORDS
    segment_bytes: int = MAX_BYTES
    linger: timedelta = timedelta()
    """How long a lone record waits for company: larger segments, later answers."""
    attempts: int = 32
    """How often one batch makes way for other writers' segments before its callers are told."""
    backoff: timedelta = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signs what: the log's shard, its key under its origin, and the private half."""

    shard: Shard
    key: VerifierKey
    signer: Signer


class Sequencer:
    """Takes batches from the intake and writes each as one segment. `run` is the one task that writes."""

    def __init__(
        self,
        store: ObjectStore,
        tail: Tail,
        intake: Intake,
        tiler: Tiler,
        *,
        identity: Identity,
        clock: Clock,
        limits: Limits,
        chance: Callable[[], float],
    ) -> None:
        self._store = store
        self._tail = tail
        self._intake = intake
        self._tiler = tiler
        self._identity = identity
        self._clock = clock
        self._limits = limits
        self._chance = chance

    async def run(self) -> None:
        """Commit until the intake is closed and empty. However this ends, nobody is left waiting."""
        limits = self._limits
        try:
            while await self._intake.ready():
                if limits.linger:
                    await asyncio.sleep(limits.linger.total_seconds())
                await self._settle(self._intake.take(records=limits.segment_records, size=limits.segment_bytes))
        finally:
            self._intake.close()
            self._intake.fail(StoreUnavailable("the log stopped"))

    async def _settle(self, batch: list[Waiting]) -> None:
        """Commit a batch and see to it that every caller in it gets an answer, whatever happens."""
        try:
            await self._commit(batch)
        except ArchiveError as error:
            _fail(batch, error)
        except BaseException:
            _fail(batch, StoreUnavailable("the log stopped in mid-commit"))
            raise

    async def _commit(self, batch: list[Waiting]) -> None:
        """Write a batch as the next segment, making way for other writers' segments as often as need be."""
        for attempt in range(self._limits.attempts):
            fresh = self._fresh(batch)
            if not fresh:
                return
            segment, judged = self._sealed([entry.template for entry in fresh])
            name = names.segment(self._identity.shard, segment.first)
            try:
                await self._store.create(name, segment.encode())
            except Conflict:
                await self._make_way(name, fresh[0].template.writer, attempt)
            else:
                self._tiler.put(self._tail.adopt(segment, judged))
                for entry, record in zip(fresh, segment.records, strict=True):
                    entry.resolve(Committed(record=record, segment=name, existed=False))
        _fail(self._fresh(batch), StoreUnavailable("other writers were faster every time"))

    def _fresh(self, batch: list[Waiting]) -> list[Waiting]:
        """The first entry of each id the log does not know; those it knows are answered here."""
        fresh: dict[str, Waiting] = {}
        for entry in batch:
            if entry.answer.done():
                continue
            first = self._tail.find(entry.template.id)
            if first is not None:
                entry.resolve(AlreadyThere(first=first))
            else:
                fresh.setdefault(entry.template.id, entry)
        return list(fresh.values())

    def _sealed(self, templates: list[Template]) -> tuple[Segment, Judged]:
        """The next segment; KeyUnknown rather than a segment nobody would accept."""
        head, identity = self._tail.head, self._identity
        if head.size and not head.trusts(identity.key):
            raise KeyUnknown(f"log {identity.shard} has introduced no such key under the origin {identity.key.name}")
        now = self._clock().astimezone(UTC)
        moment = now.replace(microsecond=now.microsecond // 1000 * 1000)  # what a line can hold
        return seal(head, templates, origin=identity.key.name, signer=identity.signer, at=moment)

    async def _make_way(self, name: str, writer: str, attempt: int) -> None:
        """Take in the segment that has the name we wanted; the longer we have been losing, the longer the pause."""
        segment, finished = self._tail.accept(name, await self._store.read(name))
        if segment.records[0].writer == writer:
            self._tiler.put(finished)  # our own, whose answer was lost; of others' segments they write the tiles
        if attempt:
            ceiling = self._limits.backoff.total_seconds() * min(2**attempt, 32)
            await asyncio.sleep(self._chance() * ceiling)


def _fail(entries: list[Waiting], error: ArchiveError) -> None:
    for entry in entries:
        entry.fail(error)
