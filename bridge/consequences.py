"""What a message's failure means beyond it: administrators are told, a contact is doubted. Sends nothing."""

from __future__ import annotations

from archive import Committed

from .model import ConversationId, Item, contact_of
from .posting import marker, tell_office
from .registry import SERVICE, Change
from .tools import Tools
from .whatsapp.codes import describe, find

SECURITY_CODE = 137000
"""The contact's WhatsApp is on another device: it may be somebody else."""


class Consequences:
    """Acts on codes that are about more than one message. Each kind of failure is told once until something works."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._told: set[str] = set()

    async def alarm(self, code: int, failed: Committed) -> None:
        """Tell administrators of a failure that somebody has to act on, naming its record; repeatable."""
        row = find(code)
        if not row.alarms or row.meaning in self._told:
            return
        mark = marker(failed)
        await tell_office(self._tools, f"A message failed: {describe(code)} Record {mark}.", failed, tone="bad")
        self._tools.posted.pop(mark, None)
        self._told.add(row.meaning)

    def works(self) -> None:
        """A message went: whatever fails next is news."""
        self._told.clear()

    async def doubt(self, item: Item, conversation: ConversationId, code: int) -> None:
        """Let nothing cross for a contact whose identity this failure puts in question; repeatable."""
        if code != SECURITY_CODE:
            return
        change = Change(verb="contact.doubt", subject=contact_of(conversation), by=SERVICE, at=self._tools.clock())
        await self._tools.book.commit(item, [change])
