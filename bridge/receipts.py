"""What is known of an outgoing message, shown in its receipt line and never going backwards. Knows no sending.

Our own steps, WhatsApp's statuses and people's buttons all change the same row; each change is a compare-and-set, so
whoever comes second looks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from weakref import WeakValueDictionary

from . import delivery, evidence
from .change import SERVICE
from .consequences import Consequences
from .delivery import State, Step
from .errors import PeerRefused
from .language import say
from .model import ActivityId, Item, MessageId, StatusUpdate, Wamid, part_of, referred
from .pace import Pace
from .posting import Lost, post_once
from .shown import Part, Receipt, ReceiptState
from .store import Outgoing
from .tools import Tools
from .whatsapp.codes import describe_end, find


def receipt(parts: Sequence[Outgoing]) -> Receipt:
    """The receipt line of a message as it stands, whole or in several parts."""
    told = min(parts, key=lambda part: _TOLD_FIRST.index(part.state))
    return Receipt(
        marker=f"#{told.record}",
        message=told.message,
        contact=told.contact_name,
        state=_shown(told),
        times=told.times,
        due_at=told.due_at if told.state == "queued" else None,
        reason=told.reason,
        may_undo=all(part.state == "queued" and part.attempt == 1 and part.author != SERVICE for part in parts),
        may_settle=any(part.state == "uncertain" and part.asked for part in parts),
        parts=tuple(Part(state=_shown(part), reason=part.reason) for part in parts) if len(parts) > 1 else (),
    )


_TOLD_FIRST: tuple[State, ...] = (
    *("uncertain", "failed", "blocked", "sending", "queued"),
    *("undone", "accepted", "sent", "delivered", "read", "played"),
)
"""Of several parts the one that most needs to be known: trouble first, then how far all of them have come."""


def _shown(part: Outgoing) -> ReceiptState:
    return "failed" if part.state == "blocked" else part.state


class Receipts:
    """Moves messages on and keeps their receipt lines true."""

    def __init__(self, tools: Tools, pace: Pace, consequences: Consequences) -> None:
        self._tools = tools
        self._pace = pace
        self._consequences = consequences
        self._turns: WeakValueDictionary[MessageId, asyncio.Lock] = WeakValueDictionary()
        self._settled: dict[MessageId, asyncio.Event] = {}

    async def step(
        self, id_: MessageId, verb: Step, at: datetime, *, reason: str | None = None, wamid: Wamid | None = None
    ) -> Outgoing | None:
        """Take one of our own steps; None when the message is no longer in a state that has it."""
        while True:
            outgoing = await self._read(id_)
            if (outgoing.state, verb) not in delivery.STEPS:
                return None
            state = delivery.step(outgoing.state, verb)
            times = delivery.learn(outgoing.times, state, at)
            if await self._tools.store.move(outgoing, state, times, reason=reason, wamid=wamid):
                # not read again: between `begin` and the request nothing may fail
                return replace(outgoing, state=state, times=times, reason=reason, wamid=wamid or outgoing.wamid)

    async def hear(self, item: Item, event: StatusUpdate) -> MessageId | None:
        """Record a status and join it; on return the item is settled and the receipt line is true.

        Gives a message that failed, certainly, and is in the outbox again to be sent once more.
        """
        tools = self._tools
        outgoing = await self._of(event)
        origin = await tools.journal.origin(item)
        message, conversation = (outgoing.id, outgoing.conversation) if outgoing else (None, None)
        committed = await tools.journal.append(evidence.status(event, message, origin, conversation))
        again = None
        if outgoing is not None:
            again = await self._join(outgoing.id, event)
            if event.status == "failed" and event.error_code is not None:
                await self._consequences.learn(item, outgoing.conversation, event.error_code)
                await self._consequences.alarm(event.error_code, committed)
            await self.show(outgoing.id)
        await tools.store.settle(item, "noted" if outgoing is None else "relayed")
        return again

    async def _of(self, event: StatusUpdate) -> Outgoing | None:
        """The message a status is about: by our own id, which also finds a send whose answer was lost."""
        store = self._tools.store
        found = await store.outgoing(id_=referred(event.reference)[0]) if event.reference else None
        return found or await store.outgoing(wamid=event.wamid)

    async def _join(self, id_: MessageId, event: StatusUpdate) -> MessageId | None:
        """The message's id when it is to be sent again."""
        while True:
            outgoing = await self._read(id_)
            attempt = referred(event.reference)[1] if event.reference else outgoing.attempt
            if attempt < outgoing.attempt and event.status == "failed":
                return None  # that an earlier attempt failed is on record; this one may still arrive
            if await self._goes_again(outgoing, event):
                if await self._again(outgoing, event):
                    return id_
                continue
            state = delivery.join(outgoing.state, event.status)
            times = delivery.learn(outgoing.times, event.status, event.occurred_at)
            failed = state == "failed" and event.status == "failed"
            reason = describe_end(event.error_code) if failed else outgoing.reason
            if await self._tools.store.move(outgoing, state, times, reason=reason, wamid=event.wamid):
                break
        if state not in delivery.OPEN_STATES:
            self.notify(id_)
        return None

    async def _goes_again(self, outgoing: Outgoing, event: StatusUpdate) -> bool:
        """Whether it failed for a reason that passes, and would not overtake what was written after it."""
        row = find(event.error_code)
        if event.status != "failed" or not row.repeats_failed or (outgoing.state, "again") not in delivery.STEPS:
            return False
        is_left = row.again is not None and (row.again.tries is None or outgoing.attempt < row.again.tries)
        return is_left and await self._tools.store.is_last(outgoing)

    async def _again(self, outgoing: Outgoing, event: StatusUpdate) -> bool:
        """Put it back into the outbox, on record first, and let the limit that it met pass."""
        tools, row = self._tools, find(event.error_code)
        code = str(event.error_code)
        await tools.journal.append(evidence.outcome(outgoing.id, "again", attempt=outgoing.attempt + 1, code=code))
        if await self.step(outgoing.id, "again", tools.clock(), reason=say(row.text)) is None:
            return False
        if row.again is not None and row.waiting != "message":
            to = outgoing.conversation if row.waiting == "contact" else None
            self._pace.slow(to, row.again.pause(outgoing.attempt))
        self.notify(outgoing.id)
        return True

    async def show(self, id_: MessageId) -> Receipt:
        """Bring the receipt line of a message, all or a part of which this is, up to date.

        The newest state is shown last, however many change it at once.
        """
        message, _ = part_of(id_)
        async with self._turns.setdefault(message, asyncio.Lock()):
            parts = await self._tools.store.parts_of(message)
            shown = receipt(parts)
            line = parts[0].receipt
            if line is None and shown.may_settle:
                line = await self._line_of(parts[0], shown)
            if line is not None:
                try:
                    await self._tools.threads.update(parts[0].place, line, shown)
                except PeerRefused:
                    return shown  # somebody deleted the line: its states are on record all the same
        return shown

    async def _line_of(self, part: Outgoing, shown: Receipt) -> ActivityId | None:
        """The line that a store which was made anew does not know, or a new one: somebody is asked on it."""
        try:
            line = await post_once(self._tools, part.place, shown, mark=shown.marker, before=True)
        except (PeerRefused, Lost):
            return None
        await self._tools.store.set_receipt(part.message, line)
        self._tools.posted.pop(shown.marker, None)
        return line

    def settled(self, id_: MessageId) -> asyncio.Event:
        """Set once a message is certain to have left or not."""
        return self._settled.setdefault(id_, asyncio.Event())

    def notify(self, id_: MessageId) -> None:
        """Wake whoever waits for this message to be settled."""
        waiting = self._settled.get(id_)
        if waiting is not None:
            waiting.set()

    def forget(self, id_: MessageId) -> None:
        """Nobody waits for this message any more."""
        self._settled.pop(id_, None)

    async def _read(self, id_: MessageId) -> Outgoing:
        outgoing = await self._tools.store.outgoing(id_=id_)
        if outgoing is None:
            msg = "an outgoing message is not in the store"
            raise LookupError(msg)
        return outgoing
