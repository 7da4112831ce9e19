"""Knows how to check the part of a log that lies within a time, reading no more segments than that.

The tree in front of the part comes from tiles. They are believed because the root they lead to, with the part's first
segment, is the one that was signed; where it is not, the records in front are read instead.
"""

from array import array
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from datetime import datetime

from . import names, walk
from .attached import Attachments
from .audit import CLOCK_TOLERANCE, Audit
from .errors import IntegrityError, NotFound
from .head import Head
from .merkle import leaf_hash
from .names import Shard
from .note import VerifierKey
from .record import Json, time_text
from .report import Findings
from .retention.disposed import Disposed
from .segment import Segment, SegmentError
from .store.port import ObjectStore
from .tail import parsed
from .tiling import TileReader

_AHEAD = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeReport:
    """What came of checking part of a log: whole segments, so that it may begin and end with records outside the time.

    `first` and `size` are the index of the first record read and the log's size after the last one.
    """

    shard: str
    keys: tuple[str, ...]
    first: int
    size: int
    segments: int
    root: str
    attachments: int
    first_recorded: datetime | None
    last_recorded: datetime | None
    findings: Findings

    @property
    def is_intact(self) -> bool:
        """Nothing is broken within the part that was read."""
        return self.findings.broken == 0

    def as_json(self) -> dict[str, Json]:
        """The report as an object."""
        return {
            "range_report": 1,
            "intact": self.is_intact,
            "shard": self.shard,
            "keys": self.keys,
            "first": self.first,
            "size": self.size,
            "segments": self.segments,
            "root": self.root,
            "attachments": self.attachments,
            "first_recorded": self.first_recorded and time_text(self.first_recorded),
            "last_recorded": self.last_recorded and time_text(self.last_recorded),
            "broken": self.findings.broken,
            "warnings": self.findings.warnings,
            "findings": [finding.as_json() for finding in self.findings.kept],
        }


async def verify_range(
    store: ObjectStore, *, shard: str, keys: Sequence[VerifierKey], start: datetime, end: datetime
) -> RangeReport:
    """Check every segment that may hold a record of a time from `start` to before `end`. Damage never raises.

    Shown is that these records are, in one piece, what was signed, and that the log had exactly so many before them.
    What lies outside is not looked at; but where something is missing the rest of the log is, as it may certify that.
    `keys` must have every key that signed within the time, but for those introduced in it. Raises NotFound when there
    is no log, StoreUnavailable when the store cannot be read.
    """
    of = names.shard(shard)
    findings = Findings()
    firsts = await walk.firsts(store, of)
    if not firsts:
        raise NotFound(names.segments(of))
    at = max(0, await _place(store, of, firsts, start - CLOCK_TOLERANCE) - 1)
    head = await _head(store, of, firsts, firsts[at], keys)
    disposed = Disposed(store, of, findings)
    with closing(disposed), closing(Attachments(store, findings, disposed.miss)) as attachments:
        audit = Audit(of, keys, findings, attachments.note, head=head)
        async with aclosing(_segments(store, of, firsts, at)) as segments:
            async for name, data in segments:
                if audit.segments and _begins(name, data, end + CLOCK_TOLERANCE, unreadable=False):
                    await attachments.finish()
                    if not disposed.is_needed:
                        break
                await disposed.cross(audit, name)
                audit.feed(name, data)
                disposed.note(name, data)
                await attachments.check()
        await attachments.finish()
        await disposed.settle(start=firsts[at])
    return RangeReport(
        shard=shard,
        keys=tuple(map(str, keys)),
        first=firsts[at],
        size=audit.head.size,
        segments=audit.segments,
        root=audit.head.tree.root().hex(),
        attachments=attachments.checked,
        first_recorded=audit.first_recorded,
        last_recorded=audit.last_recorded,
        findings=findings,
    )


async def _place(store: ObjectStore, shard: Shard, firsts: "array[int]", moment: datetime) -> int:
    """Which is the first segment that begins at this moment or later; one that cannot be read counts as later."""
    low, high = 0, len(firsts)
    while low < high:
        middle = (low + high) // 2
        name = names.segment(shard, firsts[middle])
        if _begins(name, await store.read(name), moment, unreadable=True):
            high = middle
        else:
            low = middle + 1
    return low


def _begins(name: str, data: bytes, moment: datetime, *, unreadable: bool) -> bool:
    """Whether this segment begins at this moment or later, or what is to be taken of one that cannot be read."""
    try:
        return parsed(name, data).records[0].recorded_at >= moment
    except IntegrityError:
        return unreadable


async def _head(
    store: ObjectStore, shard: Shard, firsts: "array[int]", first: int, keys: Sequence[VerifierKey]
) -> Head | None:
    """The log in front of record `first`, None for its beginning: from tiles, or without them where they mislead."""
    if first == 0:
        return None
    name = names.segment(shard, first)

    async def leaves(start: int, end: int) -> list[bytes]:
        return [leaf_hash(line) async for line in walk.lines(store, shard, firsts, start, end)]

    head = Head(keys)
    for tiles_up_to in (firsts[-1], 0):
        edge = await TileReader(store, shard, tiles_up_to, leaves).edge(first)
        head = Head(keys, edge.tree(first))
        try:
            segment = Segment.parse(first, await store.read(name))
        except SegmentError:
            break
        if "root" not in {fault.code for fault in head.judge(segment).faults}:
            break
    return head


async def _segments(
    store: ObjectStore, shard: Shard, firsts: "array[int]", at: int
) -> AsyncGenerator[tuple[str, bytes]]:
    """The segments from number `at` on, a few read ahead."""
    for place in range(at, len(firsts), _AHEAD):
        async for pair in walk.blobs(store, [names.segment(shard, first) for first in firsts[place : place + _AHEAD]]):
            yield pair
