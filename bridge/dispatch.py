"""A message in the outbox on its way to WhatsApp: it waits out its undo delay, leaves once, and is settled.

    outbox → undo delay → turn → upload its file → mark sending → send → outcome → receipt

WhatsApp has no idempotency key, so this cannot be repeated. `sending` is committed before the request leaves, our id
travels with it, and whatever ends without an answer is uncertain until a status webhook or a person settles it; it is
never sent blindly again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

from archive import Committed, Json

from . import evidence, policy
from .change import SERVICE
from .consequences import Consequences
from .errors import Facts, NeedsSomebody, PeerError, PeerRefused, PeerUnavailable
from .introductions import Introductions
from .language import say
from .media.uploads import Uploads
from .model import ConversationId, MessageId, Wamid, contact_of, reference
from .policy import Decision
from .posting import Lost, marker, post_once
from .receipts import Receipts
from .retry import TRANSIENT, Sleep
from .sendable import MediaOut, ReactionOut, Sendable, TemplateOut, TextOut
from .shown import Notice
from .store import Outgoing
from .tools import Tools
from .turns import Turns
from .whatsapp.codes import describe_end

UNNOTED = "whether WhatsApp took it was not noted"
"""True of a service that stopped while it was sending, and the only thing that is known then."""

PARAMETER_INVALID = "131009"
"""WhatsApp's code for a value it does not take, among them a message that cannot be quoted any more."""


class Dispatch:
    """Each message has a call of `send`, in a lane of its conversation's: undo delays overlap."""

    def __init__(
        self,
        tools: Tools,
        receipts: Receipts,
        turns: Turns,
        consequences: Consequences,
        introductions: Introductions,
        sleep: Sleep,
        answered: Callable[[ConversationId], None],
    ) -> None:
        self._tools = tools
        self._receipts = receipts
        self._introductions = introductions
        self._turns = turns
        self._consequences = consequences
        self._sleep = sleep
        self._answered = answered
        self._uploads = Uploads(tools.phone, tools.journal, tools.line)
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
        self._uploads.forget(id_)
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
            return None if await self._blocked_now(outgoing) else await self._go(outgoing)
        return None  # it is settled, or in the outbox for the next life of the service

    async def _go(self, outgoing: Outgoing) -> timedelta | None:
        """Send it; its file goes first, which nobody sees, so that a crash meanwhile leaves nothing uncertain."""
        if self._uploads.is_ready(outgoing.id, outgoing.what):
            return await self._leave(outgoing)
        now = await self._tools.store.outgoing(id_=outgoing.id)
        if now is None or now.state != "queued":
            return None  # undone meanwhile, and what was taken back is not given to WhatsApp either
        try:
            await self._uploads.upload(outgoing.id, outgoing.what)
        except PeerUnavailable as error:
            self._heard[outgoing.id] = self._again_or_never(outgoing, error)
            return await self._conclude(outgoing)
        except PeerRefused as error:
            self._heard[outgoing.id] = error
            return await self._conclude(outgoing)
        # that took a while: somebody may have decided something, or the service has to stop
        return None if self._stopping or await self._blocked_now(outgoing) else await self._leave(outgoing)

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
        window = None
        if not isinstance(outgoing.what, TemplateOut):
            window = (await tools.store.conversation(outgoing.conversation)).window
        stands_alone = isinstance(outgoing.what, TemplateOut | ReactionOut)
        told = stands_alone or not await self._introductions.is_taken_back(contact)
        decision = self._blocked.get(outgoing.id) or policy.still_outbound(
            tools.registry, tools.firm, outgoing.author, contact, window=window, now=tools.clock(), told=told
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
        try:
            what = self._uploads.ready(sending.id, sending.content)
            self._heard[sending.id] = await self._request(sending, what)
        except PeerUnavailable as error:
            self._heard[sending.id] = self._again_or_never(sending, error)
        except PeerError as error:
            self._heard[sending.id] = error
        else:
            self._turns.ended(sending.id, went=True)
        return await self._conclude(sending)

    async def _request(self, sending: Outgoing, what: Sendable) -> Wamid:
        """Hand it to WhatsApp; without its quotation if what it quotes is the one thing that WhatsApp refuses."""
        tools, known = self._tools, reference(sending.id, sending.attempt)
        try:
            return await tools.phone.send(tools.line, sending.recipient, what, reference=known)
        except PeerRefused as error:
            if error.code != PARAMETER_INVALID or not isinstance(what, TextOut | MediaOut) or what.quotes is None:
                raise
        return await tools.phone.send(tools.line, sending.recipient, replace(what, quotes=None), reference=known)

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
        if isinstance(sending.what, TemplateOut):
            self._tools.catalogue.doubt()  # it may have been changed or paused since it was chosen
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
        if isinstance(sending.what, ReactionOut):
            await self._tell(sending, committed, error)
        if error.code.isdigit():
            await self._consequences.alarm(int(error.code), committed)

    async def _tell(self, sending: Outgoing, failed: Committed, error: PeerRefused) -> None:
        """A reaction has no receipt line: say in the thread that it did not arrive."""
        mark = marker(failed)
        shown = Notice(
            marker=mark, text=say("The reaction did not reach the contact: {text}", text=error.text), tone="warning"
        )
        with suppress(PeerRefused, Lost):  # it is on record
            await post_once(self._tools, sending.place, shown, mark=mark, before=failed.existed)
        self._tools.posted.pop(mark, None)

    async def _accepted(self, sending: Outgoing, wamid: Wamid) -> None:
        tools = self._tools
        await tools.journal.append(evidence.outcome(sending.id, "accepted", attempt=sending.attempt, network_id=wamid))
        if sending.author != SERVICE:  # nobody has answered
            await tools.store.answered(sending.conversation, tools.clock())
            self._answered(sending.conversation)
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
