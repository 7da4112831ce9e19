"""A log that seals: nothing confidential lies there for all to read, and whoever has the keys notices nothing."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import (
    AttachmentTooLarge,
    Draft,
    IntegrityError,
    KeyDestroyed,
    RecordInvalid,
    RecordTooLarge,
    StoreUnavailable,
)
from archive.record import MAX_LINE, Json, template
from archive.sealing import Ring, references
from archive.sealing.files import CHUNK, SealedAttachment
from archive.sealing.wrapping import LocalKey
from archive.store import MemoryStore
from archive.verify import verify
from tests.archive.builders import SHARD, Faulty, key
from tests.archive.sealing.builders import CANARY, CONVERSATION, WRAPPING, Place, message


async def test_a_message_is_sealed_and_its_writer_reads_it_as_it_was():
    """Lost: the confidentiality of a message, or the message."""
    place = Place()
    (committed,) = await place.append(message())
    assert dict(committed.record.fields) == message().fields
    assert not place.holds(CANARY)
    assert place.holds(CONVERSATION)
    assert (await verify(MemoryStore(place.archive), shard=SHARD, key=key())).is_intact


@pytest.mark.parametrize(
    "draft",
    [
        message(0, **{"class": "short"}),
        Draft(kind="registry", id="r", fields={"revision": 1, "body": CANARY}),
        message(0, conversation=None),
    ],
)
async def test_what_is_in_no_sealed_class_or_not_confidential_stays_as_it_is(draft: Draft):
    """Lost: the registry, which everybody who checks a decision must be able to read."""
    place = Place()
    (committed,) = await place.append(draft)
    assert dict(committed.record.fields) == draft.fields
    assert place.holds(CANARY)
    assert place.keys == {}


async def test_the_class_decides():
    """Lost: sealing for the classes that want it, and only for these."""
    place = Place()
    await place.append(message(0, **{"class": "short"}), classes=["short", "other"])
    assert not place.holds(CANARY)
    await place.append(message(1), classes=["short"])
    assert place.holds(CANARY)


async def test_evidence_that_belongs_to_no_conversation_is_sealed_too():
    """Lost: a message that was delivered twice, or that nobody could read: its bytes are on record all the same."""
    place = Place()
    (committed,) = await place.append(Draft(kind="note", id="n", fields={"origin": {"raw": {"text": CANARY}}}))
    assert committed.record.get("origin") == {"raw": {"text": CANARY}}
    assert not place.holds(CANARY)
    assert "/none/" in place.data_keys()[0]


async def test_the_same_id_again_is_answered_with_the_first_record():
    """Lost: law 4: a second record, because the same message never seals to the same bytes."""
    place = Place()
    (first,) = await place.append(message(0, body="first"))
    again, clear = await place.append(message(0, body="second"), message(1))
    assert (again.existed, again.record.index, again.record.get("body")) == (True, first.record.index, "first")
    assert (clear.existed, clear.record.index) == (False, first.record.index + 1)


async def test_a_record_from_before_sealing_was_switched_on_is_the_first_record_too():
    """Lost: the same, on the day of the change; and on the day somebody switches it off again."""
    place = Place()
    await place.append(message(0, body="clear"), classes=[])
    sealed, _ = await place.append(message(0), message(1, body="sealed"))
    off, _ = await place.append(message(1), message(2), classes=[])
    assert (sealed.existed, sealed.record.get("body")) == (True, "clear")
    assert (off.existed, off.record.get("body")) == (True, "sealed")


async def test_while_the_key_ring_is_away_nothing_is_recorded_and_then_it_is():
    """Lost: law 1, or the confidentiality of whatever came in during an outage of the keys."""
    place = Place()
    ring = Ring(Faulty(MemoryStore(place.keys), ["down"]), LocalKey(WRAPPING), clock=place.clock)
    log, inner = await place.log(ring=ring)
    before = dict(place.archive)
    with pytest.raises(StoreUnavailable):
        await log.append(message())
    assert place.archive == before
    assert not (await log.append(message())).existed
    await inner.close()
    assert not place.holds(CANARY)


async def test_a_destroyed_key_erases_the_content_and_leaves_the_log_valid():
    """Lost: the right to erasure, or the archive that was to survive it."""
    place = Place()
    one, other = await place.append(message(), message(1, conversation="line/C-2"))
    opener, stored = place.opener(), await place.stored(one.record.index)
    del place.keys[json.loads(stored.line)["sealed"]["key"]]
    with pytest.raises(KeyDestroyed):
        await opener.record(stored)
    kept = await opener.record(await place.stored(other.record.index))
    assert kept.get("body") == {"type": "text", "text": f"{CANARY} 1"}
    assert (await verify(MemoryStore(place.archive), shard=SHARD, key=key())).is_intact


# --- sizes -----------------------------------------------------------------------------------------------------------


def filled(size: int) -> Draft:
    """A draft whose unsealed line takes this many bytes at most."""
    room = template(message(0, body=""), writer="relay-1").room
    return message(0, body="x" * (size - room))


@pytest.mark.parametrize("size", [1_000, 44_000, 45_500, MAX_LINE])
async def test_whatever_is_small_enough_unsealed_is_small_enough_sealed(size: int):
    """Lost: a long message, which would wait for ever, because boxes are longer than what is in them."""
    place = Place()
    (committed,) = await place.append(filled(size))
    assert committed.record.get("body") == filled(size).fields["body"]
    assert len(committed.record.line) <= MAX_LINE
    assert dict((await place.opener().record(await place.stored(1))).fields) == filled(size).fields
    report = await verify(MemoryStore(place.archive), shard=SHARD, key=key())
    assert (report.is_intact, report.attachments) == (True, 1 if size > 45_000 else 0)


async def test_what_is_too_large_unsealed_is_refused_as_it_would_be_there():
    """Lost: one rule for both; switching sealing off again would strand a message."""
    place = Place()
    with pytest.raises(RecordTooLarge):
        await place.append(filled(MAX_LINE + 1))
    assert place.keys == {}


async def test_a_box_in_a_blob_that_was_changed_is_refused_and_named_by_verification():
    """Lost: the integrity of long messages."""
    place = Place()
    await place.append(filled(MAX_LINE))
    (blob,) = (name for name in place.archive if name.startswith("media/"))
    place.archive[blob] = bytes([place.archive[blob][0] ^ 1]) + place.archive[blob][1:]
    with pytest.raises(IntegrityError):
        await place.opener().record(await place.stored(1))
    report = await verify(MemoryStore(place.archive), shard=SHARD, key=key())
    assert [finding.code for finding in report.findings.kept] == ["attachment-hash"]


@pytest.mark.parametrize(
    "wrong", [{"sealed": {}}, {"class": 7}, {"conversation": 7}, {"conversation": ["x"]}, {"body": 1.5}]
)  # fmt: skip
async def test_what_cannot_be_sealed_is_refused_at_once(wrong: dict[str, Json]):
    """Lost: a clear answer, and the certainty that it was not recorded unsealed instead."""
    place = Place()
    with pytest.raises(RecordInvalid):
        await place.append(message(0, **wrong))
    assert not place.holds(CANARY)


# --- files -----------------------------------------------------------------------------------------------------------


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def with_file(place: Place, data: bytes, **fields: Json) -> SealedAttachment:
    """A message with a file, appended."""
    log, inner = await place.log()
    kept = await log.attach_stream(pieces(data, 7_001), "image/jpeg")
    await log.append(message(0, attachments=[kept.reference("cat.jpg")], **fields))
    await inner.close()
    assert isinstance(kept, SealedAttachment)
    return kept


def spelled(kept: SealedAttachment) -> str:
    """A file's key as it would stand in a record."""
    return base64.b64encode(kept.sealed.key).decode()


