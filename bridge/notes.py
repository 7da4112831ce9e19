"""What is neither a message on its way nor a command: recorded, settled, pointed out where a person is needed."""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from archive import Committed

from . import evidence
from .delivery import State
from .errors import PeerRefused
from .language import mark, say
from .model import (
    AccountNotice,
    ConversationId,
    Disposition,
    Item,
    StaffChange,
    StaffMessage,
    Surroundings,
    Unrecognised,
    message_id,
)
from .posting import Lost, marker, post_once, tell_office
from .receipts import Receipts
from .shown import Notice, Tone
from .store import Outgoing
from .tools import Tools

STOPPED = mark("Not sent: it was taken back before it left. Write it again as it should be.")
TOO_LATE = mark("Already on its way: WhatsApp cannot take a message back. Correct it with a follow-up.")
UNCLEAR = mark("It may be with the contact: WhatsApp cannot take a message back. Correct it with a follow-up.")
NEVER_SENT = mark("It was not delivered, and changing it does not send it. Write it again as it should be.")

LONGEST_KIND = 40
KINDS_REMEMBERED = 1_000


def _meaning(states: Set[State]) -> str:
    """What a change means for the contact, by where the message, or each of its parts, is."""
    if states <= {"undone"}:
        return STOPPED
    if states <= {"undone", "failed", "blocked"}:
        return NEVER_SENT
    if states & {"uncertain", "sending", "queued"}:
        return UNCLEAR
    return TOO_LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """An edit that came too late: its record, and what that means."""

    committed: Committed
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a change in Teams means for conversations."""

    text: str
    tone: Tone


_WAITS = "What contacts write waits, in order, and is on record"

NEWS: Mapping[str, News] = {
    "installationUpdate remove": News(text=f"The bot was removed from the team. {_WAITS}; add it again", tone="bad"),
    "installationUpdate add": News(text="The bot was added to the team; what waited follows", tone="good"),
    "conversationUpdate channelDeleted": News(
        text=f"A linked channel was deleted. {_WAITS}: restore it, or link another one with `channel link`", tone="bad"
    ),
    "conversationUpdate channelRestored": News(text="A linked channel was restored; what waited follows", tone="good"),
    "conversationUpdate channelRenamed": News(text="A linked channel was renamed; its threads stay", tone="plain"),
    "conversationUpdate teamArchived": News(text=f"The team was archived. {_WAITS}; restore it", tone="bad"),
    "conversationUpdate teamUnarchived": News(text="The team was restored; what waited follows", tone="good"),
    "conversationUpdate teamDeleted": News(
        text=f"The team was deleted. {_WAITS}: restore it, or link a channel of another one", tone="bad"
    ),
    "conversationUpdate teamRestored": News(text="The team was restored; what waited follows", tone="good"),
}
"""Teams' names for changes on which conversations depend (Microsoft, "Conversation events", 2026)."""


