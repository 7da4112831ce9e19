"""What someone with a hand on the blobs can do; both verifiers name it: the archive's, and the one file of its own."""

import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from archive import Checkpoint, Signer, standalone
from archive.head import Head, seal
from archive.names import media
from archive.record import Draft, template
from archive.report import Finding, Report
from archive.segment import Segment
from archive.store import MemoryStore
from archive.verify import verify
from tests.archive.builders import FIRST, ORIGIN, SHARD, START, draft, key, open_log, signer

Blobs = dict[str, bytes]
A, B, C = (f"log/main/seg/{first:016d}" for first in (1, 4, 7))  # records 1-3, 4-6, 7-9
PUBLISHED = f"log/main/key/{key().hash.hex()}"


async def log(origin: str = ORIGIN) -> Blobs:
    """A log of four segments with one attachment."""
    blobs: Blobs = {}
    writer = await open_log(MemoryStore(blobs), origin=origin)
    file = await writer.attach(b"attached", "text/plain")
    for first in (1, 4, 7):
        await writer.append_all([draft(first + n, attachments=[file.reference("a.txt")]) for n in range(3)])
    await writer.close()
    return blobs


def checkpoint(blobs: Blobs) -> bytes:
    """The newest checkpoint, as somebody else may have kept it."""
    newest = max(name for name in blobs if "/seg/" in name)
    return blobs[newest].partition(b"\n\n")[2]


async def report(blobs: Blobs, anchor: bytes | None = None) -> Report:
    kept = ("kept", anchor) if anchor is not None else None
    return await verify(MemoryStore(blobs), shard=SHARD, key=key(), anchor=kept)


