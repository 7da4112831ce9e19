"""What may be seen of the service from outside: logs through an allow-list of keys, and counters. Never content.

No message text, name or number: a key that is not on the list is dropped, and only its own name is logged.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from datetime import datetime
from time import perf_counter
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from archive import Committed, Draft, Log, SealingLog
from bridge.errors import StoreUnavailable
from bridge.evidence import Fields
from bridge.journal import Find, Journal, Open
from bridge.model import Disposition, Item
from bridge.ports import Clock

ALLOWED_KEYS = frozenset(
    {"event", "level", "timestamp", "logger", "kind", "status", "error", "count", "address", "seconds", "peer"}
)
"""Keys whose values are ours: words of a fixed vocabulary, numbers, types of errors, listeners' addresses."""


def _allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep what is on the list and name what was dropped."""
    dropped = sorted(key for key in event if key not in ALLOWED_KEYS)
    for key in dropped:
        del event[key]
    if dropped:
        event["dropped"] = dropped
    return event


class _Quiet(logging.Handler):
    """Other packages' log lines by logger and level only: their texts may quote URLs, numbers or messages."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger("library").warning("library message", logger=record.name, kind=record.levelname.lower())


def configure_logging() -> None:
    """JSON lines on standard error, one per event."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Quiet()]
    root.setLevel(logging.WARNING)


ITEM_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600)
ARCHIVE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The service's counters, on a registry of its own. Labels are words of ours: networks, dispositions, errors."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.registry = CollectorRegistry()
        self._items = Histogram(
            "waybill_item_seconds",
            "From accepting an item until it ended, by how; what was held counts from its acceptance too",
            ["network", "disposition"],
            buckets=ITEM_SECONDS,
            registry=self.registry,
        )
        self.archiving = Histogram(
            "waybill_archive_seconds",
            "How long the archive took to commit a record",
            buckets=ARCHIVE_SECONDS,
            registry=self.registry,
        )
        self._recorded = Histogram(
            "waybill_recorded_seconds",
            "From accepting an item until its record was in the archive",
            ["network"],
            buckets=ITEM_SECONDS,
            registry=self.registry,
        )
        self._oldest = Gauge(
            "waybill_oldest_waiting_seconds",
            "Age of the oldest item that is neither settled nor held; NaN while the store cannot be read",
            registry=self.registry,
        )
        self._webhooks = Counter(
            "waybill_webhooks", "Webhook requests by how they ended", ["result"], registry=self.registry
        )
        self._ended: dict[str, Counter] = {}
        self._rejected = Counter(
            "waybill_activities_rejected", "Teams activities refused at the door", ["kind"], registry=self.registry
        )
        self._defects = Counter(
            "waybill_defects", "Items stopped by a defect, by error", ["error"], registry=self.registry
        )

        self._sign_ins = Counter(
            "waybill_sign_ins_refused", "Sign-ins and fresh tokens refused, by peer", ["peer"], registry=self.registry
        )

    def sign_in_refused(self, peer: str, code: str) -> None:
        """A peer does not take the bot for who it is; everything for that peer waits, so operators have to know."""
        self._sign_ins.labels(peer).inc()
        structlog.get_logger("waybill").error("sign-in refused", peer=peer, kind=code)

    def recorded(self, item: Item) -> None:
        """An item's record is in the archive."""
        self._recorded.labels(item.network).observe((self._clock() - item.received_at).total_seconds())

    def ended(self, item: Item, disposition: Disposition) -> None:
        """An item ended; its posting and its records were before."""
        seconds = (self._clock() - item.received_at).total_seconds()
        self._items.labels(item.network, disposition).observe(seconds)

    async def page(self, oldest_waiting: Callable[[], Awaitable[datetime | None]]) -> bytes:
        """Everything as Prometheus reads it; what has to be looked up is looked up now."""
        try:
            since = await oldest_waiting()
        except StoreUnavailable:
            self._oldest.set(float("nan"))
        else:
            self._oldest.set(0 if since is None else (self._clock() - since).total_seconds())
        return generate_latest(self.registry)

    def webhook(self, result: str) -> None:
        """A webhook request ended."""
        ended = self._ended.get(result)
        if ended is None:
            ended = self._ended[result] = self._webhooks.labels(result)
        ended.inc()

    def rejected(self, kind: str) -> None:
        """A Teams activity was refused."""
        self._rejected.labels(kind).inc()

    def defect(self, error: Exception) -> None:
        """A defect stopped an item; only the error's type is told."""
        self._defects.labels(type(error).__name__).inc()
        structlog.get_logger("waybill").error("item stopped by a defect", error=type(error).__name__)

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that is read when it is asked for."""
        Gauge(f"waybill_{name}", text, registry=self.registry).set_function(value)


_item: ContextVar[Item] = ContextVar("_item")


class TimedJournal(Journal):
    """The bridge's pen, with a watch on the archive; a repeat of what is recorded already is not counted."""

    def __init__(self, log: Log | SealingLog, metrics: Metrics, read: Open, find: Find) -> None:
        super().__init__(log, read, find)
        self._metrics = metrics

    async def origin(self, item: Item) -> Fields:
        """See `Journal.origin`. A record with an origin is the one of the item that its job asked about last."""
        _item.set(item)
        return await super().origin(item)

    async def append(self, draft: Draft) -> Committed:
        """See `Journal.append`."""
        is_new, began = self.remembered(draft.id) is None, perf_counter()
        committed = await super().append(draft)
        if is_new and not committed.existed:
            self._metrics.archiving.observe(perf_counter() - began)
            if "origin" in draft.fields and (item := _item.get(None)) is not None:
                self._metrics.recorded(item)
        return committed
