"""Knows how to make a log with a past: records of several classes, people and days; and how to plan its disposal."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive import Draft, Json, Log, Record
from archive.names import first_index, shard
from archive.retention.classes import Classes
from archive.retention.holds import Act, placed
from archive.retention.plan import Blob, Disposable, Gone, Item, Kept, parse
from archive.retention.planning import Question, make
from archive.retention.scope import Scope
from archive.retention.sheet import Sheet
from archive.segment import Segment
from archive.store import MemoryStore
from tests.archive.builders import SHARD, START, open_log

Blobs = dict[str, bytes]
CLASSES = Classes.parse("standard=100d,short=10d")
ACT = Act(by="Ruth Meier", reason="subpoena", at=START)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was recorded together on one day: the fields of each record, and the bytes of what it attaches."""

    day: int
    records: Sequence[dict[str, Json]]
    attached: Sequence[bytes | None] = ()


@dataclass(slots=True)
class Calendar:
    """A clock that stands where it is set."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True, kw_only=True)
class Made:
    """A plan, taken apart."""

    data: bytes
    sheet: Sheet
    items: list[Item] = field(default_factory=list[Item])

    @property
    def disposable(self) -> set[int]:
        """The indices of the records whose segments can be deleted."""
        found = [item for item in self.items if isinstance(item, Disposable)]
        return {index for item in found for index in range(item.first, item.end)}

    @property
    def gone(self) -> set[int]:
        """The indices of the records that an earlier disposal took."""
        return {index for item in self.items if isinstance(item, Gone) for index in range(item.first, item.end)}

    @property
    def kept(self) -> list[Kept]:
        """What stays, and why."""
        return [item for item in self.items if isinstance(item, Kept)]

    def names(self, what: str) -> set[str]:
        """What can go beside the log."""
        return {item.name for item in self.items if isinstance(item, Blob) and item.what == what}

    def execute(self, blobs: Blobs) -> None:
        """Delete what it lists, as a person would."""
        gone = self.disposable
        for name in list(blobs):
            first = first_index(name) if name.startswith("log/main/seg/") else None
            if first in gone or name in self.names("bundle") | self.names("attachment"):
                del blobs[name]


async def lived(blobs: Blobs, past: Sequence[Past], *, until: int = 200, fill: int = 300) -> None:
    """Write a log with this past, and as many records on the day `until` that tiles stand over all that was before."""
    calendar = Calendar()
    log = await open_log(MemoryStore(blobs), clock=calendar)
    for at, day in enumerate(past):
        calendar.now = START + timedelta(days=day.day)
        await log.append_all([await _draft(log, at, number, day) for number in range(len(day.records))])
    calendar.now = START + timedelta(days=until)
    await log.append_all([Draft(kind="note", id=f"fill-{number}", fields={}) for number in range(fill)])
    await log.close()


async def _draft(log: Log, at: int, number: int, day: Past) -> Draft:
    fields: dict[str, Json] = {**day.records[number]}
    attached = day.attached[number] if number < len(day.attached) else None
    if attached is not None:
        fields["attachments"] = [(await log.attach(attached, "text/plain")).reference()]
    return Draft(kind="message", id=f"m-{at}-{number}", fields=fields)


async def hold(blobs: Blobs, matter: str, scope: Scope, *, day: int = 200) -> None:
    """Place a hold."""
    log = await open_log(MemoryStore(blobs), clock=Calendar(START + timedelta(days=day)))
    await log.append(placed(matter, scope, ACT))
    await log.close()


async def plan(blobs: Blobs, *, day: int = 200, classes: Classes = CLASSES) -> Made:
    """The plan for a day."""
    out = io.BytesIO()
    question = Question(shard=shard(SHARD), classes=classes, at=START + timedelta(days=day))
    sheet = await make(MemoryStore(blobs), question, out.write)
    return Made(data=out.getvalue(), sheet=sheet, items=[parse(line) for line in out.getvalue().splitlines()])


def records(blobs: Blobs) -> list[Record]:
    """Every record that is stored, in order."""
    return [record for segment in segments(blobs) for record in segment.records]


def segments(blobs: Blobs) -> list[Segment]:
    """Every segment that is stored, in order."""
    found = [(first_index(name), data) for name, data in sorted(blobs.items()) if name.startswith("log/main/seg/")]
    return [Segment.parse(first, data) for first, data in found if first is not None]
