"""Knows how to judge segments one after the other and to say where damage is; it reads no store and never gives up.

A root covers everything before it. So after damage no later root can be compared, until one fits again (then only a
checkpoint was damaged); what is between is judged by form, index and signature, and counted as unrooted.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from . import names
from .errors import RecordInvalid
from .head import Head, introduced
from .names import Shard
from .note import VerifierKey
from .record import Record
from .report import Code, Finding, Findings
from .segment import Segment, SegmentError
from .shape import Shapes
from .tile import Edge, Tile

CLOCK_TOLERANCE = timedelta(minutes=1)
"""Writers' clocks differ a little; a longer step back is worth a warning."""
MAX_DOUBTFUL = 256
"""Tiles kept in memory (2 MiB) until a root says whether their records are the signed ones."""


class Audit:
    """Feed it every segment in the order of names. `findings` fills; `on_attachments` sees records that have some."""

    def __init__(
        self,
        shard: Shard,
        keys: Iterable[VerifierKey],
        findings: Findings,
        on_attachments: Callable[[str, Record], None],
        *,
        watch: int | None = None,
        head: Head | None = None,
    ) -> None:
        """`keys` are those trusted at the beginning; `head` is where the first segment to be fed goes on, if not at 0.

        Of a log that is not read from its beginning no tiles are given.
        """
        self.head = head or Head(keys)
        self._is_whole = head is None
        self.findings = findings
        self.segments = 0
        self.unrooted = 0
        self.first_recorded: datetime | None = None
        self.last_recorded: datetime | None = None
        self.watched_root: bytes | None = None
        """The root at the size `watch`; None while the log is shorter, and when damage leaves it unknown."""
        self._watch = watch
        self._shard = shard
        self._on_attachments = on_attachments
        self._shapes = Shapes()
        self._extent_unknown = False
        self._unproved: int | None = None
        """First index not yet covered by a root that fits."""
        self._root_reported = False
        self._edge = Edge()
        self._tiles: list[Tile] = []
        """Finished, but not covered by a root that fits."""
        self._proved_tiles: list[Tile] = []

    def cross(self, leaves: Sequence[bytes]) -> list[Tile]:
        """Go on over records that are gone, by the leaf hashes that tiles have of them; the tiles finished by these.

        Only where `is_rooted` and between segments. The next root that fits shows that the hashes are the true ones.
        """
        self._lose_root(self.head.size)
        self._watch_root(leaves)
        tops = self.head.cross(leaves)
        return self._edge.extend(leaves, tops) if self._is_whole else []

    @property
    def can_cross(self) -> bool:
        """Whether it is known where the log stands, so that hashes can be added to its tree."""
        return self.head.is_rooted and self.head.size > 0 and not self._extent_unknown

    def take_tiles(self) -> list[Tile]:
        """The tiles that verified records give, since this was asked last."""
        taken, self._proved_tiles = self._proved_tiles, []
        return taken

    def feed(self, name: str, data: bytes) -> None:
        """Judge the blob of this name; never raises."""
        first = names.first_index(name)
        if first is None or name != names.segment(self._shard, first):
            self._broken("name", "is not the name of a segment", name)
            return
        self.segments += 1
        if not self._resume(name, first):
            return
        try:
            segment = Segment.parse(first, data)
        except SegmentError as error:
            self._broken("segment", error.what, name, offset=error.offset)
            self._lose_root(first)
            self._extent_unknown = True
            return
        self._judge(name, segment)

    def _resume(self, name: str, first: int) -> bool:
        """See whether this segment begins where the log goes on; False when it lies inside what was read already."""
        size = self.head.size
        if first == size:
            self._extent_unknown = False
        elif self._extent_unknown or first > size:
            if not self._extent_unknown:
                self._broken("gap", f"records {size} to {first - 1} are missing", name, record=size)
            self._lose_root(min(size, first))
            self.head.skip(first)
            self._extent_unknown = False
        else:
            self._broken("overlap", f"begins at index {first}, but the log has {size} records before it", name)
            return False
        return True

    def _judge(self, name: str, segment: Segment) -> None:
        self._read_lines(name, segment)
        if segment.first == 0:
            self._judge_genesis(name, segment)
        was_rooted = self.head.is_rooted
        judged = self.head.judge(segment)
        for fault in judged.faults:
            if fault.code != "root":
                self._broken(fault.code, fault.what, name)
        faults = {fault.code for fault in judged.faults}
        if was_rooted:
            self._watch_root(judged.leaves)
        self.head.advance(segment, judged)
        self._judge_extent(segment, faults)
        if was_rooted:
            if self._is_whole:
                self._tiles += self._edge.extend(judged.leaves, judged.tree.tops)
            self._judge_root(name, segment, faults)
        else:
            self.unrooted += 1

    def _watch_root(self, leaves: Sequence[bytes]) -> None:
        """Take down the root at the size that is watched, when these leaves lead to it."""
        size = self.head.size
        if self._watch is not None and size < self._watch <= size + len(leaves):
            tree = self.head.tree.copy()
            tree.extend(leaves[: self._watch - size])
            self.watched_root = tree.root()

    def _judge_extent(self, segment: Segment, faults: AbstractSet[str]) -> None:
        """Where the log goes on after lines came or went: a signed size says so, otherwise the next name does."""
        if "size" not in faults:
            return
        if "signature" in faults:
            self._extent_unknown = True
        else:
            self.head.skip(segment.checkpoint.size)

    def _judge_root(self, name: str, segment: Segment, faults: AbstractSet[str]) -> None:
        if "root" not in faults:
            self._unproved = None
            self._root_reported = False
            self._proved_tiles += self._tiles
            self._tiles.clear()
            return
        del self._tiles[MAX_DOUBTFUL:]  # after damage no root may ever fit again
        self._lose_root(segment.first)
        if self._root_reported:
            self.unrooted += 1
        elif not faults & {"signature", "size"}:  # an unsigned root proves nothing; a wrong size has been said
            since = segment.first if self._unproved is None else self._unproved
            text = f"records {since} to {segment.size - 1} are not those the checkpoint was signed for"
            self._broken("root", text, name, record=since if since == segment.size - 1 else None)
            self._root_reported = True

    def _read_lines(self, name: str, segment: Segment) -> None:
        """Prove every line; report each that is no record or has the wrong index."""
        for place, line in enumerate(segment.lines, start=segment.first):
            try:
                index, moment = self._shapes.match(line) or self._read(name, line)
            except RecordInvalid as error:
                self._bad_line(name, segment, place, f"not a record: {error}")
                continue
            if index != place:
                self._bad_line(name, segment, place, f"says it is record {index}")
            if moment != self.last_recorded:
                self._read_clock(name, index, moment)

    def _read(self, name: str, line: bytes) -> tuple[int, datetime]:
        record = Record.parse(line)
        self._shapes.learn(record)
        if record.get("attachments"):
            self._on_attachments(name, record)
        return record.index, record.recorded_at

    def _read_clock(self, name: str, index: int, moment: datetime) -> None:
        self.first_recorded = self.first_recorded or moment
        if self.last_recorded and moment < self.last_recorded - CLOCK_TOLERANCE:
            text = "recorded more than a minute before the record in front of it: a clock was wrong"
            self.findings.add(Finding(severity="warning", code="clock", what=text, blob=name, record=index))
        self.last_recorded = moment

    def _judge_genesis(self, name: str, segment: Segment) -> None:
        try:
            record = Record.trust(segment.lines[0])
            key = introduced(record)
        except RecordInvalid as error:
            self._broken("genesis", f"the log does not begin with a key record: {error}", name, record=0)
            return
        if not self.head.trusts(key):
            self._broken("genesis", "the log begins with another key than the one it is verified with", name, record=0)
        if record.get("shard") != self._shard:
            self._broken("genesis", "the key record is another shard's", name, record=0)

    def _lose_root(self, first: int) -> None:
        if self._unproved is None:
            self._unproved = first

    def _bad_line(self, name: str, segment: Segment, index: int, what: str) -> None:
        before = segment.lines[: index - segment.first]
        offset = sum(map(len, before)) + len(before)
        self._broken("record", what, name, record=index, line=len(before) + 1, offset=offset)

    def _broken(
        self,
        code: Code,
        what: str,
        blob: str,
        *,
        record: int | None = None,
        line: int | None = None,
        offset: int | None = None,
    ) -> None:
        self.findings.add(
            Finding(severity="broken", code=code, what=what, blob=blob, record=record, line=line, offset=offset)
        )
