"""A contact's message on its way into the thread: decided, recorded, shown, settled. Each step can be repeated.

    sight → decide → record → [hold] → thread → post → outcome → settle

A crash or error after any step starts again from the first; every step finds what it did before (README, "Life of a
message").
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from archive import Committed

from . import bodies, consent, evidence, policy, telling
from .consent import Asked, Consent
from .content import Media, Unshown
from .errors import NeedsSomebody, PeerClosed, PeerError, PeerGone, PeerRefused, PeerUnavailable
from .header import Headers, opening
from .known import Contact
from .language import mark, say
from .media.files import Files
from .model import ContactId, ContactMessage, ConversationId, Item, Place, Wamid, contact_of, conversation_id, line_of
from .notes import Notes
from .parking import Parking
from .policy import Decision
from .posting import Lost, found, marker, post_once, tell_office
from .quarantine import Quarantine
from .read_marks import ReadMarks
from .retry import TRANSIENT
from .shown import Attached, FromContact, Notice
from .store import Conversation, Sent
from .store.rows import thread_key
from .tools import Tools
from .whatsapp import webhook
from .window import heard
from .work.desk import Desk

SHOWN_TEXT = 10_000
"""Characters of a contact's message that a post shows; the record has all of them."""

CHANNEL_GONE = mark(
    "the channel linked to this business number cannot be reached: it was deleted. "
    "Restore it, or link another channel with `channel link`."
)

MOVED = mark("This conversation goes on here: its earlier thread takes no more posts.")


def closed(error: PeerClosed) -> NeedsSomebody:
    """What administrators read while a contact's channel takes nothing: what closed it, and what they can do."""
    text = say(
        "the channel linked to this business number cannot be reached: {text}. Undo that, or link "
        "another channel with `channel link`.",
        text=say(error.text),
    )
    return NeedsSomebody(error.peer, text, code=error.code)


