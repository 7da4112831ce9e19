"""The store on SQLAlchemy: one writer with group commit, readers beside it. Knows statements; decides nothing.

Every write method returns once its transaction is committed and raises `StoreUnavailable` when it is not: then nothing
of it happened (on PostgreSQL it may have, when the connection was lost in that moment). Repeats are safe where the
docstring says so.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.sql import Executable

from .. import window
from ..change import change_from_json, change_to_json
from ..delivery import KEPT_STATES, OPEN_STATES, State, Times, times_from_json, times_to_json
from ..model import (
    ActivityId,
    ContactId,
    ConversationId,
    Delivery,
    Disposition,
    Item,
    MessageId,
    Place,
    Wamid,
    part_of,
)
from ..window import Window
from . import tables as t
from .database import Database, open_database
from .files import Files
from .group_commit import GroupCommit
from .migrating import migrate
from .reviews import Reviews
from .rows import (
    Accepted,
    Conversation,
    Introduced,
    Outgoing,
    Reaction,
    Sent,
    StoredChange,
    conversation_of,
    item_of,
    outgoing_of,
    outgoing_row,
    place_from_json,
    place_to_json,
    thread_key,
)
from .transaction import Step, Write, carry_out, carry_out_in_term

LATELY = 1_000
"""Messages of the outbox that are looked at for how much was sent in the last minutes."""

TRIMMED = 2_000
"""Items that are forgotten in one transaction."""

REMEMBERED = 20_000
"""Conversations held in memory, so that an ordinary message needs no read."""


Ended = Callable[[Item, Disposition], None]
"""Hears how an item ended, once that is committed; again when a crash has it settled a second time."""


def _nobody(_: Item, __: Disposition) -> None:
    """Nobody asked how items end."""


class Store:
    """See the module. Build one with `Store.connect`; `run` its writer in a task of its own."""

    def __init__(self, database: Database, *, ended: Ended = _nobody, term: int | None = None) -> None:
        self._database = database
        self._ended = ended
        self._carry_out = carry_out if term is None else partial(carry_out_in_term, term)
        self._commits: GroupCommit[Delivery | Write, Any] = GroupCommit(self._flush)
        self.files = Files(self._write, self._rows)
        self.reviews = Reviews(self._write, self._rows)
        self._conversations: OrderedDict[ConversationId, Conversation] = OrderedDict()
        self._versions: dict[ConversationId, int] = {}
        """For conversations that are being read: how often they were written meanwhile."""

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, *, ended: Ended = _nobody, term: int | None = None) -> AsyncGenerator[Store]:
        """Open the store at a URL (`database.open_database`) and bring its tables up to date.

        With the number of a `term` it commits while that term runs, and never after another has begun.
        """
        async with open_database(url) as database:
            await database.commit(_prepare)
            yield cls(database, ended=ended, term=term)

    async def run(self) -> None:
        """Be the one writer, until cancelled."""
        await self._commits.run()

    async def probe(self) -> None:
        """Commit something of no meaning, as any message would be; raises `StoreUnavailable` when that cannot be."""
        await self._set_meta("probe", "")

    # --- accepting ---------------------------------------------------------------------------------------------------

    async def accept(self, delivery: Delivery) -> Accepted:
        """Make a request and its items durable; an item whose key is known is kept as a duplicate of the first."""
        return await self._commits.submit(delivery)

    async def waiting(self, after: int, most: int) -> list[Item]:
        """Unsettled items with a sequence number over `after`, in order."""
        return await self._items(t.WAITING, {"after": after, "most": most})

    async def oldest_waiting(self) -> datetime | None:
        """When the oldest item that is neither settled nor held was accepted; None while nothing waits."""
        found = await self._rows(t.OLDEST_WAITING, {})
        return datetime.fromisoformat(found[0].received_at) if found else None

    async def waiting_among(self, numbers: Sequence[int]) -> list[Item]:
        """Those of these sequence numbers whose items are unsettled, in order."""
        return await self._items(t.WAITING_AMONG, {"numbers": list(numbers), "most": len(numbers)})

    # --- what becomes of an item -------------------------------------------------------------------------------------

    async def settle(self, item: Item, disposition: Disposition, *, also: Sequence[Write] = ()) -> None:
        """Close an item, forget its bytes, and commit what belongs to it in the same transaction; repeatable."""
        closing = (
            (t.SETTLE, {"b_seq": item.seq, "b_disposition": disposition}),
            (t.TRIM, {"b_raw": item.request}),
        )
        await self._write_all(*also, Write(closing))
        self._ended(item, disposition)

    async def hold(self, item: Item, contact: ContactId, *, card: str | None = None) -> None:
        """Keep an item, bytes and all, until somebody decides about this contact; repeatable.

        `card` is the marker of the post that shall tell administrators about it (`card_of`).
        """
        steps: list[Step] = [(t.HOLD, {"b_seq": item.seq, "b_contact": contact})]
        if card is not None:
            steps += _meta(f"card:{contact}", json.dumps([None, card]))
        await self._write(*steps)
        self._ended(item, "held")

    async def mark_day(self, day: date) -> None:
        """Remember which items were accepted before this moment of a day; the first time on each counts."""
        await self._write((t.MARK_DAY, {"b_name": f"day:{day}"}))

    async def trim(self, day: date) -> bool:
        """Forget some of the settled items that were there on the last marked day up to this one; whether there were
        any. What waits, is held or parked, or has an attachment on its way stays; so does the map of messages."""
        marks = await self._rows(t.DAYS, {"b_name": f"day:{day}"})
        if not marks:
            return False
        step = (t.FORGET_ITEMS, {"b_last": int(marks[0].value), "b_most": TRIMMED})
        if await self._commits.submit(Write((step,), counted=True)):
            return True
        await self._write((t.FORGET_DAYS, {"b_name": marks[0].name}))
        return False

    async def held(self, contact: ContactId, *, after: int = 0, most: int = 100) -> list[Item]:
        """The oldest held items of a contact with a sequence number over `after`, in order."""
        return await self._items(t.HELD, {"contact": contact, "after": after, "most": most})

    async def park(self, item: Item, conversation: ConversationId) -> None:
        """Keep what staff wrote, bytes and all, until it can be sent or somebody discards it; repeatable."""
        await self._write((t.PARK, {"b_seq": item.seq, "b_contact": conversation}))
        self._ended(item, "held")

    async def parked(self, conversation: ConversationId) -> list[Item]:
        """What staff wrote to this contact and could not be sent, in order."""
        return await self._items(t.PARKED, {"contact": conversation})

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
        await self._write(*((t.ADD_CHANGE, _change_row(stored)) for stored in changes))

    async def is_empty(self) -> bool:
        """Whether nothing was ever accepted into this store, nor put there."""
        counted = await self._rows(select(t.numbers.c.request), {})
        known = await self._rows(select(t.conversation.c.id).limit(1), {})
        return not known and not any(row.request for row in counted)

    async def put(self, steps: Sequence[Step]) -> None:
        """Commit rows as they are (`restored`), in one transaction."""
        await self._write(*steps)

    async def replace_changes(self, changes: Sequence[StoredChange]) -> None:
        """Forget every registry change and keep these instead, in one transaction."""
        added = [(t.ADD_CHANGE, _change_row(stored)) for stored in changes]
        await self._write((delete(t.change), {}), *added)

    # --- places we have been spoken to in ----------------------------------------------------------------------------

    async def places(self) -> dict[str, Place]:
        """Channels and chats we know how to reach, by their conversation id."""
        rows = await self._rows(select(t.meta).where(t.meta.c.name.startswith("place:")), {})
        return {row.name.removeprefix("place:"): place_from_json(row.value) for row in rows}

    async def remember_place(self, place: Place) -> None:
        """Keep how a channel or chat is reached; the newest knowledge wins; repeatable."""
        await self._set_meta(f"place:{place.conversation}", place_to_json(place))

    async def remember_card(self, contact: ContactId, activity: ActivityId | None, marker: str) -> None:
        """Keep which post tells administrators about a held contact (see `card_of`); the newest wins; repeatable."""
        await self._set_meta(f"card:{contact}", json.dumps([activity, marker]))

    async def card_of(self, contact: ContactId) -> tuple[ActivityId | None, str] | None:
        """The post that tells administrators about a held contact (None: not known to be there), and its marker."""
        found = await self._rows(select(t.meta.c.value).where(t.meta.c.name == f"card:{contact}"), {})
        if not found:
            return None
        activity, marker = json.loads(found[0].value)
        return activity, marker

    async def reported(self) -> date | None:
        """The day on which administrators were last told what was unusual."""
        found = await self._rows(select(t.meta.c.value).where(t.meta.c.name == "reported"), {})
        return date.fromisoformat(found[0].value) if found else None

    async def set_reported(self, day: date) -> None:
        """They have been told; repeatable."""
        await self._set_meta("reported", day.isoformat())

    async def _set_meta(self, name: str, value: str) -> None:
        await self._write(*_meta(name, value))

    # --- conversations and the thread map ----------------------------------------------------------------------------

    async def conversation(self, id_: ConversationId) -> Conversation:
        """A conversation as it stands; an unknown one is empty. Read once, then kept in step with every write."""
        while (known := self._conversations.get(id_)) is None:
            version = self._versions.setdefault(id_, 0)
            found = await self._rows(select(t.conversation).where(t.conversation.c.id == id_), {})
            if self._versions.get(id_) == version:  # else what was read is older than what was written meanwhile
                del self._versions[id_]
                self._conversations[id_] = conversation_of(found[0]) if found else Conversation(id=id_)
        while len(self._conversations) > REMEMBERED:
            self._conversations.popitem(last=False)
        return known

    def _change_window(self, id_: ConversationId, change: Callable[[Window], Window]) -> None:
        known = self._conversations.get(id_)
        self._remember(id_, window=change(known.window if known else Window()))

    def _remember(self, id_: ConversationId, **changed: Any) -> None:
        """Keep a conversation in memory in step with what was just committed."""
        known = self._conversations.get(id_)
        if known is not None:
            self._conversations[id_] = replace(known, **changed)
        elif id_ in self._versions:
            self._versions[id_] += 1

    async def threads(self) -> dict[tuple[str, str], ConversationId]:
        """Every thread's (conversation, root) and whose it is."""
        rows = await self._rows(
            select(t.conversation.c.id, t.conversation.c.place).where(t.conversation.c.place.is_not(None)), {}
        )
        return {thread_key(place_from_json(row.place)): ConversationId(row.id) for row in rows}

    async def noticed(self) -> dict[ConversationId, Conversation]:
        """Conversations in whose threads we have said that messages wait."""
        rows = await self._rows(select(t.conversation).where(t.conversation.c.notice.is_not(None)), {})
        return {ConversationId(row.id): conversation_of(row) for row in rows}

    async def set_place(self, id_: ConversationId, place: Place | None, *, opening: bool) -> None:
        """Remember a conversation's thread, or that one is about to be created; repeatable."""
        stored = None if place is None else place_to_json(place)
        await self._write(
            (t.ADD_CONVERSATION, {"id": id_, "opening": 0}),
            (t.SET_PLACE, {"b_id": id_, "b_place": stored, "b_opening": int(opening)}),
        )
        self._remember(id_, place=place, opening=opening)

    async def set_notice(self, id_: ConversationId, notice: ActivityId | None) -> None:
        """Remember our post that says messages wait; repeatable."""
        await self._write(
            (t.ADD_CONVERSATION, {"id": id_, "opening": 0}), (t.SET_NOTICE, {"b_id": id_, "b_notice": notice})
        )
        self._remember(id_, notice=notice)

    def inbound_seen(self, id_: ConversationId, at: datetime, *, from_ad: bool = False) -> Write:
        """To be committed with `settle`: the contact wrote or called, so the customer service window is open again."""
        at = at.astimezone(UTC)
        steps: list[Step] = [
            (t.ADD_CONVERSATION, {"id": id_, "opening": 0}),
            (t.SET_HEARD, _at(id_, at)),
            (t.SET_CLOSES, _at(id_, at + window.SERVICE)),
        ]
        if from_ad:
            steps.append((t.SET_ENTERED, _at(id_, at)))
        change = partial(window.heard, at=at, from_ad=from_ad)
        return Write(tuple(steps), then=partial(self._change_window, id_, change))

    def introduced(self, id_: ConversationId, introduced: Introduced) -> Write:
        """To be committed with `queue`: who a contact is told that they are writing with."""
        values = {"b_id": id_, "b_writer": introduced.author, "b_message": introduced.message}
        steps: list[Step] = [(t.ADD_CONVERSATION, {"id": id_, "opening": 0}), (t.SET_INTRODUCED, values)]
        return Write(tuple(steps), then=partial(self._remember, id_, introduced=introduced))

    def shown(self, id_: ConversationId, wamid: Wamid) -> Write:
        """To be committed with `settle`: staff are shown this message of the contact's."""
        steps: list[Step] = [
            (t.ADD_CONVERSATION, {"id": id_, "opening": 0}),
            (t.SET_SHOWN, {"b_id": id_, "b_wamid": wamid}),
        ]
        return Write(tuple(steps), then=partial(self._remember, id_, unmarked=wamid))

    async def marked(self, id_: ConversationId, wamid: Wamid) -> None:
        """This message, and every one before it, is marked as read, unless a newer one was shown since; repeatable."""
        await self._write((t.SET_MARKED, {"b_id": id_, "b_wamid": wamid}))
        known = self._conversations.get(id_)
        if known is None or known.unmarked == wamid:
            self._remember(id_, unmarked=None)

    async def answered(self, id_: ConversationId, at: datetime) -> None:
        """WhatsApp took a message of ours; repeatable."""
        after = window.answered((await self.conversation(id_)).window, at.astimezone(UTC))
        steps: list[Step] = [(t.SET_ANSWERED, _at(id_, after.answered_at))]
        if after.closes_at is not None:
            steps.append((t.SET_CLOSES, _at(id_, after.closes_at)))
        await self._write(*steps)
        self._change_window(id_, partial(window.answered, at=at.astimezone(UTC)))

    async def unanswered(self, after: datetime, until: datetime) -> list[tuple[ConversationId, datetime]]:
        """Whose last message staff have not answered, and when it came, where that is between these times."""
        times = {"after": after.astimezone(UTC).isoformat(), "until": until.astimezone(UTC).isoformat()}
        rows = await self._rows(t.UNANSWERED, times)
        return [(ConversationId(row.id), datetime.fromisoformat(row.heard_at)) for row in rows]

    async def windows_due(self, now: datetime, soon: datetime) -> list[ConversationId]:
        """Whose header card shows an end that has passed, and whose unanswered message can be answered until `soon`."""
        times = {"now": now.astimezone(UTC).isoformat(), "soon": soon.astimezone(UTC).isoformat()}
        return [ConversationId(row.id) for row in await self._rows(t.WINDOWS_DUE, times)]

    async def set_shown_until(self, id_: ConversationId, until: datetime | None) -> None:
        """Remember which end of the window the thread's first card shows; repeatable."""
        await self._write((t.SET_SHOWN_UNTIL, _at(id_, until)))
        self._remember(id_, shown_until=until)

    async def set_reminded(self, id_: ConversationId, until: datetime) -> None:
        """Remember that staff were reminded of this end of the window; repeatable."""
        await self._write((t.SET_REMINDED, _at(id_, until)))
        self._remember(id_, reminded_until=until)

    def mapped(self, sent: Sent) -> Write:
        """To be committed with `settle`: this post is that message."""
        return Write(
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

    async def message_of(self, wamid: Wamid) -> Sent | None:
        """The message that is known to WhatsApp by this id."""
        rows = await self._rows(select(t.message).where(t.message.c.wamid == wamid), {}) if wamid else ()
        return Sent(**rows[0]._asdict()) if rows else None

    async def message_at(self, conversation: ConversationId, activity: ActivityId) -> Sent | None:
        """The contact's message that stands in this post."""
        query = select(t.message).where(t.message.c.activity == activity, t.message.c.conversation == conversation)
        rows = await self._rows(query, {})
        return Sent(**rows[0]._asdict()) if rows else None

    async def reaction(self, wamid: Wamid) -> Reaction | None:
        """The reaction of staff that stands on a message."""
        query = select(t.reaction.c.author, t.reaction.c.emoji).where(t.reaction.c.wamid == wamid)
        rows = await self._rows(query, {})
        return Reaction(**rows[0]._asdict()) if rows else None

    def react(self, wamid: Wamid, reaction: Reaction | None) -> Write:
        """To be committed with `queue`: the reaction that stands on a message from now on."""
        if reaction is None:
            return Write(((t.DROP_REACTION, {"b_wamid": wamid}),))
        values = {"b_wamid": wamid, "b_author": reaction.author, "b_emoji": reaction.emoji}
        return Write(((t.SET_REACTION, values),))

    # --- outgoing messages -------------------------------------------------------------------------------------------

    async def queue(self, item: Item | None, parts: Sequence[Outgoing], *, also: Sequence[Write] = ()) -> None:
        """Put what is to leave into the outbox and close the item that it came of, in one transaction; repeatable."""
        rows = Write(tuple((t.ADD_OUTGOING, outgoing_row(part)) for part in parts))
        if item is None:
            await self._write_all(rows, *also)
        else:
            await self.settle(item, "relayed", also=[rows, *also])

    async def open_outgoing(self) -> list[Outgoing]:
        """Everything in the outbox that has not been handed to WhatsApp and settled, in order."""
        query = (
            select(t.outgoing).where(t.outgoing.c.state.in_(OPEN_STATES)).order_by(t.outgoing.c.seq, t.outgoing.c.part)
        )
        return [outgoing_of(row) for row in await self._rows(query, {})]

    async def outgoing(self, *, id_: MessageId | None = None, wamid: Wamid | None = None) -> Outgoing | None:
        """An outgoing message by our id or by WhatsApp's."""
        if not id_ and not wamid:
            return None
        where = t.outgoing.c.id == id_ if id_ else t.outgoing.c.wamid == wamid
        rows = await self._rows(select(t.outgoing).where(where), {})
        return outgoing_of(rows[0]) if rows else None

    async def parts_of(self, message: MessageId) -> list[Outgoing]:
        """The WhatsApp messages that a message leaves as, in order; none when it is not in the outbox."""
        query = select(t.outgoing).where(t.outgoing.c.message == message).order_by(t.outgoing.c.part)
        return [outgoing_of(row) for row in await self._rows(query, {})]

    async def lately_sent(self, most: int = LATELY) -> list[tuple[ConversationId, datetime]]:
        """Whose messages were handed to WhatsApp last, and when, oldest first."""
        sending = [
            (ConversationId(row.conversation), dict(times_from_json(row.times)).get("sending"))
            for row in await self._rows(t.LATEST_OUTGOING, {"most": most})
        ]
        return sorted(((to, at) for to, at in sending if at is not None), key=lambda sent: sent[1])

    async def is_last(self, outgoing: Outgoing) -> bool:
        """Whether nothing was written to this contact after it."""
        after = {"conversation": outgoing.conversation, "seq": outgoing.seq, "part": part_of(outgoing.id)[1]}
        return not await self._rows(t.LATER_OUTGOING, after)

    async def set_receipt(self, message: MessageId, receipt: ActivityId) -> None:
        """Remember the receipt line of a message; repeatable."""
        await self._write((t.SET_RECEIPT, {"b_message": message, "b_receipt": receipt}))

    async def ask(self, id_: MessageId) -> None:
        """Remember that somebody is asked what has become of an uncertain message; repeatable."""
        await self._write((t.ASK, {"b_id": id_}))

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
        steps: list[Step] = []
        if wamid is not None:
            steps.append((t.SET_WAMID, {"b_id": outgoing.id, "b_wamid": wamid}))
        if state not in KEPT_STATES:
            steps.append((t.FORGET_CONTENT, {"b_id": outgoing.id}))
        if outgoing.state in {"uncertain", "accepted"} and state == "queued":
            steps.append((t.NEXT_ATTEMPT, {"b_id": outgoing.id}))
        return await self._commits.submit(Write(((t.MOVE_OUTGOING, step), *steps), counted=True))

    # --- underneath --------------------------------------------------------------------------------------------------

    async def _write(self, *steps: Step) -> None:
        await self._commits.submit(Write(steps))

    async def _write_all(self, *writes: Write) -> None:
        await self._write(*(step for write in writes for step in write.steps))
        for write in writes:
            if write.then is not None:
                write.then()

    async def _items(self, query: Executable, values: Mapping[str, Any]) -> list[Item]:
        """Items with their requests' bytes, each request read once however many items it brought."""
        found = await self._rows(query, values)
        requests = await self._rows(t.REQUESTS, {"ids": list({row.raw_id for row in found})}) if found else ()
        raws = {row.id: row for row in requests}
        return [item_of(row, raws[row.raw_id]) for row in found]

    async def _rows(self, query: Executable, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        return await self._database.read(query, values)

    async def _flush(self, batch: list[Delivery | Write]) -> list[Any]:
        return await self._database.commit(partial(self._carry_out, batch))


def _prepare(connection: Connection) -> None:
    migrate(connection)
    connection.execute(t.SPENT_RAW)


def _at(id_: ConversationId, at: datetime | None) -> Mapping[str, Any]:
    """A conversation and a time, as statements take them."""
    return {"b_id": id_, "b_at": None if at is None else at.isoformat()}


def _meta(name: str, value: str) -> tuple[Step, Step]:
    """Statements that set a name to a value."""
    return (t.ADD_META, {"name": name, "value": value}), (t.SET_META, {"b_name": name, "b_value": value})


def _change_row(stored: StoredChange) -> dict[str, Any]:
    return {
        "revision": stored.revision,
        "record": stored.record,
        "position": stored.position,
        "body": change_to_json(stored.change),
    }
