"""What reviewers press: approve, return with a note, pass on; decided by somebody else than the author, and on record.

Lets nothing leave itself (`Parking.let_go`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from . import evidence
from .errors import PeerRefused
from .firm.table import HOLDS
from .language import say
from .model import Item, MessageId, Press
from .parking import Kept, Parking
from .posting import Lost, marker, post_once, press_refused
from .review_queue import ReviewQueue
from .rights import REVIEWS, Refused, Standing, permitted
from .shown import Notice, Shown
from .store import Outgoing, Review, ReviewState
from .tools import Tools

BUTTONS = frozenset(verb.replace(".", "-") for verb in REVIEWS)

_STATES: dict[str, ReviewState] = {
    "review-approve": "approved",
    "review-return": "returned",
    "review-escalate": "escalated",
}


class Reviewing:
    """`press` is called in the conversation's lane; it can be repeated, and what was recorded first stands."""

    def __init__(self, tools: Tools, queue: ReviewQueue, parking: Parking) -> None:
        self._tools = tools
        self._queue = queue
        self._parking = parking

    async def press(self, item: Item, event: Press) -> tuple[Shown, Sequence[Outgoing]]:
        """What the card shows after a press, and a message that is now in the outbox."""
        tools = self._tools
        message = MessageId(event.value("message") or "")
        review = await tools.store.reviews.get(message)
        if review is None or review.conversation != event.value("conversation"):
            return await press_refused(
                tools, item, event, "review-unknown", say("This is no message that waits for review.")
            ), ()
        refused = self._refused(event, review)
        result: evidence.Fields = {"outcome": "done", "note": event.value("note") or ""}
        if refused is not None:
            result = {"outcome": "refused", "rule": refused.rule, "reason": refused.text}
        origin = await tools.journal.origin(item)
        committed = await tools.journal.append(
            evidence.review_decided(item, event, message, review.conversation, result, origin)
        )
        if committed.record.fields["outcome"] == "refused":
            return Notice(text=str(committed.record.fields["reason"]), tone="bad"), ()
        await tools.store.reviews.decide(message, _STATES[event.verb])
        kept = await self._parking.kept(review.conversation, message)
        parts, told = await self._carried_out(event, review, kept)
        if told:
            await self._tell(kept, Notice(text=told, marker=marker(committed)), before=committed.existed)
        return await self._closed(event, review), parts

    def _refused(self, event: Press, review: Review) -> Refused | None:
        tools = self._tools
        standing = Standing(
            person=event.author, place=event.place, office=tools.rooms.is_office(event.place), at=tools.clock()
        )
        refused = permitted(tools.registry, event.verb.replace("-", "."), standing)
        if refused is not None:
            return refused
        if not review.is_open:
            return Refused(rule="review-decided", text=say("This was decided already."))
        if review.author == event.author.staff:
            return Refused(rule="four-eyes", text=say("You wrote this message yourself; somebody else reviews it."))
        if review.state == "escalated" and "compliance" not in tools.registry.roles_of(event.author.staff):
            return Refused(rule="review-escalated", text=say("This was passed on to compliance, who decide about it."))
        if event.verb == "review-return" and not event.value("note"):
            return Refused(rule="note-needed", text=say("Write what is to be changed: the author reads it."))
        return None

    async def _carried_out(self, event: Press, review: Review, kept: Kept | None) -> tuple[Sequence[Outgoing], str]:
        """What a decision leads to, and what the thread is told of it."""
        name = event.author.name
        if event.verb == "review-escalate":
            return (), say("{name} has passed this message on to compliance.", name=name)
        if kept is None:  # it was let go before a crash, or its author has withdrawn it
            return await self._tools.store.parts_of(review.message), ""
        if event.verb == "review-return":
            await self._parking.discard(kept, "returned", by=event.author.staff)
            return (), say(
                "{name} has returned this message, and it was not sent: {note}", name=name, note=event.value("note")
            )
        decision, parts = await self._parking.let_go(kept, self._tools.clock(), waived=review.rules & HOLDS)
        if decision.outcome == "relay":
            return parts, say("{name} has approved this message; its delivery is shown below.", name=name)
        return (), say(
            "{name} has approved this message. It is not sent yet: {text} {remedy}",
            name=name,
            text=decision.text,
            remedy=decision.remedy,
        )

    async def _tell(self, kept: Kept | None, notice: Notice, *, before: bool) -> None:
        if kept is None:
            return
        try:
            await post_once(self._tools, kept.event.place, notice, mark=notice.marker, before=before)
        except (PeerRefused, Lost):
            return  # the decision is on record, and the card of the message says what became of it
        self._tools.posted.pop(notice.marker, None)

    async def _closed(self, event: Press, review: Review) -> Shown:
        """The card as it is now, for everybody."""
        shown = await self._queue.card(replace(review, state=_STATES[event.verb]), by=event.author.name)
        try:
            await self._tools.threads.update(event.place, event.activity, shown)
        except PeerRefused:
            return shown  # somebody deleted the card
        return shown
