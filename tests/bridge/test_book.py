"""Every change of the registry has one revision, the same in the archive, in the store and in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.store import MemoryStore
from bridge.book import Book
from bridge.change import change_of_fields
from bridge.errors import StoreUnavailable
from bridge.model import Item, Sender
from bridge.registry import Registry
from bridge.store import Store, StoredChange
from tests.bridge.store.opening import accepted, opened
from tests.bridge.writing import journal, written
from tests.builders import ADA, ADA_BSUID, ADA_NUMBER, APPROVED, Clock, alias, sighting


class Forgetful(Store):
    """Its next commits of registry changes fail."""

    failures = 0

    async def add_changes(self, changes: Sequence[StoredChange]) -> None:
        if self.failures:
            self.failures -= 1
            msg = "away"
            raise StoreUnavailable(msg)
        await super().add_changes(changes)


@dataclass
class Keeping:
    """A book, and what stands behind it."""

    book: Book
    store: Forgetful
    blobs: MemoryStore

    async def items(self, *keys: str) -> list[Item]:
        return await accepted(self.store, *keys)

    async def archived(self) -> Registry:
        """The fold of what the archive holds; each record must name the revision that it makes."""
        registry = Registry()
        for record in await written(self.blobs, "registry"):
            registry.apply(change_of_fields(record.fields["change"]))
            assert record.fields["revision"] == registry.revision
        return registry

    async def stored(self) -> Registry:
        """The fold of what the store holds."""
        registry = Registry()
        for each in await self.store.changes():
            registry.apply(each.change)
            assert each.revision == registry.revision
        return registry


@pytest.fixture
async def keeping(tmp_path: Path) -> AsyncGenerator[Keeping]:
    blobs = MemoryStore()
    async with opened(tmp_path / "waybill.db", Forgetful) as store, journal(blobs) as pen:
        assert isinstance(store, Forgetful)
        yield Keeping(Book(Registry(), store, pen, Clock()), store, blobs)


async def test_a_change_between_archive_and_store_is_not_overtaken(keeping: Keeping):
    """Two changes would get one revision: after a restart one of them would be gone."""
    one, two = await keeping.items("one", "two")
    keeping.store.failures = 1
    with pytest.raises(StoreUnavailable):
        await keeping.book.commit(one.key, [sighting(1)])
    await keeping.book.commit(two.key, [sighting(2)])
    await keeping.book.commit(one.key, [sighting(1)])
    assert keeping.book.registry.revision == 2
    assert await keeping.archived() == await keeping.stored() == keeping.book.registry


async def test_a_change_that_nobody_repeats_is_finished_by_the_next(keeping: Keeping):
    """The item that made it may have ended as failed: its change is in the archive all the same."""
    one, two = await keeping.items("one", "two")
    keeping.store.failures = 2
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await keeping.book.commit(one.key, [sighting(1)])
    await keeping.book.commit(two.key, [sighting(2)])
    assert await keeping.archived() == await keeping.stored() == keeping.book.registry
    assert list(keeping.book.registry.contacts) == ["C-1001", "C-1002"]


async def test_two_strangers_at_once_are_two_contacts(keeping: Keeping):
    """They would share one id, one thread and one history."""
    one, two = await keeping.items("one", "two")
    senders = [Sender(aliases=(ADA_NUMBER,)), Sender(aliases=(alias("wa_id", "447700900002"),))]
    expected = [keeping.book.expected(sender) for sender in senders]
    seen = await asyncio.gather(*(keeping.book.sight(*each) for each in zip((one, two), senders, strict=True)))
    assert [contact.id for contact in seen] == expected == ["C-1001", "C-1002"]


async def test_the_new_owner_of_a_number_does_not_become_its_old_owner(keeping: Keeping):
    """An alias added without anybody's word would join two people for good."""
    one, two, three = await keeping.items("one", "two", "three")
    await keeping.book.sight(one, Sender(aliases=(ADA_BSUID, ADA_NUMBER)))
    stranger = Sender(aliases=(alias("bsuid", "GB.9"), ADA_NUMBER))
    seen = await keeping.book.sight(two, stranger)
    assert (seen.id, seen.aliases, seen.doubted) == ("C-1001", (ADA_BSUID, ADA_NUMBER), (stranger.aliases[0],))
    revision = keeping.book.registry.revision
    await keeping.book.sight(three, stranger)
    assert keeping.book.registry.revision == revision, "a doubt is noted once"


async def test_a_doubt_reaches_the_contact_whose_id_it_was(keeping: Keeping):
    """Staff would go on writing to a number that is somebody else's now."""
    items = await keeping.items("one", "two", "three", "four")
    await keeping.book.commit(items[0].key, [sighting(1), APPROVED])
    await keeping.book.commit(items[1].key, [sighting(2)])
    second = sighting(2).aliases[0]
    seen = await keeping.book.sight(items[2], Sender(aliases=(second, alias("bsuid", "GB.2"))))
    assert (seen.id, seen.doubted) == ("C-1002", ())
    seen = await keeping.book.sight(items[3], Sender(aliases=(ADA_NUMBER, alias("bsuid", "GB.2"))))
    assert (seen.id, seen.doubted) == ("C-1002", (ADA_NUMBER,))
    assert keeping.book.registry.contacts[ADA].state == "requested"


async def test_a_change_of_identity_without_the_new_ids_is_a_doubt_too(keeping: Keeping):
    """Before August 2026 such items do not tell the ids apart; what is known is that they are not what they were."""
    one, two = await keeping.items("one", "two")
    await keeping.book.commit(one.key, [sighting(1), APPROVED])
    seen = await keeping.book.sight(two, Sender(aliases=(ADA_NUMBER,), is_changing=True))
    assert seen.state == "requested"


async def test_another_security_code_is_a_doubt_and_an_approval_takes_it_for_theirs(keeping: Keeping):
    """Whoever has the telephone now would be taken for the client; or the client be stopped with each message."""
    items = await keeping.items("one", "two", "three", "four", "five")
    registry = keeping.book.registry

    def with_code(code: str | None) -> Sender:
        return Sender(aliases=(ADA_NUMBER,), security_code=code)

    await keeping.book.commit(items[0].key, [sighting(1), APPROVED])
    assert (await keeping.book.sight(items[1], with_code("old"))).state == "approved", "the first one seen is theirs"
    assert (await keeping.book.sight(items[2], with_code(None))).state == "approved"
    assert (await keeping.book.sight(items[2], with_code("old"))).state == "approved"
    doubted = await keeping.book.sight(items[3], with_code("new"))
    assert (doubted.state, doubted.in_doubt) == ("requested", True)
    await keeping.book.commit(items[4].key, [APPROVED])
    revision = registry.revision
    assert not (await keeping.book.sight(items[4], with_code("new"))).in_doubt
    assert registry.revision == revision
