"""Makes a new store from the archive alone, for whoever has lost the old one. What it knew says `bridge.restoring`."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from archive import Record
from bridge.ports import Clock
from bridge.restoring import Fold, Known
from bridge.store import Store, restored
from bridge.store.transaction import Step

from .archiving import Archive, open_archive
from .registers.opening import empty, objects_of
from .settings import Settings
from .terms import alone

T = TypeVar("T")

PAGE = 1_000
"""Rows that are committed at once."""

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class InUse(Exception):
    """The store is not empty; a store is made anew beside the old one or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """How much the archive had, and what of it goes on."""

    records: int
    items: int
    conversations: int
    waiting: int
    """Items that are taken up again, or held for somebody to decide."""
    on_their_way: int
    """Messages of which it is not certain whether they have left."""


async def restore(settings: Settings, clock: Clock) -> Restored:
    """Make the store of the settings, which has to be empty, from the archive of the settings.

    Raises `InUse`, `ArchiveUnavailable`, `StoreUnavailable`, and `TimeoutError` where a replica works.
    """
    async with (
        objects_of(settings) as objects,
        alone(settings.bridge.store_url) as store,
        open_archive(settings.archive, objects, clock) as archive,
    ):
        if not await store.is_empty():
            raise InUse
        fold, records = Fold(empty(settings)), 0
        async with aclosing(archive.since(BEGINNING)) as every:
            async for record in every:
                fold.take(await _whole(record, archive))
                records += 1
        items = list(fold.items())
        await _write(store, fold, items, archive)
    return Restored(
        records=records,
        items=len(items),
        conversations=sum(1 for _ in fold.conversations()),
        waiting=sum(known.ended != "done" for known in items),
        on_their_way=sum(part.state in {"sending", "uncertain"} for part in fold.outgoing()),
    )


async def _write(store: Store, fold: Fold, items: Sequence[Known], archive: Archive) -> None:
    """The numbers last: only with them the store counts as one that is in use."""
    files = {known.seq: (conversation, record) for known, conversation, record in fold.files()}
    for page in _pages(items):
        steps: list[Step] = []
        for known in page:
            steps += await _item(known, archive, files.get(known.seq))
        await store.put(steps)
    rows = [
        *(restored.conversation(each) for each in fold.conversations()),
        *(step for each in fold.sent for step in store.mapped(each).steps),
        *(restored.outgoing(each) for each in fold.outgoing()),
    ]
    for page in _pages(rows):
        await store.put(page)
    for contact, marker in fold.cards.items():
        await store.remember_card(contact, None, marker)
    for wamid, reaction in fold.reactions.items():
        await store.put(store.react(wamid, reaction).steps)
    for review in fold.reviews.values():
        await store.reviews.add(review)
    for place in fold.registry.rooms():
        await store.remember_place(place)
    if fold.reported is not None:
        await store.set_reported(fold.reported.date())
    await store.replace_changes(fold.changes)
    await store.put([restored.numbers(len(items) + 1)])


async def _item(known: Known, archive: Archive, file: tuple[str, int] | None) -> list[Step]:
    """An item, with its bytes where they are needed again."""
    kept = known.ended != "done" or file is not None
    raw: Mapping[str, Any] = known.origin["raw"]
    steps: list[Step] = []
    if kept:
        received, signature = known.recorded_at.isoformat(), known.origin.get("signature")
        body, alone_ = await _bytes(raw, archive), "blob" not in raw
        steps.append(restored.request(known.seq, known.network, received, signature, body, alone=alone_))
    steps.append(
        restored.item(
            known.seq, known.key, known.network,
            state=known.ended, contact=known.contact, pointer=raw["pointer"], kept=kept,
        )
    )  # fmt: skip
    if file is not None:
        steps.append(restored.file(known.seq, *file))
    return steps


async def _bytes(raw: Mapping[str, Any], archive: Archive) -> bytes:
    if "text" in raw:
        return raw["text"].encode()
    if "base64" in raw:
        return base64.b64decode(raw["base64"])
    async with aclosing(archive.read(raw)) as pieces:
        return b"".join([piece async for piece in pieces])


async def _whole(record: Record, archive: Archive) -> Record:
    """The record with its text whole: a long one continues in a blob, and must not be cut where it may be sent."""
    fields: Mapping[str, Any] = record.fields
    body: Mapping[str, Any] = fields.get("body") or {}
    if "continues_in" not in body or "to" not in fields:
        return record
    text = await _bytes(body["continues_in"], archive)
    return record.reading({**fields, "body": {**body, "text": text.decode()}})


def _pages(rows: Iterable[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while page := list(islice(left, PAGE)):
        yield page
