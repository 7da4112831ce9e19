"""A staff message on its way to the contact: decided, recorded, shown with an undo, sent once, settled.

    decide → record → receipt → outbox ┊ undo delay → mark sending → send → outcome → receipt

Everything left of the dotted line can be repeated. Right of it stands the one act that cannot: WhatsApp has no
idempotency key. So `sending` is committed before the request leaves, our id travels with it, and whatever ends without
an answer is uncertain until a status webhook or a person settles it; it is never sent blindly again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import cast

from archive import Committed, Json

from . import evidence, policy
from .composing import composed
from .consequences import Consequences
from .errors import Facts, NeedsSomebody, PeerError, PeerRefused, PeerUnavailable
from .model import (
    ActivityId,
    ConversationId,
    Item,
    MessageId,
    StaffMessage,
    Wamid,
    contact_of,
    part_id,
    reference,
)
from .policy import Decision
from .posting import Lost, marker, post_once
from .receipts import Receipts, receipt
from .registry import Contact
from .retry import TRANSIENT, Sleep
from .shown import NotSent, Shown
from .store import Outgoing
from .tools import Tools
from .turns import Turns
from .whatsapp.codes import describe_end

UNNOTED = "whether WhatsApp took it was not noted"
"""True of a service that stopped while it was sending, and the only thing that is known then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A staff message in a contact's thread, with whose thread it is."""

    item: Item
    event: StaffMessage
    contact: Contact
    conversation: ConversationId


