"""Knows a segment's bytes: record lines, a blank line, one signed checkpoint; not whether they continue a log."""

from dataclasses import dataclass, field
from typing import cast

from .note import Checkpoint, Note, NoteError
from .record import Record

MAX_RECORDS = 4_096
MAX_BYTES = 1 << 20
"""Bytes of record lines, newlines included, in one segment: a bound for readers as much as for writers."""
MAX_SEGMENT = MAX_BYTES + 2_048 + 1


class SegmentError(ValueError):
    """Not the bytes of a segment; `offset` is where reading stopped, `what` the broken rule."""

    def __init__(self, offset: int, what: str) -> None:
        super().__init__(f"byte {offset}: {what}")
        self.offset = offset
        self.what = what


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Records from `first` on, and the checkpoint for the log's size after them."""

    first: int
    lines: tuple[bytes, ...] = field(repr=False)
    note: Note
    checkpoint: Checkpoint
    known: tuple[Record, ...] | None = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> int:
        """The log's size after this segment."""
        return self.first + len(self.lines)

    @property
    def records(self) -> tuple[Record, ...]:
        """The records, read from the lines when first asked for; raises RecordInvalid on a damaged line."""
        if self.known is None:
            object.__setattr__(self, "known", tuple(map(Record.trust, self.lines)))
        return cast("tuple[Record, ...]", self.known)

    def encode(self) -> bytes:
        """The bytes of the blob."""
        return b"\n".join(self.lines) + b"\n\n" + self.note.encode()

    @classmethod
    def parse(cls, first: int, data: bytes) -> "Segment":
        """Take a blob apart without judging records or signature; raises SegmentError."""
        if len(data) > MAX_SEGMENT:
            raise SegmentError(MAX_SEGMENT, f"a segment has at most {MAX_SEGMENT} bytes")
        parts = data.split(b"\n")
        blank = parts.index(b"") if b"" in parts else 0
        if not blank:
            raise SegmentError(0, "no records followed by a blank line")
        lines = tuple(parts[:blank])
        end = sum(map(len, lines)) + blank
        if len(lines) > MAX_RECORDS or end > MAX_BYTES:
            raise SegmentError(end, f"a segment has at most {MAX_RECORDS} records in {MAX_BYTES} bytes")
        try:
            note = Note.parse(data[end + 1 :])
            checkpoint = Checkpoint.parse(note.text)
        except NoteError as error:
            raise SegmentError(end + 1, str(error)) from error
        return cls(first=first, lines=lines, note=note, checkpoint=checkpoint)
