"""What orders ask of the record before they are decided: why something was, what waits for review, a sample.

A sample is drawn by the hash of its seed and each record's id, so that whoever has the archive and the seed draws it
again. Of no message a word is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from archive import Json, Record

from . import evidence
from .explaining import author_of, explained
from .language import say
from .model import Item, StaffId, contact_of
from .rights import Order, Standing, permitted
from .tools import Tools

Since = Callable[[datetime], AsyncGenerator[Record]]
Told = tuple[tuple[str, str], ...]

SHOWN = 25
"""Lines of an answer; a sample's record names more."""
KEPT = 2_000
"""Records of a sample that its record names, the first of them; it counts all."""


class Inquiries:
    """`prepared` can be repeated; a sample that was drawn once stays as it was drawn."""

    def __init__(self, tools: Tools, since: Since) -> None:
        self._tools = tools
        self._since = since
        self._prepare: Mapping[str, Callable[[Item, Order, Standing], Awaitable[tuple[Order, Told]]]] = {
            "why": self._why,
            "review.list": self._waiting,
            "review.sample": self._sample,
            "review.mark": self._marked,
        }

    async def prepared(self, item: Item, order: Order, standing: Standing) -> tuple[Order, Told]:
        """The order with what the record says, and what its answer tells; for nobody who may not give it."""
        prepare = self._prepare.get(order.verb)
        if prepare is None or permitted(self._tools.registry, order.verb, standing) is not None:
            return order, ()
        return await prepare(item, order, standing)

    async def _why(self, _: Item, order: Order, __: Standing) -> tuple[Order, Told]:
        record = await self._tools.journal.record(int(order.value("record") or 0))
        if record is None:
            return order, ()
        return _about(order, record), explained(record, self._tools.registry)

    async def _marked(self, _: Item, order: Order, __: Standing) -> tuple[Order, Told]:
        record = await self._tools.journal.record(int(order.value("record") or 0))
        if record is None or record.kind != "message" or author_of(record) is None:
            return order, ()
        told = (
            (say("Record"), f"#{record.index}"),
            (say("Verdict"), order.value("mark") or ""),
            (say("Note"), order.value("note") or "–"),
        )
        return _about(order, record), told

    async def _waiting(self, _: Item, order: Order, __: Standing) -> tuple[Order, Told]:
        names, reviews = self._tools.registry.names, await self._tools.store.reviews.open()
        told = [
            (
                f"#{review.record}",
                say(
                    "{author} to {contact}, {at:%Y-%m-%d %H:%M} UTC: {rules}",
                    author=names.get(review.author, review.author),
                    contact=contact_of(review.conversation),
                    at=review.asked_at,
                    rules=", ".join(sorted(review.rules)),
                )
                + (say(", with compliance") if review.state == "escalated" else ""),
            )
            for review in reviews[:SHOWN]
        ]
        return order, (*told, (say("Waiting"), str(len(reviews))))

    async def _sample(self, item: Item, order: Order, standing: Standing) -> tuple[Order, Told]:
        percent, days = int(order.value("percent") or 5), int(order.value("days") or 7)
        seed = order.value("seed") or f"{standing.at:%Y-%m-%d}"
        begin = standing.at - timedelta(days=days)
        population, count, drawn = 0, 0, dict[int, str]()
        async with aclosing(self._since(begin)) as every:
            async for record in every:
                if record.recorded_at >= begin and _has_left(record):
                    population += 1
                    if is_drawn(seed, record.id, percent):
                        count += 1
                        if count <= KEPT:
                            drawn[record.index] = self._line(record)
        about: dict[str, Json] = {
            "seed": seed,
            "percent": percent,
            "since": evidence.moment(begin),
            "population": population,
            "count": count,
            "drawn": list(drawn),
        }
        committed = await self._tools.journal.append(evidence.sampled(item, standing.person.staff, about))
        return order, self._told(committed.record, drawn)

    def _told(self, sample: Record, drawn: Mapping[int, str]) -> Told:
        """What was drawn first stands, also where more was recorded since."""
        fields = sample.fields
        numbers = cast("list[int]", fields["drawn"])[:SHOWN]
        lines = [(f"#{number}", drawn.get(number, "–")) for number in numbers]
        head = (
            (say("Seed"), str(fields["seed"])),
            (
                say("Drawn"),
                say(
                    "{count} of {population}, {percent} %",
                    count=fields["count"],
                    population=fields["population"],
                    percent=fields["percent"],
                ),
            ),
            (say("Recorded as"), f"#{sample.index}"),
        )
        return (*head, *lines)

    def _line(self, record: Record) -> str:
        author = author_of(record)
        name = self._tools.registry.names.get(author, author) if author else ""
        return say(
            "{name} to {contact}, {at:%Y-%m-%d %H:%M} UTC",
            name=name,
            contact=record.fields["contact"],
            at=record.recorded_at,
        )


def is_drawn(seed: str, id_: str, percent: int) -> bool:
    """Whether a sample with this seed has this record: their SHA-256 is among the lowest so many percent."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{id_}".encode()).digest()[:8]) * 100 < percent << 64


def _has_left(record: Record) -> bool:
    """Whether staff wrote it and it was let through; what was held somebody has looked at anyway."""
    decision = record.fields.get("decision")
    return (
        record.kind == "message"
        and author_of(record) is not None
        and isinstance(decision, dict)
        and decision.get("outcome") == "relay"
    )


def _about(order: Order, record: Record) -> Order:
    author: StaffId | str = author_of(record) or ""
    return replace(order, values=(*order.values, ("author", author), ("id", record.id)))
