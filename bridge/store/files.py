"""Attachments between the message that announced them and the post that shows them. Knows rows; fetches nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.sql import Executable

from ..model import ConversationId, Item
from . import tables as t
from .rows import item_of
from .transaction import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment on its way, with the item that announced it. `record` is the index of its message's record."""

    item: Item
    conversation: ConversationId
    record: int
    tries: int = 0
    told: bool = False
    """Whether administrators know that it does not arrive."""
    result: str | None = None
    """What has become of it, once that is certain, in its stored form."""
    is_settled: bool = False
    """Whether its message has ended: shown, blocked or failed."""


class Files:
    """Every write is durable on return and repeatable; errors are the store's."""

    def __init__(
        self,
        write: Callable[..., Awaitable[None]],
        rows: Callable[[Executable, Mapping[str, Any]], Awaitable[Sequence[Row[Any]]]],
    ) -> None:
        self._write: Callable[..., Awaitable[None]] = write
        self._rows = rows

    async def add(self, file: File) -> None:
        """Remember that an attachment is to be fetched, and keep its item's bytes until it is `forget`-ed."""
        row = {
            "seq": file.item.seq,
            "raw_id": file.item.request,
            "conversation": file.conversation,
            "record": file.record,
            "tries": file.tries,
            "told": int(file.told),
        }
        await self._write((t.ADD_FILE, row))

    async def waiting(self) -> list[int]:
        """The items whose attachments are not done with, in order."""
        return [row.seq for row in await self._rows(t.FILES, {})]

    async def get(self, seq: int) -> File | None:
        """An item's attachment, None when it is done with."""
        found = await self._rows(t.FILE, {"seq": seq})
        if not found:
            return None
        row = found[0]
        requests = await self._rows(t.REQUESTS, {"ids": [row.raw_id]})
        return File(
            item=item_of(row, requests[0]),
            conversation=row.conversation,
            record=row.record,
            tries=row.tries,
            told=bool(row.told),
            result=row.result,
            is_settled=row.state == "done",
        )

    async def tried(self, file: File, tries: int) -> None:
        """Remember how often it was tried."""
        await self._write((t.TRIED, {"b_seq": file.item.seq, "b_tries": tries}))

    async def told(self, file: File) -> None:
        """Remember that administrators were told that it does not arrive."""
        await self._write((t.TOLD, {"b_seq": file.item.seq}))

    async def fetched(self, file: File, result: str) -> None:
        """Remember what has become of it: from now on it is not fetched again."""
        await self._write((t.FETCHED, {"b_seq": file.item.seq, "b_result": result}))

    async def forget(self, file: File) -> None:
        """It is done with; the bytes of its request go with it unless somebody else needs them."""
        steps: tuple[Step, ...] = (
            (t.FORGET_FILE, {"b_seq": file.item.seq}),
            (t.TRIM, {"b_raw": file.item.request}),
        )
        await self._write(*steps)
