"""Verification finds every change that can be found from the outside, and says where."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Draft, InvalidName, StoreUnavailable, standalone
from archive.head import Head, key_draft, seal
from archive.names import shard
from archive.record import template
from archive.report import MAX_FINDINGS, Finding, Findings, Report
from archive.segment import Segment
from archive.store import MemoryStore
from archive.verify import verify
from tests.archive.builders import FIRST, ORIGIN, SHARD, START, draft, key, open_log, signer, written

Blobs = dict[str, bytes]
A, B, C = (f"log/main/seg/{first:016d}" for first in (1, 4, 7))  # records 1-3, 4-6, 7-9
ALL = [FIRST, A, B, C]


async def log() -> Blobs:
    """A log of four segments with one attachment, which records 1 to 9 refer to."""
    blobs: Blobs = {}
    writer = await open_log(MemoryStore(blobs))
    file = await writer.attach(b"attached", "text/plain")
    for first in (1, 4, 7):
        await writer.append_all([draft(first + n, attachments=[file.reference("a.txt")]) for n in range(3)])
    await writer.close()
    return blobs


async def report(blobs: Blobs, seed: int = 0) -> Report:
    return await verify(MemoryStore(blobs), shard=SHARD, key=key(seed))


async def found(blobs: Blobs) -> list[tuple[str, str, int | None]]:
    """What is broken: code, blob and record."""
    findings = (await report(blobs)).findings.kept
    return [(one.code, one.blob, one.record) for one in findings if one.severity == "broken"]


async def test_an_untouched_log_is_intact():
    """Lost: the baseline; a verifier that finds fault with everything finds nothing."""
    blobs = await log()
    verdict = await report(blobs)
    assert verdict.is_intact
    assert verdict.findings.kept == []
    assert (verdict.size, verdict.segments, verdict.attachments, verdict.attachment_bytes) == (10, 4, 1, 8)
    assert (verdict.unrooted, verdict.unreferenced, verdict.keys) == (0, 0, (str(key()),))
    assert Segment.parse(7, blobs[C]).checkpoint.root.hex() == verdict.root


@settings(max_examples=400, deadline=None)
@given(st.data())
async def test_no_changed_byte_stays_unfound(data: st.DataObject):
    """Lost: law 8; and the segment with the damage must be among those named."""
    blobs = await log()
    name = data.draw(st.sampled_from(sorted(blobs)))
    bad = bytearray(blobs[name])
    bad[data.draw(st.integers(0, len(bad) - 1))] ^= data.draw(st.integers(1, 255))
    blobs[name] = bytes(bad)
    assert name in {blob for _, blob, _ in await found(blobs)}


async def test_a_changed_letter_is_named_by_segment_and_the_rest_is_still_checked():
    """Lost: damage control; one bad sector must not make ten years of records worthless."""
    blobs = await log()
    blobs[A] = blobs[A].replace("Grüße 2".encode(), "Grüße 3".encode())
    assert await found(blobs) == [("root", A, None)]
    assert (await report(blobs)).unrooted == 2


async def test_a_changed_letter_in_a_segment_of_one_record_is_named_by_record():
    """Lost: the exact place, where the root can tell it."""
    blobs: Blobs = {}
    await written(blobs, 1, 1, 1)
    name = "log/main/seg/0000000000000002"
    blobs[name] = blobs[name].replace("Grüße 1".encode(), "Grüße 7".encode())
    assert await found(blobs) == [("root", name, 2)]


@pytest.mark.parametrize(
    ("old", "new"), [('"body":', '"body" :'), ("note", "nöte"), ('"n-5"', '"n-5'), ("Grüße 5", "\n")]
)
async def test_a_line_that_is_no_record_is_named_by_line_and_byte(old: str, new: str):
    """Lost: the exact place, where the spelling tells it."""
    blobs = await log()
    lines = blobs[B].split(b"\n")
    lines[1] = lines[1].replace(old.encode(), new.encode())
    blobs[B] = b"\n".join(lines)
    first = next(one for one in (await report(blobs)).findings.kept if one.code == "record")
    assert (first.blob, first.record, first.line, first.offset) == (B, 5, 2, len(lines[0]) + 1)


def swap(blobs: Blobs) -> None:
    lines = blobs[B].split(b"\n")
    lines[0], lines[1] = lines[1], lines[0]
    blobs[B] = b"\n".join(lines)


def drop_line(blobs: Blobs) -> None:
    lines = blobs[B].split(b"\n")
    blobs[B] = b"\n".join(lines[:1] + lines[2:])


def double_line(blobs: Blobs) -> None:
    lines = blobs[B].split(b"\n")
    blobs[B] = b"\n".join([lines[0], *lines])


def drop_segment(blobs: Blobs) -> None:
    del blobs[B]


def exchange_segments(blobs: Blobs) -> None:
    blobs[A], blobs[B] = blobs[B], blobs[A]


def copy_segment(blobs: Blobs) -> None:
    blobs["log/main/seg/0000000000000002"] = blobs[B]


def append_old_segment(blobs: Blobs) -> None:
    blobs["log/main/seg/0000000000000010"] = blobs[B]


def truncate(blobs: Blobs) -> None:
    blobs[B] = blobs[B][:100]


def empty(blobs: Blobs) -> None:
    blobs[B] = b""


def foreign_name(blobs: Blobs) -> None:
    blobs["log/main/seg/hello"] = b"x"


def second_signature(blobs: Blobs) -> None:
    blobs[B] += blobs[B].split(b"\n")[-2] + b"\n"


def foreign_key(blobs: Blobs) -> None:
    blobs["log/main/key/00000000"] = f"{key(9)}\n".encode()


def drop_attachment(blobs: Blobs) -> None:
    del blobs[next(name for name in blobs if name.startswith("media/"))]


def change_attachment(blobs: Blobs) -> None:
    blobs[next(name for name in blobs if name.startswith("media/"))] = b"attacked"


ATTACKS: list[tuple[Callable[[Blobs], None], str]] = [
    (swap, "record"),
    (drop_line, "size"),
    (double_line, "size"),
    (drop_segment, "gap"),
    (exchange_segments, "size"),
    (copy_segment, "overlap"),
    (append_old_segment, "size"),
    (truncate, "segment"),
    (empty, "segment"),
    (foreign_name, "name"),
    (second_signature, "segment"),
    (foreign_key, "key"),
    (drop_attachment, "attachment-missing"),
    (change_attachment, "attachment-hash"),
]


@pytest.mark.parametrize(("attack", "code"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])
async def test_an_attack_is_found(attack: Callable[[Blobs], None], code: str):
    """Lost: law 8 against someone with a hand on the blobs and not on the key."""
    blobs = await log()
    attack(blobs)
    assert code in {code for code, _, _ in await found(blobs)}


async def test_a_gap_is_named_with_the_records_that_are_missing():
    """Lost: the sentence an expert needs; and orphans above the gap must still be read."""
    blobs = await log()
    del blobs[A]
    verdict = await report(blobs)
    (gap,) = verdict.findings.kept
    assert (gap.code, gap.blob, gap.record) == ("gap", B, 1)
    assert "records 1 to 3 are missing" in gap.what
    assert (verdict.segments, verdict.unrooted, verdict.size) == (3, 2, 10)


async def test_a_removed_beginning_is_a_gap():
    """Lost: the first records, of which there would be no trace."""
    blobs = await log()
    del blobs[FIRST]
    assert ("gap", A, 0) in await found(blobs)


async def test_a_removed_end_is_not_found_here_but_by_a_checkpoint_kept_elsewhere():
    """Lost: honesty about the one thing a log cannot show of itself."""
    blobs = await log()
    before = await report(blobs)
    del blobs[C]
    after = await report(blobs)
    assert after.is_intact
    assert after.size < before.size


async def test_damage_to_a_checkpoint_alone_does_not_cast_doubt_on_records():
    """Lost: the difference between damaged evidence and a damaged signature; the next root covers the same records."""
    blobs = await log()
    data = bytearray(blobs[B])
    data[-10] = ord("A") if data[-10] != ord("A") else ord("B")
    blobs[B] = bytes(data)
    assert await found(blobs) == [("signature", B, None)]
    assert (await report(blobs)).unrooted == 0


async def test_a_rewritten_tail_under_another_key_is_found():
    """Lost: the signature's purpose."""
    blobs = await log()
    head = Head([key()])
    for first, name in ((0, FIRST), (1, A)):
        segment = Segment.parse(first, blobs[name])
        head.advance(segment, head.judge(segment))
    forged = [template(Draft(kind="note", id=f"forged-{n}", fields={}), writer="w") for n in range(3)]
    segment, _ = seal(head, forged, origin=ORIGIN, signer=signer(9), at=START)
    blobs[B] = segment.encode()
    assert ("signature", B, None) in await found(blobs)


