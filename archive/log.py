"""Knows what callers may ask of a log: open it, append, attach, watch; the sequencer knows how segments get written."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from . import attachment, names
from .attachment import Attachment
from .errors import IntegrityError, KeyUnknown, RecordInvalid
from .head import key_draft
from .intake import AlreadyThere, Committed, Intake, Outcome
from .note import Checkpoint, Signer, VerifierKey
from .opening import open_tail
from .record import KEY_KIND, Draft, Json, Template, check_header, template
from .segment import Segment
from .sequencer import Clock, Identity, Limits, Sequencer
from .store.port import ObjectStore
from .tail import Tail, parsed
from .tiling import Tiler


class Log:
    """An append-only log of records in a store. Made by `open`, ended by `close`; belongs to one event loop."""

    def __init__(
        self,
        store: ObjectStore,
        tail: Tail,
        intake: Intake,
        tiler: Tiler,
        *,
        identity: Identity,
        writer: str,
        sequencer: Sequencer,
        clock: Clock,
    ) -> None:
        self._store = store
        self._tail = tail
        self._intake = intake
        self._identity = identity
        self._writer = writer
        self._tiler = tiler
        self._clock = clock
        # the tasks that outlive their caller: close() ends them, and a caller that gives up must not end a commit
        self._sequencing = asyncio.create_task(sequencer.run(), name="archive sequencer")  # noqa: TID251
        self._tiling = asyncio.create_task(tiler.run(), name="archive tiles")  # noqa: TID251

    @classmethod
    async def open(
        cls,
        store: ObjectStore,
        *,
        shard: str,
        origin: str,
        signer: Signer,
        writer: str,
        clock: Clock,
        limits: Limits | None = None,
        chance: Callable[[], float] = random.random,
    ) -> "Log":
        """Read and verify the log in `store`, or begin it with its `key` record; publish the key next to it.

        With its tiles in place, a log is read from the last 20,000 records on (`Limits.reach`), whose root must be the
        signed one and whose ids are known again; otherwise all of it is read, and missing tiles are written. `writer`
        says in every record which process wrote it; `chance` draws from 0 to 1. Raises IntegrityError naming the
        segment that does not continue the log, KeyUnknown when `signer` is not a key of this log, StoreUnavailable;
        RecordInvalid or InvalidName when writer or shard cannot be used.
        """
        check_header(KEY_KIND, "-", writer)
        limits = limits or Limits()
        identity = Identity(shard=names.shard(shard), key=signer.key(origin), signer=signer)
        tail = await open_tail(store, identity.shard, identity.key, known_ids=limits.known_ids, reach=limits.reach)
        if tail.size and not tail.head.trusts(identity.key):
            raise KeyUnknown(f"log {shard} has introduced no such key under the origin {origin}")
        intake = Intake(records=limits.waiting_records, size=limits.waiting_bytes)
        tiler = Tiler(store, identity.shard)
        sequencer = Sequencer(store, tail, intake, tiler, identity=identity, clock=clock, limits=limits, chance=chance)
        log = cls(store, tail, intake, tiler, identity=identity, writer=writer, sequencer=sequencer, clock=clock)
        try:
            await log.introduce(identity.key)
        except BaseException:
            await log.close()
            raise
        return log

    @property
    def size(self) -> int:
        """How many records the log has, as far as this process knows."""
        return self._tail.size

    @property
    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint this process knows: origin, size and root."""
        assert self._tail.checkpoint is not None  # noqa: S101 — an open log has its key record's checkpoint
        return self._tail.checkpoint

    @property
    def key(self) -> VerifierKey:
        """The public key that verifies what this process writes; give it to whoever should be able to check."""
        return self._identity.key

    def knows(self, identity: str) -> bool:
        """Whether a record with this id is among those this process remembers (`Limits.known_ids`)."""
        return self._tail.find(identity) is not None

    async def append(self, draft: Draft) -> Committed:
        """Write one record; durable and part of the signed log on return.

        Idempotent by `draft.id` within the last `Limits.known_ids` ids. Records are numbered in the order of calls.
        Raises RecordInvalid or RecordTooLarge at once (nobody else's record is affected), LogBusy or LogClosed when
        nothing was written, StoreUnavailable when the outcome is unknown: the same call again settles it.
        """
        checked = self.check(draft)
        (answer,) = self._intake.put([checked])
        return await self._committed(checked, await answer)

    async def append_all(self, drafts: Sequence[Draft]) -> list[Committed]:
        """Write records next to each other, as `append` does; they may end up in two segments.

        When one is refused none is written. After StoreUnavailable some may have been: the same call again completes.
        """
        checked = [self.check(draft) for draft in drafts]
        outcomes = await asyncio.gather(*self._intake.put(checked))
        return [await self._committed(one, outcome) for one, outcome in zip(checked, outcomes, strict=True)]

    async def introduce(self, key: VerifierKey, fields: Mapping[str, Json] = MappingProxyType({})) -> None:
        """Record that a key may sign from the next segment on, and publish it next to the log; a repeat is safe.

        To change keys, introduce the new one while the old one still signs, then open the log with the new one.
        `fields` go into the record: who introduces it, and why.
        """
        if key.name != self.key.name:
            raise RecordInvalid("vkey", "a log is signed under one origin")
        if not self._tail.head.trusts(key):
            draft = key_draft(key, self._identity.shard)
            draft = replace(draft, fields={**fields, **draft.fields})
            (answer,) = self._intake.put([template(draft, writer=self._writer)])
            await answer
        await self._store.create(names.key(self._identity.shard, key.hash), f"{key}\n".encode())

    async def attach(self, data: bytes, media_type: str) -> Attachment:
        """Store an attachment under its hash and the month; durable on return, and the same bytes again succeed."""
        return await attachment.attach(self._store, data, media_type, at=self._clock())

    async def attach_stream(self, chunks: AsyncIterator[bytes], media_type: str) -> Attachment:
        """Store an attachment from a stream, hashed on the way through a temporary file."""
        return await attachment.attach_stream(self._store, chunks, media_type, at=self._clock())

    def subscribe(self, callback: Callable[[Segment], None]) -> Callable[[], None]:
        """Call back with every segment that joins the log from now on, whoever wrote it, in order.

        Returns what ends it. Called from the event loop soon after the commit: an error in a callback goes to the
        loop's exception handler and touches no record.
        """

        def listener(segment: Segment) -> None:
            asyncio.get_running_loop().call_soon(callback, segment)

        self._tail.listeners.append(listener)
        return lambda: self._tail.listeners.remove(listener)

    async def close(self) -> None:
        """Take nothing more in, commit what waits (or tell its callers), then end; the store stays open."""
        self._intake.close()
        await _ended(self._sequencing)
        self._tiler.close()
        await _ended(self._tiling)

    def check(self, draft: Draft) -> Template:
        """The draft as `append` would write it, all but place and time; raises what `append` would refuse it with."""
        if draft.kind == KEY_KIND:
            raise RecordInvalid("kind", "key records are written by the log itself")
        return template(draft, writer=self._writer)

    async def _committed(self, checked: Template, outcome: Outcome) -> Committed:
        return await self._original(outcome, checked.id) if isinstance(outcome, AlreadyThere) else outcome

    async def _original(self, there: AlreadyThere, identity: str) -> Committed:
        name = names.segment(self._identity.shard, there.first)
        segment = parsed(name, await self._store.read(name))
        for record in segment.records:
            if record.id == identity:
                return Committed(record=record, segment=name, existed=True)
        raise IntegrityError(name, "a record that was there is gone")


async def _ended(task: asyncio.Task[None]) -> None:
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
