"""Knows the end of one log as this process has seen it: head, newest checkpoint, recent ids; it reads no store."""

from collections.abc import Callable, Sequence

from . import names
from .errors import IntegrityError, RecordInvalid
from .head import Head, Judged, introduced
from .note import Checkpoint, VerifierKey
from .segment import Segment, SegmentError
from .tile import Edge, Tile
from .window import Window


class Tail:
    """Grows by segments that have been verified, whoever wrote them, and tells the listeners of each."""

    def __init__(self, *, known_ids: int, head: Head | None = None, edge: Edge | None = None) -> None:
        """A log from its beginning, or from where `head` and the unfinished tiles `edge` stand."""
        self.head = head or Head()
        self._edge = edge or Edge()
        self.checkpoint: Checkpoint | None = None
        self.listeners: list[Callable[[Segment], None]] = []
        self._known = Window(known_ids)

    @property
    def size(self) -> int:
        """How many records the log has, as far as this process knows."""
        return self.head.size

    def find(self, identity: str) -> int | None:
        """The first index of the segment that holds this id; None when it is not among the known ids."""
        return self._known.find(identity)

    def accept(self, name: str, data: bytes) -> tuple[Segment, list[Tile]]:
        """Take in a blob found in the store, and tell what it finished; IntegrityError unless it continues the log."""
        segment = parsed(name, data)
        head = self.head if self.size else Head([_genesis_key(name, segment)])
        judged = head.judge(segment)
        if judged.faults:
            raise IntegrityError(name, judged.faults[0].what)
        self.head = head
        return segment, self.adopt(segment, judged)

    def cross(self, leaves: Sequence[bytes]) -> list[Tile]:
        """Go on over records that are gone, by their leaf hashes; the next segment's root says whether it is these."""
        return self._edge.extend(leaves, self.head.cross(leaves))

    def adopt(self, segment: Segment, judged: Judged) -> list[Tile]:
        """Take in a segment that continues the log, accepted or just written by us; the tiles it finished."""
        self.head.advance(segment, judged)
        self.checkpoint = segment.checkpoint
        for record in segment.records:
            self._known.add(record.id, segment.first)
        for listener in self.listeners:
            listener(segment)
        return self._edge.extend(judged.leaves, judged.tree.tops)


def parsed(name: str, data: bytes) -> Segment:
    """The segment in a blob of this name, records and all; raises IntegrityError."""
    first = names.first_index(name)
    if first is None:
        raise IntegrityError(name, "is not the name of a segment")
    try:
        segment = Segment.parse(first, data)
        _ = segment.records  # read here, so that a damaged line is named here
    except (SegmentError, RecordInvalid) as error:
        raise IntegrityError(name, str(error)) from error
    return segment


def _genesis_key(name: str, segment: Segment) -> VerifierKey:
    try:
        return introduced(segment.records[0])
    except RecordInvalid as error:
        raise IntegrityError(name, "the log does not begin with a key record") from error
