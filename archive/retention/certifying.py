"""Knows how to certify that a disposal plan was carried out, all of it and no more; it deletes nothing."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .. import names
from ..intake import Committed
from ..log import Log
from ..names import Shard
from ..record import Json
from ..report import Report
from ..store.port import CHUNK, ObjectStore
from ..verify import verify
from . import history
from .certificate import Certificate
from .disposed import Claim
from .holds import Act
from .ledger import Ledger
from .plan import Blob, Disposable, Heading, PlanError, Total, read
from .ranges import Ranges

PIECE = 32 << 20
"""Bytes of a plan that are kept as one attachment."""
MAX_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A plan as it was read from a file, to be certified."""

    path: Path
    heading: Heading
    total: Total
    ranges: Ranges
    sha256: str

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The bytes of the plan."""
        async for piece in _pieces(self.path, CHUNK):
            yield piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """The certificate is on record. `placed_since`: holds that the plan could not know of."""

    records: list[Committed]
    placed_since: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Blobs the plan lists are there still: how many, and the names of the first of them. Nothing was recorded."""

    count: int
    names: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """More is gone than the plan lists, or the log is not what was signed. Nothing was recorded."""

    report: Report


async def load(path: Path) -> Carried:
    """Read a plan and see that it is whole; raises PlanError, or OSError when the file cannot be read."""
    heading, total, ranges, digest = None, None, Ranges(), hashlib.sha256()

    async def hashed() -> AsyncGenerator[bytes]:
        async for piece in _pieces(path, CHUNK):
            digest.update(piece)
            yield piece

    async for item in read(hashed()):
        match item:
            case Heading():
                heading = item
            case Disposable():
                ranges.add(item.first, item.end)
            case Total():
                total = item
            case _:
                pass
    if heading is None or total is None:
        raise PlanError("the plan is cut off")
    return Carried(path=path, heading=heading, total=total, ranges=ranges, sha256=digest.hexdigest())


async def certify(store: ObjectStore, log: Log, shard: Shard, plan: Carried, act: Act) -> Certified | Left | Broken:
    """Record that a plan was carried out, when nothing it lists is left and nothing else is missing.

    The whole log is verified for that, the plan's gaps taken for explained. A repeat is safe. Raises PlanError for a
    plan of another log, of a day that has not come, or that disposes of nothing; or what store and log raise.
    """
    if plan.heading.shard != shard or plan.heading.at > act.at:
        raise PlanError("the plan is for another log, or for a day that has not come")
    if plan.total.segments + plan.total.bundles + plan.total.attachments + plan.total.keys == 0:
        raise PlanError("the plan disposes of nothing")
    left = await _left(store, plan)
    if left.count:
        return left
    anchor = str(plan.path), plan.heading.note.encode()
    claim = Claim(place=str(plan.path), record=None, ranges=list(plan.ranges), plan=plan.pieces)
    report = await verify(store, shard=shard, anchor=anchor, supposed=claim)
    if not report.is_intact:
        return Broken(report=report)
    since = await history.placed_since(store, shard, plan.heading.checkpoint.size)
    certificate = Certificate(
        heading=plan.heading,
        total=plan.total,
        ranges=plan.ranges,
        plan_sha256=plan.sha256,
        plan_pieces=[piece async for piece in _attached(log, plan.path)],
        placed_since=since,
    )
    return Certified(records=await log.append_all(certificate.drafts(act)), placed_since=since)


async def _left(store: ObjectStore, plan: Carried) -> Left:
    """What the plan lists and the store still has. Data keys are not looked for: they are in another place."""
    left, count, shard = list[str](), 0, plan.heading.shard
    with closing(Ledger()) as listed:
        async for item in read(plan.pieces()):
            if isinstance(item, Blob):
                listed.mark(item.name, 0)
        for prefix in (names.segments(shard), names.bundles(shard), names.MEDIA):
            async for name in store.list(prefix):
                first = names.first_index(name) if prefix == names.segments(shard) else None
                if listed.find(name) is not None or (first is not None and plan.ranges.meets(first, first + 1)):
                    count += 1
                    left += [name] if count <= MAX_NAMED else []
    return Left(count=count, names=left)


async def _attached(log: Log, path: Path) -> AsyncGenerator[dict[str, Json]]:
    """Keep the plan next to the log, in pieces, and give a reference to each."""
    async for piece in _pieces(path, PIECE):
        attachment = await log.attach(piece, "application/x-ndjson")
        yield attachment.reference(path.name)


async def _pieces(path: Path, size: int) -> AsyncGenerator[bytes]:
    file: IO[bytes] = await asyncio.to_thread(path.open, "rb")
    with file:
        while piece := await asyncio.to_thread(file.read, size):
            yield piece
