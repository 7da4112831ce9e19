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
from datetime import timedelta

from archive import Committed

from . import evidence, policy
from .delivery import Step
from .errors import OutcomeUnknown, PeerRefused, PeerUnavailable
from .model import ActivityId, ConversationId, Item, MessageId, Press, StaffMessage, Wamid
from .policy import Decision
from .posting import Lost, marker, post_once
from .receipts import Receipts, receipt
from .registry import Contact
from .retry import Sleep
from .shown import Notice, NotSent, Shown
from .store import Outgoing
from .tools import Tools

BUSY_PAUSE = timedelta(seconds=2)
"""How long to wait when WhatsApp took nothing and named no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A staff message in a contact's thread, with whose thread it is."""

    item: Item
    event: StaffMessage
    contact: Contact
    conversation: ConversationId


class Outbound:
    """The way out. `decide` runs in the conversation's lane, `send` in one of its own: undo delays overlap."""

    def __init__(self, tools: Tools, receipts: Receipts, sleep: Sleep) -> None:
        self._tools = tools
        self._receipts = receipts
        self._sleep = sleep
        self._stopping = False
        self._in_flight = 0
        self._landed = asyncio.Event()
        self._heard: dict[MessageId, Wamid | PeerRefused] = {}
        """WhatsApp's answers that are not on record yet: an archive that is away must not make them uncertain."""

    # --- may it leave ------------------------------------------------------------------------------------------------

    async def decide(self, written: Written) -> Outgoing | None:
        """Decide, record and show; the outgoing message that is now in the outbox, None when it was stopped."""
        tools = self._tools
        conversation = await tools.store.conversation(written.conversation)
        draft = policy.Draft(
            author=written.event.author,
            text=written.event.text,
            attachments=written.event.attachments,
            reads_like_command=tools.clerk.is_command(written.event.text),
        )
        fresh = policy.outbound(
            tools.registry,
            draft,
            written.contact,
            last_inbound_at=conversation.last_inbound_at,
            now=written.item.received_at,
        )
        origin = await tools.journal.origin(written.item)
        committed = await tools.journal.append(
            evidence.outbound_message(written.event, written.contact, conversation.id, fresh, origin)
        )
        decision = evidence.decision_of(committed.record)
        if decision.outcome != "relay":
            await self._refuse(written, committed, decision)
            return None
        return await self._queue(written, committed)

    async def _refuse(self, written: Written, committed: Committed, decision: Decision) -> None:
        tools = self._tools
        mark = marker(committed)
        await tools.journal.append(evidence.outcome(committed.record.id, "blocked", rule=decision.rule))
        shown = NotSent(marker=mark, rule=decision.rule, text=decision.text, remedy=decision.remedy)
        await self._tell(written, shown, mark=mark, before=committed.existed)
        await tools.store.settle(written.item, "blocked")
        tools.posted.pop(mark, None)

    async def _queue(self, written: Written, committed: Committed) -> Outgoing:
        tools = self._tools
        event = written.event
        mark = marker(committed)
        outgoing = Outgoing(
            id=MessageId(committed.record.id),
            seq=written.item.seq,
            conversation=written.conversation,
            recipient=written.contact.aliases,
            contact_name=written.contact.display_name,
            text=event.text,
            quoted=None,
            due_at=tools.clock() + tools.undo,
            place=event.place,
            record=committed.record.index,
            state="queued",
            times=(),
        )
        known = await tools.store.outgoing(id_=outgoing.id)
        if known is not None:  # queued before a crash
            await tools.store.settle(written.item, "relayed")
            return known
        line = await self._tell(written, receipt(outgoing), mark=mark, before=committed.existed)
        outgoing = replace(outgoing, receipt=line)
        await tools.store.queue(written.item, outgoing)
        tools.posted.pop(mark, None)
        return outgoing

    async def _tell(self, written: Written, shown: Shown, *, mark: str, before: bool) -> ActivityId | None:
        """Show something under the message; a thread that refuses it does not stop the message itself."""
        try:
            return await post_once(self._tools, written.event.place, shown, mark=mark, before=before)
        except (PeerRefused, Lost):
            return None

    # --- it leaves, once ---------------------------------------------------------------------------------------------

    async def send(self, id_: MessageId) -> None:
        """See one outgoing message to the point where its outcome is known, or a person has been asked."""
        outgoing = await self._tools.store.outgoing(id_=id_)
        if outgoing is None:
            return
        if id_ in self._heard:
            await self._conclude(outgoing)
        elif outgoing.state == "sending":  # an earlier life of this service died between asking and hearing
            await self._lose(outgoing, "the service was restarted while it was being sent")
        elif outgoing.state == "queued":
            await self._send_when_due(outgoing)
        await self._await_settlement(id_)
        self._receipts.forget(id_)

    async def _send_when_due(self, outgoing: Outgoing) -> None:
        tools = self._tools
        while True:
            pause = outgoing.due_at - tools.clock() if outgoing.attempt == 1 else timedelta(0)
            if pause > timedelta(0):
                await self._sleep(pause.total_seconds())
            if self._stopping:
                return  # it is in the outbox; the next life of the service sends it
            self._in_flight += 1
            try:
                sending = await self._receipts.step(outgoing.id, "begin", tools.clock())
                postponed = None if sending is None else await self._attempt(sending)  # None: undone meanwhile
            finally:
                self._in_flight -= 1
                self._landed.set()
            if postponed is None:
                return
            await self._sleep(postponed.total_seconds())

    async def stop(self) -> None:
        """Let no new request leave and wait for the answers to the others: a clean stop makes nothing uncertain."""
        self._stopping = True
        while self._in_flight:
            self._landed.clear()
            await self._landed.wait()

    async def _attempt(self, sending: Outgoing) -> timedelta | None:
        """One request; how long to wait before the next when WhatsApp certainly took nothing, else None."""
        tools = self._tools
        try:
            self._heard[sending.id] = await tools.phone.send_text(
                tools.line, sending.recipient, sending.text or "", reference=sending.id, quoted=sending.quoted
            )
        except PeerUnavailable as error:
            await self._receipts.step(sending.id, "postpone", tools.clock(), reason=error.text)
            await self._receipts.show(sending.id)
            return error.retry_after or BUSY_PAUSE
        except PeerRefused as error:
            self._heard[sending.id] = error
        except OutcomeUnknown as error:
            await self._lose(sending, error.text)
            return None
        await self._conclude(sending)
        return None

    async def _conclude(self, sending: Outgoing) -> None:
        """Put WhatsApp's answer on record and show it; repeatable while the answer is remembered."""
        tools = self._tools
        heard = self._heard[sending.id]
        if isinstance(heard, PeerRefused):
            details: evidence.Fields = {"code": heard.code, "reason": heard.text}
            await tools.journal.append(evidence.outcome(sending.id, "failed", attempt=sending.attempt, **details))
            await self._receipts.step(sending.id, "refused", tools.clock(), reason=heard.text)
        else:
            accepted = evidence.outcome(sending.id, "accepted", attempt=sending.attempt, network_id=heard)
            await tools.journal.append(accepted)
            await self._receipts.step(sending.id, "accepted", tools.clock(), wamid=heard)
        await self._receipts.show(sending.id)
        del self._heard[sending.id]

    async def _lose(self, outgoing: Outgoing, why: str) -> None:
        """Nobody knows whether it left: say so, on record and in the thread, and let those behind it wait a while."""
        await self._tools.journal.append(
            evidence.outcome(outgoing.id, "uncertain", attempt=outgoing.attempt, reason=why)
        )
        lost = await self._receipts.step(outgoing.id, "lost", self._tools.clock(), reason=why)
        if lost is not None:  # else a status has told meanwhile
            await self._receipts.show(outgoing.id)

    async def _await_settlement(self, id_: MessageId) -> None:
        """While it is uncertain, those behind it wait for a status; then a person is asked and the lane goes on."""
        settled = self._receipts.settled(id_)  # listening before looking
        outgoing = await self._tools.store.outgoing(id_=id_)
        if outgoing is None or outgoing.state != "uncertain":
            return
        try:
            await asyncio.wait_for(settled.wait(), self._tools.settle_within.total_seconds())
        except TimeoutError:
            await self._receipts.show(id_, may_settle=True)

    # --- buttons -----------------------------------------------------------------------------------------------------

    async def press(self, item: Item, event: Press) -> tuple[Shown, MessageId | None]:
        """Undo, or settle what is uncertain: the receipt as it is afterwards, and a message to send again.

        An undo takes effect before it is recorded (nothing crosses by it, and an archive that is away must not let the
        message leave meanwhile); sending again is recorded before it takes effect.
        """
        tools = self._tools
        id_ = MessageId(event.value("message") or "")
        outgoing = await tools.store.outgoing(id_=id_)
        member = tools.registry.staff.get(event.author.staff)
        allowed = member is not None and member.state == "authorised" and outgoing is not None
        undone = await self._receipts.step(id_, "undo", tools.clock()) if allowed and event.verb == "undo" else None
        origin = await tools.journal.origin(item)
        result: evidence.Fields = {
            "outcome": "done" if allowed else "refused",
            "refers_to": {"id": id_, "as": event.verb},
        }
        await tools.journal.append(evidence.command(item, event.verb, event.author.staff, event.verb, result, origin))
        if not allowed or outgoing is None:
            return Notice(text="Only authorised staff can do that.", tone="bad"), None
        moved = undone if event.verb == "undo" else await self._receipts.step(id_, _STEP_OF[event.verb], tools.clock())
        after = moved or outgoing
        if moved is not None or after.state == "undone":
            decided = evidence.outcome(id_, after.state, attempt=after.attempt, decided_by=event.author.staff)
            await tools.journal.append(decided)
            self._receipts.notify(id_)
        shown = await self._receipts.show(id_, may_settle=True)
        return shown, id_ if moved is not None and moved.state == "queued" else None


_STEP_OF: Mapping[str, Step] = {"arrived": "arrived", "resend": "again"}
