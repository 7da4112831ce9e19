"""A contact's message on its way into the thread: decided, recorded, shown, settled. Each step can be repeated.

    sight → decide → record → [hold] → thread → post → outcome → settle

A crash or error after any step starts again from the first; every step finds what it did before (README, "Life of a
message").
"""

from __future__ import annotations

from dataclasses import replace

from archive import Committed

from . import evidence, policy
from .errors import PeerRefused, PeerUnavailable
from .model import ContactId, ContactMessage, ConversationId, Item, Place, StaffId, Text, conversation_id
from .policy import Decision
from .posting import Lost, marker, post_once
from .registry import Contact
from .shown import FromContact, Notice, Quarantined, ThreadOpening
from .store import Sent
from .store.rows import thread_key
from .tools import Tools
from .whatsapp import webhook

SHOWN_TEXT = 10_000
"""Characters of a contact's message that a post shows; the record has all of them."""

COUNTED_UP_TO = 20
"""Held messages of one sender that the quarantine card counts; a flood does not become a flood of updates."""

GONE = frozenset({"ConversationNotFound", "HTTP 404"})
"""How Teams says that a thread is not there any more."""


class Inbound:
    """The way in. One instance; its methods are called from lanes, one conversation at a time."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._held: dict[ContactId, int] = {}

    async def load(self) -> None:
        """Remember whose messages are held."""
        self._held = await self._tools.store.held_contacts()

    @property
    def held(self) -> int:
        """How many messages wait for a decision about their sender."""
        return sum(self._held.values())

    def releasable(self) -> list[Contact]:
        """Approved contacts that still have held messages: a crash came between approval and release."""
        registry = self._tools.registry
        return [registry.contacts[id_] for id_ in self._held if registry.contacts[id_].state == "approved"]

    async def receive(self, item: Item, event: ContactMessage, contact: Contact) -> None:
        """Take one message as far as it may go; on return it is settled or held."""
        tools = self._tools
        contact = tools.registry.contacts[contact.id]
        await self.release(contact)  # nothing overtakes what was held before it
        ambiguous = bool(tools.registry.doubts(contact, event.sender))
        fresh = policy.inbound(tools.registry, contact, event.line, ambiguous=ambiguous)
        conversation = conversation_id(event.line, contact.id)
        origin = await tools.journal.origin(item)
        committed = await tools.journal.append(evidence.inbound_message(event, contact, conversation, fresh, origin))
        decision = evidence.decision_of(committed.record)
        if decision.outcome == "relay":
            await self._relay(item, event, contact, committed)
        elif decision.outcome == "hold":
            await self._hold(item, contact, committed, decision)
        else:
            await tools.journal.append(evidence.outcome(committed.record.id, "blocked", rule=decision.rule))
            await tools.store.settle(item, "blocked")

    async def release(self, contact: Contact) -> None:
        """Show what was held of a contact that may now be shown, oldest first."""
        if contact.id not in self._held:
            return
        tools = self._tools
        contact = tools.registry.contacts[contact.id]  # as it is now, not as it was when this was queued
        last, remaining = 0, 0
        while items := await tools.store.held(contact.id, after=last):
            for item in items:
                last = item.seq
                remaining += not await self._released(item, contact)
        if remaining:
            self._held[contact.id] = remaining
        else:
            self._held.pop(contact.id, None)

    async def _released(self, item: Item, contact: Contact) -> bool:
        """Show one held message if it may be shown now; False leaves it held."""
        tools = self._tools
        event = webhook.read(item.raw, item.pointer)
        if not isinstance(event, ContactMessage):
            msg = "a held item is no message"
            raise TypeError(msg)
        ambiguous = bool(tools.registry.doubts(contact, event.sender))
        decision = policy.inbound(tools.registry, contact, event.line, ambiguous=ambiguous)
        if decision.outcome != "relay":
            return False
        released = evidence.outcome(evidence.inbound_id(event), "released", decision=evidence.decided(decision))
        committed = await tools.journal.append(released)
        await self._relay(item, event, contact, committed)
        return True

    # --- relayed -----------------------------------------------------------------------------------------------------

    async def _relay(self, item: Item, event: ContactMessage, contact: Contact, committed: Committed) -> None:
        tools = self._tools
        conversation = conversation_id(event.line, contact.id)
        message = evidence.inbound_id(event)
        mark = marker(committed)
        try:
            place = await self._thread(conversation, event, contact)
            shown = await self._shown(event, contact, mark)
            activity = await post_once(tools, place, shown, mark=mark, before=committed.existed)
        except PeerRefused as error:
            if error.code in GONE:
                await self._forget_thread(conversation)
                raise PeerUnavailable(error.peer, "the thread is gone; a new one is opened") from error
            await self._fail(item, message, mark, error.code)
            return
        except Lost:
            await self._fail(item, message, mark, "post-uncertain")
            return
        await tools.journal.append(evidence.outcome(message, "relayed", activity=activity))
        sent = Sent(
            id=message, conversation=conversation, wamid=event.wamid, activity=activity, record=committed.record.index
        )
        await tools.store.settle(
            item, "relayed", also=[tools.store.inbound_seen(conversation, event.occurred_at), tools.store.mapped(sent)]
        )
        tools.posted.pop(mark, None)

    async def _thread(self, id_: ConversationId, event: ContactMessage, contact: Contact) -> Place:
        """The contact's thread, created when it is not there; a crash while creating it is settled by looking."""
        tools = self._tools
        conversation = await tools.store.conversation(id_)
        if conversation.place is not None:
            return conversation.place
        channel = tools.registry.channels[event.line]
        opening = self._opening(contact)
        root = await tools.threads.find(channel, opening.marker) if conversation.opening else None
        if root is not None:
            place = replace(channel, root=root)
        else:
            await tools.store.set_place(id_, None, opening=True)
            place = await tools.threads.open(channel, opening)
        await tools.store.set_place(id_, place, opening=False)
        tools.rooms.threads[thread_key(place)] = id_
        return place

    async def _forget_thread(self, id_: ConversationId) -> None:
        place = (await self._tools.store.conversation(id_)).place
        if place is not None:
            self._tools.rooms.threads.pop(thread_key(place), None)
        await self._tools.store.set_place(id_, None, opening=False)

    def _opening(self, contact: Contact) -> ThreadOpening:
        registry = self._tools.registry
        by = contact.decided_by or ""
        return ThreadOpening(
            contact=contact.id,
            name=contact.display_name,
            address=contact.address,
            approved_by=registry.names.get(StaffId(by), by),
            approved_at=contact.decided_at or self._tools.clock(),
            marker=contact.id,
        )

    async def _shown(self, event: ContactMessage, contact: Contact, mark: str) -> FromContact:
        content = event.content
        if isinstance(content, Text):
            text = content.body
        else:
            text = f"{content.what[:1].upper()}{content.what[1:]}. It is recorded; it cannot be shown here yet."
            text += f"\n{content.caption}" if content.caption else ""
        if len(text) > SHOWN_TEXT:
            text = f"{text[:SHOWN_TEXT]}…\n(The rest is in the archive, record {mark}.)"
        quoted = await self._tools.store.message_of(wamid=event.quoted) if event.quoted else None
        return FromContact(
            marker=mark,
            name=contact.display_name,
            text=text,
            occurred_at=event.occurred_at,
            quoted=None if event.quoted is None else f"#{quoted.record}" if quoted else "an earlier message",
            placeholder=not isinstance(content, Text),
            forwarded=event.forwarded,
        )

    async def _fail(self, item: Item, message: str, mark: str, reason: str) -> None:
        """It is on record and could not be shown: administrators are told, without its content."""
        tools = self._tools
        failed = await tools.journal.append(evidence.outcome(message, "failed", reason=reason))
        text = f"Message {mark} from a contact is recorded but could not be shown in its thread ({reason})."
        notice = Notice(text=text, tone="bad", marker=marker(failed))
        await post_once(tools, tools.rooms.admin, notice, mark=notice.marker, before=failed.existed)
        await tools.store.settle(item, "failed")
        tools.posted.pop(notice.marker, None)

    # --- held --------------------------------------------------------------------------------------------------------

    async def _hold(self, item: Item, contact: Contact, committed: Committed, decision: Decision) -> None:
        """Keep it from staff; show administrators that somebody waits, not what they wrote."""
        tools = self._tools
        waiting = self._held.get(contact.id, 0) + 1
        if waiting == 1:
            await self._announce(contact, committed, decision)
        elif waiting <= COUNTED_UP_TO:
            await self.update_card(contact, waiting)
        await tools.store.hold(item, contact.id)
        self._held[contact.id] = waiting

    async def _announce(self, contact: Contact, committed: Committed, decision: Decision) -> None:
        tools = self._tools
        mark = marker(committed)
        shown: Quarantined | Notice
        if decision.rule == "channel-missing":
            shown = Notice(text=f"{decision.text} {decision.remedy}", tone="warning", marker=mark)
        else:
            shown = self._quarantined(contact, mark, 1)
        activity = await post_once(tools, tools.rooms.admin, shown, mark=mark, before=committed.existed)
        if isinstance(shown, Quarantined):
            await tools.store.remember_card(contact.id, activity, mark)
        tools.posted.pop(mark, None)

    async def update_card(self, contact: Contact, waiting: int | None = None) -> None:
        """Bring a contact's quarantine card up to date: how many wait, or what was decided and by whom."""
        tools = self._tools
        card = await tools.store.card_of(contact.id)
        if card is None:
            return
        activity, mark = card
        shown = self._quarantined(contact, mark, self._held.get(contact.id, 0) if waiting is None else waiting)
        try:
            await tools.threads.update(tools.rooms.admin, activity, shown)
        except PeerRefused:
            return  # somebody deleted the card; the command's own answer says the same

    def _quarantined(self, contact: Contact, mark: str, waiting: int) -> Quarantined:
        decided = None
        if contact.decided_by is not None and contact.state in {"approved", "rejected"}:
            by = self._tools.registry.names.get(StaffId(contact.decided_by), contact.decided_by)
            decided = f"{contact.state.capitalize()} by {by}"
        name = contact.name or dict(contact.values).get("profile")
        return Quarantined(
            contact=contact.id, name=name, address=contact.address, waiting=waiting, marker=mark, decided=decided
        )
