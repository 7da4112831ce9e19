"""Knows how to compare what closed hours left beside a log (bundles, anchors, time stamps) with its records.

The records are judged elsewhere. What is compared here is derived from them: missing is a notice, wrong is damage, and
what was made of more records than there are shows that the log's newest part is missing.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from . import names
from .anchor import read_note
from .audit import Audit
from .bundle import BundleError, Check, Claim
from .errors import NotFound
from .head import Head
from .hour import Hour
from .names import Shard
from .note import Checkpoint, Note, NoteError
from .report import Code, Findings
from .stamp import StampError, Stamps
from .store.port import ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The checkpoint that a blob holds."""

    name: str
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return Checkpoint.parse(self.note.text)


@dataclass(slots=True, kw_only=True)
class Queue:
    """The blobs of one kind in the order of their hours, read one at a time."""

    code: Code
    read: Callable[[bytes], Note]
    names: deque[str] = field(default_factory=deque[str])
    next: Said | None = None


class Closed:
    """Checks bundles and anchors as the log they belong to goes by. `survey` comes before the log is listed."""

    def __init__(self, store: ObjectStore, shard: Shard, findings: Findings, stamps: Stamps) -> None:
        self._store = store
        self._shard = shard
        self._findings = findings
        self._stamps = stamps
        self._queues = (Queue(code="bundle", read=_claimed), Queue(code="anchor", read=read_note))
        self.bundles = self.anchors = self.stamped = 0
        """How many were found to be as they should be."""
        self.stamped_at: datetime | None = None

    async def survey(self) -> None:
        """List what there is."""
        bundles, anchors = self._queues
        hours: list[Hour] = []
        async for name in self._store.list(names.bundles(self._shard)):
            if self._hour(name, names.manifest):
                bundles.names.append(name)
            elif not self._hour(name, names.bundle):
                self._findings.note("stray", "not the name of a bundle or its manifest", name)
        async for name in self._store.list(names.anchors(self._shard)):
            if hour := self._hour(name, names.anchor):
                anchors.names.append(name)
                hours.append(hour)
            elif not self._hour(name, names.stamp):
                self._findings.note("stray", "not the name of an anchor or its stamp", name)
        self._note_pauses(hours)

    async def check(self, audit: Audit) -> None:
        """Compare what was made of the records that have gone by now; call it after every segment."""
        for queue in self._queues:
            while (said := await self._next(queue)) and said.checkpoint.size <= audit.head.size:
                await self._judge(queue, said, audit.head)
                queue.next = None

    async def next_end(self) -> int | None:
        """The size of the log that has to be compared next."""
        ahead = [await self._next(queue) for queue in self._queues]
        return min((said.checkpoint.size for said in ahead if said), default=None)

    async def finish(self, size: int) -> None:
        """Report what was made of more records than the log has."""
        for queue in self._queues:
            while said := await self._next(queue):
                if said.checkpoint.size > size:
                    made = f"was made of {said.checkpoint.size} records, but the log has {size}"
                    text = f"{made}: its newest part is missing"
                else:
                    text = "was made of fewer records than one before it"
                self._findings.fault(queue.code, text, said.name)
                queue.next = None

    async def _next(self, queue: Queue) -> Said | None:
        while queue.next is None and queue.names:
            name = queue.names.popleft()
            try:
                queue.next = Said(name=name, note=queue.read(await self._store.read(name)))
            except (BundleError, NoteError) as error:
                self._findings.fault(queue.code, str(error), name)
        return queue.next

    async def _judge(self, queue: Queue, said: Said, head: Head) -> None:
        key, checkpoint = head.keys.get(said.note.key_hash), said.checkpoint
        if key is None or not said.note.is_signed_by(key) or checkpoint.origin != key.name:
            self._findings.fault(queue.code, "is not signed by a key that this log trusts", said.name)
        elif checkpoint.size != head.size:
            self._findings.fault(queue.code, f"ends at record {checkpoint.size}, where no segment ends", said.name)
        elif head.is_rooted and checkpoint.root != head.tree.root():
            self._findings.fault(queue.code, "was made of other records than these", said.name)
        elif queue.code == "bundle":
            await self._check_bundle(said.name)
        else:
            await self._check_anchor(said.name)

    async def _check_bundle(self, manifest: str) -> None:
        bundle = manifest.removesuffix(".manifest.json") + ".jsonl.gz"
        try:
            check = Check(await self._store.read(manifest))
            async for piece in self._store.stream(bundle):
                for _ in check.feed(piece):
                    pass
            check.finish()
        except NotFound:
            self._findings.note("bundle", "is missing, which proves nothing: its records are in the segments", bundle)
        except BundleError as error:
            self._findings.fault("bundle", str(error), bundle)
        else:
            self.bundles += 1

    async def _check_anchor(self, name: str) -> None:
        self.anchors += 1
        stamp = name.removesuffix(".json") + ".tsr"
        try:
            response = await self._store.read(stamp)
        except NotFound:
            return
        try:
            self.stamped_at = self._stamps.check(response, await self._store.read(name))
            self.stamped += 1
        except StampError as error:
            self._findings.fault("stamp", str(error), stamp)

    def _hour(self, name: str, of: Callable[[Shard, Hour], str]) -> Hour | None:
        """The hour for which this is the name; None when it is not."""
        parts = name.removeprefix(f"log/{self._shard}/").partition("/")[2].partition(".")[0].split("/")
        hour = Hour.parse("-".join(parts[:3]) + "T" + "".join(parts[3:]))
        return hour if hour and of(self._shard, hour) == name else None

    def _note_pauses(self, hours: Iterable[Hour]) -> None:
        before: Hour | None = None
        for hour in hours:
            if before and hour.previous != before:
                text = f"the log was not closed between {before} and {hour}: no writer ran, or its anchors are gone"
                self._findings.note("anchor", text, names.anchor(self._shard, hour))
            before = hour


def _claimed(data: bytes) -> Note:
    return Claim.parse(data).note
