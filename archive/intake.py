"""Knows what waits to be sealed, in which order and how much may wait; not how it is sealed."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from .errors import ArchiveError, LogBusy, LogClosed
from .record import Record, Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A record that is in the log for good, in the blob `segment`.

    `existed`: a record with this id was there already; `record` is that original, and nothing was written.
    """

    record: Record
    segment: str
    existed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyThere:
    """The answer to a draft whose id the log knows: its caller fetches the original from the segment at `first`."""

    first: int


Outcome = Committed | AlreadyThere


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waiting:
    """A checked draft and the promise its caller waits for."""

    template: Template
    answer: asyncio.Future[Outcome] = field(repr=False)

    def resolve(self, outcome: Outcome) -> None:
        """Answer the caller, unless it has given up."""
        if not self.answer.done():
            self.answer.set_result(outcome)

    def fail(self, error: ArchiveError) -> None:
        """Tell the caller what went wrong, unless it has given up."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Intake:
    """First in, first out; bounded in number and in bytes. Beyond the bound `put` refuses: overload is not hidden."""

    def __init__(self, *, records: int, size: int) -> None:
        self._free_records = records
        self._free_bytes = size
        self._waiting: deque[Waiting] = deque()
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, templates: Sequence[Template]) -> list[asyncio.Future[Outcome]]:
        """Queue these next to each other. Raises LogBusy (all or none are queued) or LogClosed."""
        size = sum(template.room for template in templates)
        if self._closed:
            raise LogClosed("the log has been closed")
        if len(templates) > self._free_records or size > self._free_bytes:
            raise LogBusy("too many records are waiting already")
        self._free_records -= len(templates)
        self._free_bytes -= size
        loop = asyncio.get_running_loop()
        entries = [Waiting(template=template, answer=loop.create_future()) for template in templates]
        self._waiting.extend(entries)
        self._changed.set()
        return [entry.answer for entry in entries]

    async def ready(self) -> bool:
        """Wait until something is queued; False once the intake is closed and empty."""
        while not self._waiting:
            if self._closed:
                return False
            self._changed.clear()
            await self._changed.wait()
        return True

    def take(self, *, records: int, size: int) -> list[Waiting]:
        """The longest run from the front within these bounds, without those whose callers have given up."""
        batch: list[Waiting] = []
        while self._waiting and len(batch) < records:
            room = self._waiting[0].template.room + 1
            if room > size and batch:
                break
            entry = self._waiting.popleft()
            self._free_records += 1
            self._free_bytes += entry.template.room
            if not entry.answer.cancelled():
                batch.append(entry)
                size -= room
        return batch

    def fail(self, error: ArchiveError) -> None:
        """Tell everyone who still waits."""
        while self._waiting:
            self._waiting.popleft().fail(error)

    def close(self) -> None:
        """Take nothing more in; what waits can still be taken out."""
        self._closed = True
        self._changed.set()