class Inbound:
    """The way in. One instance; its methods are called from lanes, one conversation at a time."""

    def __init__(
        self,
        tools: Tools,
        notes: Notes,
        quarantine: Quarantine,
        headers: Headers,
        files: Files,
        parking: Parking,
        consent: Consent,
        read_marks: ReadMarks,
        desk: Desk,
    ) -> None:
        self._tools = tools
        self._files = files
        self._notes = notes
        self._quarantine = quarantine
        self._headers = headers
        self._parking = parking
        self._consent = consent
        self._read_marks = read_marks
        self._desk = desk

    @property
    def held(self) -> int:
        """How many messages wait for a decision about their sender."""
        return self._quarantine.count

    async def receive(self, item: Item, event: ContactMessage, contact: Contact) -> None:
        """Take one message as far as it may go; on return it is settled or held."""
        tools = self._tools
        conversation = conversation_id(event.line, contact.id)
        await self.release(conversation)  # nothing overtakes what was held before it
        contact = tools.registry.contacts[contact.id]  # as it is now, not as it was when this was queued
        origin = await tools.journal.origin(item)
        fresh = self._decide(event, contact)
        committed = await tools.journal.append(evidence.inbound_message(event, contact, conversation, fresh, origin))
        if isinstance(event.content, Media):
            await self._files.expect(item, conversation, committed)
        decision = evidence.decision_of(committed.record)
        if isinstance(event.content, Unshown) and not event.content.is_known:
            await self._notes.unknown_kind(event.content.type, committed)
        asked = await self._consent.heed(item, event, conversation, decision)
        if decision.outcome == "relay":
            await self._relay(item, event, contact, committed, asked)
        elif decision.outcome == "hold":
            await self._quarantine.hold(item, contact.id, marker(committed))
        else:
            await tools.journal.append(evidence.outcome(committed.record.id, "blocked", rule=decision.rule))
            await tools.store.settle(item, "blocked")
        self._consent.forget(asked)

    async def release(self, conversation: ConversationId) -> None:
        """End what was held of a conversation whose contact was decided about: shown, oldest first, or blocked."""
        home = contact_of(conversation)
        for contact in (*self._tools.registry.contacts[home].absorbed, home):
            last = 0
            while self._is_decided(contact) and (items := await self._tools.store.held(contact, after=last)):
                for item in items:
                    last = item.seq
                    await self._release(item, conversation, contact)

    def _is_decided(self, contact: ContactId) -> bool:
        known = self._tools.registry.contacts[self._tools.registry.home(contact)]
        return self._quarantine.holds(contact) and known.state in {"approved", "rejected"}

    async def _release(self, item: Item, conversation: ConversationId, held: ContactId) -> None:
        """One held message; it stays held if it is another line's, or is not certain to be this contact's."""
        event = webhook.read(item.raw, item.pointer)
        contact = contact_of(conversation)
        if not isinstance(event, ContactMessage):
            await self._notes.unreadable(item)
            ended = True
        else:
            mine = conversation_id(event.line, contact) == conversation
            ended = mine and await self._end(item, event, self._tools.registry.contacts[contact])
        if ended:
            self._quarantine.released(held)
            self._files.ended(item)

    async def _end(self, item: Item, event: ContactMessage, contact: Contact) -> bool:
        try:
            return await self._ended(item, event, contact)
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001 - a defect stops this one and not those behind it, and goes on record
            await self._notes.failed(item, error)
            return True

    async def _ended(self, item: Item, event: ContactMessage, contact: Contact) -> bool:
        tools = self._tools
        decision = self._decide(event, contact)
        message = evidence.inbound_id(event)
        if decision.outcome == "relay":
            released = evidence.outcome(message, "released", decision=evidence.decided(decision))
            committed = await tools.journal.append(released)
            conversation = conversation_id(event.line, contact.id)
            asked = await self._consent.heed(item, event, conversation, decision)
            await self._relay(item, event, contact, committed, asked)
            self._consent.forget(asked)
        elif decision.outcome == "block":
            blocked = evidence.outcome(message, "blocked", rule=decision.rule, decision=evidence.decided(decision))
            await tools.journal.append(blocked)
            await tools.store.settle(item, "blocked")
        return decision.outcome != "hold"

    def _decide(self, event: ContactMessage, contact: Contact) -> Decision:
        registry = self._tools.registry
        return policy.inbound(
            registry,
            self._tools.firm,
            contact,
            event.line,
            ambiguous=bool(registry.doubts(contact, event.sender)),
            text=bodies.words(event.content),
        )

    # --- relayed -----------------------------------------------------------------------------------------------------

    async def _relay(
        self, item: Item, event: ContactMessage, contact: Contact, committed: Committed, asked: Asked | None
    ) -> None:
        tools = self._tools
        conversation = conversation_id(event.line, contact.id)
        message = evidence.inbound_id(event)
        mark = marker(committed)
        try:
            place = await self._thread(conversation, event, contact)
            shown = await self.shown(event, contact, mark)
            activity = await post_once(tools, place, shown, mark=mark, before=committed.existed)
        except PeerGone as error:
            await self._reopen(conversation, event, contact)
            raise PeerUnavailable(error.peer, "the thread is gone; a new one was opened") from error
        except PeerClosed as error:
            await self._leave(conversation, event, contact, error)
            raise PeerUnavailable(error.peer, "the thread is closed; one in another channel was opened") from error
        except PeerRefused as error:
            await self._fail(item, message, mark, error.code)
            return
        except Lost:
            await self._fail(item, message, mark, "post-uncertain")
            return
        await tools.journal.append(evidence.relayed(message, activity, place))
        await self._consent.answer(asked, item, event, conversation, place)
        await self._desk.heard(item, event, conversation, place)
        if not (await tools.store.conversation(conversation)).window.is_open(event.occurred_at):
            await self._parking.offer(conversation, event)
        sent = Sent(
            id=message, conversation=conversation, wamid=event.wamid, activity=activity, record=committed.record.index
        )
        opened = tools.store.inbound_seen(conversation, event.occurred_at, from_ad=event.referral is not None)
        await tools.store.settle(
            item,
            "relayed",
            also=[
                *([opened] if event.opens_window else []),
                *self._read_marks.shown(conversation, event),
                tools.store.mapped(sent),
            ],
        )
        await self._headers.moved(conversation)
        tools.posted.pop(mark, None)

    async def _thread(self, id_: ConversationId, event: ContactMessage, contact: Contact) -> Place:
        """The contact's thread, opened when it is not there."""
        conversation = await self._tools.store.conversation(id_)
        if conversation.place is not None and not conversation.opening and not _is_moving(conversation.place, contact):
            # the store may have failed right after it kept the place of a thread that was just opened
            self._tools.rooms.threads[thread_key(conversation.place)] = id_
            return conversation.place
        return await self._open(conversation, contact, _closes(conversation, event))

    async def _reopen(self, id_: ConversationId, event: ContactMessage, contact: Contact) -> None:
        conversation = await self._tools.store.conversation(id_)
        await self._open(conversation, contact, _closes(conversation, event))

    async def move(self, id_: ConversationId) -> None:
        """Go on in the contact's channel, where the thread is in another one by now; repeatable."""
        conversation = await self._tools.store.conversation(id_)
        contact = self._tools.registry.contacts[contact_of(id_)]
        if conversation.place is not None and _is_moving(conversation.place, contact):
            await self._open(conversation, contact, conversation.window.closes_at)

    async def _leave(self, id_: ConversationId, event: ContactMessage, contact: Contact, error: PeerClosed) -> None:
        """A closed channel is waited for, so that its threads go on; left only where another one is linked by now."""
        conversation = await self._tools.store.conversation(id_)
        linked = self._tools.registry.channel_of(contact, event.line)
        if conversation.place is None or linked is None or conversation.place.conversation == linked.conversation:
            raise closed(error) from error
        await self._open(conversation, contact, _closes(conversation, event))

    async def _open(self, conversation: Conversation, contact: Contact, closes: datetime | None) -> Place:
        """Open a thread in the contact's channel; a crash or a lost answer while doing so is settled by looking.

        Where looking is refused a second thread is opened: one too many is seen, and none at all stops a conversation.
        """
        tools = self._tools
        channel = tools.registry.channel_of(contact, line_of(conversation.id))
        if channel is None:
            raise NeedsSomebody("Teams", say(CHANNEL_GONE))
        card = opening(tools, contact, closes, self._desk.work(conversation.id))
        root = await found(tools, channel, card.marker) if conversation.opening else None
        if root is None or (conversation.place is not None and root == conversation.place.root):
            await tools.store.set_place(conversation.id, conversation.place, opening=True)
            try:
                place = await tools.threads.open(channel, card)
            except PeerGone as error:
                await tools.store.set_place(conversation.id, conversation.place, opening=False)
                raise NeedsSomebody(error.peer, say(CHANNEL_GONE)) from error
            except PeerClosed as error:
                await tools.store.set_place(conversation.id, conversation.place, opening=False)
                raise closed(error) from error
        else:
            place = replace(channel, root=root)
        await tools.store.set_place(conversation.id, place, opening=False)
        await tools.store.set_shown_until(conversation.id, None if card.window_closed else card.window_until)
        if conversation.place is not None:
            tools.rooms.threads.pop(thread_key(conversation.place), None)
            with suppress(PeerError):  # a nicety: what was written there is in the archive
                await tools.threads.post(place, Notice(text=say(MOVED), leads_to=conversation.place))
        tools.rooms.threads[thread_key(place)] = conversation.id
        return place

    async def shown(
        self, event: ContactMessage, contact: Contact, mark: str, file: Attached | None = None
    ) -> FromContact:
        """A contact's message as its thread shows it, with its attachment as far as that has come (`file`)."""
        if isinstance(event.content, Media):
            file = file or Attached(kind=event.content.kind, state="arriving", record=mark)
        about = bodies.target(event.content)
        text = telling.told(event.content, "" if about is None else await self._named(about))
        if len(text) > SHOWN_TEXT:
            text = say("{text}…\n(The rest is in the archive, record {mark}.)", text=text[:SHOWN_TEXT], mark=mark)
        return FromContact(
            marker=mark,
            name=say("To {name}", name=contact.display_name) if event.by_us else contact.display_name,
            text=text,
            occurred_at=event.occurred_at,
            quoted=None if event.quoted is None else await self._named(event.quoted),
            placeholder=telling.is_placeholder(event.content),
            remarks=(*consent.remark(event), *telling.remarks(event)),
            file=file,
        )

    async def _named(self, wamid: str) -> str:
        """How people find an earlier message: by the number under the post with it."""
        store = self._tools.store
        known = await store.message_of(Wamid(wamid)) or await store.outgoing(wamid=Wamid(wamid))
        return f"#{known.record}" if known else say("an earlier message")

    async def _fail(self, item: Item, message: str, mark: str, reason: str) -> None:
        """It is on record and could not be shown: administrators are told, without its content."""
        tools = self._tools
        failed = await tools.journal.append(evidence.outcome(message, "failed", reason=reason))
        text = say(
            "Message {mark} from a contact is recorded but could not be shown in its thread ({reason}).",
            mark=mark,
            reason=reason,
        )
        await tell_office(tools, text, failed, tone="bad")
        await tools.store.settle(item, "failed")
        tools.posted.pop(marker(failed), None)


def _closes(conversation: Conversation, event: ContactMessage) -> datetime | None:
    """When the window closes that this message opens."""
    return heard(conversation.window, event.occurred_at).closes_at


def _is_moving(place: Place, contact: Contact) -> bool:
    """Whether a contact has a channel of their own by now, and their thread is in another one."""
    return contact.channel is not None and contact.channel.conversation != place.conversation
