"""One batch, one transaction: deliveries accepted and writes carried out in the fewest statements. Knows no thread."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.sql import Executable

from ..errors import StoreUnavailable
from ..model import Delivery
from . import tables as t
from .rows import Accepted, intake_row, raw_row

KEYS_AT_ONCE = 500
"""SQLite takes 32,766 values in one statement, older builds 999."""

Step = tuple[Executable, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Write:
    """Statements that are committed together, in this order.

    `counted`: a compare-and-set; the steps behind the first are carried out only when the first changed a row.
    `then` is called once they are committed, by whom keeps in memory what they say.
    """

    steps: tuple[Step, ...]
    counted: bool = False
    then: Callable[[], None] | None = None


def carry_out(batch: list[Delivery | Write], connection: Connection) -> list[Any]:
    """Carry out a batch in the fewest statements; the results in the batch's order (for a plain write, None).

    Items of one batch are independent of each other by construction, because whoever needs an earlier write awaits it
    first; inside one write the order of its steps is kept.
    """
    results: list[Any] = [None] * len(batch)
    deliveries = [(i, item) for i, item in enumerate(batch) if isinstance(item, Delivery)]
    if deliveries:
        accepted = _accept(connection, [delivery for _, delivery in deliveries])
        for (i, _), result in zip(deliveries, accepted, strict=True):
            results[i] = result
    plain = [item for item in batch if isinstance(item, Write) and not item.counted]
    for position in range(max((len(write.steps) for write in plain), default=0)):
        _step(connection, [write.steps[position] for write in plain if position < len(write.steps)])
    for i, item in enumerate(batch):
        if isinstance(item, Write) and item.counted:
            results[i] = _if_it_counts(connection, item.steps)
    return results


def carry_out_in_term(number: int, batch: list[Delivery | Write], connection: Connection) -> list[Any]:
    """`carry_out`, unless another replica has taken over: what this one wants is then about a state that has passed."""
    if connection.execute(t.TERM_IS, {"number": number}).scalar() is None:
        msg = "another replica has taken over"
        raise StoreUnavailable(msg)
    return carry_out(batch, connection)


def _if_it_counts(connection: Connection, steps: Sequence[Step]) -> bool:
    """Carry out a compare-and-set, and what follows from it only when it did set something."""
    first, *following = steps
    if connection.execute(*first).rowcount == 0:
        return False
    for step in following:
        connection.execute(*step)
    return True


def _step(connection: Connection, steps: list[Step]) -> None:
    """The same statement once with many values, instead of many times."""
    grouped: dict[int, tuple[Executable, list[Mapping[str, Any]]]] = {}
    for statement, values in steps:
        grouped.setdefault(id(statement), (statement, []))[1].append(values)
    for statement, values in grouped.values():
        connection.execute(statement, values)


def _accept(connection: Connection, deliveries: list[Delivery]) -> list[Accepted]:
    """Number what comes in, then look which keys are known: in this order other replicas' keys can be seen."""
    ids, numbers = _numbers(connection, len(deliveries), sum(len(delivery.items) for delivery in deliveries))
    keys = [arrival.key for delivery in deliveries for arrival in delivery.items]
    known: set[str] = set()
    for start in range(0, len(keys), KEYS_AT_ONCE):
        known.update(connection.execute(t.KNOWN_KEYS, {"keys": keys[start : start + KEYS_AT_ONCE]}).scalars())
    raws: list[tuple[object, ...]] = []
    items: list[tuple[object, ...]] = []
    results: list[Accepted] = []
    for delivery in deliveries:
        id_ = next(ids)
        raws.append(raw_row(id_, delivery))
        duplicates = 0
        for arrival in delivery.items:
            first = arrival.key if arrival.key in known else None
            duplicates += first is not None
            known.add(arrival.key)
            key = arrival.key if first is None else f"{arrival.key}#{uuid.uuid4().hex}"
            items.append(intake_row(next(numbers), key, id_, delivery.network, arrival.pointer, first))
        results.append(Accepted(items=len(delivery.items), duplicates=duplicates))
    connection.exec_driver_sql(_insert(connection, t.raw, t.RAW_COLUMNS), raws)
    if items:
        connection.exec_driver_sql(_insert(connection, t.intake, t.INTAKE_COLUMNS), items)
    if connection.dialect.name == "postgresql":  # the replica that works may be another
        connection.execute(t.TELL)
    return results


def _numbers(connection: Connection, requests: int, items: int) -> tuple[Iterator[int], Iterator[int]]:
    """Numbers for requests and items that nobody else has had; until the commit nobody else gets any."""
    last = connection.execute(t.TAKE_NUMBERS, {"b_requests": requests, "b_items": items}).one()
    return count(last.request - requests + 1), count(last.item - items + 1)


def _insert(connection: Connection, table: Table, columns: tuple[str, ...]) -> str:
    """The driver's own text of an insert: this is the one hot statement, and naming each value costs as much again."""
    return _compiled(table, columns, connection.dialect)


@lru_cache
def _compiled(table: Table, columns: tuple[str, ...], dialect: Dialect) -> str:
    return str(insert(table).compile(dialect=dialect, column_keys=list(columns)))
