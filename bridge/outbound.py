"""A staff message on its way to the contact: decided, recorded, shown with an undo, sent once, settled.

    decide → record → receipt → outbox ┊ undo delay → mark sending → send → outcome → receipt

Everything left of the dotted line can be repeated. Right of it stands the one act that cannot: WhatsApp has no
idempotency key. So `sending` is committed before the request leaves, our id travels with it, and whatever ends without
an answer is uncertain until a status webhook or a person settles it; it is never sent blindly again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from archive import Committed, Json

from . import evidence, policy
from .delivery import State, Step
from .errors import NeedsSomebody, PeerError, PeerRefused, PeerUnavailable
from .model import (
    ActivityId,
    ConversationId,
    Item,
    MessageId,
    Place,
    Press,
    StaffId,
    StaffMessage,
    Wamid,
    contact_of,
)
from .policy import Decision
from .posting import Lost, marker, post_once
from .receipts import Receipts, receipt
from .registry import Contact
from .retry import Sleep
from .sendable import Sendable, TemplateOut, TextOut
from .shown import Notice, NotSent, Shown
from .store import Outgoing
from .tools import Tools

UNNOTED = "whether WhatsApp took it was not noted"
"""True of a service that stopped while it was sending, and the only thing that is known then."""

BUSY_PAUSE = timedelta(seconds=2)
"""How long to wait when WhatsApp took nothing and named no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A staff message in a contact's thread, with whose thread it is."""

    item: Item
    event: StaffMessage
    contact: Contact
    conversation: ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A message that was decided to be kept, with its record."""

    committed: Committed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Something that may leave, as soon as it is on record. `settles` is the item that it came of, if it ends by it."""

    id: MessageId
    seq: int
    conversation: ConversationId
    what: Sendable
    author: StaffId
    place: Place
    settles: Item | None = None