async def test_a_key_introduced_by_a_forged_segment_is_not_trusted():
    """Lost: the chain of trust; a forger would introduce a key first and then sign with it."""
    blobs = await log()
    head = Head([key()])
    for first, name in ((0, FIRST), (1, A)):
        segment = Segment.parse(first, blobs[name])
        head.advance(segment, head.judge(segment))
    introducing = [template(key_draft(key(9), shard(SHARD)), writer="w")]
    segment, judged = seal(head, introducing, origin=ORIGIN, signer=signer(9), at=START)
    blobs[B] = segment.encode()
    head.advance(segment, judged)
    following = [template(draft(50), writer="w"), template(draft(51), writer="w")]
    segment, _ = seal(head, following, origin=ORIGIN, signer=signer(9), at=START)
    after = "log/main/seg/0000000000000005"
    blobs[after] = segment.encode()
    del blobs[C]
    assert await found(blobs) == [("signature", B, None), ("signature", after, None)]


async def test_damage_after_a_damaged_checkpoint_is_placed_after_what_a_later_root_proved():
    """Lost: the exact stretch that is in doubt; what a good root covers is proved, whatever came before."""
    blobs = await log()
    lines = blobs[A].split(b"\n")
    lines[-4] = (b"B" if lines[-4][:1] == b"A" else b"A") + lines[-4][1:]  # the root's first letter
    blobs[A] = b"\n".join(lines)
    blobs[C] = blobs[C].replace("Grüße 8".encode(), "Grüße 9".encode())
    signature, root = (await report(blobs)).findings.kept
    assert (signature.code, signature.blob, root.code, root.blob) == ("signature", A, "root", C)
    assert root.what.startswith("records 7 to 9 ")


