"""The store on SQLAlchemy: one writer with group commit, readers beside it. Knows rows; decides nothing.

Every write method returns once its transaction is committed (SQLite: WAL, `synchronous=FULL`) and raises
`StoreUnavailable` when it is not: then nothing of it happened. Repeats are safe where the docstring says so.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql import Executable

from ..delivery import OPEN_STATES, State, Times, times_from_json, times_to_json
from ..errors import StoreUnavailable
from ..model import (
    ActivityId,
    Alias,
    ContactId,
    ConversationId,
    Delivery,
    Disposition,
    Item,
    MessageId,
    Place,
    Wamid,
)
from ..registry import Change, change_from_json, change_to_json, place_fields
from . import tables as t
from .group_commit import GroupCommit

LOCK_PATIENCE = timedelta(seconds=2)
"""How long a commit waits for somebody else's lock before the sender is told 503 and tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a delivery: its items are durable; `duplicates` of them had been accepted before."""

    items: int
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation's thread. `opening` is True from before the thread is created until its place is known."""

    id: ConversationId
    place: Place | None = None
    opening: bool = False
    last_inbound_at: datetime | None = None
    notice: ActivityId | None = None
    """A post of ours saying that messages wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to a contact between the decision that it may leave and its last delivery status."""

    id: MessageId
    seq: int
    conversation: ConversationId
    recipient: tuple[Alias, ...]
    contact_name: str
    text: str | None
    quoted: Wamid | None
    due_at: datetime
    place: Place
    record: int
    state: State
    times: Times
    receipt: ActivityId | None = None
    reason: str | None = None
    wamid: Wamid | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Which post in Teams and which WhatsApp message are the same message."""

    id: MessageId
    conversation: ConversationId
    wamid: Wamid | None
    activity: ActivityId | None
    record: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """A registry change, the revision it made, and the archive record (id, index) that holds it."""

    revision: int
    record: str
    position: int
    change: Change


@dataclass(frozen=True, slots=True)
class _Write:
    """Statements that are committed together, in this order."""

    steps: tuple[tuple[Executable, Mapping[str, Any]], ...]
    counted: bool = False


class Store:
    """See the module. Build one with `Store.connect`; `run` its writer in a task of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._commits: GroupCommit[Delivery | _Write, Any] = GroupCommit(self._flush)
        self._writer: AsyncConnection | None = None

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str) -> AsyncGenerator[Store]:
        """Open the store at a `sqlite:///…` URL, making its tables when they are missing."""
        engine = create_async_engine(_async_url(url), connect_args={"timeout": LOCK_PATIENCE.total_seconds()})
        event.listen(engine.sync_engine, "connect", _durable)
        store = cls(engine)
        try:
            await store._prepare()
            yield store
        finally:
            await store._close()

    async def run(self) -> None:
        """Be the one writer, until cancelled."""
        await self._commits.run()

    # --- accepting ---------------------------------------------------------------------------------------------------

    async def accept(self, delivery: Delivery) -> Accepted:
        """Make a request and its items durable; an item whose key is known is kept as a duplicate of the first."""
        return await self._commits.submit(delivery)

    async def waiting(self, after: int, most: int) -> list[Item]:
        """Unsettled items with a sequence number over `after`, in order."""
        return await self._items(t.WAITING, {"after": after, "most": most})

    # --- what becomes of an item -------------------------------------------------------------------------------------

    async def settle(self, item: Item, disposition: Disposition, *, also: Sequence[_Write] = ()) -> None:
        """Close an item, forget its bytes, and commit what belongs to it in the same transaction; repeatable."""
        steps = [step for write in also for step in write.steps]
        steps.append((t.SETTLE, {"b_seq": item.seq, "b_disposition": disposition}))
        steps.append((t.TRIM, {"b_raw": item.request}))
        await self._write(*steps)

    async def hold(self, item: Item, contact: ContactId) -> None:
        """Keep an item, bytes and all, until somebody decides about this contact; repeatable."""
        await self._write((t.HOLD, {"b_seq": item.seq, "b_contact": contact}))

    async def held(self, contact: ContactId, most: int = 100) -> list[Item]:
        """The oldest held items of a contact, in order."""
        return await self._items(t.HELD, {"contact": contact, "most": most})

    async def held_contacts(self) -> dict[ContactId, int]:
        """Contacts that have held items, and how many."""
        query = (
            select(t.intake.c.contact, func.count().label("held"))
            .where(t.intake.c.state == "held")
            .group_by(t.intake.c.contact)
        )
        return {ContactId(row.contact): row.held for row in await self._rows(query, {})}

    # --- the registry's changes --------------------------------------------------------------------------------------

    async def changes(self) -> list[StoredChange]:
        """Every registry change, oldest first."""
        rows = await self._rows(select(t.change).order_by(t.change.c.revision), {})
        return [
            StoredChange(
                revision=row.revision, record=row.record, position=row.position, change=change_from_json(row.body)
            )
            for row in rows
        ]

    async def add_changes(self, changes: Sequence[StoredChange]) -> None:
        """Commit registry changes that are archived already."""
        await self._write(
            *(
                (
                    t.ADD_CHANGE,
                    {
                        "revision": stored.revision,
                        "record": stored.record,
                        "position": stored.position,
                        "body": change_to_json(stored.change),
                    },
                )
                for stored in changes
            )
        )

    # --- places we have been spoken to in ----------------------------------------------------------------------------

    async def places(self) -> dict[str, Place]:
        """Channels and chats we know how to reach, by their conversation id."""
        rows = await self._rows(select(t.meta).where(t.meta.c.name.startswith("place:")), {})
        return {row.name.removeprefix("place:"): _place(row.value) for row in rows}

    async def remember_place(self, place: Place) -> None:
        """Keep how a channel or chat is reached; the newest knowledge wins; repeatable."""
        name = f"place:{place.conversation}"
        value = _place_key(place)
        await self._write(
            (t.ADD_META, {"name": name, "value": value}), (t.SET_META, {"b_name": name, "b_value": value})
        )

    # --- conversations and the thread map ----------------------------------------------------------------------------

    async def conversation(self, id_: ConversationId) -> Conversation:
        """A conversation as it stands; an unknown one is empty."""
        rows = await self._rows(select(t.conversation).where(t.conversation.c.id == id_), {})
        return _conversation(rows[0]) if rows else Conversation(id=id_)

    async def threads(self) -> dict[tuple[str, str], ConversationId]:
        """Every thread's (conversation, root) and whose it is."""
        rows = await self._rows(
            select(t.conversation.c.id, t.conversation.c.place).where(t.conversation.c.place.is_not(None)), {}
        )
        return {thread_key(_place(row.place)): ConversationId(row.id) for row in rows}

    async def noticed(self) -> dict[ConversationId, Conversation]:
        """Conversations in whose threads we have said that messages wait."""
        rows = await self._rows(select(t.conversation).where(t.conversation.c.notice.is_not(None)), {})
        return {ConversationId(row.id): _conversation(row) for row in rows}

    async def set_place(self, id_: ConversationId, place: Place | None, *, opening: bool) -> None:
        """Remember a conversation's thread, or that one is about to be created; repeatable."""
        stored = None if place is None else _place_key(place)
        await self._write(
            (t.ADD_CONVERSATION, {"id": id_, "opening": 0}),
            (t.SET_PLACE, {"b_id": id_, "b_place": stored, "b_opening": int(opening)}),
        )

    async def set_notice(self, id_: ConversationId, notice: ActivityId | None) -> None:
        """Remember our post that says messages wait; repeatable."""
        await self._write((t.SET_NOTICE, {"b_id": id_, "b_notice": notice}))

    def inbound_seen(self, id_: ConversationId, at: datetime) -> _Write:
        """To be committed with `settle`: the contact wrote, so the customer service window is open again."""
        return _Write(
            (
                (t.ADD_CONVERSATION, {"id": id_, "opening": 0}),
                (t.SET_LAST_INBOUND, {"b_id": id_, "b_at": at.isoformat()}),
            )
        )

    def mapped(self, sent: Sent) -> _Write:
        """To be committed with `settle`: this post is that message."""
        return _Write(
            (
                (
                    t.ADD_MESSAGE,
                    {
                        "id": sent.id,
                        "conversation": sent.conversation,
                        "wamid": sent.wamid,
                        "activity": sent.activity,
                        "record": sent.record,
                    },
                ),
            )
        )

    async def message_of(self, *, wamid: Wamid | None = None, activity: ActivityId | None = None) -> Sent | None:
        """The message that a network id belongs to."""
        query = select(t.message)
        query = query.where(t.message.c.wamid == wamid) if wamid else query.where(t.message.c.activity == activity)
        rows = await self._rows(query, {})
        return Sent(**rows[0]._asdict()) if rows else None

    # --- outgoing messages -------------------------------------------------------------------------------------------

    async def queue(self, item: Item, outgoing: Outgoing) -> None:
        """Close the staff message and put what it asks for into the outbox, in one transaction; repeatable."""
        await self.settle(item, "relayed", also=[_Write(((t.ADD_OUTGOING, _outgoing_row(outgoing)),))])

    async def open_outgoing(self) -> list[Outgoing]:
        """Everything in the outbox that has not been handed to WhatsApp and settled, in order."""
        query = select(t.outgoing).where(t.outgoing.c.state.in_(OPEN_STATES)).order_by(t.outgoing.c.seq)
        return [_outgoing(row) for row in await self._rows(query, {})]

    async def outgoing(self, *, id_: MessageId | None = None, wamid: Wamid | None = None) -> Outgoing | None:
        """An outgoing message by our id or by WhatsApp's."""
        where = t.outgoing.c.id == id_ if id_ else t.outgoing.c.wamid == wamid
        rows = await self._rows(select(t.outgoing).where(where), {})
        return _outgoing(rows[0]) if rows else None

    async def move(
        self, outgoing: Outgoing, state: State, times: Times, *, reason: str | None = None, wamid: Wamid | None = None
    ) -> bool:
        """Move a message on from the state it was read in; False when somebody else has moved it meanwhile."""
        step = {
            "b_id": outgoing.id,
            "b_from": outgoing.state,
            "b_state": state,
            "b_times": times_to_json(times),
            "b_reason": reason,
        }
        steps: list[tuple[Executable, Mapping[str, Any]]] = []
        if wamid is not None:
            steps.append((t.SET_WAMID, {"b_id": outgoing.id, "b_wamid": wamid}))
        if state not in OPEN_STATES:
            steps.append((t.FORGET_TEXT, {"b_id": outgoing.id}))
        if state == "queued":
            steps.append((t.NEXT_ATTEMPT, {"b_id": outgoing.id}))
        counts = await self._commits.submit(_Write(((t.MOVE_OUTGOING, step), *steps), counted=True))
        return counts[0] == 1

    async def set_receipt(self, id_: MessageId, receipt: ActivityId) -> None:
        """Remember which post is a message's receipt line; repeatable."""
        await self._write((t.SET_RECEIPT, {"b_id": id_, "b_receipt": receipt}))

    # --- underneath --------------------------------------------------------------------------------------------------

    async def _write(self, *steps: tuple[Executable, Mapping[str, Any]]) -> None:
        await self._commits.submit(_Write(tuple(steps)))

    async def _items(self, query: Executable, values: Mapping[str, Any]) -> list[Item]:
        """Items with their requests' bytes, each request read once however many items it brought."""
        rows = await self._rows(query, values)
        requests = await self._rows(t.REQUESTS, {"ids": list({row.raw_id for row in rows})}) if rows else ()
        raws = {row.id: row for row in requests}
        return [_item(row, raws[row.raw_id]) for row in rows]

    async def _rows(self, query: Executable, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        try:
            async with self._engine.connect() as connection:
                return (await connection.execute(query, values)).fetchall()
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable(_reason(error)) from error

    async def _flush(self, batch: list[Delivery | _Write]) -> list[Any]:
        try:
            if self._writer is None:
                self._writer = await self._engine.connect()
            async with self._writer.begin():
                return await _apply(self._writer, batch)
        except (SQLAlchemyError, OSError) as error:
            await self._drop_writer()
            raise StoreUnavailable(_reason(error)) from error

    async def _drop_writer(self) -> None:
        """A connection that failed is not trusted again."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.invalidate()
            await writer.close()

    async def _prepare(self) -> None:
        try:
            async with self._engine.begin() as connection:
                await connection.run_sync(t.metadata.create_all)
                await connection.execute(
                    t.ADD_META,
                    {"name": "schema", "value": str(t.SCHEMA_VERSION)},
                )
                await connection.execute(t.SPENT_RAW)
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable(_reason(error)) from error

    async def _close(self) -> None:
        if self._writer is not None:
            await self._writer.close()
        await self._engine.dispose()


async def _apply(connection: AsyncConnection, batch: list[Delivery | _Write]) -> list[Any]:
    """Carry out a batch in the fewest statements: items of one batch are independent of each other by construction,
    because whoever needs an earlier write awaits it first; inside one write the order of its steps is kept.
    """
    results: list[Any] = [None] * len(batch)
    deliveries = [(i, item) for i, item in enumerate(batch) if isinstance(item, Delivery)]
    if deliveries:
        for (i, _), accepted in zip(
            deliveries, await _accept(connection, [delivery for _, delivery in deliveries]), strict=True
        ):
            results[i] = accepted
    plain = [item for item in batch if isinstance(item, _Write) and not item.counted]
    for position in range(max((len(write.steps) for write in plain), default=0)):
        await _step(connection, [write.steps[position] for write in plain if position < len(write.steps)])
    for i, item in enumerate(batch):
        if isinstance(item, _Write) and item.counted:
            results[i] = [(await connection.execute(*step)).rowcount for step in item.steps]
    return results


async def _step(connection: AsyncConnection, steps: list[tuple[Executable, Mapping[str, Any]]]) -> None:
    """The same statement once with many values, instead of many times."""
    grouped: dict[int, tuple[Executable, list[Mapping[str, Any]]]] = {}
    for statement, values in steps:
        grouped.setdefault(id(statement), (statement, []))[1].append(values)
    for statement, values in grouped.values():
        await connection.execute(statement, values)


async def _accept(connection: AsyncConnection, deliveries: list[Delivery]) -> list[Accepted]:
    keys = {arrival.key for delivery in deliveries for arrival in delivery.items}
    known = {key for (key,) in await connection.execute(t.KNOWN_KEYS, {"keys": list(keys)})}
    raws: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    results: list[Accepted] = []
    for delivery in deliveries:
        id_ = uuid.uuid4().hex
        raws.append(_raw_row(id_, delivery))
        duplicates = 0
        for arrival in delivery.items:
            first = arrival.key if arrival.key in known else None
            duplicates += first is not None
            known.add(arrival.key)
            key = arrival.key if first is None else f"{arrival.key}#{uuid.uuid4().hex}"
            rows.append(_intake_row(key, id_, delivery.network, arrival.pointer, first))
        results.append(Accepted(items=len(delivery.items), duplicates=duplicates))
    await connection.execute(t.ADD_RAW, raws)
    if rows:
        await connection.execute(t.ADD_INTAKE, rows)
    return results


def _raw_row(id_: str, delivery: Delivery) -> dict[str, Any]:
    return {
        "id": id_,
        "network": delivery.network,
        "received_at": delivery.received_at.isoformat(),
        "signature": delivery.signature,
        "body": delivery.raw,
        "item_count": len(delivery.items),
    }


def _intake_row(key: str, raw_id: str, network: str, pointer: str, duplicate_of: str | None) -> dict[str, Any]:
    return {
        "key": key,
        "network": network,
        "raw_id": raw_id,
        "pointer": pointer,
        "state": "waiting",
        "duplicate_of": duplicate_of,
    }


def _item(row: Row[Any], request: Row[Any]) -> Item:
    return Item(
        seq=row.seq,
        key=row.key,
        network=row.network,
        raw=request.body,
        pointer=row.pointer,
        received_at=datetime.fromisoformat(request.received_at),
        signature=request.signature,
        request=request.id,
        alone=request.item_count == 1,
        duplicate_of=row.duplicate_of,
    )


def _place_key(place: Place) -> str:
    return json.dumps(place_fields(place), sort_keys=True)


def _place(stored: str) -> Place:
    return Place(**json.loads(stored))


def thread_key(place: Place) -> tuple[str, str]:
    """What identifies a thread whatever else is known of it: its channel and its first message."""
    return place.conversation, place.root or ""


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        id=row.id,
        place=None if row.place is None else _place(row.place),
        opening=bool(row.opening),
        last_inbound_at=None if row.last_inbound_at is None else datetime.fromisoformat(row.last_inbound_at),
        notice=row.notice,
    )


def _outgoing_row(outgoing: Outgoing) -> dict[str, Any]:
    row = {name: getattr(outgoing, name) for name in outgoing.__slots__}
    row["recipient"] = json.dumps([[alias.kind, alias.value] for alias in outgoing.recipient])
    row["due_at"] = outgoing.due_at.isoformat()
    row["place"] = _place_key(outgoing.place)
    row["times"] = times_to_json(outgoing.times)
    return row


def _outgoing(row: Row[Any]) -> Outgoing:
    fields = row._asdict()
    fields["recipient"] = tuple(Alias(kind=kind, value=value) for kind, value in json.loads(row.recipient))
    fields["due_at"] = datetime.fromisoformat(row.due_at)
    fields["place"] = _place(row.place)
    fields["times"] = times_from_json(row.times)
    return Outgoing(**fields)


def _async_url(url: str) -> str:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        msg = f"store URL {parsed.render_as_string(hide_password=True)}: only sqlite is supported"
        raise ValueError(msg)
    return parsed.set(drivername="sqlite+aiosqlite").render_as_string(hide_password=False)


def _durable(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _reason(error: BaseException) -> str:
    """The driver's own words: SQLAlchemy's would carry the statement's values, which are content."""
    original = getattr(error, "orig", None)
    return str(original) if original is not None else type(error).__name__
