"""What is neither a message on its way nor a command: recorded, settled, pointed out where a person is needed."""

from __future__ import annotations

from . import evidence
from .errors import PeerRefused
from .model import AccountNotice, ConversationId, Disposition, Item, MessageId, StaffChange, StaffMessage, Unrecognised
from .posting import Lost, marker, post_once
from .receipts import Receipts
from .shown import Notice
from .tools import Tools

STOPPED = "Not sent: it was changed before it left. Write it again as it should be."
TOO_LATE = "Already with the contact: WhatsApp cannot take a message back. Correct it with a follow-up."


class Notes:
    """Records what crosses nowhere."""

    def __init__(self, tools: Tools, receipts: Receipts) -> None:
        self._tools = tools
        self._receipts = receipts

    async def remark(self, item: Item, event: StaffMessage, conversation: ConversationId) -> None:
        """Something said among staff in a contact's thread: it stays there, and it is on record."""
        origin = await self._tools.journal.origin(item)
        await self._tools.journal.append(evidence.remark(event, conversation, origin))
        await self._tools.store.settle(item, "noted")

    async def changed(self, item: Item, event: StaffChange, conversation: ConversationId) -> None:
        """Staff edited or deleted what they wrote; if it has left, they are told that the contact keeps it."""
        tools = self._tools
        origin = await tools.journal.origin(item)
        committed = await tools.journal.append(evidence.staff_change(event, conversation, origin))
        original = evidence.message_id("teams", event.place.conversation, event.activity)
        if await tools.store.outgoing(id_=original) is not None:
            text = STOPPED if await self._stopped(original, event) else TOO_LATE
            notice = Notice(text=text, tone="warning", marker=marker(committed))
            await self._point_out(item, notice, event, before=committed.existed)
        await tools.store.settle(item, "noted")

    async def _stopped(self, original: MessageId, event: StaffChange) -> bool:
        """Whether what was changed had not left yet; then it does not leave, for it is not what was meant."""
        await self._receipts.step(original, "undo", self._tools.clock())
        outgoing = await self._tools.store.outgoing(id_=original)
        if outgoing is None or outgoing.state != "undone":
            return False
        await self._tools.journal.append(evidence.outcome(original, "undone", decided_by=event.author.staff))
        await self._receipts.show(original)
        return True

    async def _point_out(self, item: Item, notice: Notice, event: StaffChange, *, before: bool) -> None:
        try:
            await post_once(self._tools, event.place, notice, mark=notice.marker, before=before)
        except (PeerRefused, Lost):
            await self._tools.journal.append(evidence.outcome(evidence.id_of("N", item.key), "unanswered"))
        self._tools.posted.pop(notice.marker, None)

    async def unrecognised(self, item: Item, event: Unrecognised) -> None:
        """Signed input that is not what it says: archived raw, and administrators are told where to look."""
        await self._alarm(item, f"not recognised: {event.reason}", "Something arrived that is not recognised")

    async def account(self, item: Item, event: AccountNotice) -> None:
        """News about the account or a number."""
        await self._alarm(item, event.summary, event.summary)

    async def failed(self, item: Item, error: Exception) -> None:
        """A defect of ours stopped this item: told by the error's kind, never by its text, which may quote content."""
        kind = type(error).__name__
        await self._alarm(item, f"could not be processed: {kind}", f"An item could not be processed ({kind})", "failed")

    async def _alarm(self, item: Item, what: str, text: str, disposition: Disposition = "noted") -> None:
        """Archive an item raw, tell administrators where it is, settle it."""
        tools = self._tools
        committed = await tools.journal.append(evidence.noted(item, what, await tools.journal.origin(item)))
        mark = marker(committed)
        notice = Notice(text=f"{text} (from {item.network}; record {mark}).", tone="warning", marker=mark)
        try:
            await post_once(tools, tools.rooms.admin, notice, mark=mark, before=committed.existed)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(committed.record.id, "unanswered"))
        await tools.store.settle(item, disposition)
        tools.posted.pop(mark, None)

    async def duplicate(self, item: Item, conversation: ConversationId | None) -> None:
        """A second delivery of something known: counted on record, and nothing else happens."""
        origin = await self._tools.journal.origin(item)
        await self._tools.journal.append(evidence.duplicate(item, origin, conversation))
        await self._tools.store.settle(item, "duplicate")

    async def surroundings(self, item: Item) -> None:
        """Something about teams, channels or installations, or talk that is not for us: nothing of it is kept."""
        await self._tools.store.settle(item, "noted")
