"""One random schedule: the real relay, store and archive log among simulated peers, faults and crashes.

Everything that is left to chance comes from one seed. Knows what is done to the relay; `invariants` judges it.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive import Committed, Draft, Log, ObjectStore, Record, Signer
from archive import StoreUnavailable as ArchiveAway
from archive.reading import records
from archive.store import MemoryStore
from bot.commands import Commands
from bridge.book import Book
from bridge.catalogue import Catalogue
from bridge.core import Bridge, Timing
from bridge.errors import ArchiveUnavailable, OutcomeUnknown, PeerUnavailable, StoreUnavailable
from bridge.firm.rulebook import Rulebook
from bridge.journal import Journal
from bridge.leavers import Gone
from bridge.manners import Manners
from bridge.model import ActivityId, Arrival, Delivery, Event, Item, MessageId, StaffMessage, Wamid
from bridge.outage import Outage
from bridge.ports import Phone, Threads
from bridge.registry import Registry
from bridge.retry import Persistence
from bridge.store import Store, StoredChange
from bridge.tools import Rooms, Tools
from bridge.whatsapp import webhook as meta
from tests.builders import (
    APPROVED,
    CHANNEL,
    LINE,
    LINKED,
    MARC,
    NOON,
    OFFICE,
    OLIVIA,
    RUTH,
    STAFFED,
    TENANT,
    change,
    encode,
    sighting,
    text_item,
    webhook,
)

from .loop import SimulatedLoop
from .peers import Teams, WhatsApp

NUMBERS = ("447700900001", "447700900002")
MESSAGES = 4
"""In each direction of each conversation."""

TROUBLES = timedelta(minutes=2)
"""How long things go wrong; after that the peers are well, and everything has to come to an end."""

PATIENCE = timedelta(hours=2)

Bug = Literal["send before record", "ack before commit", "no dedup"]
"""The old-fashioned ones, which the suite has to find."""

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
SHARD = "main"


async def prepare(path: Path) -> None:
    """A store that knows two approved contacts and Marc; every schedule starts with a copy."""
    async with Store.connect(f"sqlite:///{path}") as store:
        second = change("contact.approve", "C-1002", RUTH.staff, values=(("name", "Ben Holt"),))
        changes = (*STAFFED, LINKED, sighting(), APPROVED, sighting(2), second)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(store.run())
            await store.add_changes(
                [
                    StoredChange(revision=number, record=f"given-{number}", position=0, change=each)
                    for number, each in enumerate(changes, 1)
                ]
            )
            running.cancel()


@dataclass
class World:
    """A schedule under way, and what is left when it has ended."""

    seed: int
    folder: Path
    bug: Bug | None = None
    blobs: MemoryStore = field(default_factory=MemoryStore)
    bridge: Bridge | None = None
    said: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What contacts wrote, by their number."""
    written: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What staff wrote to them."""
    keys: set[str] = field(default_factory=set[str])
    """Of everything that was acknowledged."""
    wrong: list[str] = field(default_factory=list[str])
    """What was seen to be wrong while it happened."""
    crashes: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - a schedule, not a secret
        self.loop = SimulatedLoop(self.random)
        self.loop.disk = self._disk
        self.calm = False
        self.wobble = self.random.choice((0.0, 0.02, 0.1, 0.25))
        self.teams = Teams(self._crossed)
        self.whatsapp = WhatsApp(self._crossed, self._accepted)
        self.url = f"sqlite:///{self.folder / 'store.db'}"
        self._numbers = 0

    def run(self, template: Path) -> None:
        """From an empty archive until everything has come to an end."""
        shutil.copy(template, self.folder / "store.db")
        try:
            self.loop.run_until_complete(self._run())
        finally:
            self.loop.close()

    def now(self) -> datetime:
        """The simulated time."""
        return NOON + timedelta(seconds=self.loop.time())

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as everybody:
            self._everybody = everybody
            living = everybody.create_task(self._lives())
            self.loop.call_later(TROUBLES.total_seconds(), self._calm_down)
            async with asyncio.timeout(PATIENCE.total_seconds()):
                async with asyncio.TaskGroup() as senders:
                    for number in NUMBERS:
                        senders.create_task(self._contact(number))
                        senders.create_task(self._staff(number))
                while not (self.calm and await self._is_done()):  # noqa: ASYNC110 - simulated time costs nothing
                    await asyncio.sleep(30)
            living.cancel()

    def _calm_down(self) -> None:
        self.calm = True

    async def _is_done(self) -> bool:
        bridge = self.bridge
        if bridge is None or bridge.lanes.waiting:
            return False
        return not self._undelivered and not await bridge.tools.store.waiting(0, 1)

    # --- the life of the service -------------------------------------------------------------------------------------

    async def _lives(self) -> None:
        """Live, be killed at a random moment, and live again; the last life is not ended."""
        moments = sorted(
            self.random.uniform(0, TROUBLES.total_seconds()) for _ in range(self.random.choice((0, 1, 2, 5)))
        )
        for moment in [*moments, None]:
            life = self._everybody.create_task(self._live())
            if moment is None:
                await life
                return
            await asyncio.wait((life,), timeout=max(0.0, moment - self.loop.time()))
            await self._kill(life)

    async def _kill(self, life: asyncio.Task[None]) -> None:
        """From this moment on nothing that it does has an effect; then its tasks are cleared away."""
        self.bridge = None
        self.loop.life += 1
        self.crashes += 1
        life.cancel()
        await asyncio.wait((life,))

    async def _live(self) -> None:
        persistence = Persistence(random=self.random, sleep=asyncio.sleep)
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(Store.connect(self.url))
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            tasks.create_task(store.run())
            objects = cast("ObjectStore", self._port(self.blobs, before=ArchiveAway, after=ArchiveAway))
            log = await persistence.until_done(partial(self._log, objects))
            stack.push_async_callback(log.close)
            lanes = await stack.enter_async_context(asyncio.TaskGroup())  # which end before the log does
            bridge = Bridge(
                self._tools(store, Hasty(log, self) if self.bug == "send before record" else Journal(log)),
                lanes,
                persistence,
                interpreters={"whatsapp": meta.interpret, "teams": understood},
                sleep=asyncio.sleep,
                on_defect=lambda error: self.wrong.append(f"defect: {error!r}"),
                timing=Timing(
                    remind=timedelta(hours=1), patience=timedelta(hours=1), directory=timedelta(0), reports=False
                ),
                directory=Nobody(),
                since=nothing,
            )
            await persistence.until_done(lambda: bridge.load(partial(_registry_records, objects)))
            self.bridge = bridge
            await bridge.run()

    async def _log(self, objects: ObjectStore) -> Log:
        try:
            return await Log.open(
                objects,
                shard=SHARD,
                origin="example.org/simulation/main",
                signer=SIGNER,
                writer=f"life-{self.loop.life}",
                clock=self.now,
                chance=self.random.random,
            )
        except ArchiveAway as error:
            raise ArchiveUnavailable(str(error)) from error

    def _tools(self, store: Store, journal: Journal) -> Tools:
        rooms = Rooms(
            admin_channel=OFFICE.conversation, default_service_url="https://smba.example/emea/", tenant=TENANT
        )
        threads = cast("Threads", self._port(self.teams, before=_teams_away, after=_teams_silent))
        catalogue = Catalogue()
        return Tools(
            store=store,
            journal=journal,
            book=Book(Registry(owners=frozenset({OLIVIA.staff})), store, journal, self.now),
            threads=threads,
            phone=cast("Phone", self._port(self.whatsapp, before=_whatsapp_away, after=_whatsapp_silent)),
            clerk=Commands(threads=threads, line=LINE, catalogue=catalogue, rulebook=Rulebook()),
            rooms=rooms,
            outage=Outage(store, threads, self.now, office=lambda: rooms.admin),
            catalogue=catalogue,
            manners=Manners(tells_of_recording=False, names_writer=False, marks_read=False),
            clock=self.now,
            line=LINE,
            undo=timedelta(seconds=self.random.choice((0, 5))),
            chance=self.random.random,
            settle_within=timedelta(seconds=60),
        )

    # --- what goes wrong ---------------------------------------------------------------------------------------------

    def _is_unlucky(self) -> bool:
        return not self.calm and self.random.random() < self.wobble

    def _disk(self) -> None:
        if self.bridge is not None and self._is_unlucky():
            raise OSError("the disk is away")

    def _port(self, port: object, *, before: Callable[[str], Exception], after: Callable[[str], Exception]) -> object:
        return _Port(self, port, before, after)

    async def meet(
        self,
        life: int,
        call: Callable[[], Awaitable[Any]],
        before: Callable[[str], Exception],
        after: Callable[[str], Exception],
    ) -> Any:
        """A call over the network: it takes a while, and may not arrive, or its answer may not."""
        await asyncio.sleep(self._delay())
        self._still(life)
        if self._is_unlucky():
            raise self.random.choice((before, after))("it did not arrive")
        result = await call()
        await asyncio.sleep(self._delay())
        self._still(life)
        if self._is_unlucky():
            raise after("its answer did not arrive")
        return result

    def _delay(self) -> float:
        slow = not self.calm and self.random.random() < 0.1
        return self.random.expovariate(0.5 if slow else 20)

    def _still(self, life: int) -> None:
        if life != self.loop.life:
            raise asyncio.CancelledError

    def _crossed(self, words: str) -> None:
        """Law 1 at the moment it matters: what crosses stands in a sealed segment already."""
        if not any(words.encode() in data for name, data in self.blobs.blobs.items() if "/seg/" in name):
            self.wrong.append(f"{words} crossed without a record")

    # --- the people --------------------------------------------------------------------------------------------------

    async def _contact(self, number: str) -> None:
        said = self.said.setdefault(number, [])
        for turn in range(MESSAGES):
            await asyncio.sleep(self.random.expovariate(0.1))
            words = f"in-{number[-1]}-{turn}."
            said.append(words)
            await self._whatsapp(self._message(number, words))

    async def _staff(self, number: str) -> None:
        written = self.written.setdefault(number, [])
        for turn in range(MESSAGES):
            await asyncio.sleep(self.random.expovariate(0.1))
            while (root := self._root(number)) is None:  # noqa: ASYNC110 - as above
                await asyncio.sleep(5)
            words = f"out-{number[-1]}-{turn}."
            written.append(words)
            raw = json.dumps({"root": root, "text": words, "at": self.now().isoformat()}).encode()
            await self._deliver("teams", raw, (Arrival(key=f"teams/{words}", pointer=""),))

    def _root(self, number: str) -> ActivityId | None:
        return next((root for root in self.teams.roots() if f"in-{number[-1]}-0." in self.teams.words(root)), None)

    def _message(self, number: str, words: str) -> bytes:
        self._numbers += 1
        known = {"profile": {"name": "Ada"}, "wa_id": number}
        item = text_item(self._numbers, words, timestamp=str(int(self.now().timestamp())))
        item["from"] = number
        del item["from_user_id"]
        return encode(webhook([item], contacts=[known]))

    def _accepted(self, wamid: Wamid, reference: MessageId) -> None:
        for status in ("sent", "delivered"):
            self._everybody.create_task(self._status(wamid, reference, status))

    async def _status(self, wamid: Wamid, reference: MessageId, status: str) -> None:
        told = {
            "id": wamid,
            "status": status,
            "timestamp": str(int(self.now().timestamp())),
            "recipient_id": NUMBERS[0],
            "biz_opaque_callback_data": reference,
        }
        body = webhook(statuses=[told])
        del body["entry"][0]["changes"][0]["value"]["messages"]
        self._undelivered += 1
        await asyncio.sleep(self.random.expovariate(0.2))
        await self._whatsapp(encode(body))
        self._undelivered -= 1

    _undelivered: int = 0

    async def _whatsapp(self, raw: bytes) -> None:
        await self._deliver("whatsapp", raw, meta.arrivals(raw))

    async def _deliver(self, network: Literal["whatsapp", "teams"], raw: bytes, items: tuple[Arrival, ...]) -> None:
        """Deliver until it is acknowledged, and now and then once more, as both networks do."""
        again = 1 + (self.random.random() < 0.2)
        while again:
            bridge = self.bridge
            if self.bug == "no dedup":
                raw, items = self._as_new(raw, items)
            delivery = Delivery(network=network, raw=raw, received_at=self.now(), signature=None, items=items)
            if bridge is not None and await self._is_acknowledged(bridge, delivery):
                again -= 1
                self.keys.update(item.key for item in items)
            else:
                await asyncio.sleep(self.random.uniform(0.5, 5))

    def _as_new(self, raw: bytes, items: tuple[Arrival, ...]) -> tuple[bytes, tuple[Arrival, ...]]:
        """The third planted bug: a relay that takes every delivery of a message for a message of its own."""
        if b'"messages"' not in raw:
            return raw, items
        self._numbers += 1
        raw = re.sub(rb'"wamid\.\d+"', b'"wamid.%d"' % self._numbers, raw)
        return raw, meta.arrivals(raw)

    async def _is_acknowledged(self, bridge: Bridge, delivery: Delivery) -> bool:
        if self.bug == "ack before commit":
            self._everybody.create_task(_quietly(bridge.accept(delivery)))
            return True
        life = self.loop.life
        try:
            await bridge.accept(delivery)
        except StoreUnavailable:
            return False
        return life == self.loop.life and not self._is_unlucky()


class _Port:
    """A port over the network."""

    def __init__(
        self, world: World, port: object, before: Callable[[str], Exception], after: Callable[[str], Exception]
    ) -> None:
        self._world = world
        self._life = world.loop.life
        self._of = port
        self._before = before
        self._after = after

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._of, name)
        if not inspect.iscoroutinefunction(attribute):
            return attribute

        async def call(*args: Any, **kwargs: Any) -> Any:
            made = partial(attribute, *args, **kwargs)
            return await self._world.meet(self._life, made, self._before, self._after)

        return call


class Hasty(Journal):
    """The first planted bug: what a message's record allows happens while the record is still being written."""

    def __init__(self, log: Log, world: World) -> None:
        super().__init__(log)
        self._world = world

    async def append(self, draft: Draft) -> Committed:
        if draft.kind != "message":
            return await super().append(draft)
        writing = asyncio.ensure_future(super().append(draft))
        done, _ = await asyncio.wait((writing,), timeout=0.01)
        if done:
            return await writing
        writing.add_done_callback(lambda task: task.cancelled() or task.exception())
        record = Record(
            index=self.size,
            kind=draft.kind,
            id=draft.id,
            recorded_at=self._world.now(),
            writer="",
            line=b"",
            _fields=draft.fields,
        )
        return Committed(record=record, segment="", existed=False)


