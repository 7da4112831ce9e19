"""What staff change after it has left: WhatsApp cannot take it back, so a correction is offered, and sent if they want.

The edit is its own item in the store, bytes and all, until its author has decided; the correction is decided, recorded
and sent like any message.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive import Committed

from . import evidence, policy
from .composing import composed
from .errors import PeerRefused
from .language import mark, say
from .model import ConversationId, Item, MessageId, Press, StaffChange, contact_of, message_id
from .outbound import Outbound, Ready
from .policy import Decision
from .ports import Interpret
from .posting import Lost, marker, post_once, press_refused
from .shown import Correctable, Notice, NotSent, Shown
from .store import Outgoing
from .tools import Tools

BUTTONS = frozenset({"correction-send", "correction-discard"})

BEFORE = "Correction: "
"""What a correction begins with, so that the contact knows what it is."""

GONE = mark("This correction is not offered any more: it was sent or dropped.")


class Corrections:
    """Every method is called in the conversation's lane and can be repeated."""

    def __init__(self, tools: Tools, outbound: Outbound, interpret: Interpret) -> None:
        self._tools = tools
        self._outbound = outbound
        self._interpret = interpret

    async def offer(
        self, item: Item, event: StaffChange, conversation: ConversationId, committed: Committed, meaning: str
    ) -> None:
        """Keep an edit that came too late, and ask its author whether the contact shall know."""
        tools = self._tools
        mark = marker(committed)
        shown = Correctable(
            marker=mark,
            change=committed.record.id,
            author=event.author.name,
            contact=tools.registry.contacts[contact_of(conversation)].display_name,
            text=f"{BEFORE}{event.text}",
            meaning=meaning,
        )
        try:
            await post_once(tools, event.place, shown, mark=mark, before=committed.existed)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(committed.record.id, "unanswered"))
        await tools.store.park(item, conversation)
        tools.posted.pop(mark, None)

    async def press(self, item: Item, event: Press) -> tuple[Shown, Sequence[Outgoing]]:
        """What the card shows after a press, and a correction that is now in the outbox."""
        tools = self._tools
        conversation = tools.rooms.conversation_at(event.place)
        kept = None if conversation is None else await self._kept(conversation, event.value("change") or "")
        if conversation is None or kept is None:
            sent = await tools.store.parts_of(_id(item, event)) if event.verb == "correction-send" else ()
            if sent:
                return Notice(text=say(GONE), tone="warning"), sent
            return await press_refused(tools, item, event, "nothing-to-correct", say(GONE)), sent
        parked, change = kept
        if event.author.staff != change.author.staff:
            text = say("Only {name} can do that.", name=change.author.name)
            return await press_refused(tools, item, event, "author-only", text), ()
        if event.verb == "correction-discard":
            await self._record(item, event)
            await tools.store.settle(parked, "noted")
            return await self._finish(event, Notice(text=say("No correction was sent."))), ()
        return await self._send(item, event, parked, change, conversation)

    async def _kept(self, conversation: ConversationId, change: str) -> tuple[Item, StaffChange] | None:
        for item in await self._tools.store.parked(conversation):
            event = await self._interpret(item)
            if isinstance(event, StaffChange) and evidence.change_id(event) == change:
                return item, event
        return None

    async def _send(
        self, item: Item, event: Press, parked: Item, change: StaffChange, conversation: ConversationId
    ) -> tuple[Shown, Sequence[Outgoing]]:
        tools = self._tools
        contact = tools.registry.contacts[contact_of(conversation)]
        text = f"{BEFORE}{change.text}"
        window = (await tools.store.conversation(conversation)).window
        preface = await self._outbound.introductions.owed(conversation, event.author)
        draft = policy.Draft(author=event.author, text=text, preface=preface.text)
        fresh = policy.outbound(tools.registry, tools.firm, draft, contact, window=window, now=tools.clock())
        committed = await tools.journal.append(
            evidence.correction(
                event,
                _id(item, event),
                text,
                contact,
                conversation,
                await tools.journal.origin(item),
                decision=fresh,
                corrects=message_id("teams", change.place.conversation, change.activity),
                preface=preface,
            )
        )
        decision = evidence.decision_of(committed.record)
        if decision.outcome != "relay":
            await tools.journal.append(evidence.outcome(committed.record.id, "blocked", rule=decision.rule))
            return _not_sent(decision), ()
        preface, id_ = evidence.preface_of(committed.record), MessageId(committed.record.id)
        ready = Ready(
            id=id_,
            seq=item.seq,
            conversation=conversation,
            what=composed(preface.text + text),
            author=event.author.staff,
            place=event.place,
            settles=parked,
            also=await self._outbound.introductions.made(item, preface, id_, conversation, event.author),
        )
        parts = await self._outbound.enqueue(ready, committed)
        return await self._finish(
            event, Notice(text=say("Correction sent; its delivery is shown below."), tone="good")
        ), parts

    async def _finish(self, event: Press, shown: Notice) -> Notice:
        """Replace the card for everybody: nothing is left to press on it."""
        try:
            await self._tools.threads.update(event.place, event.activity, shown)
        except PeerRefused:
            return shown  # somebody deleted the card
        return shown

    async def _record(self, item: Item, event: Press) -> None:
        about: evidence.Fields = {
            "outcome": "done",
            "refers_to": {"id": event.value("change") or "", "as": event.verb},
        }
        origin = await self._tools.journal.origin(item)
        await self._tools.journal.append(
            evidence.command(item, event.verb, event.author.staff, event.verb, about, origin)
        )


def _id(item: Item, event: Press) -> MessageId:
    return message_id("teams", event.place.conversation, item.key)


def _not_sent(decision: Decision) -> NotSent:
    return NotSent(marker="", rule=decision.rule, text=decision.text, remedy=decision.remedy)
