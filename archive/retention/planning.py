"""Knows how a disposal plan is made from a stored log, in bounded memory; it deletes nothing, and nothing of ours does.

The log is read twice: once for the holds, which may come after what they hold, and once to judge each segment. The
second reading verifies as it goes, so that no plan is made from records that were tampered with. What is in doubt
stays.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from .. import names, tiling, walk
from ..errors import IntegrityError, NotFound
from ..merkle import TILE_HEIGHT
from ..names import Shard
from ..record import Record, canonical
from ..segment import Segment
from ..store.port import ObjectStore
from ..tail import Tail, parsed
from ..tile import WIDTH, Tile
from . import history
from .classes import Classes
from .holds import Hold, Register
from .judge import Judge, Reason
from .ledger import Ledger
from .plan import Gone, Heading
from .ranges import Ranges
from .scope import Subject
from .sheet import Sheet, Verdict, place

_REFERENCE = re.compile(rb'"blob":"(media/[a-z0-9/]+)"')
"""How a record refers to a blob, wherever in it; inside a text the quotes would be escaped."""
_KEY = re.compile(rb'"key":"([^"\\]+)"')
_FREE, _KEPT = 0, 1

NEWEST = place("the log ends with it")
UNTILED = place("the tiles over it are not stored, and without them the log could not be verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a plan is asked for: which log, with which periods, for which moment."""

    shard: Shard
    classes: Classes
    at: datetime


async def make(store: ObjectStore, question: Question, write: Callable[[bytes], object]) -> Sheet:
    """Write the plan, and return what it says in sum.

    Raises IntegrityError where the log is not what was signed, or has a gap that no disposal explains; NotFound when
    there is no such log; or what the store raises.
    """
    with closing(Ledger()) as attachments, closing(Ledger()) as keys, closing(Ledger()) as held:
        sheet = Sheet(write)
        _, newest = await walk.newest(store, question.shard)
        registered, gone = await history.history(store, question.shard)
        elsewhere = await _elsewhere(store, question.shard, attachments, keys)
        holds = [*registered.open, *elsewhere.open]
        sheet.heading(_heading(question, holds, newest))
        holds = await _widened(store, question.shard, holds)
        judge = Judge(classes=question.classes, holds=holds, at=question.at, held=held)
        planner = _Planner(store, question.shard, judge, sheet, attachments, keys)
        await planner.read(newest, gone)
        await _bundles(store, question.shard, planner.kept, newest.size, sheet)
        await _attachments(store, attachments, sheet)
        for key, mark in keys:
            if mark == _FREE:
                sheet.blob("key", key)
        sheet.finish()
    return sheet


def _heading(question: Question, holds: Sequence[Hold], newest: Segment) -> Heading:
    return Heading(
        shard=question.shard,
        at=question.at,
        classes=question.classes,
        matters=tuple(sorted({hold.matter for hold in holds})),
        note=newest.note,
    )