def write(blobs: Blobs, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in blobs.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the one file in an empty directory, without site packages, environment or anything else of ours."""
    place = folder.parent / "empty"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copy(standalone.__file__, place)
    command = [sys.executable, "-I", "-S", "standalone.py", *arguments, "--key", str(key())]
    ran = subprocess.run(command, cwd=place, env={}, capture_output=True, text=True, check=False)
    assert "Traceback" not in ran.stderr
    return ran


def in_lines(change: Callable[[list[bytes]], None]) -> Callable[[Blobs], None]:
    """A change of the lines of segment B."""

    def attack(blobs: Blobs) -> None:
        lines = blobs[B].split(b"\n")
        change(lines)
        blobs[B] = b"\n".join(lines)

    return attack


def alter(blobs: Blobs) -> None:
    blobs[B] = blobs[B].replace("Grüße 5".encode(), "Grüße 6".encode())


def swap(lines: list[bytes]) -> None:
    lines[0], lines[1] = lines[1], lines[0]


def renumbered_swap(lines: list[bytes]) -> None:
    swap(lines)
    lines[0] = lines[0].replace(b'"index":5', b'"index":4')
    lines[1] = lines[1].replace(b'"index":4', b'"index":5')


def resign(blobs: Blobs) -> None:
    """Write the tail again, changed and with another key, as good as that key can."""
    head = Head([key()])
    for first, name in ((0, FIRST), (1, A)):
        segment = Segment.parse(first, blobs[name])
        head.advance(segment, head.judge(segment))
    for name in (B, C):
        forged(blobs, head, name, signer(9))


def forged(blobs: Blobs, head: Head, name: str, by: Signer) -> None:
    templates = [template(Draft(kind="note", id=f"{name}-{n}", fields={}), writer="w") for n in range(3)]
    segment, judged = seal(head, templates, origin=ORIGIN, signer=by, at=START + timedelta(seconds=1))
    head.advance(segment, judged)
    blobs[name] = segment.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A name, what is done, and the finding that must name it: its code and its place."""

    name: str
    does: Callable[[Blobs], None]
    code: str
    place: str


def cut(at: int) -> Callable[[Blobs], None]:
    return lambda blobs: blobs.update({B: blobs[B][:at]})


def put(name: str, data: bytes) -> Callable[[Blobs], None]:
    return lambda blobs: blobs.update({name: data})


def remove(name: str) -> Callable[[Blobs], None]:
    def attack(blobs: Blobs) -> None:
        del blobs[name]

    return attack


def insert_line(lines: list[bytes]) -> None:
    lines.insert(1, lines[1])


def drop_line(lines: list[bytes]) -> None:
    del lines[1]


def double(blobs: Blobs) -> None:
    blobs[f"{B[:-1]}5"] = blobs[B]


MEDIA = media(sha256(b"attached").hexdigest(), START)
STRANGE_KEY = "log/main/key/00000000"
ATTACKS = [
    Attack(name="one byte altered", does=alter, code="root", place=B),
    Attack(name="a record inserted", does=in_lines(insert_line), code="size", place=B),
    Attack(name="two records swapped", does=in_lines(swap), code="record", place=B),
    Attack(name="two records swapped and numbered anew", does=in_lines(renumbered_swap), code="root", place=B),
    Attack(name="a record removed", does=in_lines(drop_line), code="size", place=B),
    Attack(name="a middle segment removed", does=remove(B), code="gap", place=C),
    Attack(name="the first segment removed", does=remove(FIRST), code="gap", place=A),
    Attack(name="the tail signed again with another key", does=resign, code="signature", place=B),
    Attack(name="a segment truncated", does=cut(100), code="segment", place=B),
    Attack(name="a segment torn in its checkpoint", does=cut(-30), code="segment", place=B),
    Attack(name="a segment emptied", does=cut(0), code="segment", place=B),
    Attack(name="a segment doubled", does=double, code="overlap", place=f"{B[:-1]}5"),
    Attack(name="a name that is none", does=put("log/main/seg/x", b""), code="name", place="log/main/seg/x"),
    Attack(name="an attachment replaced", does=put(MEDIA, b"attacked"), code="attachment-hash", place=MEDIA),
    Attack(name="an attachment removed", does=remove(MEDIA), code="attachment-missing", place=MEDIA),
    Attack(name="a key added", does=put(STRANGE_KEY, f"{key(9)}\n".encode()), code="key", place=STRANGE_KEY),
    Attack(name="everything removed", does=lambda blobs: blobs.clear(), code="empty", place="log/main/"),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_an_attack_is_named_by_both_verifiers(attack: Attack, tmp_path: Path):
    """Lost: law 8, and the second opinion that makes it believable."""
    blobs = await log()
    attack.does(blobs)
    broken = [one for one in (await report(blobs)).findings.kept if one.severity == "broken"]
    assert any(one.code == attack.code and attack.place in one.blob for one in broken), broken
    write(blobs, tmp_path / "copy")
    ran = alone(tmp_path, str(tmp_path / "copy"))
    assert ran.returncode == 3
    told = [line for line in ran.stderr.splitlines() if line.startswith("broken: ")]
    assert any(attack.place in line and line.endswith(f"[{attack.code}]") for line in told), told


async def test_an_untouched_log_is_intact_to_both_verifiers(tmp_path: Path):
    """Lost: the baseline, for an alarm that always rings is none."""
    blobs = await log()
    write(blobs, tmp_path / "copy")
    ran = alone(tmp_path, str(tmp_path / "copy"))
    verdict = await report(blobs)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"INTACT\n10 records in 4 segments\nroot {verdict.root}\n"


async def test_a_segment_of_another_log_is_named(tmp_path: Path):
    """Lost: the border between logs of one owner, who signs both."""
    blobs, other = await log(), await log("example.org/waybill/other")
    blobs[B] = other[B]
    assert ("signature", B) in [(one.code, one.blob) for one in (await report(blobs)).findings.kept]
    write(blobs, tmp_path / "copy")
    ran = alone(tmp_path, str(tmp_path / "copy"))
    assert ran.returncode == 3
    assert f"broken: {B}: is not signed by a trusted key for this log [signature]" in ran.stderr


async def test_removed_newest_segments_are_named_with_an_anchor(tmp_path: Path):
    """Lost: the one attack that a log cannot show of itself."""
    blobs = await log()
    kept = checkpoint(blobs)
    (tmp_path / "kept").write_bytes(kept)
    anchor = ["--anchor", str(tmp_path / "kept")]
    assert (await report(blobs, kept)).findings.kept == []
    write(blobs, tmp_path / "copy")
    assert alone(tmp_path, str(tmp_path / "copy"), *anchor).returncode == 0
    del blobs[C]
    (found,) = (await report(blobs, kept)).findings.kept
    assert (found.code, found.blob) == ("anchor", "kept")
    assert "records 7 to 9 are missing" in found.what
    assert (await report(blobs)).is_intact, "without the anchor nothing shows"
    write(blobs, tmp_path / "copy")
    ran = alone(tmp_path, str(tmp_path / "copy"), *anchor)
    assert ran.returncode == 3
    assert "records 7 to 9 are missing" in ran.stderr


async def test_a_history_written_anew_by_the_keys_holder_is_named_with_an_anchor(tmp_path: Path):
    """Lost: the attack of somebody who has the key as well; only what others kept shows it."""
    blobs = await log()
    kept = checkpoint(blobs)
    head = Head([key()])
    segment = Segment.parse(0, blobs[FIRST])
    head.advance(segment, head.judge(segment))
    for name in (A, B, C):
        forged(blobs, head, name, signer())
    assert (await report(blobs)).is_intact
    (found,) = (await report(blobs, kept)).findings.kept
    assert (found.code, found.blob) == ("anchor", "kept")
    write(blobs, tmp_path / "copy")
    (tmp_path / "kept").write_bytes(kept)
    ran = alone(tmp_path, str(tmp_path / "copy"), "--anchor", str(tmp_path / "kept"))
    assert (ran.returncode, "[anchor]" in ran.stderr) == (3, True)


async def test_an_anchor_inside_a_segment_and_one_that_is_none(tmp_path: Path):
    """Lost: anchors at any size of the log, and a verdict about whatever file is brought as one."""
    blobs = await log()
    head = Head([key()])
    for first, name in ((0, FIRST), (1, A)):
        segment = Segment.parse(first, blobs[name])
        head.advance(segment, head.judge(segment))
    tree = head.tree.copy()
    tree.extend(head.judge(Segment.parse(4, blobs[B])).leaves[:1])
    inside = signer().sign(Checkpoint(origin=ORIGIN, size=5, root=tree.root()))
    assert (await report(blobs, inside.encode())).findings.kept == []
    write(blobs, tmp_path / "copy")
    whole = inside.encode()
    copied = whole.strip().replace(b"\n", b"\r\n")
    for content, code in ((whole, 0), (copied, 0), (b"", 3), (b"\xff\n\n", 3), (whole[:-2], 3), (b"{}", 3)):
        (tmp_path / "kept").write_bytes(content)
        assert alone(tmp_path, str(tmp_path / "copy"), "--anchor", str(tmp_path / "kept")).returncode == code
        assert (await report(blobs, content)).is_intact == (code == 0)
    spoiled = bytearray(inside.encode())
    spoiled[-10] = ord("A") if spoiled[-10] != ord("A") else ord("B")
    assert [one.code for one in (await report(blobs, bytes(spoiled))).findings.kept] == ["anchor"]
    stranger = signer(9).sign(Segment.parse(7, blobs[C]).checkpoint).encode()
    assert [one.code for one in (await report(blobs, stranger)).findings.kept] == ["anchor"]
    blobs[A] = b""
    assert "anchor" in [one.code for one in (await report(blobs, inside.encode())).findings.kept]


async def test_a_clock_that_was_set_back_is_a_warning_and_the_record_keeps_what_it_showed(tmp_path: Path):
    """Lost: a hint that times are wrong; it is no damage, and no time is made up."""
    blobs: Blobs = {}
    times = iter([START, START + timedelta(hours=2), START + timedelta(hours=1)])
    writer = await open_log(MemoryStore(blobs), clock=lambda: next(times))
    await writer.append(draft(1))
    second = await writer.append(draft(2))
    await writer.close()
    assert second.record.recorded_at == START + timedelta(hours=1)
    verdict = await report(blobs)
    assert verdict.is_intact
    assert [(one.severity, one.code, one.record) for one in verdict.findings.kept] == [("warning", "clock", 2)]
    write(blobs, tmp_path / "copy")
    ran = alone(tmp_path, str(tmp_path / "copy"))
    assert ran.returncode == 0
    assert "warning: log/main/seg/0000000000000002, record 2: " in ran.stderr


MUTATIONS = 2_000


def mutated(blobs: Blobs, luck: random.Random) -> Blobs:
    """One change at random: bytes flipped, inserted or deleted, blobs swapped, removed or doubled."""
    changed, names = dict(blobs), sorted(blobs)
    one, other = luck.sample(names, 2)
    data = changed[one]
    at, length = luck.randrange(len(data)), luck.choice([1, 1, 2, 40])
    match luck.choice(["flip", "flip", "insert", "delete", "swap", "remove", "double"]):
        case "flip":
            changed[one] = data[:at] + bytes([data[at] ^ luck.randrange(1, 256)]) + data[at + 1 :]
        case "insert":
            changed[one] = data[:at] + luck.choice([luck.randbytes(length), data[:length], b"\n"]) + data[at:]
        case "delete":
            changed[one] = data[:at] + data[at + length :]
        case "swap":
            changed[one], changed[other] = changed[other], changed[one]
        case "remove":
            del changed[one]
        case _:
            folder = luck.choice(["log/main/seg/", "log/main/key/", "log/main/", "media/202601/00/"])
            digits = f"{luck.randrange(14):016d}" if "seg" in folder else luck.randbytes(4).hex()
            changed.setdefault(folder + digits, changed[one])
    return changed


def told_alone(blobs: Blobs, folder: Path, anchor: bytes) -> int:
    write(blobs, folder)
    check = standalone.Check(folder, SHARD, standalone.Key(str(key())), standalone.Checkpoint(anchor))
    check.run()
    return check.broken


async def test_two_thousand_random_changes_are_all_found(tmp_path: Path):
    """Lost: the attacks nobody has thought of. The single file sees each tenth, and must see damage where we do."""
    luck = random.Random(20260722)  # noqa: S311 — repeatable on purpose
    blobs = await log()
    kept = checkpoint(blobs)
    for number in range(MUTATIONS):
        changed = mutated(blobs, luck)
        verdict = await report(changed, kept)
        found: list[Finding] = verdict.findings.kept
        assert bool(found or verdict.unreferenced) == (changed != blobs), f"change {number}"
        lost = {name for name in blobs if changed.get(name) != blobs[name]}
        if lost and (lost != {PUBLISHED} or PUBLISHED in changed):  # a key's copy alone may be missing
            assert not verdict.is_intact, f"change {number}"
        if number % 10 == 0:
            assert bool(told_alone(changed, tmp_path / "copy", kept)) == (not verdict.is_intact), f"change {number}"
