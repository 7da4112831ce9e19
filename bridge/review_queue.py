"""The messages that reviewers are asked about, and the cards by which they are. Decides nothing.

Administrators see who wrote to whom and which rule holds it. The words stand in the thread and nowhere else.
"""

from __future__ import annotations

from archive import Committed

from . import evidence
from .errors import PeerRefused
from .firm.table import HOLDS
from .language import say
from .model import ConversationId, MessageId, StaffId, contact_of
from .policy import RULES, Decision
from .posting import Lost, marker, post_once
from .shown import ForReview
from .store import Review
from .tools import Tools


class ReviewQueue:
    """`ask` can be repeated: a message is asked about once."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def ask(self, message: MessageId, conversation: ConversationId, author: StaffId, decision: Decision) -> None:
        """Put a message before those who review. On return it is in the queue, whatever became of the card."""
        tools = self._tools
        asked = await tools.journal.append(evidence.review_asked(message, conversation, author, decision))
        review = Review(
            message=message,
            conversation=conversation,
            author=author,
            rules=frozenset(finding.rule for finding in decision.findings),
            record=asked.record.index,
            asked_at=tools.clock(),
        )
        await self._announce(review, asked)
        await tools.store.reviews.add(review)
        tools.posted.pop(marker(asked), None)

    async def _announce(self, review: Review, asked: Committed) -> None:
        tools = self._tools
        try:
            await post_once(tools, tools.rooms.admin, await self.card(review), mark=marker(asked), before=asked.existed)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(asked.record.id, "unanswered"))

    async def is_open(self, message: MessageId) -> bool:
        """Whether a message waits for a reviewer."""
        review = await self._tools.store.reviews.get(message)
        return review is not None and review.is_open

    async def approved(self, message: MessageId) -> frozenset[str]:
        """The rules that hold a message no more, because somebody has approved it."""
        review = await self._tools.store.reviews.get(message)
        return review.rules & HOLDS if review is not None and review.state == "approved" else frozenset()

    async def card(self, review: Review, *, by: str | None = None) -> ForReview:
        """What administrators see of it, as it stands; `by` is who has just decided."""
        tools = self._tools
        registry = tools.registry
        return ForReview(
            marker=f"#{review.record}",
            message=review.message,
            conversation=review.conversation,
            author=registry.names.get(review.author, review.author),
            contact=registry.contacts[contact_of(review.conversation)].display_name,
            reason=" ".join(say(RULES[rule].text) for rule in sorted(review.rules & HOLDS)),
            asked_at=review.asked_at,
            thread=(await tools.store.conversation(review.conversation)).place,
            is_escalated=review.state == "escalated",
            decided=None if review.is_open else _decided(review, by),
        )


def _decided(review: Review, by: str | None) -> str:
    how = say(review.state.capitalize())
    return say("{how} by {name}", how=how, name=by) if by else how