async def read(place: Place) -> bytes:
    """The first file of the first message, as whoever has the keys reads it."""
    opener = place.opener()
    record = await opener.record(await place.stored(1))
    return b"".join([piece async for piece in opener.file(next(references(record.fields)))])


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([0, 1, CHUNK, CHUNK + 1, 1 << 20]), st.binary(max_size=40))
def test_a_file_is_sealed_and_read_back(size: int, start: bytes):
    """Lost: the picture, or its confidentiality."""

    async def story() -> None:
        place, data = Place(), start + bytes(size)
        kept = await with_file(place, data)
        assert await read(place) == data
        assert kept.sealed.sha256 == sha256(data).hexdigest()
        report = await verify(MemoryStore(place.archive), shard=SHARD, key=key())
        assert (report.is_intact, report.attachments) == (True, 1)

    asyncio.run(story())


async def test_name_type_and_key_of_a_file_are_sealed_with_the_record():
    """Lost: what a file's name gives away, and everything else with its key."""
    place = Place()
    kept = await with_file(place, CANARY.encode())
    for text in (CANARY, "cat.jpg", "image/jpeg", spelled(kept)):
        assert not place.holds(text)
    assert place.holds(f'"attachments":[{{"blob":"{kept.blob}","sha256":"{kept.sha256}","size":{kept.size}}}]')


async def test_a_file_that_was_changed_is_refused():
    """Lost: the integrity of files, for whoever reads without verifying."""
    place = Place()
    kept = await with_file(place, bytes(3 * CHUNK))
    place.archive[kept.blob] = place.archive[kept.blob][:-1]
    with pytest.raises(IntegrityError, match=kept.blob):
        await read(place)


async def test_a_record_that_names_a_sealed_file_is_sealed_whatever_its_class():
    """Lost: the file, to everybody: its key would stand in a record for all to read."""
    place = Place()
    kept = await with_file(place, CANARY.encode(), **{"class": "short"})
    assert not place.holds(spelled(kept))
    assert await read(place) == CANARY.encode()


async def test_files_of_other_classes_stay_as_they_are():
    """Lost: the one copy of a file that is forwarded a hundred times, where nobody asked for sealing."""
    place = Place()
    log, inner = await place.log(["short"])
    one = await log.attach(b"hello", "text/plain")
    assert place.archive[one.blob] == b"hello"
    other = await log.attach(b"hello", "text/plain", of_class="short")
    assert b"hello" not in place.archive[other.blob]
    await inner.close()


async def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch):
    """Lost: the limit of one write, which the tags count towards."""
    monkeypatch.setattr("archive.attachment.MAX_ATTACHMENT", 2 * CHUNK)
    place = Place()
    log, inner = await place.log()
    assert (await log.attach(bytes(2 * CHUNK - 32), "x")).size == 2 * CHUNK
    with pytest.raises(AttachmentTooLarge):
        await log.attach(bytes(2 * CHUNK - 31), "x")
    await inner.close()