class _Planner:
    """Reads the log, judges each segment, and writes it down when it is known whether tiles stand in for it."""

    def __init__(
        self, store: ObjectStore, shard: Shard, judge: Judge, sheet: Sheet, attachments: Ledger, keys: Ledger
    ) -> None:
        self._store = store
        self._shard = shard
        self._judge = judge
        self._sheet = sheet
        self._attachments = attachments
        self._keys = keys
        self._tail = Tail(known_ids=0)
        self._waiting: deque[Verdict | Gone] = deque()
        """What comes next in the plan, as soon as the tiles over its last records are known."""
        self._untiled: set[int] = set()
        """Numbers of the tiles that are not as they should be, as far as something waits for them."""
        self.kept = Ranges()
        """Segments with a record that must be kept."""

    async def read(self, newest: Segment, gone: Ranges) -> None:
        """Judge every segment up to and with the newest one."""
        async with aclosing(walk.segments(self._store, self._shard)) as segments:
            async for name, data in segments:
                first = names.first_index(name)
                if first is not None and self._tail.size < first < newest.size:
                    await self._cross(first, gone)
                segment, tiles = self._tail.accept(name, data)
                self._waiting.append(self._verdict(segment, newest))
                await self._see(tiles)
                if segment.size >= newest.size:
                    break
        size = self._tail.size
        self._write_down(size // WIDTH * WIDTH, until=size)

    def _verdict(self, segment: Segment, newest: Segment) -> Verdict:
        reasons = [(record.index, self._noted(record)) for record in segment.records]
        staying = [(index, reason) for index, reason in reasons if reason is not None]
        record, reason = staying[0] if staying else (None, None)
        if staying:
            self.kept.add(segment.first, segment.size)
        elif segment.first == newest.first:
            reason = NEWEST
        return Verdict(first=segment.first, end=segment.size, reason=reason, record=record, kept=len(staying))

    def _noted(self, record: Record) -> Reason | None:
        """Why this record is kept, and with it whatever it refers to."""
        reason = self._judge.reason(record)
        mark = _FREE if reason is None else _KEPT
        for blob in _REFERENCE.findall(record.line):
            self._attachments.mark(blob.decode(), mark)
        key = _data_key(record)
        if key is not None:
            self._keys.mark(key, mark)
        return reason

    async def _cross(self, first: int, gone: Ranges) -> None:
        """Go on over records that are certified to be gone, by their tiles; raises IntegrityError for any others."""
        size, name = self._tail.size, names.segment(self._shard, first)
        if not gone.covers(size, first):
            raise IntegrityError(name, f"records {size} to {first - 1} are missing, and no disposal explains it")
        self._waiting.append(Gone(first=size, end=first))
        try:
            async with aclosing(tiling.leaves(self._store, self._shard, size, first)) as batches:
                async for leaves in batches:
                    await self._see(self._tail.cross(leaves))
        except NotFound as error:
            raise IntegrityError(error.name, "is missing: nothing else stands in for the records it was of") from error

    async def _see(self, tiles: Sequence[Tile]) -> None:
        """Compare the tiles that are finished now with those that are stored, where something may go by them."""
        bottom = [tile for tile in tiles if tile.level == 0]
        if any(isinstance(one, Verdict) and one.reason is None for one in self._waiting):
            are_stored = await asyncio.gather(*map(self._is_stored, bottom))
            self._untiled |= {tile.number for tile, is_stored in zip(bottom, are_stored, strict=True) if not is_stored}
        self._write_down(self._tail.size // WIDTH * WIDTH)

    async def _is_stored(self, tile: Tile) -> bool:
        try:
            return await self._store.read(names.tile(self._shard, tile.level, tile.number)) == tile.data
        except NotFound:
            return False

    def _write_down(self, tiled: int, until: int | None = None) -> None:
        """Write down what lies below `until`; the tiles reach as far as `tiled`, which is also the default."""
        while self._waiting and self._waiting[0].end <= (tiled if until is None else until):
            one = self._waiting.popleft()
            if isinstance(one, Gone):
                self._sheet.gone(one.first, one.end)
            else:
                may_go = one.reason is None and one.end <= tiled and self._is_tiled(one)
                self._sheet.segment(one if may_go or one.reason else replace(one, reason=UNTILED))
            self._untiled = {number for number in self._untiled if number >= one.end - 1 >> TILE_HEIGHT}

    def _is_tiled(self, verdict: Verdict) -> bool:
        numbers = range(verdict.first >> TILE_HEIGHT, (verdict.end - 1 >> TILE_HEIGHT) + 1)
        return self._untiled.isdisjoint(numbers)


def _data_key(record: Record) -> str | None:
    """The name of the data key a record is sealed with."""
    sealed = record.get("sealed")
    key = sealed.get("key") if isinstance(sealed, dict) else None
    return key if isinstance(key, str) else None


async def _elsewhere(store: ObjectStore, shard: Shard, attachments: Ledger, keys: Ledger) -> Register:
    """The holds in the other logs of the store, which hold here too; what those logs refer to is kept."""
    holds: list[Hold] = []
    async for other in history.shards(store):
        if other == shard:
            continue
        found = Register()
        async for name, data in walk.segments(store, other):
            for ledger, pattern in ((attachments, _REFERENCE), (keys, _KEY)):
                for reference in pattern.findall(data):
                    ledger.mark(reference.decode(), _KEPT)
            for record in history.rare(name, data):
                found = found.after(record)
        holds += found.holds
    return Register(holds=tuple(holds))


async def _widened(store: ObjectStore, shard: Shard, holds: Sequence[Hold]) -> list[Hold]:
    """The holds, those on people widened to every conversation in which they are named, ever."""
    people = {person for hold in holds for person in hold.scope.people}
    if not people:
        return list(holds)
    spelled, found = [canonical(person) for person in people], [set[str]() for _ in holds]
    async for name, data in walk.segments(store, shard):
        if any(one in data for one in spelled):
            for subject in map(Subject.of, parsed(name, data).records):
                for hold, conversations in zip(holds, found, strict=True):
                    if subject.conversation is not None and hold.scope.names(subject):
                        conversations.add(subject.conversation)
    return [
        replace(hold, scope=replace(hold.scope, conversations=hold.scope.conversations | conversations))
        for hold, conversations in zip(holds, found, strict=True)
    ]


async def _bundles(store: ObjectStore, shard: Shard, kept: Ranges, size: int, sheet: Sheet) -> None:
    """The bundles, with their manifests, of hours in which nothing has to be kept.

    The newest stays, because the next one begins where it ends.
    """
    hour, disposable = list[str](), list[str]()
    async for name in store.list(names.bundles(shard)):
        hour.append(name)
        if name.endswith(".manifest.json"):
            for one in disposable:
                sheet.blob("bundle", one)
            stretch = _stretch(await store.read(name))
            may_go = stretch is not None and stretch[1] <= size and not kept.meets(*stretch)
            disposable = [one for one in hour if may_go and one.startswith(name.removesuffix("manifest.json"))]
            hour = []


def _stretch(manifest: bytes) -> tuple[int, int] | None:
    """The records a manifest is of; None when it does not say, and then its bundle stays."""
    try:
        values: object = json.loads(manifest)
    except (ValueError, RecursionError):
        return None
    members = cast("dict[str, object]", values) if isinstance(values, dict) else {}
    first, records = members.get("first"), members.get("records")
    return (first, first + records) if type(first) is int and type(records) is int else None


async def _attachments(store: ObjectStore, marks: Ledger, sheet: Sheet) -> None:
    """The stored attachments to which only records refer that need not be kept; those nobody refers to stay."""
    known = iter(marks)
    name, mark = next(known, ("", _KEPT))
    async for stored in store.list(names.MEDIA):
        while name and name < stored:
            name, mark = next(known, ("", _KEPT))
        if name == stored and mark == _FREE:
            sheet.blob("attachment", name)
