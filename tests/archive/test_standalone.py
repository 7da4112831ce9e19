"""The verifier that is one file agrees with the standards it spells out itself, and stays one file."""

import ast
import gzip
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Limits, Record, RecordInvalid, standalone
from archive.names import shard
from archive.proving import prove
from archive.record import canonical
from archive.store import MemoryStore
from archive.walk import find_index
from tests.archive.builders import SHARD, draft, key, open_log, signer
from tests.archive.keeping.test_bundle import two_hours
from tests.archive.test_attacks import Blobs, alone

SOURCE = Path(standalone.__file__).read_text()

# RFC 8032 section 7.1, tests 1 to 3: public key, message, signature
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize("vector", VECTORS)
def test_published_signatures_verify_and_changed_ones_do_not(vector: tuple[str, str, str]):
    """Lost: agreement with Ed25519 as everyone else has it."""
    public, message, signature = map(bytes.fromhex, vector)
    assert standalone.is_signed(public, message, signature)
    assert not standalone.is_signed(public, message + b"x", signature)
    assert not standalone.is_signed(public, message, signature[:32] + bytes(32))
    assert not standalone.is_signed(public, message, signature[:-1])
    larger = int.from_bytes(signature[32:], "little") + standalone.ORDER
    assert not standalone.is_signed(public, message, signature[:32] + larger.to_bytes(32, "little"))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 255), st.integers(0, 63), st.integers(0, 255))
def test_signatures_are_judged_as_openssl_judges_them(message: bytes, seed: int, at: int, flip: int):
    """Lost: the same verdict from both verifiers."""
    private, public = signer(seed)._private, key(seed).public
    signature = bytearray(private.sign(message))
    signature[at] ^= flip
    assert standalone.is_signed(public, message, bytes(signature)) == (flip == 0)


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**54), 2**54)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
HEAD = {"format": 1, "id": "x", "index": 0, "kind": "note", "recorded_at": "2026-01-02T03:04:05.678Z", "writer": "w"}


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from([*HEAD, "body", "a", "ö"]), JSON, max_size=3), st.data())
def test_a_line_is_a_record_to_one_verifier_when_it_is_to_the_other(changes: dict[str, object], data: st.DataObject):
    """Lost: the second opinion; where two readers of one page disagree, the page or one of them is wrong."""
    try:
        line = canonical({**HEAD, **changes})  # pyright: ignore[reportArgumentType] — wrong values are the point
    except RecordInvalid:
        return
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(line) - 1))
        line = line[:at] + data.draw(st.binary(max_size=2)) + line[at + 1 :]
    if b'"kind":"key"' not in line:  # of those the single file asks more: that they introduce a key
        alike(line)


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        (b"1", True),
        (b"9007199254740991", True),
        (b"9007199254740992", False),
        (b"-9007199254740992", False),
        (b"1.0", False),
        (b"1e2", False),
        (b"-0", False),
        (b"NaN", False),
        (b"[" * 31 + b"]" * 31, True),
        (b"[" * 32 + b"]" * 32, False),
        (b"[" * 5_000 + b"]" * 5_000, False),
        (b'{"a":1,"a":1}', False),
        (b'"\\ud800"', False),
        (b'"\\u0041"', False),
        (b'"' + b"x" * 59_000 + b'"', True),
        (b'"' + b"x" * 60_000 + b'"', False),
    ],
    ids=lambda value: str(value)[:24],
)
def test_the_rules_for_values_are_the_same_to_both(body: bytes, allowed: bool):
    """Lost: the second opinion at the borders, where chance seldom looks."""
    assert alike(b'{"body":' + body + b"," + canonical(HEAD)[1:]) == allowed


@pytest.mark.parametrize(
    "change", [{"format": True}, {"index": -1}, {"index": True}, {"recorded_at": "2026-02-30T03:04:05.678Z"}]
)
def test_the_rules_for_the_header_are_the_same_to_both(change: dict[str, str | int]):
    """Lost: the same, for the members that every record has."""
    assert alike(canonical(HEAD))
    assert not alike(canonical({**HEAD, **change}))


def alike(line: bytes) -> bool:
    """Whether both verifiers take this line for a record; they must agree."""
    try:
        Record.parse(line)
        ours = True
    except RecordInvalid:
        ours = False
    try:
        standalone.read_record(line)
        theirs = True
    except ValueError:
        theirs = False
    assert theirs == ours, line[:200]
    return ours


