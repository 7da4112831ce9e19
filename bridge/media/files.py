"""The life of a contact's attachment: fetched, archived, judged, and shown where its message stands. One job for each.

    announced → fetched and kept → recorded → shown → forgotten

The row in the store is made before its message can cross, and lives until the last step; every step finds what an
earlier try did. Knows no wire and no formats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, cast

from archive import Committed

from .. import evidence
from ..content import Media
from ..errors import NeedsSomebody, OutcomeUnknown, PeerError, PeerRefused, PeerUnavailable
from ..known import Contact
from ..language import say
from ..model import ContactMessage, ConversationId, Item, contact_of, conversation_id, line_of
from ..posting import marker, tell_office
from ..shown import Attached, FromContact
from ..store import File, Sent
from ..tools import Tools
from ..whatsapp import webhook
from .fetch import fetch
from .present import Presenter
from .result import Arrived, Lost, Result, from_json, to_json

AT_ONCE = 4
"""Downloads under way together."""

DEAD_AFTER = timedelta(days=7)
"""An inbound id lives so long at WhatsApp (Meta, "Media", 2026)."""

ALARM_AFTER = timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)

WHY = {
    "gone": "WhatsApp does not have it any more.",
    "expired": "WhatsApp keeps attachments for seven days, and it could not be fetched in that time.",
    "too-large": "It is larger than 100 MB, the most that WhatsApp allows.",
    "wrong-hash": "What arrived is not what WhatsApp announced: its SHA-256 is another.",
    "wrong-type": "It is not the kind of file that it says it is.",
}
"""Why an attachment is lost or withheld, in words for people."""


class Describe(Protocol):
    """How a contact's message is shown with its attachment."""

    async def __call__(self, event: ContactMessage, contact: Contact, mark: str, file: Attached) -> FromContact:
        """The post, as `Threads` wants it."""
        ...