async def test_another_log_than_the_key_says_is_found():
    """Lost: a whole log replaced by one that agrees with itself."""
    blobs = await log()
    verdict = await report(blobs, seed=9)
    codes = {one.code for one in verdict.findings.kept}
    assert {"genesis", "signature", "key"} <= codes


async def test_without_a_key_the_report_says_what_that_is_worth():
    """Lost: the difference between a log that agrees with itself and one that somebody vouches for."""
    blobs = await log()
    verdict = await verify(MemoryStore(blobs), shard=SHARD)
    assert verdict.is_intact
    assert not verdict.key_given
    assert verdict.keys == (str(key()),)
    assert [one.code for one in verdict.findings.kept] == ["own-key"]


async def test_a_log_that_is_not_there_is_not_intact():
    """Lost: a mistyped shard or folder would verify."""
    assert [code for code, _, _ in await found({})] == ["empty"]
    with pytest.raises(InvalidName):
        await verify(MemoryStore(), shard="Main", key=key())


async def test_a_store_that_is_away_is_no_verdict():
    """Lost: the difference between broken and unreadable."""

    class Away(MemoryStore):
        async def read(self, name: str) -> bytes:
            raise StoreUnavailable(f"{name}: away")

    with pytest.raises(StoreUnavailable):
        await verify(Away(await log()), shard=SHARD, key=key())


@pytest.mark.parametrize(
    "reference",
    [
        "text",
        {},
        {"blob": "media/202601/ab/cd", "sha256": "cd", "size": 1},
        {"blob": "media/202601/ee/" + "ab" * 32, "sha256": "ab" * 32, "size": 1},
        {"blob": "media/202613/ab/" + "ab" * 32, "sha256": "ab" * 32, "size": 1},
        {"blob": "media/ab/" + "ab" * 32, "sha256": "ab" * 32, "size": 1},
        {"blob": "media/202601/ab/" + "ab" * 32, "sha256": "ac" * 32, "size": 1},
        {"blob": "media/202601/ab/" + "ab" * 32, "sha256": "ab" * 32, "size": "1"},
    ],
)
async def test_a_reference_that_names_no_attachment_is_found(reference: str | dict[str, str | int], tmp_path: Path):
    """Lost: an attachment nobody could ever check; the single file has to find the same."""
    blobs: Blobs = {}
    writer = await open_log(MemoryStore(blobs))
    await writer.append(draft(1, attachments=[reference]))
    await writer.close()
    assert await found(blobs) == [("reference", A, 1)]
    for name, data in blobs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    alone = [sys.executable, standalone.__file__, str(tmp_path), "--key", str(key())]
    ran = await asyncio.to_thread(subprocess.run, alone, capture_output=True, text=True, check=False)
    assert (ran.returncode, "[reference]" in ran.stdout + ran.stderr) == (3, True), ran