class Outbound:
    """The way out. `decide` runs in the conversation's lane, `send` in one of its own: undo delays overlap."""

    def __init__(self, tools: Tools, receipts: Receipts, sleep: Sleep) -> None:
        self._tools = tools
        self._receipts = receipts
        self._sleep = sleep
        self._stopping = False
        self._in_flight = 0
        self._landed = asyncio.Event()
        self._heard: dict[MessageId, Wamid | PeerError] = {}
        """WhatsApp's answers that are not on record yet: an archive that is away must not make them uncertain."""
        self._blocked: dict[MessageId, Decision] = {}
        """Decisions that are not on record yet."""
        self._needed: NeedsSomebody | None = None

    # --- may it leave ------------------------------------------------------------------------------------------------

    async def decide(self, written: Written) -> Outgoing | Held | None:
        """Decide, record and show; the outgoing message that is now in the outbox, None when it was stopped."""
        tools = self._tools
        fresh = await self.judge(written, written.item.received_at)
        origin = await tools.journal.origin(written.item)
        committed = await tools.journal.append(
            evidence.outbound_message(written.event, written.contact, written.conversation, fresh, origin)
        )
        decision = evidence.decision_of(committed.record)
        if decision.outcome == "hold":
            return Held(committed=committed)
        if decision.outcome == "block":
            await self._refuse(written, committed, decision)
            return None
        return await self._queue(written, committed)

    async def judge(self, written: Written, now: datetime) -> Decision:
        """What would be decided about a message at a time."""
        tools = self._tools
        draft = policy.Draft(
            author=written.event.author,
            text=written.event.text,
            attachments=written.event.attachments,
            reads_like_command=tools.clerk.is_command(written.event.text),
        )
        window = (await tools.store.conversation(written.conversation)).window
        return policy.outbound(tools.registry, draft, written.contact, window=window, now=now)

    async def release(self, written: Written, decision: Decision) -> Outgoing:
        """Let a message go that was held and may leave now."""
        message = evidence.outbound_id(written.event)
        released = evidence.outcome(message, "released", decision=evidence.decided(decision))
        return await self._queue(written, await self._tools.journal.append(released))

    async def _refuse(self, written: Written, committed: Committed, decision: Decision) -> None:
        tools = self._tools
        mark = marker(committed)
        await tools.journal.append(evidence.outcome(committed.record.id, "blocked", rule=decision.rule))
        shown = NotSent(marker=mark, rule=decision.rule, text=decision.text, remedy=decision.remedy)
        await self._tell(written.event.place, shown, mark=mark, before=committed.existed)
        await tools.store.settle(written.item, "blocked")
        tools.posted.pop(mark, None)

    async def _queue(self, written: Written, committed: Committed) -> Outgoing:
        event = written.event
        ready = Ready(
            id=evidence.outbound_id(event),
            seq=written.item.seq,
            conversation=written.conversation,
            what=TextOut(text=event.text),
            author=event.author.staff,
            place=event.place,
            settles=written.item,
        )
        return await self.enqueue(ready, committed)

    async def enqueue(self, ready: Ready, committed: Committed) -> Outgoing:
        """Show a receipt line and put what is on record into the outbox, once however often this is repeated."""
        tools = self._tools
        mark = marker(committed)
        known = await tools.store.outgoing(id_=ready.id)
        if known is not None:  # queued before a crash
            if ready.settles is not None:
                await tools.store.settle(ready.settles, "relayed")
            return known
        contact = tools.registry.contacts[contact_of(ready.conversation)]
        outgoing = Outgoing(
            id=ready.id,
            seq=ready.seq,
            conversation=ready.conversation,
            recipient=contact.aliases,
            contact_name=contact.display_name,
            what=ready.what,
            author=ready.author,
            due_at=tools.clock() + tools.undo,
            place=ready.place,
            record=committed.record.index,
            state="queued",
            times=(),
        )
        line = await self._tell(ready.place, receipt(outgoing), mark=mark, before=committed.existed)
        outgoing = replace(outgoing, receipt=line)
        await tools.store.queue(ready.settles, outgoing)
        tools.posted.pop(mark, None)
        return outgoing

    async def _tell(self, place: Place, shown: Shown, *, mark: str, before: bool) -> ActivityId | None:
        """Show something under the message; a thread that refuses it does not stop the message itself."""
        try:
            return await post_once(self._tools, place, shown, mark=mark, before=before)
        except (PeerRefused, Lost):
            return None

    # --- it leaves, once ---------------------------------------------------------------------------------------------

    async def send(self, id_: MessageId) -> None:
        """See one outgoing message to the point where its outcome is known, or a person has been asked."""
        while (pause := await self._advance(id_)) is not None:
            await self._sleep(pause.total_seconds())
        await self._await_settlement(id_)
        self._receipts.forget(id_)

    async def _advance(self, id_: MessageId) -> timedelta | None:
        """One try to be rid of it; how long to wait before the next, None when there is nothing left to try."""
        outgoing = await self._tools.store.outgoing(id_=id_)
        if outgoing is None:
            return None
        if id_ in self._heard or outgoing.state == "sending":
            return await self._conclude(outgoing)
        if outgoing.state == "queued":
            await self._wait_until_due(outgoing)
        if id_ in self._blocked or (outgoing.state == "queued" and not self._stopping):
            return None if await self._blocked_now(outgoing) else await self._leave(outgoing)
        return None  # it is settled, or in the outbox for the next life of the service

    async def _wait_until_due(self, outgoing: Outgoing) -> None:
        tools = self._tools
        # a clock that was set back makes nobody wait longer
        pause = min(outgoing.due_at - tools.clock(), tools.undo) if outgoing.attempt == 1 else timedelta(0)
        if pause > timedelta(0):
            await self._sleep(pause.total_seconds())

    async def _blocked_now(self, outgoing: Outgoing) -> bool:
        """Stop what was allowed when it was written and is not any more: somebody was suspended or rejected since."""
        tools = self._tools
        contact = tools.registry.contacts[contact_of(outgoing.conversation)]
        conversation = await tools.store.conversation(outgoing.conversation)
        window = None if isinstance(outgoing.what, TemplateOut) else conversation.window
        decision = self._blocked.get(outgoing.id) or policy.still_outbound(
            tools.registry, outgoing.author, contact, window=window, now=tools.clock()
        )
        if decision.outcome == "relay":
            return False
        self._blocked[outgoing.id] = decision  # it stands, however long it takes to put it on record
        blocked = {"rule": decision.rule, "decision": cast("Json", evidence.decided(decision))}
        await tools.journal.append(evidence.outcome(outgoing.id, "blocked", attempt=outgoing.attempt, **blocked))
        await self._receipts.step(outgoing.id, "block", tools.clock(), reason=f"{decision.text} {decision.remedy}")
        await self._receipts.show(outgoing.id)
        del self._blocked[outgoing.id]
        return True

    async def _leave(self, outgoing: Outgoing) -> timedelta | None:
        self._in_flight += 1
        try:
            sending = await self._receipts.step(outgoing.id, "begin", self._tools.clock())
            return None if sending is None else await self._attempt(sending)  # None: undone meanwhile
        finally:
            self._in_flight -= 1
            self._landed.set()

    async def stop(self) -> None:
        """Let no new request leave and wait for the answers to the others: a clean stop makes nothing uncertain."""
        self._stopping = True
        while self._in_flight:
            self._landed.clear()
            await self._landed.wait()

    async def _attempt(self, sending: Outgoing) -> timedelta | None:
        """One request, and what follows from its answer."""
        tools = self._tools
        try:
            self._heard[sending.id] = await tools.phone.send(
                tools.line, sending.recipient, sending.content, reference=sending.id
            )
        except PeerError as error:
            self._heard[sending.id] = error
        return await self._conclude(sending)

    async def _conclude(self, sending: Outgoing) -> timedelta | None:
        """Put WhatsApp's answer on record and show it; repeatable while the answer is remembered."""
        heard, pause = self._heard.get(sending.id), None
        match heard:
            case None:  # an earlier life of this service died between asking and noting the answer
                await self._lose(sending, UNNOTED)
            case PeerUnavailable():
                await self._postpone(sending, heard)
                pause = heard.retry_after or BUSY_PAUSE
            case PeerRefused():
                await self._refused(sending, heard)
            case PeerError():
                await self._lose(sending, heard.text)
            case _:
                await self._accepted(sending, heard)
        await self._receipts.show(sending.id)
        self._heard.pop(sending.id, None)
        return pause

    async def _postpone(self, sending: Outgoing, error: PeerUnavailable) -> None:
        """WhatsApp certainly took nothing."""
        await self._receipts.step(sending.id, "postpone", self._tools.clock(), reason=error.text)
        if isinstance(error, NeedsSomebody):
            self._needed = error
            await self._tools.outage.begin(None, error)

    async def _refused(self, sending: Outgoing, error: PeerRefused) -> None:
        if isinstance(sending.what, TemplateOut):
            self._tools.catalogue.doubt()  # it may have been changed or paused since it was chosen
        failed = evidence.outcome(sending.id, "failed", attempt=sending.attempt, code=error.code, reason=error.text)
        await self._tools.journal.append(failed)
        await self._receipts.step(sending.id, "refused", self._tools.clock(), reason=error.text)

    async def _accepted(self, sending: Outgoing, wamid: Wamid) -> None:
        tools = self._tools
        await tools.journal.append(evidence.outcome(sending.id, "accepted", attempt=sending.attempt, network_id=wamid))
        await tools.store.answered(sending.conversation, tools.clock())
        await self._receipts.step(sending.id, "accepted", tools.clock(), wamid=wamid)
        needed, self._needed = self._needed, None
        await tools.outage.end(None, needed)

    async def _lose(self, outgoing: Outgoing, why: str) -> None:
        """Nobody knows whether it left: say so, on record and in the thread, and let those behind it wait a while."""
        uncertain = evidence.outcome(outgoing.id, "uncertain", attempt=outgoing.attempt, reason=why)
        await self._tools.journal.append(uncertain)
        await self._receipts.step(outgoing.id, "lost", self._tools.clock(), reason=why)

    async def _await_settlement(self, id_: MessageId) -> None:
        """While it is uncertain, those behind it wait for a status; then a person is asked and the lane goes on."""
        settled = self._receipts.settled(id_)  # listening before looking
        outgoing = await self._tools.store.outgoing(id_=id_)
        if outgoing is None or outgoing.state != "uncertain":
            return
        try:
            if not outgoing.asked:
                await asyncio.wait_for(settled.wait(), self._tools.settle_within.total_seconds())
        except TimeoutError:
            await self._tools.store.ask(id_)
        await self._receipts.show(id_)

    # --- buttons -----------------------------------------------------------------------------------------------------

    async def press(self, item: Item, event: Press) -> tuple[Shown, MessageId | None]:
        """Undo, or settle what is uncertain: the receipt as it is afterwards, and a message to send again.

        An undo takes effect before it is recorded (nothing crosses by it, and an archive that is away must not let the
        message leave meanwhile); sending again is recorded before it takes effect.
        """
        id_ = MessageId(event.value("message") or "")
        verb = event.verb
        before = await self._tools.store.outgoing(id_=id_)
        if before is None or not self._is_authorised(event):
            await self._record(item, event, {"outcome": "refused"})
            text = "This message is not known here." if before is None else "Only authorised staff can do that."
            return Notice(text=text, tone="bad"), None
        if verb == "undo":
            await self._receipts.step(id_, "undo", self._tools.clock())
            before = await self._read(id_)
        done = await self._record(item, event, _result(verb, before))
        if done and verb != "undo":
            await self._receipts.step(id_, _STEP_OF[verb], self._tools.clock())
        after = await self._read(id_)
        if done and after.state == _EFFECT[verb]:
            decided = evidence.outcome(id_, after.state, attempt=after.attempt, decided_by=event.author.staff)
            await self._tools.journal.append(decided)
        if after.state != "uncertain":
            self._receipts.notify(id_)
        shown = await self._receipts.show(id_)
        return shown, id_ if verb == "resend" and after.state == "queued" else None

    def _is_authorised(self, event: Press) -> bool:
        return self._tools.registry.is_authorised(event.author.staff)

    async def _record(self, item: Item, event: Press, result: evidence.Fields) -> bool:
        """Put a press on record; whether it counts. What was recorded first stands, whatever has happened since."""
        tools = self._tools
        about: evidence.Fields = {"refers_to": {"id": event.value("message") or "", "as": event.verb}}
        origin = await tools.journal.origin(item)
        draft = evidence.command(item, event.verb, event.author.staff, event.verb, result | about, origin)
        return (await tools.journal.append(draft)).record.fields["outcome"] == "done"

    async def _read(self, id_: MessageId) -> Outgoing:
        outgoing = await self._tools.store.outgoing(id_=id_)
        if outgoing is None:
            msg = "an outgoing message is not in the store"
            raise LookupError(msg)
        return outgoing


def _result(verb: str, outgoing: Outgoing) -> evidence.Fields:
    """Whether a press counts: an undo that came in time, or an answer to what was asked."""
    counts = outgoing.state == "undone" if verb == "undo" else outgoing.state == "uncertain" and outgoing.asked
    return {"outcome": "done"} if counts else {"outcome": "too-late", "state": outgoing.state}


_STEP_OF: Mapping[str, Step] = {"arrived": "arrived", "resend": "again"}
_EFFECT: Mapping[str, State] = {"undo": "undone", "arrived": "sent", "resend": "queued"}
