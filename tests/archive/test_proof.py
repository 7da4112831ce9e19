"""A proof is checked with the key alone: it holds for its record and for nothing that differs from it by a byte."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Checkpoint, IntegrityError, Limits, NotFound
from archive.merkle import leaf_hash
from archive.names import shard
from archive.note import Note, NoteError
from archive.proof import MAX_PROOF, Proof
from archive.proving import ProofReport, check_proof, prove
from archive.store import MemoryStore
from archive.tile import TILE_BYTES
from archive.walk import find_index
from tests.archive.builders import ORIGIN, SHARD, draft, key, open_log, signer, written

Blobs = dict[str, bytes]


async def proved(blobs: Blobs, index: int, *, with_record: bool = True) -> Proof:
    store = MemoryStore(blobs)
    _, record = await find_index(store, shard(SHARD), index)
    return await prove(store, shard=SHARD, record=record, with_record=with_record)


def checked(data: bytes, line: bytes | None = None, seed: int = 0) -> ProofReport:
    return check_proof(data, place="p", key=key(seed), line=line)


async def large(records: int) -> Blobs:
    blobs: Blobs = {}
    log = await open_log(MemoryStore(blobs), limits=Limits(segment_records=100))
    await log.append_all([draft(n) for n in range(records)])
    await log.close()
    return blobs


async def test_a_proof_convinces_with_the_key_alone():
    """Lost: evidence that can be handed over without handing over the archive."""
    blobs: Blobs = {}
    await written(blobs, 3, 3)
    for index in range(7):
        data = (await proved(blobs, index)).encode()
        report = checked(data)
        assert report.record is not None
        assert (report.record.index, report.size, report.findings.kept) == (index, 7, [])
        assert Proof.parse(data).encode() == data


@settings(max_examples=15, deadline=None)
@given(st.integers(250, 1_100), st.data())
async def test_every_record_of_a_log_with_tiles_can_be_proved(records: int, data: st.DataObject):
    """Lost: proofs at the seams between tiles, segments and what is in no tile yet."""
    blobs = await large(records)
    index = data.draw(st.integers(0, records))
    if data.draw(st.booleans()):  # then from records alone
        blobs = {name: content for name, content in blobs.items() if "/tile/" not in name}
    assert checked((await proved(blobs, index)).encode()).is_intact


async def test_a_proof_reads_a_few_blobs():
    """Lost: proofs from an archive of years within a second."""
    blobs = await large(2_000)
    reads: list[str] = []

    class Counting(MemoryStore):
        async def read(self, name: str) -> bytes:
            reads.append(name)
            return await super().read(name)

    _, record = await find_index(MemoryStore(blobs), shard(SHARD), 700)
    await prove(Counting(blobs), shard=SHARD, record=record)
    assert len({name for name in reads if "/seg/" in name}) <= 3
    assert len(set(reads)) < 12


async def test_a_wrong_tile_does_not_stand_in_the_way_of_a_proof():
    """Lost: evidence that is there, because something derived from it is not."""
    blobs = await large(600)
    blobs["log/main/tile/0/001"] = b"\0" * TILE_BYTES
    assert checked((await proved(blobs, 5)).encode()).is_intact


async def test_a_damaged_log_proves_nothing():
    """Lost: the refusal to make a proof that nobody could accept."""
    blobs: Blobs = {}
    await written(blobs, 3, 3)
    name = "log/main/seg/0000000000000001"
    whole = blobs[name]
    blobs[name] = whole.replace("Grüße 1".encode(), "Grüße 2".encode())
    with pytest.raises(IntegrityError):
        await proved(blobs, 5)
    del blobs[name]
    with pytest.raises(IntegrityError):
        await proved(blobs, 5)
    with pytest.raises(NotFound):
        await proved({}, 5)


async def test_a_record_that_came_separately_must_be_the_one():
    """Lost: a proof without the content, for those who have it already, or must not see it."""
    blobs: Blobs = {}
    await written(blobs, 3)
    bare, whole = await proved(blobs, 2, with_record=False), await proved(blobs, 2)
    line = whole.line or b""
    assert line not in bare.encode()
    assert base64.b64encode(line) not in bare.encode()
    assert checked(bare.encode(), line).is_intact
    assert checked(whole.encode(), line).is_intact
    assert not checked(bare.encode()).is_intact
    other = replace(whole, line=line.replace(b"2026", b"2025")).encode()
    assert not checked(other, line).is_intact, "the record in the proof counts too, when another is given"
    for data in (bare.encode(), whole.encode()):
        assert not checked(data, line.replace(b"2026", b"2025")).is_intact
    assert not checked(whole.encode(), seed=9).is_intact


@settings(max_examples=300, deadline=None)
@given(st.data())
async def test_no_changed_byte_of_a_proof_stays_unfound(data: st.DataObject):
    """Lost: law 8 for the one file that leaves the house."""
    blobs: Blobs = {}
    await written(blobs, 3)
    proof = (await proved(blobs, 2)).encode()
    at = data.draw(st.integers(0, len(proof)))
    if data.draw(st.booleans()):
        bad = proof[:at] + bytes([data.draw(st.integers(0, 255))]) + proof[at:]
    else:
        bad = proof[: max(0, at - 1)] + proof[at:]
    report = checked(bad)
    assert report.is_intact == (bad == proof)
    assert len(report.findings.kept) == (bad != proof)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"c2sp.org/tlog-proof@v1\n\n", b"c2sp.org/tlog-proof@v1\nindex 01\n\n", b"x" * (MAX_PROOF + 1)],
)
def test_what_is_no_proof_is_refused(data: bytes):
    """Lost: a verdict, and not a traceback, about whatever file somebody brings."""
    with pytest.raises(NoteError):
        Proof.parse(data)
    assert [one.code for one in checked(data).findings.kept] == ["proof"]


def of_one(line: bytes, origin: str = ORIGIN) -> bytes:
    """A proof for a log of this one line, signed by the key of `ORIGIN` whatever the checkpoint says."""
    checkpoint = Checkpoint(origin=origin, size=1, root=leaf_hash(line))
    note = signer().sign(checkpoint)
    if origin != ORIGIN:
        text = checkpoint.text()
        own = signer()._private.sign(text.encode())
        note = Note(text=text, name=ORIGIN, key_hash=key().hash, signature=own)
    return Proof(index=0, path=(), note=note, checkpoint=checkpoint, line=line).encode()


LINE = b'{"format":1,"id":"x","index":0,"kind":"note","recorded_at":"2026-01-02T03:04:05.678Z","writer":"w"}'


@pytest.mark.parametrize(
    ("line", "origin", "what"),
    [
        (b"{}", ORIGIN, "no record"),
        (LINE.replace(b'"index":0', b'"index":1'), ORIGIN, "says it is record 1"),
        (LINE, "example.org/waybill/other", "signed for another log"),
    ],
)
def test_what_was_signed_and_breaks_the_format_is_refused(line: bytes, origin: str, what: str):
    """Lost: the format's rules, for a log whose owner does not keep them."""
    assert checked(of_one(LINE)).is_intact
    report = checked(of_one(line, origin))
    assert not report.is_intact
    assert what in report.findings.kept[0].what
