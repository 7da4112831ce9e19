"""Messages that wait for a decision about their sender, and what administrators see of that. Decides nothing.

A message is held first and announced afterwards, in a lane of its own: whatever becomes of the card, the message stays
held. The marker of a card is committed with the first message, so that no crash leaves one unannounced.
"""

from __future__ import annotations

from collections.abc import Callable

from .errors import PeerRefused
from .known import Contact
from .language import say
from .model import ContactId, Item, StaffId
from .policy import RULES, Rule
from .posting import found
from .shown import Notice, Quarantined, Shown
from .store import Store
from .tools import Tools

COUNTED_UP_TO = 20
"""Held messages of one sender that the card counts; a flood does not become a flood of updates."""


class Quarantine:
    """Whose messages are held. `announce` queues the card of a contact (`show`) to be brought up to date."""

    def __init__(self, tools: Tools, announce: Callable[[ContactId], None]) -> None:
        self._tools = tools
        self._announce = announce
        self._held: dict[ContactId, int] = {}
        self._tried: set[ContactId] = set()
        """Contacts whose card may have been posted although we do not know it."""

    @property
    def _store(self) -> Store:
        return self._tools.store

    async def load(self) -> None:
        """Remember whose messages are held, and announce those that may not have been."""
        self._held = await self._store.held_contacts()
        self._tried = set(self._held)
        for contact in self._held:
            self._announce(contact)

    @property
    def count(self) -> int:
        """How many messages wait for a decision about their sender."""
        return sum(self._held.values())

    def holds(self, contact: ContactId) -> bool:
        """Whether anything of this contact waits."""
        return contact in self._held

    def contacts(self) -> list[ContactId]:
        """Whose messages wait."""
        return list(self._held)

    async def hold(self, item: Item, contact: ContactId, mark: str) -> None:
        """Keep a message from staff, bytes and all; on return that is durable."""
        waiting = self._held.get(contact, 0) + 1
        await self._store.hold(item, contact, card=mark if waiting == 1 else None)
        self._held[contact] = waiting
        if waiting <= COUNTED_UP_TO or contact in self._tried:
            self._announce(contact)

    def released(self, contact: ContactId) -> None:
        """One message of this contact waits no longer."""
        self._held[contact] -= 1
        if self._held[contact] == 0:
            del self._held[contact]

    async def show(self, contact: ContactId) -> None:
        """Bring the card up to date: how many wait, or what was decided and by whom. Posted if it is not there.

        Where the channel refuses it, it is tried again with the next message and with the next start.
        """
        card = await self._store.card_of(contact)
        if card is None:
            return
        activity, mark = card
        try:
            if activity is None:
                await self._post(contact, mark)
            else:
                await self._tools.threads.update(self._tools.rooms.admin, activity, self._shown(contact, mark))
        except PeerRefused:
            return

    async def _post(self, contact: ContactId, mark: str) -> None:
        admin = self._tools.rooms.admin
        activity = await found(self._tools, admin, mark) if contact in self._tried else None
        self._tried.add(contact)
        if activity is None:
            activity = await self._tools.threads.post(admin, self._shown(contact, mark))
        await self._store.remember_card(contact, activity, mark)
        self._tried.discard(contact)

    def _shown(self, id_: ContactId, mark: str) -> Shown:
        """Who waits and why, without any content."""
        contact = self._tools.registry.contacts[id_]
        name = contact.name or dict(contact.values).get("profile")
        rule = self._in_words(contact)
        if rule is not None:
            text = say(
                "Messages of {name} ({id}) are held. {text} {remedy}",
                name=name or contact.address,
                id=id_,
                text=say(rule.text),
                remedy=say(rule.remedy),
            )
            return Notice(text=text, tone="warning", marker=mark)
        return Quarantined(
            contact=id_,
            name=name,
            address=contact.address,
            waiting=self._held.get(id_, 0),
            marker=mark,
            decided=self._decided(contact),
        )

    def _in_words(self, contact: Contact) -> Rule | None:
        """The rule that holds messages of somebody who is no unknown sender."""
        if contact.merged_into is not None:
            return None
        if contact.doubted:
            return RULES["contact-ambiguous"]
        if contact.in_doubt:
            return RULES["contact-changed"]
        if contact.state in {"suspended", "retired"}:
            return RULES[f"contact-{contact.state}"]
        waits = contact.state == "approved" and self.holds(contact.id)
        is_lost = self._tools.registry.channel_of(contact, self._tools.line) is None
        return RULES["channel-missing"] if waits and is_lost else None

    def _decided(self, contact: Contact) -> str | None:
        ended = contact.state in {"approved", "rejected"} or contact.merged_into is not None
        if contact.decided_by is None or not ended:
            return None
        by = self._tools.registry.names.get(StaffId(contact.decided_by), contact.decided_by)
        how = (
            say("Merged into {contact}", contact=contact.merged_into)
            if contact.merged_into is not None
            else say(contact.state.capitalize())
        )
        return f"{how} by {by}"