class Notes:
    """Records what crosses nowhere."""

    def __init__(self, tools: Tools, receipts: Receipts) -> None:
        self._tools = tools
        self._receipts = receipts
        self._alarmed: dict[str, datetime] = {}
        """Unknown kinds of message, and the hour in which administrators were last told of them."""

    async def remark(self, item: Item, event: StaffMessage, conversation: ConversationId) -> None:
        """Something said among staff in a contact's thread: it stays there, and it is on record."""
        origin = await self._tools.journal.origin(item)
        await self._tools.journal.append(evidence.remark(event, conversation, origin))
        await self._tools.store.settle(item, "noted")

    async def note(self, item: Item, event: StaffMessage, conversation: ConversationId) -> None:
        """A remark that somebody wants kept, and sees that it is."""
        tools = self._tools
        origin = await tools.journal.origin(item)
        committed = await tools.journal.append(evidence.remark(event, conversation, origin))
        mark = marker(committed)
        notice = Notice(text=say("Noted with the conversation. It stays inside."), marker=mark)
        with suppress(PeerRefused, Lost):  # it is on record
            await post_once(tools, event.place, notice, mark=mark, before=committed.existed)
        await tools.store.settle(item, "noted")
        tools.posted.pop(mark, None)

    async def stop(self, event: StaffChange) -> list[Outgoing]:
        """Keep what was changed from leaving, if it has not left: it is not what was meant. Its parts afterwards."""
        original = message_id("teams", event.place.conversation, event.activity)
        for part in await self._tools.store.parts_of(original):
            await self._receipts.step(part.id, "undo", self._tools.clock())
        return await self._tools.store.parts_of(original)

    async def changed(self, item: Item, event: StaffChange, conversation: ConversationId) -> Late | None:
        """Staff edited or deleted what they wrote: stopped first, then recorded, and they are told what that means.

        An edit of something that may be with the contact is not settled yet: a correction can be offered.
        """
        tools = self._tools
        original = await self.stop(event)
        origin = await tools.journal.origin(item)
        committed = await tools.journal.append(evidence.staff_change(event, conversation, origin))
        for part in original:
            if part.state == "undone":
                await tools.journal.append(evidence.outcome(part.id, "undone", decided_by=event.author.staff))
                await self._receipts.show(part.id)
        meaning = _meaning({part.state for part in original}) if original else ""
        if event.kind == "edit" and meaning in {TOO_LATE, UNCLEAR}:
            return Late(committed=committed, meaning=say(meaning))
        if original:
            notice = Notice(text=say(meaning), tone="warning", marker=marker(committed))
            await self._point_out(item, notice, event, before=committed.existed)
        await tools.store.settle(item, "noted")
        return None

    async def _point_out(self, item: Item, notice: Notice, event: StaffChange, *, before: bool) -> None:
        try:
            await post_once(self._tools, event.place, notice, mark=notice.marker, before=before)
        except (PeerRefused, Lost):
            await self._tools.journal.append(evidence.outcome(evidence.id_of("N", item.key), "unanswered"))
        self._tools.posted.pop(notice.marker, None)

    async def unrecognised(self, item: Item, event: Unrecognised) -> None:
        """Signed input that is not what it says: archived raw, and administrators are told where to look."""
        await self._alarm(item, f"not recognised: {event.reason}", say("Something arrived that is not recognised"))

    async def account(self, item: Item, event: AccountNotice) -> None:
        """News about the account or a number."""
        await self._alarm(
            item,
            f"{event.summary}{event.details}",
            f"{say(event.summary)}{event.details}",
            tone="bad" if event.is_alarm else "warning",
        )

    async def unknown_kind(self, type_: str, told: Committed) -> None:
        """A kind of message that nobody has told us of is in a thread as a placeholder: administrators are told, once
        an hour for each kind."""
        hour = self._tools.clock().replace(minute=0, second=0, microsecond=0)
        if self._alarmed.get(type_) == hour:
            return
        alarm = await self._tools.journal.append(evidence.outcome(told.record.id, "unknown-kind"))
        text = say(
            "A message of an unknown kind arrived ({type}; record {mark}); it is recorded.",
            type=type_[:LONGEST_KIND],
            mark=marker(told),
        )
        await tell_office(self._tools, text, alarm)
        self._tools.posted.pop(marker(alarm), None)
        self._remember(type_, hour)

    def _remember(self, type_: str, hour: datetime) -> None:
        if len(self._alarmed) >= KINDS_REMEMBERED:
            self._alarmed.clear()
        self._alarmed[type_] = hour

    async def failed(self, item: Item, error: Exception) -> None:
        """A defect of ours stopped this item: told by the error's kind, never by its text, which may quote content."""
        kind = type(error).__name__
        await self._alarm(
            item,
            f"could not be processed: {kind}",
            say("An item could not be processed ({kind})", kind=kind),
            "failed",
        )

    async def unreadable(self, item: Item) -> None:
        """A held item that this version cannot read any more: it stops nobody else, and a person looks at it."""
        text = say("A held message cannot be read any more")
        await self._alarm(item, "could not be processed: unreadable", text, "failed")

    async def _alarm(
        self, item: Item, what: str, text: str, disposition: Disposition = "noted", *, tone: Tone = "warning"
    ) -> None:
        """Archive an item raw, tell administrators where it is, settle it."""
        tools = self._tools
        committed = await tools.journal.append(evidence.noted(item, what, await tools.journal.origin(item)))
        mark = marker(committed)
        await tell_office(
            tools,
            say("{text} (from {network}; record {mark}).", text=text, network=item.network, mark=mark),
            committed,
            tone=tone,
        )
        await tools.store.settle(item, disposition)
        tools.posted.pop(mark, None)

    async def duplicate(self, item: Item, conversation: ConversationId | None) -> None:
        """A second delivery of something known: counted on record, and nothing else happens."""
        origin = await self._tools.journal.origin(item)
        await self._tools.journal.append(evidence.duplicate(item, origin, conversation))
        await self._tools.store.settle(item, "duplicate")

    async def talk(self, item: Item) -> None:
        """Talk that is not for us: nothing of it is kept."""
        await self._tools.store.settle(item, "noted")

    async def surroundings(self, item: Item, event: Surroundings) -> None:
        """Something about teams, channels or installations: administrators are told of what stops conversations."""
        news = NEWS.get(event.what)
        if news is None or not self._concerns_us(event):
            await self._tools.store.settle(item, "noted")
        else:
            await self._alarm(item, event.what, say(news.text), tone=news.tone)

    def _concerns_us(self, event: Surroundings) -> bool:
        rooms = [self._tools.rooms.admin, *self._tools.registry.rooms()]
        if event.channel is not None:
            return any(room.conversation == event.channel for room in rooms)
        return any(room.team in {None, event.place.team} for room in rooms)