class Files:
    """`put` queues an attachment's job (`work`) by its item's number, one job at a time for each."""

    def __init__(self, tools: Tools, put: Callable[[int], None], describe: Describe) -> None:
        self._tools = tools
        self._put = put
        self._describe = describe
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._presenter = Presenter(tools.threads, tools.journal)
        self._open: set[int] = set()

    @property
    def count(self) -> int:
        """How many attachments are not done with."""
        return len(self._open)

    async def load(self) -> None:
        """Take up what an earlier life of the service left."""
        for seq in await self._tools.store.files.waiting():
            self._begin(seq)

    async def expect(self, item: Item, conversation: ConversationId, committed: Committed) -> None:
        """Fetch the attachment of a message that is on record; on return that is durable. Repeatable."""
        file = File(item=item, conversation=conversation, record=committed.record.index)
        await self._tools.store.files.add(file)
        self._begin(item.seq)

    def ended(self, item: Item) -> None:
        """Its message was shown, blocked or could not be shown: now the attachment can follow it."""
        if item.seq in self._open:
            self._put(item.seq)

    def _begin(self, seq: int) -> None:
        if seq not in self._open:
            self._open.add(seq)
            self._put(seq)

    # --- the job -----------------------------------------------------------------------------------------------------

    async def work(self, seq: int) -> None:
        """Bring an attachment as far as it goes now; whoever settles its message later has the rest done."""
        file = await self._tools.store.files.get(seq)
        if file is not None:
            event = cast("ContactMessage", webhook.read(file.item.raw, file.item.pointer))
            await self._advance(file, event, cast("Media", event.content))

    async def _advance(self, file: File, event: ContactMessage, media: Media) -> None:
        result = from_json(file.result) if file.result else await self._fetched(file, event, media)
        committed = await self._record(file, event, media, result)
        if isinstance(result, Lost) or result.problem is not None:
            await tell_office(self._tools, _alarm(file, result), committed, tone="bad")
        if file.is_settled:
            await self._show(file, event, media, result, marker(committed))
            await self.forget(file)
            self._tools.posted.pop(marker(committed), None)

    async def failed(self, seq: int, error: Exception) -> None:
        """A defect of ours stopped the job: on record, told to administrators, and nobody waits for it any more."""
        file = await self._tools.store.files.get(seq)
        if file is None:
            return
        kind = type(error).__name__
        record = evidence.attachment(evidence.id_of("F", file.item.key), "unshown", file.conversation, reason=kind)
        committed = await self._tools.journal.append(record)
        text = say("An attachment of message #{record} could not be processed ({kind}).", record=file.record, kind=kind)
        await tell_office(self._tools, text, committed, tone="bad")
        await self.forget(file)

    async def forget(self, file: File) -> None:
        """It is done with."""
        await self._tools.store.files.forget(file)
        self._open.discard(file.item.seq)

    # --- fetched -----------------------------------------------------------------------------------------------------

    async def _fetched(self, file: File, event: ContactMessage, media: Media) -> Result:
        tools = self._tools
        try:
            async with self._slots:
                result = await fetch(tools.phone, tools.journal, event.line, media)
        except (PeerUnavailable, PeerRefused, OutcomeUnknown) as error:
            if self._age(file) < DEAD_AFTER:
                raise await self._postponed(file, event, media, error) from error
            result = Lost(reason="expired")
        await tools.store.files.fetched(file, to_json(result))
        return result

    async def _postponed(self, file: File, event: ContactMessage, media: Media, error: PeerError) -> PeerUnavailable:
        """Say that it is tried again, and to administrators when that takes long."""
        tools = self._tools
        tries = file.tries + 1
        await tools.store.files.tried(file, tries)
        if not file.told and (isinstance(error, NeedsSomebody) or self._age(file) >= ALARM_AFTER):
            await self._alarm(file, event, error)
        if file.is_settled:
            shown = Attached(kind=media.kind, state="arriving", record=f"#{file.record}", tries=tries + 1)
            with suppress(PeerError):  # a nicety: it is said again with the next try
                await self._update(file, event, shown)
        pause = min(FIRST_PAUSE * 2 ** min(file.tries, 16), LONGEST_PAUSE)
        return PeerUnavailable(error.peer, error.text, retry_after=pause)

    async def _alarm(self, file: File, event: ContactMessage, error: PeerError) -> None:
        late = evidence.attachment(evidence.inbound_id(event), "attachment-delayed", file.conversation)
        committed = await self._tools.journal.append(late)
        text = say(
            "The attachment of message #{record} has not arrived: {text} It is tried for seven days.",
            record=file.record,
            text=error.text,
        )
        await tell_office(self._tools, text, committed)
        await self._tools.store.files.told(file)
        self._tools.posted.pop(marker(committed), None)

    def _age(self, file: File) -> timedelta:
        return self._tools.clock() - file.item.received_at

    # --- on record ---------------------------------------------------------------------------------------------------

    async def _record(self, file: File, event: ContactMessage, media: Media, result: Result) -> Committed:
        message = evidence.inbound_id(event)
        if isinstance(result, Lost):
            record = evidence.attachment(message, "attachment-lost", file.conversation, reason=result.reason)
        else:
            record = evidence.attachment(
                message,
                "attached" if result.problem is None else "attachment-withheld",
                file.conversation,
                attachments=[dict(result.reference)],
                declared={"sha256": result.declared_sha256, "media_type": media.media_type},
                found={"sha256": result.sha256, "size": result.size, "media_type": result.sniffed},
                **({} if result.problem is None else {"reason": result.problem}),
            )
        return await self._tools.journal.append(record)

    # --- shown -------------------------------------------------------------------------------------------------------

    async def _show(self, file: File, event: ContactMessage, media: Media, result: Result, record: str) -> None:
        """Complete the post of a message that was shown; one that is gone stays gone, the record has it all."""
        sent = await self._sent(event)
        home = self._home(file)
        place = (await self._tools.store.conversation(home)).place
        if sent is None or place is None:
            return
        if isinstance(result, Lost):
            shown = Attached(kind=media.kind, state="lost", record=record, reason=WHY[result.reason])
        elif result.problem is not None:
            shown = Attached(kind=media.kind, state="withheld", record=record, reason=WHY[result.problem])
        else:
            shown = await self._presenter.present(place, contact_of(home), media, result, record)
        try:
            await self._update(file, event, shown)
        except (
            PeerRefused
        ):  # the post is gone, or the picture is more than Teams takes today: then the words without it
            with suppress(PeerRefused):
                await self._update(file, event, replace(shown, preview=None))

    async def _update(self, file: File, event: ContactMessage, shown: Attached) -> None:
        tools = self._tools
        sent = await self._sent(event)
        home = self._home(file)
        place = (await tools.store.conversation(home)).place
        if sent is None or sent.activity is None or place is None:
            return
        contact = tools.registry.contacts[contact_of(home)]
        post = await self._describe(event, contact, f"#{sent.record}", shown)
        await tools.threads.update(place, sent.activity, post)

    def _home(self, file: File) -> ConversationId:
        """Where it is shown: whose it was when it came may have turned out to be somebody else."""
        contact = self._tools.registry.home(contact_of(file.conversation))
        return conversation_id(line_of(file.conversation), contact)

    async def _sent(self, event: ContactMessage) -> Sent | None:
        return await self._tools.store.message_of(event.wamid)


def _alarm(file: File, result: Arrived | Lost) -> str:
    if isinstance(result, Lost):
        return say(
            "The attachment of message #{record} is lost. {why}", record=file.record, why=say(WHY[result.reason])
        )
    why = say(WHY[result.problem or "wrong-type"])
    return say(
        "The attachment of message #{record} is kept in the archive and not shown. {why}", record=file.record, why=why
    )
