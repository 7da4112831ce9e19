"""Read marks: a contact's messages are marked as read once a person has answered, and never before.

That somebody has looked into a channel is not known; that they have answered is. WhatsApp marks all earlier messages
with the newest one (Meta, mark messages as read, 2026). It is on record before it crosses; what fails now is marked
with the next answer.
"""

from __future__ import annotations

from . import evidence
from .content import Call
from .errors import PeerError, PeerUnavailable
from .model import ContactMessage, ConversationId
from .store import Write
from .tools import Tools


class ReadMarks:
    """Called in a lane of the conversation's own; repeatable: marking twice is harmless."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def shown(self, conversation: ConversationId, event: ContactMessage) -> tuple[Write, ...]:
        """To be committed when a message is shown to staff: what to mark once they answer."""
        is_message = event.opens_window and not isinstance(event.content, Call)
        if not is_message or not self._tools.manners.marks_read:
            return ()
        return (self._tools.store.shown(conversation, event.wamid),)

    async def mark(self, conversation: ConversationId) -> None:
        """Staff have answered: mark what they were shown."""
        tools = self._tools
        wamid = (await tools.store.conversation(conversation)).unmarked
        message = None if wamid is None else await tools.store.message_of(wamid)
        if wamid is None or message is None or not tools.manners.marks_read:
            return
        await tools.journal.append(evidence.outcome(message.id, "marked-read", conversation=conversation))
        try:
            await tools.phone.mark_read(tools.line, wamid)
        except PeerError as error:
            await tools.journal.append(evidence.outcome(message.id, "not-marked", reason=error.text))
            if isinstance(error, PeerUnavailable):
                return  # it may be taken with the next answer
        await tools.store.marked(conversation, wamid)
