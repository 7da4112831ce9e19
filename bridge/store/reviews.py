"""What reviewers were asked about, and what they decided. Knows rows; decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Row, select
from sqlalchemy.sql import Executable

from ..model import ConversationId, MessageId, StaffId
from . import tables as t

ReviewState = Literal["waiting", "escalated", "approved", "returned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A message of staff that waits for a reviewer, or did. `record` is the index of the record that asked."""

    message: MessageId
    conversation: ConversationId
    author: StaffId
    rules: frozenset[str]
    record: int
    asked_at: datetime
    state: ReviewState = "waiting"

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided yet."""
        return self.state in {"waiting", "escalated"}


class Reviews:
    """Every write is durable on return and repeatable; errors are the store's."""

    def __init__(
        self,
        write: Callable[..., Awaitable[None]],
        rows: Callable[[Executable, Mapping[str, Any]], Awaitable[Sequence[Row[Any]]]],
    ) -> None:
        self._write: Callable[..., Awaitable[None]] = write
        self._rows = rows

    async def add(self, review: Review) -> None:
        """Remember that somebody was asked; what is known of the message already stands."""
        row = {
            "message": review.message,
            "conversation": review.conversation,
            "author": review.author,
            "rules": " ".join(sorted(review.rules)),
            "record": review.record,
            "asked_at": review.asked_at.isoformat(),
            "state": review.state,
        }
        await self._write((t.ADD_REVIEW, row))

    async def decide(self, message: MessageId, state: ReviewState) -> None:
        """Remember what became of it."""
        await self._write((t.SET_REVIEW, {"b_message": message, "b_state": state}))

    async def get(self, message: MessageId) -> Review | None:
        """What was asked about a message, None when nothing was."""
        found = await self._rows(select(t.review).where(t.review.c.message == message), {})
        return _review(found[0]) if found else None

    async def open(self) -> list[Review]:
        """What nobody has decided yet, the oldest first."""
        query = select(t.review).where(t.review.c.state.in_(["waiting", "escalated"])).order_by(t.review.c.record)
        return [_review(row) for row in await self._rows(query, {})]


def _review(row: Row[Any]) -> Review:
    return Review(
        message=MessageId(row.message),
        conversation=ConversationId(row.conversation),
        author=StaffId(row.author),
        rules=frozenset(row.rules.split()),
        record=row.record,
        asked_at=datetime.fromisoformat(row.asked_at),
        state=cast("ReviewState", row.state),
    )
