"""What a policy would have done to the messages that are on record: counts, and no word of any message. Pure.

The registry is folded from the same records, so that each message is looked at with the contacts and staff of its time.
What the fixed rules stopped stays stopped: the firm's own are asked about the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast

from archive import Json, Record

from ..change import change_of_fields
from ..evidence import Fields, decision_of, files_of
from ..model import ContactId, StaffId
from ..registry import Registry
from .rules import Finding, Firm, LeavingFile
from .table import CONTENT, PEOPLE

Fate = Literal["passes", "is warned of", "is held", "is blocked"]

_FATES: dict[str, Fate] = {"warn": "is warned of", "hold": "is held", "block": "is blocked"}
_AFTER = frozenset({"window-closed", "outbound-allowed"})
"""The rules that only a message meets that the firm's policy has let pass."""

Text = Callable[[Fields], Awaitable[str]]
"""The whole text of a record's body."""


@dataclass(slots=True)
class Rehearsal:
    """What came of it: how many messages were looked at, and what becomes of them in the draft instead of before."""

    messages: int = 0
    unread: int = 0
    """Sealed, and we have no key."""
    changed: Counter[tuple[Fate, Fate]] = field(default_factory=Counter[tuple[Fate, Fate]])
    entries: Counter[str] = field(default_factory=Counter[str])
    """Entries of the draft, each message counted once for each that is found in it."""
    authors: Counter[str] = field(default_factory=Counter[str])
    """Who wrote the messages whose fate changes."""


async def rehearse(records: AsyncIterable[Record], firm: Firm, since: datetime, text: Text) -> Rehearsal:
    """Look through the whole log in order, and judge what staff wrote since a time."""
    registry, found = Registry(), Rehearsal()
    async for record in records:
        if record.kind in {"registry", "policy"}:
            _fold(registry, record)
        elif record.kind == "message" and record.recorded_at >= since:
            if "sealed" in record.fields:
                found.unread += 1
            elif "staff" in record.fields and decision_of(record).rule in _AFTER | CONTENT.keys() | PEOPLE.keys():
                await _judge(record, firm, registry, text, found)
    return found


def _fold(registry: Registry, record: Record) -> None:
    if record.fields["revision"] == registry.revision + 1:
        registry.apply(change_of_fields(record.fields["change"]))


async def _judge(record: Record, firm: Firm, registry: Registry, text: Text, found: Rehearsal) -> None:
    fields = record.fields
    contact = registry.contacts[ContactId(cast("str", fields["contact"]))]
    author = StaffId(cast("str", cast("Fields", fields["staff"])["id"]))
    said = await text(cast("Fields", fields["body"]))
    at = datetime.fromisoformat(cast("str", fields["occurred_at"]))
    findings = (
        *firm.in_people(author, contact),
        *firm.in_words(said, "out", contact),
        *firm.in_recipient(said, contact, registry),
        *firm.in_hours(at),
        *firm.in_files(
            LeavingFile(kind=file.kind, size=cast("int", cast("dict[str, Json]", file.reference)["size"]))
            for file in files_of(record)
        ),
    )
    found.messages += 1
    found.entries.update({finding.entry for finding in findings})
    before, after = _fate((decision_of(record).rule,)), _fate(_rules(findings))
    if before != after:
        found.changed[before, after] += 1
        found.authors[registry.names.get(author, author)] += 1


def _rules(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    found = {finding.rule for finding in findings}
    return tuple(rule for rule in (*PEOPLE, *CONTENT) if rule in found)


def _fate(rules: tuple[str, ...]) -> Fate:
    """By the gravest, which comes first."""
    return _FATES.get(rules[0].rpartition("-")[2], "passes") if rules and rules[0] not in _AFTER else "passes"
