"""Before the first message of staff a contact is told that messages are recorded, and who writes; once for each writer.

Both stand in the message itself, because each message is billed, and the record has the text as it leaves. What was
taken back or did not arrive has told nobody: the next message says it again.
"""

from __future__ import annotations

from . import evidence
from .change import SERVICE, Change
from .delivery import State
from .known import Contact
from .manners import Preface, preface
from .model import ContactId, ConversationId, Item, MessageId, Person, contact_of
from .notices import language_of
from .store import Introduced, Write
from .tools import Tools

TOLD_NOBODY: frozenset[State] = frozenset({"undone", "blocked", "failed"})


class Introductions:
    """Called in the conversation's lane; repeatable."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def owed(self, conversation: ConversationId, writer: Person) -> Preface:
        """What the next message of this writer has to begin with."""
        manners, store = self._tools.manners, self._tools.store
        contact = self._tools.registry.contacts[contact_of(conversation)]
        known = (await store.conversation(conversation)).introduced
        is_known = known is not None and known.author == writer.staff and await self._reached(known.message)
        return preface(
            manners,
            language_of(contact),
            writer.name,
            notice=manners.tells_of_recording and not await self._is_told(contact),
            name=manners.names_writer and not is_known,
        )

    async def is_taken_back(self, contact: Contact) -> bool:
        """Whether the message that told of the recording never arrived: what was written after it must not leave."""
        told_in = contact.value("told_in")
        return self._tools.manners.tells_of_recording and told_in is not None and not await self._reached(told_in)

    async def _is_told(self, contact: Contact) -> bool:
        return contact.value("told") is not None and await self._reached(contact.value("told_in"))

    async def _reached(self, message: str | None) -> bool:
        """Whether a message has arrived or still may."""
        outgoing = None if message is None else await self._tools.store.outgoing(id_=MessageId(message))
        return outgoing is None or outgoing.state not in TOLD_NOBODY

    async def made(
        self, item: Item, preface: Preface, message: MessageId, conversation: ConversationId, writer: Person
    ) -> tuple[Write, ...]:
        """Put on record that a message tells of the recording; what is to be committed with it of who is introduced."""
        if preface.notice is not None:
            await self.told(item, message, contact_of(conversation), preface.notice)
        if not preface.names_writer:
            return ()
        return (self._tools.store.introduced(conversation, Introduced(author=writer.staff, message=message)),)

    async def told(self, item: Item, message: MessageId, contact: ContactId, version: str) -> None:
        """A contact is told of the recording by this message."""
        tools = self._tools
        now = tools.clock()
        await tools.journal.append(
            evidence.consent("told", "recording", contact, message, at=now, source="service", text_version=version)
        )
        values = (("told", version), ("told_in", message))
        change = Change(verb="contact.consent", subject=contact, by=SERVICE, at=now, values=values)
        await tools.book.commit(f"{item.key}:told", [change])