async def understood(item: Item) -> Event:
    """An activity of this simulation: Marc, to the contact of a thread."""
    activity = json.loads(item.raw)
    return StaffMessage(
        place=replace(CHANNEL, root=ActivityId(activity["root"])),
        author=MARC,
        activity=ActivityId(activity["text"]),
        occurred_at=datetime.fromisoformat(activity["at"]).astimezone(UTC),
        text=activity["text"],
        addressed=True,
    )


async def nothing(_: datetime) -> AsyncGenerator[Record]:
    """No report is made."""
    raise AssertionError("it is switched off")
    yield


class Nobody:
    """A directory that is not asked."""

    async def gone(self, object_ids: Sequence[str]) -> Mapping[str, Gone]:
        raise AssertionError(f"it is switched off, and was asked about {len(object_ids)}")


async def _registry_records(objects: ObjectStore, start: int) -> AsyncIterator[Record]:
    try:
        async with aclosing(records(objects, SHARD, start=start)) as found:
            async for record in found:
                if record.kind == "registry":
                    yield record
    except ArchiveAway as error:
        raise ArchiveUnavailable(str(error)) from error


async def _quietly(accepting: Awaitable[object]) -> None:
    try:
        await accepting
    except StoreUnavailable:
        return  # that is the bug: whoever sent it has been told that it is safe


def _teams_away(text: str) -> Exception:
    return PeerUnavailable("Teams", text)


def _teams_silent(text: str) -> Exception:
    return OutcomeUnknown("Teams", text)


def _whatsapp_away(text: str) -> Exception:
    return PeerUnavailable("WhatsApp", text)


def _whatsapp_silent(text: str) -> Exception:
    return OutcomeUnknown("WhatsApp", text)