async def test_a_wrong_size_is_found_and_an_unreferenced_attachment_is_counted():
    """Lost: agreement between record and attachment; and calling a crash between the two an attack."""
    blobs: Blobs = {}
    writer = await open_log(MemoryStore(blobs))
    file = await writer.attach(b"attached", "text/plain")
    await writer.attach(b"never mentioned", "text/plain")
    await writer.append(draft(1, attachments=[{**file.reference(), "size": 9}]))
    await writer.close()
    assert await found(blobs) == [("attachment-size", file.blob, 1)]
    assert (await report(blobs)).unreferenced == 1


async def test_an_attachment_is_read_once_and_every_reference_to_it_is_checked():
    """Lost: hours, for a picture that everybody forwards; or the reference that lies about it, which came later."""

    class Counting(MemoryStore):
        streamed = 0

        def stream(self, name: str) -> AsyncGenerator[bytes]:
            self.streamed += 1
            return super().stream(name)

    blobs: Blobs = {}
    writer = await open_log(MemoryStore(blobs))
    file = await writer.attach(b"attached", "text/plain")
    for number in range(1, 11):
        size = 8 if number != 9 else 7
        await writer.append(draft(number, attachments=[{**file.reference(), "size": size}, file.reference()]))
    await writer.close()
    store = Counting(blobs)
    verdict = await verify(store, shard=SHARD, key=key())
    assert [(one.code, one.record) for one in verdict.findings.kept] == [("attachment-size", 9)]
    assert (store.streamed, verdict.attachments, verdict.attachment_bytes) == (1, 1, 8)


async def test_a_missing_attachment_is_named_once_by_the_record_that_refers_to_it_first():
    """Lost: the first place to look, or a report that says the same a thousand times."""
    blobs = await log()
    drop_attachment(blobs)
    (finding,) = (await report(blobs)).findings.kept
    assert (finding.code, finding.record) == ("attachment-missing", 1)


async def test_progress_is_told_after_every_segment():
    """Lost: the sign of life of a verification that takes an hour; what it says of the whole comes from the tiles."""
    blobs: Blobs = {}
    await written(blobs, 100, 100, 100)
    told: list[tuple[int, int]] = []
    await verify(MemoryStore(blobs), shard=SHARD, key=key(), progress=lambda read, of: told.append((read, of)))
    assert told == [(1, 256), (101, 256), (201, 256), (301, 256)]


async def test_names_the_format_does_not_know_are_noticed():
    """Lost: a hint at tampering."""
    blobs = await log()
    blobs["log/main/anchor/2026"] = blobs["log/main/bundle/2026/01/02/24.jsonl.gz"] = b"x"
    blobs["log/main/aaa"] = blobs["log/main/zzz"] = b"x"
    verdict = await report(blobs)
    assert verdict.is_intact
    assert [(one.code, one.blob) for one in verdict.findings.kept] == [
        ("stray", "log/main/bundle/2026/01/02/24.jsonl.gz"),
        ("stray", "log/main/anchor/2026"),
        ("stray", "log/main/aaa"),
        ("stray", "log/main/zzz"),
    ]


async def test_a_clock_that_ran_back_is_a_notice():
    """Lost: a hint that a writer's clock was wrong; it is not damage."""
    blobs: Blobs = {}
    times = iter([START, START.replace(hour=5), START.replace(hour=4)])
    writer = await open_log(MemoryStore(blobs), clock=lambda: next(times))
    await writer.append(draft(1))
    await writer.append(draft(2))
    await writer.close()
    verdict = await report(blobs)
    assert verdict.is_intact
    assert [(one.code, one.record) for one in verdict.findings.kept] == [("clock", 2)]


async def test_an_unpublished_key_is_a_notice():
    """Lost: telling a crash at the very beginning from an attack."""
    blobs = await log()
    del blobs[f"log/main/key/{key().hash.hex()}"]
    verdict = await report(blobs)
    assert verdict.is_intact
    assert [one.code for one in verdict.findings.kept] == ["key"]


def test_findings_are_counted_when_there_are_too_many_to_keep():
    """Lost: the bound on a report about a log that is rotten throughout."""
    findings = Findings()
    for number in range(MAX_FINDINGS + 5):
        findings.add(Finding(severity="broken", code="record", what="x", blob=A, record=number))
    assert (len(findings.kept), findings.broken) == (MAX_FINDINGS, MAX_FINDINGS + 5)