async def test_a_proof_is_checked_without_any_of_our_code(tmp_path: Path):
    """Lost: evidence for someone who installs nothing."""
    blobs: Blobs = {}
    log = await open_log(MemoryStore(blobs), limits=Limits(segment_records=100))
    await log.append_all([draft(n) for n in range(700)])
    await log.close()
    _, record = await find_index(MemoryStore(blobs), shard(SHARD), 401)
    for with_record in (True, False):
        proof = await prove(MemoryStore(blobs), shard=SHARD, record=record, with_record=with_record)
        (tmp_path / "proof").write_bytes(proof.encode())
        (tmp_path / "record").write_bytes(record.line + b"\n")
        both = ["--proof", str(tmp_path / "proof"), "--record", str(tmp_path / "record")]
        ran = alone(tmp_path, *both)
        assert (ran.returncode, ran.stdout) == (0, f"PROVED\n{record.line.decode()}\n")
        assert alone(tmp_path, *both[:2]).returncode == (0 if with_record else 3)
        (tmp_path / "record").write_bytes(record.line.replace(b"2026", b"2025"))
        assert alone(tmp_path, *both).returncode == 3
    whole = proof.encode()
    for bad in (b"", b"\xff", whole[:-2], whole.replace(b"index 401", b"index 402"), whole.replace(b"\n\n", b"\n", 1)):
        (tmp_path / "proof").write_bytes(bad)
        (tmp_path / "record").write_bytes(record.line)
        ran = alone(tmp_path, *both)
        assert ran.returncode == 3
        assert ran.stderr.startswith(str(tmp_path / "proof"))


async def test_a_bundle_is_proved_or_refused_as_the_archive_does(tmp_path: Path):
    """Lost: one hour as evidence, checked with nothing but Python."""
    store = MemoryStore()
    manifests = await two_hours(store)
    places = [tmp_path / f"{one.hour.start:%H}.jsonl.gz" for one in manifests]
    for one, place in zip(manifests, places, strict=True):
        place.write_bytes(store.blobs[one.blob])
        place.with_name(f"{one.hour.start:%H}.manifest.json").write_bytes(one.encode())
    ran = alone(tmp_path, "--bundle", *map(str, places))
    assert ran.returncode == 0
    ends = [f"PROVED records {one.first} to {one.end - 1} in {at}" for one, at in zip(manifests, places, strict=True)]
    assert ran.stdout.splitlines() == ends
    place, beside = places[1], places[1].with_name("11.manifest.json")
    packed, manifest = place.read_bytes(), beside.read_bytes()
    record = gzip.decompress(packed).splitlines(keepends=True)[-1]
    other = gzip.compress(gzip.decompress(packed).replace(b"2026-01-02T10", b"2026-01-02T09", 1))
    for data, said in [
        (other, manifest),
        *(
            (gzip.compress(gzip.decompress(packed) + more), manifest)
            for more in (record, record[:-1], b"\n", b"\n" + record)
        ),
        (packed[:-9], manifest),
        (b"no gzip", manifest),
        (gzip.compress(b"no record\n"), manifest),
        (packed, manifest.replace(b'"first":22', b'"first":21')),
        (packed, manifests[0].encode()),
        (packed, b"{}"),
        (packed, b"[]"),
        (packed, b"\xff"),
    ]:
        place.write_bytes(data)
        beside.write_bytes(said)
        ran = alone(tmp_path, "--bundle", str(place))
        assert (ran.returncode, ran.stdout, "Traceback" in ran.stderr) == (3, "", False)
    beside.unlink()
    assert alone(tmp_path, "--bundle", str(place)).returncode == 1


def test_what_cannot_be_read_is_exit_code_one_and_wrong_usage_two(tmp_path: Path):
    """Lost: the difference between no verdict and a bad one."""
    assert alone(tmp_path, "--proof", str(tmp_path / "nothing")).returncode == 1
    assert alone(tmp_path).returncode == 2
    assert alone(tmp_path, "--proof", "x", "folder").returncode == 2
    assert alone(tmp_path, str(tmp_path / "nothing")).returncode == 3


def test_the_file_stands_alone_and_is_short():
    """Lost: something a person can read before believing it."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or ".").partition(".")[0])
    assert imported <= set(sys.stdlib_module_names)
    assert len(SOURCE.splitlines()) < 450
