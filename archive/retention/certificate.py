"""Knows the records that certify a disposal: which records of the log are gone, by which plan; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .. import names
from ..record import MAX_INTEGER, Draft, Json, Record
from .holds import Act
from .judge import DISPOSAL_KIND
from .plan import Heading, Total
from .ranges import Range, Ranges

RANGES_IN_RECORD = 500
"""At most 36 bytes each, so that a record has room for them and for all else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What was disposed of: by which plan, and that plan as it is kept in the archive."""

    heading: Heading
    total: Total
    ranges: Ranges
    plan_sha256: str
    plan_pieces: Sequence[dict[str, Json]]
    """References to the attachments that hold the plan's bytes, in their order."""
    placed_since: Sequence[str]
    """Matters that were placed after the plan was made, and so could not be considered in it."""

    def drafts(self, act: Act) -> list[Draft]:
        """The records: one, or several when there are more ranges than a record has room for."""
        ranges = list(self.ranges)
        parts = [ranges[at : at + RANGES_IN_RECORD] for at in range(0, len(ranges), RANGES_IN_RECORD)] or [[]]
        return [self._draft(act, number, len(parts), part) for number, part in enumerate(parts, start=1)]

    def _draft(self, act: Act, number: int, count: int, ranges: list[Range]) -> Draft:
        checkpoint = self.heading.checkpoint
        whole: dict[str, Json] = {
            "attachments": self.plan_pieces,
            "at": self.heading.at.isoformat(),
            "root": checkpoint.root.hex(),
            "size": checkpoint.size,
            "placed_since": self.placed_since,
            "disposed": {
                "segments": self.total.segments,
                "records": self.total.records,
                "bundles": self.total.bundles,
                "attachments": self.total.attachments,
                "keys": self.total.keys,
            },
        }
        fields: dict[str, Json] = {
            **act.as_json(),
            **(whole if number == 1 else {}),
            "plan": self.plan_sha256,
            "part": number,
            "parts": count,
            "ranges": ranges,
        }
        return Draft(kind=DISPOSAL_KIND, id=f"disposal:{self.plan_sha256}:{number}", fields=fields)


def ranges_in(record: Record) -> Iterable[Range]:
    """The stretches of the log this record certifies as gone: those before it; anything else certifies nothing."""
    listed = record.get("ranges") if record.kind == DISPOSAL_KIND else None
    for pair in listed if isinstance(listed, list) else ():
        numbers = [one for one in pair if type(one) is int] if isinstance(pair, list) else []
        if len(numbers) == 2 and 0 < numbers[0] < numbers[1] <= min(record.index, MAX_INTEGER):
            yield numbers[0], numbers[1]


def pieces_in(record: Record) -> list[str]:
    """The blobs with the plan that this record was made by, in their order; what names no attachment is left out."""
    listed = record.get("attachments") if record.kind == DISPOSAL_KIND else None
    return [blob for one in listed if (blob := _blob(one))] if isinstance(listed, list) else []


def _blob(reference: Json) -> str | None:
    blob = reference.get("blob") if isinstance(reference, dict) else None
    return blob if isinstance(blob, str) and names.media_hash(blob) else None
