"""What follows from the work on a conversation: contacts are told, reminders come, unanswered messages are chased.

    due by the record → record → say or post → remember it in the registry

Each step can be repeated: a post is found again by its record, and what the service says has an id that is a function
of what it follows from. Decides no order (`bridge.work.orders`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from .. import absence, evidence, notices
from ..change import SERVICE, Change
from ..errors import PeerRefused
from ..firm.written import in_language
from ..keywords import asked_for
from ..known import Contact
from ..language import say
from ..model import ContactMessage, ConversationId, Item, Place, StaffId, contact_of
from ..notices import language_of
from ..posting import Lost, marker, post_once
from ..rights import Standing
from ..shown import Mention, Notice
from ..tools import Tools
from ..voice import Saying, Voice
from ..window import heard
from .life import NEW, Work

NO_LONGER_CHASED = timedelta(days=7)
"""A message that has had no answer for so long is work for people who look through lists."""

_STAGES = 2
"""Whoever looks after a contact is told that a message has no answer, later those who lead."""


class Unattended(NamedTuple):
    """Nobody answers a contact now: what they are told of that, until when, and until when they know."""

    verb: str
    text: str
    until: datetime
    told: datetime | None


_BECAUSE = {"away": "closed", "absent": "absent"}


class Desk:
    """`queue` puts a conversation's turn (`attend`) into its lane, `redraw` has its first card shown anew.

    `patience` is how long a message may have no answer; 0 for ever.
    """

    def __init__(
        self,
        tools: Tools,
        voice: Voice,
        patience: timedelta,
        *,
        queue: Callable[[ConversationId], None],
        redraw: Callable[[ConversationId], None],
    ) -> None:
        self._tools = tools
        self._voice = voice
        self._patience = patience
        self._queue = queue
        self._redraw = redraw

    def work(self, conversation: ConversationId) -> Work:
        """The work on a conversation as it stands."""
        return self._tools.registry.work.get(conversation, NEW)

    # --- what orders lead to -----------------------------------------------------------------------------------------

    async def follow(self, item: Item, standing: Standing, changes: tuple[Change, ...]) -> tuple[tuple[str, str], ...]:
        """Tell the contact who looks after them now, where that is what was ordered; whether they are told."""
        conversation = standing.conversation
        mine = [change for change in changes if change.verb.startswith("conversation.")]
        if conversation is None or not mine:
            return ()
        self._redraw(conversation)
        handed = next((change for change in mine if change.verb == "conversation.handover"), None)
        if handed is None:
            return ()
        contact = self._tools.registry.contacts[contact_of(conversation)]
        text = notices.HANDED_OVER[language_of(contact)].format(name=handed.value("name") or "")
        window = (await self._tools.store.conversation(conversation)).window
        says = await self._voice.say(
            Saying(
                because=evidence.id_of("K", item.key),
                text=text,
                conversation=conversation,
                place=standing.place,
                seq=item.seq,
                at=handed.at,
                window=window,
            )
        )
        return (("told", "yes" if says else "no"),)

    # --- what contacts' messages lead to -----------------------------------------------------------------------------

    async def heard(self, item: Item, event: ContactMessage, conversation: ConversationId, place: Place) -> None:
        """A contact's message is in its thread: there is work again, and out of hours the contact is told so, once."""
        if event.by_us:
            return
        if self.work(conversation).state == "closed":
            await self._commit(f"{item.key}:reopen", "reopen", conversation)
            self._redraw(conversation)
        if asked_for(event.content) is None:
            for unanswering in (self._closed, self._absent):
                if (unattended := unanswering(event, conversation)) is not None:
                    await self._say(item, event, conversation, place, unattended)
                    return

    def _closed(self, event: ContactMessage, conversation: ConversationId) -> Unattended | None:
        """Out of hours."""
        hours = self._tools.firm.written.hours
        if hours is None or hours.is_open(event.occurred_at):
            return None
        text = hours.answer(language_of(self._contact(conversation)))
        told = self.work(conversation).away_until
        return None if text is None else Unattended("away", text, hours.next_opening(event.occurred_at), told)

    def _absent(self, event: ContactMessage, conversation: ConversationId) -> Unattended | None:
        """While whoever looks after them is away."""
        registry, work, contact = self._tools.registry, self.work(conversation), self._contact(conversation)
        person = absence.absent(registry, work, contact, event.occurred_at)
        text = in_language(self._tools.firm.written.absence, language_of(contact))
        if person is None or text is None:
            return None
        member = registry.staff[person]
        until = member.away_until or event.occurred_at
        said = text.replace("{name}", member.name).replace("{until}", f"{until:%Y-%m-%d}")
        return Unattended("absent", said, until, work.absent_until)

    def _contact(self, conversation: ConversationId) -> Contact:
        return self._tools.registry.contacts[contact_of(conversation)]

    async def _say(
        self, item: Item, event: ContactMessage, conversation: ConversationId, place: Place, why: Unattended
    ) -> None:
        """Once until somebody is there again."""
        tools = self._tools
        if why.told is not None and event.occurred_at < why.told:
            return
        window = heard((await tools.store.conversation(conversation)).window, event.occurred_at)
        opened = tools.store.inbound_seen(conversation, event.occurred_at)  # by this window it leaves
        await self._voice.say(
            Saying(
                because=f"{evidence.inbound_id(event)}:{_BECAUSE[why.verb]}",
                text=why.text,
                conversation=conversation,
                place=place,
                seq=item.seq,
                at=event.occurred_at,
                window=window,
                also=(opened,) if event.opens_window else (),
            )
        )
        key = f"{item.key}:{_BECAUSE[why.verb]}"
        await self._commit(key, why.verb, conversation, ("until", why.until.isoformat()))

    # --- what time leads to ------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Queue the conversations in which something is due."""
        now = self._tools.clock()
        due = {id_ for id_, work in self._tools.registry.work.items() if work.reminder and work.reminder.at <= now}
        due.update([id_ for id_, heard_at in await self._unanswered(now) if self._stage(id_, heard_at, now)])
        for id_ in due:
            self._queue(id_)

    async def _unanswered(self, now: datetime) -> list[tuple[ConversationId, datetime]]:
        hours = self._tools.firm.written.hours
        if not self._patience or (hours is not None and not hours.is_open(now)):
            return []
        return await self._tools.store.unanswered(now - NO_LONGER_CHASED, now - self._patience)

    def _stage(self, id_: ConversationId, heard_at: datetime, now: datetime) -> int:
        """Who is to be told next that a message has no answer; 0 for nobody."""
        work = self.work(id_)
        contact = self._tools.registry.contacts.get(contact_of(id_))
        if work.state == "closed" or contact is None or contact.state != "approved" or contact.has_stopped:
            return 0
        told = work.chase.stage if work.chase is not None and work.chase.heard_at == heard_at else 0
        return told + 1 if told < _STAGES and now - heard_at >= self._patience * (told + 1) else 0

    async def attend(self, id_: ConversationId) -> None:
        """Remind and chase, where either is due; repeatable."""
        await self._remind(id_)
        now = self._tools.clock()
        for unanswered, heard_at in await self._unanswered(now):
            if unanswered == id_ and (stage := self._stage(id_, heard_at, now)):
                await self._chase(id_, heard_at, stage)

    async def _remind(self, id_: ConversationId) -> None:
        reminder = self.work(id_).reminder
        place = (await self._tools.store.conversation(id_)).place
        if reminder is None or reminder.at > self._tools.clock() or place is None:
            return
        who = self._mention(reminder.whom)
        text = say("You wanted to be reminded of this conversation.")
        await self._told(id_, place, Notice(text=text, mentions=who), "reminded", ("due", reminder.at.isoformat()))

    async def _chase(self, id_: ConversationId, heard_at: datetime, stage: int) -> None:
        """First in the thread, to whoever looks after the contact; then in the admin channel, to those who lead."""
        tools, work = self._tools, self.work(id_)
        thread = (await tools.store.conversation(id_)).place
        if thread is None:
            return
        contact, names = self._contact(id_), tools.registry.names
        person = absence.charged(tools.registry, work, contact, tools.clock())
        values = (("heard_at", heard_at.isoformat()), ("stage", str(stage)))
        if stage == 1:
            text = say("{name} has no answer yet to what they wrote at", name=contact.display_name)
            who = self._mention(person)
            place, notice = thread, Notice(text=text, tone="warning", until=heard_at, mentions=who)
        else:
            who = names.get(person, person) if person else say("Nobody")
            text = say("{id} has no answer yet. {who} looks after this contact, who wrote at", id=contact.id, who=who)
            place = tools.rooms.admin
            notice = Notice(text=text, tone="warning", until=heard_at, leads_to=thread)
        await self._told(id_, place, notice, "chase", *values)

    async def _told(
        self, id_: ConversationId, place: Place, notice: Notice, verb: str, *values: tuple[str, str]
    ) -> None:
        """Tell staff something, once, on record; it is remembered afterwards, and until then it is due."""
        tools = self._tools
        committed = await tools.journal.append(evidence.prompted(id_, verb, dict(values)))
        mark = marker(committed)
        try:
            await post_once(tools, place, replace(notice, marker=mark), mark=mark, before=committed.existed)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(committed.record.id, "unanswered"))
        await self._commit(committed.record.id, verb, id_, *values)
        tools.posted.pop(mark, None)

    def _mention(self, person: StaffId | None) -> tuple[Mention, ...]:
        registry = self._tools.registry
        if person is None or not registry.is_authorised(person):
            return ()
        return (Mention(object_id=person.rpartition("/")[2], name=registry.names.get(person, person)),)

    async def _commit(self, key: str, verb: str, id_: ConversationId, *values: tuple[str, str]) -> None:
        change = Change(
            verb=f"conversation.{verb}", subject=id_, by=SERVICE, at=self._tools.clock(), values=tuple(values)
        )
        await self._tools.book.commit(key, [change])