class Outbound:
    """The way out. `decide` runs in the conversation's lane, `send` in one of its own: undo delays overlap."""

    def __init__(
        self, tools: Tools, receipts: Receipts, turns: Turns, consequences: Consequences, sleep: Sleep
    ) -> None:
        self._tools = tools
        self._receipts = receipts
        self._turns = turns
        self._consequences = consequences
        self._sleep = sleep
        self._stopping = False
        self._in_flight = 0
        self._landed = asyncio.Event()
        self._heard: dict[MessageId, Wamid | PeerError] = {}
        """WhatsApp's answers that are not on record yet: an archive that is away must not make them uncertain."""
        self._pauses: dict[MessageId, timedelta] = {}
        """How long to wait before what WhatsApp did not take is tried again."""
        self._blocked: dict[MessageId, Decision] = {}
        """Decisions that are not on record yet."""
        self._needed: NeedsSomebody | None = None

    # --- may it leave ------------------------------------------------------------------------------------------------

    async def decide(self, written: Written) -> list[Outgoing]:
        """Decide, record and show; what is now in the outbox, nothing when it was stopped."""
        tools = self._tools
        conversation = await tools.store.conversation(written.conversation)
        draft = policy.Draft(
            author=written.event.author,
            text=written.event.leaving,
            attachments=written.event.attachments,
            reads_like_command=tools.clerk.is_command(written.event.text),
        )
        fresh = policy.outbound(
            tools.registry,
            draft,
            written.contact,
            window=conversation.window,
            now=written.item.received_at,
        )
        origin = await tools.journal.origin(written.item)
        committed = await tools.journal.append(
            evidence.outbound_message(written.event, written.contact, conversation.id, fresh, origin)
        )
        decision = evidence.decision_of(committed.record)
        if decision.outcome != "relay":
            await self._refuse(written, committed, decision)
            return []
        return await self._queue(written, committed)

    async def _refuse(self, written: Written, committed: Committed, decision: Decision) -> None:
        tools = self._tools
        mark = marker(committed)
        await tools.journal.append(evidence.outcome(committed.record.id, "blocked", rule=decision.rule))
        shown = NotSent(marker=mark, rule=decision.rule, text=decision.text, remedy=decision.remedy)
        await self._tell(written, shown, mark=mark, before=committed.existed)
        await tools.store.settle(written.item, "blocked")
        tools.posted.pop(mark, None)

    async def _queue(self, written: Written, committed: Committed) -> list[Outgoing]:
        tools = self._tools
        mark = marker(committed)
        known = await tools.store.parts_of(MessageId(committed.record.id))
        if known:  # queued before a crash
            await tools.store.settle(written.item, "relayed")
            return known
        parts = self._parts(written, committed)
        line = await self._tell(written, receipt(parts), mark=mark, before=committed.existed)
        parts = [replace(part, receipt=line) for part in parts]
        await tools.store.queue(written.item, parts)
        tools.posted.pop(mark, None)
        return parts

    def _parts(self, written: Written, committed: Committed) -> list[Outgoing]:
        """The WhatsApp messages that a message leaves as."""
        tools = self._tools
        whole = Outgoing(
            id=MessageId(committed.record.id),
            seq=written.item.seq,
            conversation=written.conversation,
            recipient=written.contact.aliases,
            contact_name=written.contact.display_name,
            what=None,
            author=written.event.author.staff,
            due_at=tools.clock() + tools.undo,
            place=written.event.place,
            record=committed.record.index,
            state="queued",
            times=(),
            reason=self._turns.expect(MessageId(committed.record.id), written.conversation),
        )
        return [
            replace(whole, id=part_id(whole.id, number), what=what)
            for number, what in enumerate(composed(written.event.leaving), start=1)
        ]

    async def _tell(self, written: Written, shown: Shown, *, mark: str, before: bool) -> ActivityId | None:
        """Show something under the message; a thread that refuses it does not stop the message itself."""
        try:
            return await post_once(self._tools, written.event.place, shown, mark=mark, before=before)
        except (PeerRefused, Lost):
            return None

    # --- it leaves, once ---------------------------------------------------------------------------------------------

    async def send(self, id_: MessageId) -> None:
        """See one outgoing message to the point where its outcome is known, or a person has been asked."""
        try:
            while (pause := await self._advance(id_)) is not None:
                await self._sleep(pause.total_seconds())
        except TRANSIENT:
            raise  # it is still its turn, once the archive or the store is back
        except BaseException:
            self._turns.ended(id_, went=False)
            raise
        self._turns.ended(id_, went=False)
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
            await self._turns.wait(id_, outgoing.conversation, partial(self._say, outgoing))
        if id_ in self._blocked or (outgoing.state == "queued" and not self._stopping):
            return None if await self._blocked_now(outgoing) else await self._leave(outgoing)
        return None  # it is settled, or in the outbox for the next life of the service

    async def _wait_until_due(self, outgoing: Outgoing) -> None:
        tools = self._tools
        # a clock that was set back makes nobody wait longer
        pause = min(outgoing.due_at - tools.clock(), tools.undo) if outgoing.attempt == 1 else timedelta(0)
        if pause > timedelta(0):
            await self._sleep(pause.total_seconds())

    async def _say(self, outgoing: Outgoing, why: str) -> None:
        """Show why it waits, unless its receipt says already when it will leave."""
        if outgoing.reason is None or outgoing.attempt > 1:
            await self._receipts.step(outgoing.id, "wait", self._tools.clock(), reason=why)
            await self._receipts.show(outgoing.id)

    async def _blocked_now(self, outgoing: Outgoing) -> bool:
        """Stop what was allowed when it was written and is not any more: somebody was suspended or rejected since."""
        tools = self._tools
        contact = tools.registry.contacts[contact_of(outgoing.conversation)]
        window = (await tools.store.conversation(outgoing.conversation)).window
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
                tools.line, sending.recipient, sending.content, reference=reference(sending.id, sending.attempt)
            )
        except PeerUnavailable as error:
            self._heard[sending.id] = self._again_or_never(sending, error)
        except PeerError as error:
            self._heard[sending.id] = error
        else:
            self._turns.ended(sending.id, went=True)
        return await self._conclude(sending)

    def _again_or_never(self, sending: Outgoing, error: PeerUnavailable) -> PeerError:
        """The error itself while it may be tried again; once that was tried often enough, a refusal."""
        pause = self._turns.failed(sending.id, sending.conversation, error)
        if pause is not None:
            self._pauses[sending.id] = pause
            return error
        code = error.code or "unreachable"
        text = describe_end(int(code)) if code.isdigit() else error.text
        return PeerRefused(error.peer, text, code=code, facts=error.facts)

    async def _conclude(self, sending: Outgoing) -> timedelta | None:
        """Put WhatsApp's answer on record and show it; repeatable while the answer is remembered."""
        heard, pause = self._heard.get(sending.id), None
        match heard:
            case None:  # an earlier life of this service died between asking and noting the answer
                await self._lose(sending, UNNOTED)
            case PeerUnavailable():
                await self._postpone(sending, heard)
                pause = self._pauses[sending.id]
            case PeerRefused():
                await self._refused(sending, heard)
            case PeerError():
                await self._lose(sending, heard.text, heard.facts)
            case _:
                await self._accepted(sending, heard)
        await self._receipts.show(sending.id)
        self._heard.pop(sending.id, None)
        self._pauses.pop(sending.id, None)
        return pause

    async def _postpone(self, sending: Outgoing, error: PeerUnavailable) -> None:
        """WhatsApp certainly took nothing."""
        if error.code is not None:
            postponed = evidence.postponed(
                sending.id, attempt=sending.attempt, code=error.code, reason=error.text, error=error.facts
            )
            await self._tools.journal.append(postponed)
        await self._receipts.step(sending.id, "postpone", self._tools.clock(), reason=error.text)
        if isinstance(error, NeedsSomebody):
            self._needed = error
            await self._tools.outage.begin(None, error)

    async def _refused(self, sending: Outgoing, error: PeerRefused) -> None:
        failed = evidence.outcome(
            sending.id,
            "failed",
            attempt=sending.attempt,
            code=error.code,
            reason=error.text,
            **evidence.said(error.facts),
        )
        committed = await self._tools.journal.append(failed)
        await self._receipts.step(sending.id, "refused", self._tools.clock(), reason=error.text)
        if error.code.isdigit():
            await self._consequences.alarm(int(error.code), committed)

    async def _accepted(self, sending: Outgoing, wamid: Wamid) -> None:
        tools = self._tools
        await tools.journal.append(evidence.outcome(sending.id, "accepted", attempt=sending.attempt, network_id=wamid))
        await tools.store.answered(sending.conversation, tools.clock())
        self._consequences.works()
        await self._receipts.step(sending.id, "accepted", tools.clock(), wamid=wamid)
        needed, self._needed = self._needed, None
        await tools.outage.end(None, needed)

    async def _lose(self, outgoing: Outgoing, why: str, error: Facts = ()) -> None:
        """Nobody knows whether it left: say so, on record and in the thread, and let those behind it wait a while."""
        uncertain = evidence.outcome(
            outgoing.id, "uncertain", attempt=outgoing.attempt, reason=why, **evidence.said(error)
        )
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
