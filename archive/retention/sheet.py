"""Knows how judged segments become the lines of a plan, neighbours joined; not how they were judged."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..record import Json
from .judge import Because, Reason
from .plan import Blob, Disposable, Gone, Heading, Item, Kept, Total, What, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to become of one segment: disposable when there is no `reason`.

    `record` is the first record that has to be kept, `kept` counts all that have.
    """

    first: int
    end: int
    reason: Reason | None
    record: int | None
    kept: int


@dataclass(slots=True)
class Staying:
    """How much stays for one reason."""

    segments: int = 0
    records: int = 0
    record: int | None = None
    """The first such record."""


class Sheet:
    """Writes a plan, and counts what it says. `staying` explains what stays; it is for people, and part of no plan."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._last: Disposable | Kept | None = None
        self.total = Total(segments=0, records=0, bundles=0, attachments=0, keys=0)
        self.staying: dict[Reason, Staying] = {}

    def heading(self, heading: Heading) -> None:
        """Begin."""
        self._put(heading)

    def segment(self, verdict: Verdict) -> None:
        """The next segment of the log."""
        item = _item(verdict)
        last, self._last = self._last, item
        if last is not None and (joined := _joined(last, item)):
            self._last = joined
        elif last is not None:
            self._put(last)
        if isinstance(item, Kept):
            staying = self.staying.setdefault(item.reason, Staying(record=item.record))
            staying.segments += 1
            staying.records += item.records
        else:
            records = self.total.records + item.end - item.first
            self.total = replace(self.total, segments=self.total.segments + 1, records=records)

    def gone(self, first: int, end: int) -> None:
        """A stretch of the log that an earlier disposal took."""
        self._flush()
        self._put(Gone(first=first, end=end))

    def blob(self, what: What, name: str) -> None:
        """Something beside the log that can go: bundles first, then attachments, then keys, each in order of names."""
        self._flush()
        self._put(Blob(what=what, name=name))
        match what:
            case "bundle":
                self.total = replace(self.total, bundles=self.total.bundles + 1)
            case "attachment":
                self.total = replace(self.total, attachments=self.total.attachments + 1)
            case "key":
                self.total = replace(self.total, keys=self.total.keys + 1)

    def finish(self) -> None:
        """Write the total."""
        self._flush()
        self._put(self.total)

    def as_json(self) -> dict[str, Json]:
        """The total, and what stays with the reasons for it."""
        staying: list[Json] = [
            {
                "because": reason.because,
                "name": reason.name,
                "segments": staying.segments,
                "records": staying.records,
                "first_record": staying.record,
            }
            for reason, staying in self.staying.items()
        ]
        total = self.total
        disposable: dict[str, Json] = {
            "segments": total.segments,
            "records": total.records,
            "bundles": total.bundles,
            "attachments": total.attachments,
            "keys": total.keys,
        }
        return {"disposable": disposable, "staying": staying}

    def _flush(self) -> None:
        if self._last is not None:
            self._put(self._last)
            self._last = None

    def _put(self, item: Item) -> None:
        self._write(encode(item))


def _item(verdict: Verdict) -> Disposable | Kept:
    if verdict.reason is None:
        return Disposable(first=verdict.first, end=verdict.end, segments=1)
    return Kept(
        first=verdict.first,
        end=verdict.end,
        segments=1,
        records=verdict.kept,
        record=verdict.record,
        reason=verdict.reason,
    )


def _joined(last: Disposable | Kept, item: Disposable | Kept) -> Disposable | Kept | None:
    """Both as one line; None when they have different things to say."""
    if isinstance(last, Disposable) and isinstance(item, Disposable):
        return replace(last, end=item.end, segments=last.segments + item.segments)
    if isinstance(last, Kept) and isinstance(item, Kept) and last.reason == item.reason:
        records = last.records + item.records
        return replace(last, end=item.end, segments=last.segments + item.segments, records=records)
    return None


def place(text: str) -> Reason:
    """A segment's place in the log as the reason to keep it."""
    because: Because = "place"
    return Reason(because=because, name=text)
