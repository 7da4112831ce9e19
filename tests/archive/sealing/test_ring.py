"""Data keys: one for a conversation and month, shared by all writers, gone when destroyed, none without a store."""

import asyncio
from datetime import timedelta

import pytest

from archive import IntegrityError, KeyDestroyed, KeyWithheld, StoreUnavailable
from archive.sealing import Ring
from archive.sealing.ring import FRESH, KEPT, MARKER, _Newest
from archive.sealing.wrapping import LocalKey, WrappedKey
from archive.store import MemoryStore
from tests.archive.builders import Faulty
from tests.archive.sealing.builders import CONVERSATION, WRAPPING, Place

MONTH = timedelta(days=31)


async def test_a_conversation_has_one_key_a_month_and_no_other_has_it():
    """Lost: the erasure of one conversation, or one month of it, without the others."""
    place = Place()
    ring = place.ring()
    one = await ring.current(CONVERSATION)
    assert await ring.current(CONVERSATION) == one
    other, nobodys = await ring.current("line/C-2"), await ring.current(None)
    place.clock.now += MONTH
    later = await ring.current(CONVERSATION)
    assert len({key.name for key in (one, other, nobodys, later)}) == 4
    assert len({key.secret for key in (one, other, nobodys, later)}) == 4
    assert one.name.rsplit("/", 2)[0] == later.name.rsplit("/", 2)[0]
    assert ("2026-01" in one.name, "2026-02" in later.name, "/none/" in nobodys.name) == (True, True, True)


async def test_a_key_is_found_again_after_a_restart_and_by_other_writers():
    """Lost: everything that was sealed, at the first restart."""
    place = Place()
    made = await place.ring().current(CONVERSATION)
    assert await place.ring().current(CONVERSATION) == made
    assert await place.ring().named(made.name) == made


async def test_many_at_once_make_one_key():
    """Lost: the memory, to a key for every message."""
    place = Place()
    ring = place.ring()
    assert len({key.name for key in await asyncio.gather(*[ring.current(CONVERSATION) for _ in range(50)])}) == 1
    assert len(place.data_keys()) == 1


async def test_writers_that_race_make_a_key_each_and_read_each_others():
    """Lost: the records of one of two replicas."""
    place = Place()
    rings = [place.ring() for _ in range(4)]
    made = await asyncio.gather(*[ring.current(CONVERSATION) for ring in rings])
    for ring in rings:
        assert [await ring.named(key.name) for key in made] == list(made)


async def test_what_lies_in_the_ring_is_wrapped():
    """Lost: the confidentiality towards whoever keeps the store."""
    place = Place()
    key = await place.ring().current(CONVERSATION)
    assert not any(key.secret in blob or key.secret.hex().encode() in blob for blob in place.keys.values())
    with pytest.raises(KeyWithheld, match="wrapped by local:"):
        await place.ring(LocalKey(bytes(32))).named(key.name)


async def test_after_a_change_of_the_wrapping_key_new_keys_are_made():
    """Lost: the service, after a new wrapping key."""
    place = Place()
    old = await place.ring().current(CONVERSATION)
    new = place.ring(LocalKey(bytes(32)))
    made = await new.current(CONVERSATION)
    assert made.name != old.name
    assert await new.named(made.name) == made


async def test_a_destroyed_key_is_said_to_be_destroyed_and_never_comes_back():
    """Lost: the erasure, or the certainty about it."""
    place = Place()
    key = await place.ring().current(CONVERSATION)
    del place.keys[key.name]
    ring = place.ring()
    with pytest.raises(KeyDestroyed, match="has been destroyed: what it sealed is erased, and the log is still valid"):
        await ring.named(key.name)
    again = await ring.current(CONVERSATION)
    assert again.name != key.name
    with pytest.raises(KeyDestroyed):
        await ring.named(key.name)


async def test_a_key_in_memory_outlives_its_destruction_by_minutes_only():
    """Lost: an erasure that a process which never restarts would not notice."""
    place = Place()
    ring = place.ring()
    key = await ring.current(CONVERSATION)
    del place.keys[key.name]
    place.clock.now += FRESH - timedelta(seconds=1)
    assert await ring.named(key.name) == key
    place.clock.now += timedelta(seconds=1)
    with pytest.raises(KeyDestroyed):
        await ring.named(key.name)
    assert (await ring.current(CONVERSATION)).name != key.name


async def test_a_key_that_is_still_there_is_not_unwrapped_again():
    """Lost: Key Vault's rate limit, on a busy day."""

    class Counting(LocalKey):
        unwrapped = 0

        async def unwrap(self, wrapped: WrappedKey) -> bytes:
            Counting.unwrapped += 1
            return await super().unwrap(wrapped)

    place = Place()
    made = await place.ring().current(CONVERSATION)
    ring = place.ring(Counting(WRAPPING))
    for _ in range(3):
        assert await ring.current(CONVERSATION) == made
        place.clock.now += 2 * FRESH
    assert Counting.unwrapped == 1


async def test_a_place_that_is_no_key_ring_is_not_taken_for_one_with_destroyed_keys():
    """Lost: the truth about an erasure, to a mistyped directory."""
    place = Place()
    key = await place.ring().current(CONVERSATION)
    with pytest.raises(KeyWithheld, match="no key ring here"):
        await Place().ring().named(key.name)
    assert MARKER in place.keys


@pytest.mark.parametrize("script", [["down"], ["fine", "down"], ["fine", "lost"]])
async def test_without_its_store_no_key_is_given_out(script: list[str]):
    """Lost: content sealed with a key that was never stored, which is content destroyed."""
    place = Place()
    ring = Ring(Faulty(MemoryStore(place.keys), script), LocalKey(WRAPPING), clock=place.clock)
    with pytest.raises(StoreUnavailable):
        await ring.current(CONVERSATION)
    key = await ring.current(CONVERSATION)
    assert key.name in place.keys
    assert await place.ring().named(key.name) == key
    assert len(place.data_keys()) == 1


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"rubbish", b'{"format":2}', b'{"format":1,"key":"AA"}', b"[" * 9_999])
async def test_a_key_that_was_spoilt_is_damage_and_not_destruction(rubbish: bytes):
    """Lost: the difference between an erasure and an accident that a backup can mend."""
    place = Place()
    key = await place.ring().current(CONVERSATION)
    place.keys[key.name] = rubbish
    with pytest.raises(IntegrityError):
        await place.ring().named(key.name)


async def test_a_wrapped_key_with_one_byte_changed_is_refused():
    """Lost: the same, for a change that leaves the form intact."""
    place = Place()
    key = await place.ring().current(CONVERSATION)
    blob = place.keys[key.name]
    at = blob.index(b'"key":"') + 10
    place.keys[key.name] = blob[:at] + (b"A" if blob[at : at + 1] != b"A" else b"B") + blob[at + 1 :]
    with pytest.raises(IntegrityError):
        await place.ring().named(key.name)


def test_only_so_many_keys_are_in_memory():
    """Lost: a bound; the least used goes first."""
    newest = _Newest[int](3)
    for number in range(3):
        newest.put(str(number), number + 1)
    assert newest.get("0") == 1
    newest.put("3", 4)
    assert [newest.get(str(number)) for number in range(4)] == [1, None, 3, 4]
    assert KEPT >= 1_000
