"""Knows how to read a whole log once, proving every record on the way; not what is looked for in it."""

from array import array
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from .. import names, tiling, walk
from ..errors import IntegrityError, NotFound, RecordInvalid
from ..head import Head, introduced
from ..merkle import leaf_hash
from ..names import Shard
from ..note import Checkpoint, Note, VerifierKey
from ..record import Record
from ..retention.certificate import ranges_in
from ..retention.ranges import Range, Ranges
from ..segment import Segment
from ..store.port import ObjectStore
from ..tail import parsed
from ..walk import Progress, untold
from .hashes import Hashes


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A log as it was read: to where, whose signature says so, and which records are gone by certificate."""

    shard: Shard
    key: VerifierKey
    """The key that signed the checkpoint."""
    key_given: bool
    note: Note
    checkpoint: Checkpoint
    recorded_at: datetime
    """When the last record was made."""
    firsts: "array[int]"
    """The first index of every segment that was read."""
    gone: tuple[Range, ...]


class Gathering:
    """One reading of a log from its beginning. What `records` yields was signed; what `finish` says, once it ended."""

    def __init__(self, store: ObjectStore, shard: Shard, hashes: Hashes, *, key: VerifierKey | None) -> None:
        """Believed is what `key` signed, or where none is given, what the log says its own key is."""
        self._store, self._shard, self._given, self._hashes = store, shard, key, hashes
        self._head = Head()
        self._certified: list[Range] = []
        self._gone: list[Range] = []
        self._firsts = array("q")
        self._segment: Segment | None = None

    async def records(self, size: int | None = None, progress: Progress = untold) -> AsyncGenerator[Record]:
        """Every record up to `size` of them, or all; each segment is proved before its first one is yielded.

        Raises IntegrityError at the first thing that is not what was signed, and where no checkpoint was signed at
        `size`; NotFound where there is no log.
        """
        async with aclosing(walk.segments(self._store, self._shard)) as segments:
            async for name, data in segments:
                for record in (await self._take(name, data)).records:
                    self._certified += ranges_in(record)
                    yield record
                progress(self._head.size, 0)
                if size is not None and self._head.size >= size:
                    break
        if self._segment is None:
            raise NotFound(names.segments(self._shard))
        if size is not None and self._head.size != size:
            place = names.segment(self._shard, self._segment.first)
            raise IntegrityError(place, f"no checkpoint was signed at {size} records")

    def finish(self) -> Gathered:
        """Where the log stands. Raises IntegrityError for records that are missing without a certificate."""
        assert self._segment is not None  # noqa: S101 — the records were read
        for first, end in Ranges(self._gone).without(Ranges(self._certified)):
            place = names.segment(self._shard, first)
            raise IntegrityError(place, f"records {first} to {end - 1} are missing, and no certificate says why")
        note = self._segment.note
        return Gathered(
            shard=self._shard,
            key=self._head.keys[note.key_hash],
            key_given=self._given is not None,
            note=note,
            checkpoint=self._segment.checkpoint,
            recorded_at=self._segment.records[-1].recorded_at,
            firsts=self._firsts,
            gone=tuple(self._gone),
        )

    async def _take(self, name: str, data: bytes) -> Segment:
        segment = parsed(name, data)
        if self._segment is None:
            self._begin(name, segment)
        if segment.first > self._head.size:
            await self._cross(segment.first)
        judged = self._head.judge(segment)
        if judged.faults:
            raise IntegrityError(name, judged.faults[0].what)
        self._head.advance(segment, judged)
        self._hashes.extend(judged.leaves)
        self._firsts.append(segment.first)
        self._segment = segment
        return segment

    def _begin(self, name: str, segment: Segment) -> None:
        """The log has to begin with its key, and that with the one that was given."""
        try:
            own = introduced(segment.records[0])
        except RecordInvalid as error:
            raise IntegrityError(name, "the log does not begin with a key record") from error
        if segment.first != 0 or (self._given is not None and own != self._given):
            raise IntegrityError(name, "the log does not begin with the given key")
        self._head = Head([own])

    async def _cross(self, end: int) -> None:
        """Go on over records that are gone, by their hashes in tiles: the next root says whether it is these."""
        start = self._head.size
        try:
            async with aclosing(tiling.leaves(self._store, self._shard, start, end)) as batches:
                async for leaves in batches:
                    self._head.cross(leaves)
                    self._hashes.extend(leaves)
        except NotFound as error:
            raise IntegrityError(names.segment(self._shard, start), f"records from {start} are missing") from error
        self._gone.append((start, end))


async def fetch(
    store: ObjectStore, gathered: Gathered, indexes: Iterable[int], hashes: Hashes
) -> AsyncGenerator[Record]:
    """The records with these ascending indexes; each is the one that was proved. Raises IntegrityError otherwise."""
    wanted = array("q", indexes)
    at = 0
    for number, first in enumerate(gathered.firsts):
        end = gathered.firsts[number + 1] if number + 1 < len(gathered.firsts) else gathered.checkpoint.size
        if at == len(wanted) or wanted[at] >= end:
            continue
        name = names.segment(gathered.shard, first)
        segment = parsed(name, await store.read(name))
        while at < len(wanted) and wanted[at] < min(end, segment.size):
            record = segment.records[wanted[at] - first]
            if hashes.leaf(record.index) != leaf_hash(record.line):
                raise IntegrityError(name, f"record {record.index} has changed while it was read")
            yield record
            at += 1
