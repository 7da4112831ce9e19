"""What a contact asks for in a word: STOP, START, INFO. It counts at once, is on record, and is answered once.

    record the message → record the consent → registry → administrators → [thread → answer]

Each step can be repeated: what the first record says stands, and an answer has an id that is a function of the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archive import Committed, Draft

from . import evidence, notices
from .change import SERVICE, Change
from .introductions import Introductions
from .keywords import Keyword, asked_for
from .known import Contact
from .language import say
from .model import ContactId, ContactMessage, ConversationId, Item, Place, Preference, contact_of
from .notices import Language, language_of
from .policy import Decision
from .posting import marker, tell_office
from .tools import Tools
from .voice import Saying, Voice
from .window import heard

REMARKS: Mapping[Keyword, str] = {
    "stop": "STOP: nothing is sent to them any more, until they write START",
    "start": "START: they may be written to",
    "info": "INFO: the service answers by itself",
}
"""Above the contact's message in the thread."""

_WHAT: Mapping[Keyword, evidence.Consented] = {"stop": "withdrawn", "start": "given"}

NEWS: Mapping[Keyword, str] = {
    "stop": "{name} ({id}) wrote STOP: nothing is sent to them any more, until they write START.",
    "start": "{name} ({id}) wrote START: they may be written to again.",
}
"""What administrators are told, when it changes something."""


def remark(event: ContactMessage) -> tuple[str, ...]:
    """What is to be known about a message that is such a word."""
    asked = None if event.by_us else asked_for(event.content)
    return () if asked is None else (say(REMARKS[asked]),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a contact asked for, with the record of its consent where it is about that.

    `is_answered` is False where it changes nothing: a second STOP is not confirmed, so that no two machines talk on.
    """

    what: Keyword
    consent: Committed | None = None
    is_answered: bool = True


class Consent:
    """Called in the conversation's lane."""

    def __init__(self, tools: Tools, voice: Voice, introductions: Introductions) -> None:
        self._tools = tools
        self._voice = voice
        self._introductions = introductions

    async def heed(
        self, item: Item, event: ContactMessage, conversation: ConversationId, decision: Decision
    ) -> Asked | None:
        """Let a word count that is on record: STOP whoever wrote it, the others once it is certain who did."""
        what = None if event.by_us else asked_for(event.content)
        if what is None or (what != "stop" and decision.outcome != "relay"):
            return None
        if what == "info":
            return Asked(what=what)
        contact = self._tools.registry.contacts[contact_of(conversation)]
        committed = await self._tools.journal.append(_draft(event, what, contact))
        asked = Asked(what=what, consent=committed, is_answered=committed.record.fields["changed"] is True)
        if asked.is_answered:
            await self._change(item, what, contact.id)
            await tell_office(self._tools, say(NEWS[what], name=contact.display_name, id=contact.id), committed)
        return asked

    async def _change(self, item: Item, what: Keyword, contact: ContactId) -> None:
        change = Change(
            verb="contact.consent",
            subject=contact,
            by=SERVICE,
            at=self._tools.clock(),
            values=(("consent", _WHAT[what]), ("consent_source", "contact")),
        )
        await self._tools.book.commit(_consent_of(item), [change])

    async def answer(
        self, asked: Asked | None, item: Item, event: ContactMessage, conversation: ConversationId, place: Place
    ) -> None:
        """Put an answer in the contact's language into the outbox, once."""
        if asked is None or not asked.is_answered:
            return
        tools = self._tools
        contact = tools.registry.contacts[contact_of(conversation)]
        because = evidence.inbound_id(event)
        says = await self._voice.say(
            Saying(
                because=because,
                text=self._text(asked.what, language_of(contact)),
                conversation=conversation,
                place=place,
                seq=item.seq,
                at=event.occurred_at,
                is_asked=True,
                window=heard((await tools.store.conversation(conversation)).window, event.occurred_at),
                also=(tools.store.inbound_seen(conversation, event.occurred_at),),  # by this window it leaves
            )
        )
        if says and asked.what == "info":
            told = evidence.answer_id(because)
            await self._introductions.told(item, told, contact.id, tools.manners.version)

    def _text(self, what: Keyword, language: Language) -> str:
        if what == "info":
            return self._tools.manners.notice(language)
        return (notices.STOPPED if what == "stop" else notices.STARTED)[language]

    async def prefer(self, item: Item, event: Preference) -> None:
        """Put on record whether somebody wants marketing, as they told WhatsApp, and let it count; repeatable."""
        tools = self._tools
        contact = tools.registry.find(event.sender.aliases)
        origin = await tools.journal.origin(item)
        noted = await tools.journal.append(evidence.noted(item, "a choice about marketing messages", origin))
        who = (
            say("Somebody who is not in the register") if contact is None else f"{contact.display_name} ({contact.id})"
        )
        if contact is not None:
            what = "given" if event.is_wanted else "withdrawn"
            await tools.journal.append(
                evidence.consent(what, "marketing", contact.id, noted.record.id, at=event.occurred_at, source="contact")
            )
            await tools.book.commit(_consent_of(item), [_marketing(contact.id, what, tools.clock())])
        choice = say("marketing messages again") if event.is_wanted else say("no marketing messages")
        await tell_office(tools, say("{who} wants {choice}.", who=who, choice=choice), noted)
        await tools.store.settle(item, "noted")
        tools.posted.pop(marker(noted), None)

    def forget(self, asked: Asked | None) -> None:
        """What it came with is settled: its post need not be remembered."""
        if asked is not None and asked.consent is not None:
            self._tools.posted.pop(marker(asked.consent), None)


def _consent_of(item: Item) -> str:
    """The key of what an item says of its sender, which is a change of its own."""
    return f"{item.key}:consent"


def _marketing(contact: ContactId, what: evidence.Consented, at: datetime) -> Change:
    return Change(verb="contact.consent", subject=contact, by=SERVICE, at=at, values=(("marketing", what),))


def _draft(event: ContactMessage, what: Keyword, contact: Contact) -> Draft:
    changed = contact.has_stopped == (what == "start")
    message = evidence.inbound_id(event)
    return evidence.consent(
        _WHAT[what], "messages", contact.id, message, at=event.occurred_at, changed=changed, source="contact"
    )
