"""A staff message on its way into the outbox: decided, recorded, shown with an undo. Sends nothing.

    files → decide → record → receipt → outbox

Each step can be repeated: it finds what an earlier try did.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from archive import Committed

from . import evidence, policy
from .change import SERVICE
from .composing import composed
from .errors import PeerRefused
from .introductions import Introductions
from .known import Contact
from .manners import Preface
from .media.enclosing import Enclosed, Enclosing, entries
from .model import (
    ActivityId,
    ConversationId,
    Item,
    MessageId,
    Place,
    StaffId,
    StaffMessage,
    Wamid,
    contact_of,
    message_id,
    part_id,
)
from .policy import Decision
from .posting import Lost, marker, post_once
from .receipts import receipt
from .sendable import Sendable
from .shown import NotSent, Shown
from .store import Outgoing, Write
from .tools import Tools
from .turns import Turns


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
    """Something that may leave, as one or more messages, as soon as it is on record.

    `settles` is the item that it came of, if that ends by it.
    """

    id: MessageId
    seq: int
    conversation: ConversationId
    what: Sequence[Sendable]
    author: StaffId
    place: Place
    settles: Item | None = None
    is_quiet: bool = False
    """Whether it has no receipt line: its author sees it where it is."""
    also: tuple[Write, ...] = ()
    """To be committed with it."""


class Outbound:
    """The way out as far as the outbox. Called in the conversation's lane."""

    def __init__(self, tools: Tools, turns: Turns, introductions: Introductions) -> None:
        self._tools = tools
        self._turns = turns
        self._enclosing = Enclosing(tools.threads, tools.journal, tools.clock)
        self.introductions = introductions

    async def decide(self, written: Written) -> list[Outgoing] | Held:
        """Decide, record and show; what is now in the outbox, nothing when it was stopped."""
        known = self._tools.journal.remembered(evidence.outbound_id(written.event))
        committed = known or await self._record(written)
        decision = evidence.decision_of(committed.record)
        if decision.outcome == "hold":
            return Held(committed=committed)
        if decision.outcome == "block":
            await self._refuse(written, committed, decision)
            return []
        return await self._queue(written, committed)

    async def _record(self, written: Written) -> Committed:
        tools, event = self._tools, written.event
        preface = await self.introductions.owed(written.conversation, event.author)
        files = await self.gather(written, written.item.received_at)
        fresh = await self.judge(written, files, written.item.received_at, preface)
        return await tools.journal.append(
            evidence.outbound_message(
                event,
                written.contact,
                written.conversation,
                fresh,
                await tools.journal.origin(written.item),
                quotes=await self._quoted(event, written.conversation),
                preface=preface,
                attachments=entries(files),
            )
        )

    async def gather(self, written: Written, since: datetime) -> tuple[Enclosed, ...]:
        """The files in a message, in the archive; errors as in `Enclosing.gather`."""
        return await self._enclosing.gather(written.event, since)

    async def _quoted(self, event: StaffMessage, conversation: ConversationId) -> Wamid | None:
        """WhatsApp's id of what a message quotes: the contact's, or one of ours that has left."""
        if event.quotes is None:
            return None
        theirs = await self._tools.store.message_at(conversation, event.quotes)
        if theirs is not None:
            return theirs.wamid
        ours = await self._tools.store.parts_of(message_id("teams", event.place.conversation, event.quotes))
        return ours[0].wamid if ours else None

    async def judge(
        self,
        written: Written,
        files: Sequence[Enclosed],
        now: datetime,
        preface: Preface,
        waived: Set[str] = frozenset(),
    ) -> Decision:
        """What would be decided at a time about a message with these files; `waived` as in `policy.outbound`."""
        tools = self._tools
        draft = policy.Draft(
            author=written.event.author,
            text=written.event.leaving,
            files=tuple(file.leaving for file in files if file.leaving is not None),
            stops=tuple(file.stop for file in files if file.stop is not None),
            reads_like_command=tools.clerk.is_command(written.event.text),
            preface=preface.text,
        )
        window = (await tools.store.conversation(written.conversation)).window
        return policy.outbound(
            tools.registry, tools.firm, draft, written.contact, window=window, now=now, waived=waived
        )

    async def release(
        self, written: Written, files: Sequence[Enclosed], decision: Decision, preface: Preface
    ) -> list[Outgoing]:
        """Let a message go that was held and may leave now."""
        message = evidence.outbound_id(written.event)
        released = evidence.released(message, written.conversation, decision, preface, entries(files))
        return await self._queue(written, await self._tools.journal.append(released))

    async def _refuse(self, written: Written, committed: Committed, decision: Decision) -> None:
        tools = self._tools
        mark = marker(committed)
        await tools.journal.append(evidence.outcome(committed.record.id, "blocked", rule=decision.rule))
        names = evidence.stopped_by(committed.record, decision.rule)
        text = f"{decision.text} ({', '.join(names)})" if names else decision.text
        shown = NotSent(marker=mark, rule=decision.rule, text=text, remedy=decision.remedy)
        await self._tell(written.event.place, shown, mark=mark, before=committed.existed)
        await tools.store.settle(written.item, "blocked")
        tools.posted.pop(mark, None)

    async def _queue(self, written: Written, committed: Committed) -> list[Outgoing]:
        event, id_ = written.event, evidence.outbound_id(written.event)
        preface = evidence.preface_of(committed.record)
        ready = Ready(
            id=id_,
            seq=written.item.seq,
            conversation=written.conversation,
            what=composed(
                preface.text + event.leaving,
                evidence.files_of(committed.record),
                quotes=await self._quoted(event, written.conversation),
            ),
            author=event.author.staff,
            place=event.place,
            settles=written.item,
            also=await self.introductions.made(written.item, preface, id_, written.conversation, event.author),
        )
        return await self.enqueue(ready, committed)

    async def enqueue(self, ready: Ready, committed: Committed) -> list[Outgoing]:
        """Show a receipt line and put what is on record into the outbox, once however often this is repeated."""
        tools = self._tools
        mark = marker(committed)
        known = await tools.store.parts_of(ready.id)
        if known:  # queued before a crash
            if ready.settles is not None:
                await tools.store.settle(ready.settles, "relayed")
            return known
        parts = self._parts(ready, committed)
        if not ready.is_quiet:
            line = await self._tell(ready.place, receipt(parts), mark=mark, before=committed.existed)
            parts = [replace(part, receipt=line) for part in parts]
        await tools.store.queue(ready.settles, parts, also=ready.also)
        tools.posted.pop(mark, None)
        return parts

    def _parts(self, ready: Ready, committed: Committed) -> list[Outgoing]:
        """The WhatsApp messages that a message leaves as."""
        tools = self._tools
        contact = tools.registry.contacts[contact_of(ready.conversation)]
        whole = Outgoing(
            id=ready.id,
            seq=ready.seq,
            conversation=ready.conversation,
            recipient=contact.aliases,
            contact_name=contact.display_name,
            what=None,
            author=ready.author,
            due_at=tools.clock() + (timedelta(0) if ready.author == SERVICE else tools.undo),
            place=ready.place,
            record=committed.record.index,
            state="queued",
            times=(),
            reason=self._turns.expect(ready.id, ready.conversation),
        )
        return [
            replace(whole, id=part_id(whole.id, number), what=what) for number, what in enumerate(ready.what, start=1)
        ]

    async def _tell(self, place: Place, shown: Shown, *, mark: str, before: bool) -> ActivityId | None:
        """Show something under the message; a thread that refuses it does not stop the message itself."""
        try:
            return await post_once(self._tools, place, shown, mark=mark, before=before)
        except (PeerRefused, Lost):
            return None
