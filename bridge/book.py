"""The registry, kept: changes are archived, then stored, then folded, in one order. Knows no rule about them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from archive import Record

from . import evidence
from .change import SERVICE, Change, change_of_fields
from .errors import BridgeError
from .journal import Journal
from .known import Contact
from .model import Alias, ContactId, Item, Sender
from .ports import Clock
from .registry import Registry
from .store import Store, StoredChange

Values = tuple[tuple[str, str], ...]


class Book:
    """The one writer of the registry. `registry` may be read at any time; only `commit` changes it."""

    def __init__(self, registry: Registry, store: Store, journal: Journal, clock: Clock) -> None:
        self.registry = registry
        self._store = store
        self._journal = journal
        self._clock = clock
        self._turn = asyncio.Lock()
        self._unfinished: tuple[str, tuple[Change, ...]] | None = None

    async def load(self, archived: Callable[[int], AsyncIterator[Record]]) -> None:
        """Fold what the store knows, then what only the archive knows: a crash may have come between the two.

        `archived` gives the archive's `registry` and `policy` records from an index on, oldest first. Repeatable until
        it succeeds.
        """
        start = 0
        for stored in await self._store.changes():
            self._fold(stored)
            start = stored.position + 1
        async for record in archived(start):
            revision = record.fields["revision"]
            if isinstance(revision, int) and revision == self.registry.revision + 1:
                change = change_of_fields(record.fields["change"])
                missed = StoredChange(revision=revision, record=record.id, position=record.index, change=change)
                await self._store.add_changes([missed])
                self._fold(missed)

    async def commit(self, key: str, changes: Sequence[Change]) -> None:
        """Archive, store and fold what follows from one fact, which `key` names; repeatable."""
        async with self._turn:
            await self._commit(key, changes)

    async def _commit(self, key: str, changes: Sequence[Change]) -> None:
        """Nobody gets past a change that is archived and not yet folded: its revision would be given twice."""
        unfinished = self._unfinished
        if unfinished is not None and unfinished[0] != key:
            await self._write(*unfinished)
        self._unfinished = (key, tuple(changes))
        try:
            await self._write(key, changes)
        except BridgeError:
            raise
        except Exception:
            self._unfinished = None
            raise
        self._unfinished = None

    async def _write(self, key: str, changes: Sequence[Change]) -> None:
        for number, change in enumerate(changes):
            id_ = f"{evidence.id_of('R', key)}-{number}"
            revision = self.registry.revision + 1
            committed = await self._journal.append(evidence.registry_change(id_, change, revision))
            record = committed.record
            if record.fields["revision"] != revision:
                continue  # it was folded in an earlier life
            recorded = change_of_fields(record.fields["change"])  # an earlier try may have recorded another time
            stored = StoredChange(revision=revision, record=id_, position=record.index, change=recorded)
            await self._store.add_changes([stored])
            self._fold(stored)

    def _fold(self, stored: StoredChange) -> None:
        if stored.revision == self.registry.revision + 1:
            self.registry.apply(stored.change)

    def expected(self, sender: Sender) -> ContactId:
        """Whom `sight` will find behind this sender, unless somebody decides otherwise before it is called."""
        known = self.registry.find(sender.aliases)
        return self.registry.next_contact(sender.aliases) if known is None else known.id

    async def sight(self, item: Item, sender: Sender) -> Contact:
        """The contact behind a sender: somebody new is entered, a new alias added, a contradiction noted as a doubt."""
        async with self._turn:  # finding, choosing an id and committing are one step, or two people get one id
            changes = self._sightings(sender)
            if changes:
                await self._commit(item.key, changes)
        found = self.registry.find(sender.aliases)
        if found is None:
            msg = "a sighted sender is not in the register"
            raise LookupError(msg)
        return found

    def _sightings(self, sender: Sender) -> list[Change]:
        known = self.registry.find(sender.aliases)
        if known is None:
            said = {"profile": sender.profile_name, "security_code": sender.security_code}
            profile = tuple((name, value) for name, value in said.items() if value)
            aliases = (*sender.aliases, *sender.changes_to)
            return [self._change("sight", self.registry.next_contact(sender.aliases), aliases, profile)]
        doubts = self.registry.doubts(known, sender)
        learnt = _security_code(known, sender)
        has_changed = bool(learnt and known.value("security_code"))
        if doubts or has_changed or (sender.is_changing and not sender.changes_to):
            return self._doubt(known, doubts, learnt)
        new = self._unknown_aliases(known, sender.aliases)
        return [self._change("alias", known.id, new, learnt)] if new or learnt else []

    def _doubt(self, known: Contact, doubts: tuple[Alias, ...], learnt: Values) -> list[Change]:
        """Nothing crosses for this contact, nor for others whose ids these are, until somebody has decided again."""
        others = {found.id: found for alias in doubts if (found := self.registry.find([alias])) is not None}
        others.pop(known.id, None)
        changes = [self._change("doubt", other.id) for other in others.values() if other.state == "approved"]
        new = tuple(alias for alias in doubts if alias not in known.doubted)
        if new or learnt or known.state in {"approved", "rejected"}:
            changes.append(self._change("doubt", known.id, new, learnt))
        return changes

    def _change(self, verb: str, subject: ContactId, aliases: tuple[Alias, ...] = (), values: Values = ()) -> Change:
        return Change(
            verb=f"contact.{verb}", subject=subject, by=SERVICE, at=self._clock(), aliases=aliases, values=values
        )

    @staticmethod
    def _unknown_aliases(contact: Contact, aliases: tuple[Alias, ...]) -> tuple[Alias, ...]:
        return tuple(alias for alias in aliases if alias not in contact.aliases)


def _security_code(known: Contact, sender: Sender) -> Values:
    """The security code, where it is told and is not the one that is known."""
    told = sender.security_code
    return () if told is None or told == known.value("security_code") else (("security_code", told),)
