"""Knows what a log certifies to be gone, and tells that from what is missing; not whether disposing of it was right.

A gap is crossed by the tiles over it, whoever made it: the roots that were signed after it show whether these tiles are
true. Only at the end, when all certificates have been read, is it known which gaps are explained.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from .. import names, tiling
from ..audit import Audit
from ..closed import Closed
from ..errors import IntegrityError, NotFound
from ..names import Shard
from ..report import Findings
from ..store.port import ObjectStore
from ..tile import WIDTH, Tile
from ..tiled import Tiles
from . import history
from .certificate import pieces_in, ranges_in
from .judge import DISPOSAL_KIND
from .ledger import Ledger
from .plan import Blob, PlanError, read
from .ranges import Range, Ranges

_EXPLAINED = 1 << 62
"""A mark above every index: an attachment that is missing because it was disposed of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That these records are gone, and the attachments that the plan lists, which is read in pieces (none: no plan)."""

    place: str
    record: int | None
    ranges: Sequence[Range]
    plan: Callable[[], AsyncIterable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """Records that are missing in front of a segment. Up to `crossed`, tiles stand in for them."""

    first: int
    crossed: int
    end: int
    blob: str


class Disposed:
    """Told of every segment in order, of every missing attachment, and then to settle what is missing. To be closed."""

    def __init__(self, store: ObjectStore, shard: Shard, findings: Findings) -> None:
        self._store = store
        self._shard = shard
        self._findings = findings
        self._gaps: list[_Gap] = []
        self._claims: list[Claim] = []
        self._missing = Ledger()
        self.is_needed = False
        """Whether anything is missing, so that it matters what is certified."""
        self.records = 0
        """How many records are certified to be gone, and are."""

    def close(self) -> None:
        """Forget what is missing."""
        self._missing.close()

    async def cross(self, audit: Audit, blob: str, tiles: Tiles | None = None, closed: Closed | None = None) -> None:
        """If records are missing in front of this segment, take `audit` over them as far as there are tiles.

        What `tiles` and `closed` have to compare on the way is compared.
        """
        size, first = audit.head.size, names.first_index(blob)
        if first is None or first <= size or not audit.can_cross:
            return
        try:
            async with aclosing(tiling.leaves(self._store, self._shard, size, first)) as batches:
                async for leaves in batches:
                    finished = await _crossed(audit, leaves, closed)
                    if tiles:
                        await tiles.check([one for one in finished if one.level or one.number == size // WIDTH])
        except NotFound:
            pass  # the audit names what is left of the gap
        except IntegrityError as error:
            self._findings.fault("tile", error.what, error.place)
        self._gaps.append(_Gap(first=size, crossed=audit.head.size, end=first, blob=blob))
        self.is_needed = True

    def note(self, blob: str, data: bytes) -> None:
        """Remember what the records in this segment certify."""
        try:
            found = history.rare(blob, data)
        except IntegrityError:
            return  # the audit names it
        for record in found:
            if record.kind == DISPOSAL_KIND:
                pieces = pieces_in(record)
                claim = Claim(
                    place=blob,
                    record=record.index,
                    ranges=list(ranges_in(record)),
                    plan=lambda of=pieces: self._read(of),
                )
                self._claims.append(claim)

    def miss(self, blob: str, record: int) -> None:
        """An attachment that this record refers to is not there."""
        self._missing.mark(blob, record)
        self.is_needed = True

    async def settle(self, supposed: Claim | None = None, *, start: int = 0) -> None:
        """Say what is missing without being certified, and what is certified. The log was read from `start` on."""
        claims = [*self._claims, *([supposed] if supposed else [])]
        certified = Ranges((max(start, first), end) for claim in claims for first, end in claim.ranges)
        gaps = Ranges((gap.first, gap.end) for gap in self._gaps)
        for gap in self._gaps:
            for first, end in Ranges([(gap.first, gap.crossed)]).without(certified):
                text = f"records {first} to {end - 1} are missing"
                self._findings.fault("gap", text, gap.blob, record=first)
        for first, end in certified.without(gaps):
            text = f"records {first} to {end - 1} are certified to be disposed of, and are there"
            self._findings.warn("disposed", text, names.segment(self._shard, first), record=first)
        for claim in claims:
            await self._excuse(claim)
        self.records = certified.total - certified.without(gaps).total
        for blob, record in self._missing:
            if record != _EXPLAINED:
                text = f"the attachment of record {record} is missing"
                self._findings.fault("attachment-missing", text, blob, record=record)

    async def _excuse(self, claim: Claim) -> None:
        """Take what a claim's plan lists for disposed of."""
        if claim.record is not None:
            text = f"certifies that {Ranges(claim.ranges).total} records, and what its plan lists, were disposed of"
            self._findings.note("disposed", text, claim.place, record=claim.record)
        try:
            async for item in read(claim.plan()):
                if isinstance(item, Blob) and self._missing.find(item.name) is not None:
                    self._missing.mark(item.name, _EXPLAINED)
        except NotFound:
            return  # the plan is an attachment like others: that it is missing has been noticed
        except PlanError as error:
            self._findings.warn("disposed", f"the plan cannot be read: {error}", claim.place, record=claim.record)

    async def _read(self, pieces: Sequence[str]) -> AsyncGenerator[bytes]:
        """The plan in these attachments."""
        for piece in pieces:
            async for chunk in self._store.stream(piece):
                yield chunk


async def _crossed(audit: Audit, leaves: Sequence[bytes], closed: Closed | None) -> list[Tile]:
    """Go on over these leaves, with a stop wherever a closed hour says what the root was; the tiles finished."""
    finished: list[Tile] = []
    while leaves:
        end = await closed.next_end() if closed else None
        count = len(leaves) if end is None else max(1, end - audit.head.size)
        finished += audit.cross(leaves[:count])
        leaves = leaves[count:]
        if closed:
            await closed.check(audit)
    return finished
