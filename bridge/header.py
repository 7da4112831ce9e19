"""The card a thread begins with, kept true about the 24-hour window; and the reminder before it closes. Sends nothing.

What is due is read from the store, so that it survives a restart; each thing done is remembered there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from . import evidence
from .errors import BridgeError, PeerRefused
from .known import Contact
from .language import say
from .model import ConversationId, StaffId, contact_of
from .posting import Lost, marker, post_once
from .shown import Notice, ThreadOpening
from .store import Conversation
from .tools import Tools
from .work.life import NEW, Work

STEP = timedelta(minutes=15)
"""By how much the end shown may be earlier than the true one: a lively contact does not become a flood of updates."""


def opening(tools: Tools, contact: Contact, closes_at: datetime | None, work: Work = NEW) -> ThreadOpening:
    """The first card of a contact's thread."""
    registry = tools.registry
    by = contact.decided_by or ""
    owner = work.assignee or contact.owner
    return ThreadOpening(
        contact=contact.id,
        name=contact.display_name,
        address=contact.address,
        approved_by=registry.names.get(StaffId(by), by),
        approved_at=contact.decided_at or tools.clock(),
        window_until=closes_at,
        window_closed=closes_at is not None and closes_at <= tools.clock(),
        assignee=registry.names.get(owner, owner) if owner else None,
        is_closed=work.state == "closed",
        marker=contact.id,
    )


class Headers:
    """`queue` puts a conversation's turn (`attend`) into its lane."""

    def __init__(self, tools: Tools, remind: timedelta, queue: Callable[[ConversationId], None]) -> None:
        self._tools = tools
        self._remind = remind
        self._queue = queue
        self._stale: set[ConversationId] = set()
        """Whose card shows something that has changed, other than the window."""

    async def look(self) -> None:
        """Queue what is due: ends that have passed, and messages that nobody has answered shortly before."""
        now = self._tools.clock()
        for id_ in await self._tools.store.windows_due(now, now + self._remind):
            self._queue(id_)

    async def moved(self, id_: ConversationId) -> None:
        """The contact wrote or called: queue the card if it shows another end."""
        conversation = await self._tools.store.conversation(id_)
        closes, shown = conversation.window.closes_at, conversation.shown_until
        if closes is not None and (shown is None or closes - shown >= STEP):
            self._queue(id_)

    def redraw(self, id_: ConversationId) -> None:
        """Queue the card: what it says of the work on the conversation has changed."""
        self._stale.add(id_)
        self._queue(id_)

    async def shown(self, id_: ConversationId) -> ThreadOpening:
        """The card as it should be now."""
        conversation = await self._tools.store.conversation(id_)
        contact = self._tools.registry.contacts[contact_of(id_)]
        return opening(self._tools, contact, conversation.window.closes_at, self._tools.registry.work.get(id_, NEW))

    async def attend(self, id_: ConversationId) -> None:
        """Bring the card up to date and remind, where either is due; repeatable."""
        await self._remind_of(await self._tools.store.conversation(id_))
        await self._show(await self._tools.store.conversation(id_))

    async def _show(self, conversation: Conversation) -> None:
        """What the card shows is remembered afterwards: until then it is due."""
        tools, place = self._tools, conversation.place
        closes = conversation.window.closes_at
        until = closes if conversation.window.is_open(tools.clock()) else None
        is_true = until == conversation.shown_until and conversation.id not in self._stale
        if place is None or place.root is None or conversation.opening or is_true:
            return
        self._stale.discard(conversation.id)
        try:
            await tools.threads.update(place, place.root, await self.shown(conversation.id))
        except PeerRefused:
            until = None  # somebody deleted the card: it is tried again when the window moves
        except BridgeError:
            self._stale.add(conversation.id)
            raise
        await tools.store.set_shown_until(conversation.id, until)

    async def _remind_of(self, conversation: Conversation) -> None:
        """Once per window, found again after a crash by its record."""
        tools, place = self._tools, conversation.place
        window, now = conversation.window, tools.clock()
        closes = window.closes_at
        if place is None or closes is None or window.is_answered or not now < closes <= now + self._remind:
            return
        if conversation.reminded_until is not None and conversation.reminded_until >= closes:
            return
        contact = tools.registry.contacts[contact_of(conversation.id)]
        committed = await tools.journal.append(evidence.reminder(conversation.id, closes))
        mark = marker(committed)
        notice = Notice(text=_reminder(contact.display_name), tone="warning", marker=mark, until=closes)
        try:
            await post_once(tools, place, notice, mark=mark, before=committed.existed)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(committed.record.id, "unanswered"))
        await tools.store.set_reminded(conversation.id, closes)
        tools.posted.pop(mark, None)


def _reminder(name: str) -> str:
    return say("{name}'s last message has no answer yet. After this time only a template can be sent:", name=name)
