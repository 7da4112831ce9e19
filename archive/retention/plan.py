"""Knows what a disposal plan says and how it is spelled, one line at a time; not how it is made or carried out.

A plan is a file of JSON lines in the spelling of records: a heading, every stretch of the log in order, what can be
deleted beside the log, and a total. Same log, same holds, same date: same bytes.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from .. import names
from ..errors import InvalidName
from ..names import Shard
from ..note import Checkpoint, Note, NoteError
from ..record import Json, canonical
from .classes import Classes, ClassesError
from .judge import Because, Reason

FORMAT = 1
MAX_LINE = 1 << 20
What = Literal["bundle", "attachment", "key"]


class PlanError(ValueError):
    """Not a plan; the text says which rule is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a plan was made from."""

    shard: Shard
    at: datetime
    classes: Classes
    matters: tuple[str, ...]
    """The matters that were held."""
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """Where the log stood."""
        return Checkpoint.parse(self.note.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposable:
    """Neighbouring segments that can be deleted: the records from `first` up to `end`."""

    first: int
    end: int
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Neighbouring segments that stay for the same reason. `record` is the first record that has it, where one has.

    `records` counts those in them that have any reason to be kept.
    """

    first: int
    end: int
    segments: int
    records: int
    record: int | None
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Records that an earlier disposal took."""

    first: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Something beside the log that can be deleted: the name of a blob, or of a data key."""

    what: What
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The end of a plan: how much can be deleted. `segments` of these hold `records` records."""

    segments: int
    records: int
    bundles: int
    attachments: int
    keys: int


Item = Heading | Disposable | Kept | Gone | Blob | Total


def encode(item: Item) -> bytes:
    """The line of an item, with its newline."""
    return canonical(_values(item)) + b"\n"


def _values(item: Item) -> dict[str, Json]:
    match item:
        case Heading():
            return {
                "what": "plan",
                "format": FORMAT,
                "shard": item.shard,
                "at": item.at.isoformat(),
                "classes": str(item.classes),
                "matters": item.matters,
                "checkpoint": item.note.encode().decode(),
            }
        case Disposable():
            return {"what": "segments", "first": item.first, "end": item.end, "segments": item.segments}
        case Kept():
            counts: dict[str, Json] = {"segments": item.segments, "records": item.records, "record": item.record}
            reason = {"because": item.reason.because, "name": item.reason.name}
            return {"what": "kept", "first": item.first, "end": item.end, **counts, **reason}
        case Gone():
            return {"what": "gone", "first": item.first, "end": item.end}
        case Blob():
            return {"what": item.what, "name": item.name}
        case Total():
            counts = {"segments": item.segments, "records": item.records, "bundles": item.bundles}
            return {"what": "total", **counts, "attachments": item.attachments, "keys": item.keys}


def parse(line: bytes) -> Item:
    """Read one line without its newline; raises PlanError, also when it is not in its one spelling."""
    try:
        values: object = json.loads(line)
        item = _item(_Members(cast("dict[str, object]", values) if isinstance(values, dict) else {}))
    except (ValueError, InvalidName, RecursionError) as error:
        raise PlanError(f"not a line of a plan: {error}") from error
    if encode(item) != line + b"\n":
        raise PlanError("not a line of a plan in its one spelling")
    return item


class _Members:
    """The members of a line, each with the type it must have."""

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if not isinstance(value, str):
            raise PlanError(f"{name} must be a text")
        return value

    def count(self, name: str) -> int:
        value = self._values.get(name)
        if type(value) is not int or value < 0:
            raise PlanError(f"{name} must be a whole number, not negative")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name)
        return tuple(map(str, cast("list[object]", value))) if isinstance(value, list) else ()

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None


def _item(line: _Members) -> Item:
    what = line.text("what")
    if what == "plan":
        return _heading(line)
    if what == "total":
        counts = {name: line.count(name) for name in ("segments", "records", "bundles", "attachments", "keys")}
        return Total(**counts)
    if what in get_args(What):
        return Blob(what=cast("What", what), name=line.text("name"))
    first, end = line.count("first"), line.count("end")
    if what == "segments":
        return Disposable(first=first, end=end, segments=line.count("segments"))
    if what == "gone":
        return Gone(first=first, end=end)
    if what == "kept" and line.text("because") in get_args(Because):
        reason = Reason(because=cast("Because", line.text("because")), name=line.text("name"))
        record = line.count("record") if line.has("record") else None
        segments, records = line.count("segments"), line.count("records")
        return Kept(first=first, end=end, segments=segments, records=records, record=record, reason=reason)
    raise PlanError("nothing that a plan says")


def _heading(line: _Members) -> Heading:
    try:
        note = Note.parse(line.text("checkpoint").encode())
        Checkpoint.parse(note.text)
        return Heading(
            shard=names.shard(line.text("shard")),
            at=datetime.fromisoformat(line.text("at")),
            classes=Classes.parse(line.text("classes")),
            matters=line.texts("matters"),
            note=note,
        )
    except (NoteError, ClassesError) as error:
        raise PlanError(str(error)) from error


async def read(pieces: AsyncIterable[bytes]) -> AsyncGenerator[Item]:
    """The items of a plan that comes in pieces, one at a time; the end is reached only if the plan is whole.

    Whole is: a heading, stretches that cover the log up to its checkpoint without a gap, names in order, and a total
    that counts them. Raises PlanError.
    """
    check, rest = _Check(), b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield check.passed(parse(line))
        if len(rest) > MAX_LINE:
            raise PlanError(f"a line has at most {MAX_LINE} bytes")
    if rest or not check.is_done:
        raise PlanError("the plan is cut off")


class _Check:
    """Sees to it that the items of a plan come in order and add up."""

    def __init__(self) -> None:
        self._size: int | None = None
        self._next = 0
        self._names: tuple[int, str] = (-1, "")
        self._counts = dict.fromkeys(("segments", "records", "bundle", "attachment", "key"), 0)
        self.is_done = False

    def passed(self, item: Item) -> Item:
        """The item itself, when it may come now; raises PlanError."""
        if self.is_done or isinstance(item, Heading) != (self._size is None):
            raise PlanError("a plan has one heading and one total, around all else")
        match item:
            case Heading():
                self._size = item.checkpoint.size
            case Disposable() | Kept() | Gone():
                self._stretch(item)
            case Blob():
                self._blob(item)
            case Total():
                self._total(item)
        return item

    def _stretch(self, item: Disposable | Kept | Gone) -> None:
        if item.first != self._next or item.end <= item.first or self._names[0] >= 0:
            raise PlanError(f"the stretches of the log are not in a row at record {self._next}")
        self._next = item.end
        if isinstance(item, Disposable):
            self._counts["segments"] += item.segments
            self._counts["records"] += item.end - item.first

    def _blob(self, item: Blob) -> None:
        place = get_args(What).index(item.what), item.name
        if place <= self._names:
            raise PlanError("names are not in order")
        self._names = place
        self._counts[item.what] += 1

    def _total(self, item: Total) -> None:
        counts = (item.segments, item.records, item.bundles, item.attachments, item.keys)
        if counts != tuple(self._counts.values()) or self._next != self._size:
            raise PlanError("the total is not that of the lines before it")
        self.is_done = True
