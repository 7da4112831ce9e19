"""What a message's failure means beyond it: administrators are told, a contact is doubted. Sends nothing."""

from __future__ import annotations

from collections.abc import Mapping

from archive import Committed

from .change import SERVICE, Change
from .language import say
from .model import ConversationId, Item, contact_of
from .posting import marker, tell_office
from .tools import Tools
from .whatsapp.codes import describe, find

SECURITY_CODE = 137000
"""The contact's WhatsApp is on another device: it may be somebody else."""

NO_MARKETING = 131050
"""The contact has told WhatsApp that they want no marketing messages."""

_SAYS: Mapping[int, tuple[str, tuple[tuple[str, str], ...]]] = {
    SECURITY_CODE: ("contact.doubt", ()),
    NO_MARKETING: ("contact.consent", (("marketing", "withdrawn"),)),
}
"""The registry change that a code amounts to."""


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
        await tell_office(
            self._tools,
            say("A message failed: {text} Record {mark}.", text=describe(code), mark=mark),
            failed,
            tone="bad",
        )
        self._tools.posted.pop(mark, None)
        self._told.add(row.meaning)

    def works(self) -> None:
        """A message went: whatever fails next is news."""
        self._told.clear()

    async def learn(self, item: Item, conversation: ConversationId, code: int) -> None:
        """Let a failure count that says something of the contact: their identity is in question, or they want no
        marketing; repeatable."""
        if code not in _SAYS:
            return
        verb, values = _SAYS[code]
        contact = contact_of(conversation)
        change = Change(verb=verb, subject=contact, by=SERVICE, at=self._tools.clock(), values=values)
        await self._tools.book.commit(item.key, [change])
