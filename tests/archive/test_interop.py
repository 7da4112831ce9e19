"""Other people's software accepts our checkpoints, proofs and tiles, and refuses them when a byte is changed."""

import base64
import os
import subprocess
from pathlib import Path

import pytest

from archive import Limits
from archive.merkle import consistency, join, leaf_hash, nodes
from archive.names import shard
from archive.proving import prove
from archive.store import MemoryStore
from archive.tiling import TileReader
from archive.walk import find_index, firsts, lines, newest
from tests.archive.builders import SHARD, draft, key, open_log
from tests.needs import lacking, needs

LIBRARIES = Path("/usr/share/gocode")
REMEDY = "apt-get install golang-go golang-golang-x-mod-dev"
MAIN = shard(SHARD)


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker in tests/archive/interop, built with Debian's Go and its copy of golang.org/x/mod."""
    go = needs("go", REMEDY)
    if not (LIBRARIES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        lacking(f"golang.org/x/mod is not installed ({REMEDY})")
    folder = tmp_path_factory.mktemp("interop")
    source = Path(__file__).parent / "interop" / "check.go"
    environment = {
        "GO111MODULE": "off",
        "GOPATH": str(LIBRARIES),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
    }
    built = subprocess.run(
        [go, "build", "-o", str(folder / "check"), str(source)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder / "check"


@pytest.fixture
async def evidence(tmp_path: Path) -> list[Path]:
    """What the checker reads: proof, record, an older checkpoint, the proof of growth, a tile and its records."""
    store = MemoryStore()
    log = await open_log(store, limits=Limits(segment_records=100))
    await log.append_all([draft(n) for n in range(400)])
    _, earlier = await newest(store, MAIN)
    await log.append_all([draft(n) for n in range(400, 700)])
    await log.close()
    _, record = await find_index(store, MAIN, 300)
    known = await firsts(store, MAIN)

    async def leaves(start: int, end: int) -> list[bytes]:
        return [leaf_hash(line) async for line in lines(store, MAIN, known, start, end)]

    reader = TileReader(store, MAIN, log.size, leaves)
    growth = [
        join([await reader.node(node) for node in nodes(*stretch)])
        for stretch in consistency(earlier.checkpoint.size, log.size)
    ]
    contents = {
        "proof": (await prove(store, shard=SHARD, record=record)).encode(),
        "record": record.line + b"\n",
        "old": earlier.note.encode(),
        "growth": b"\n".join(map(base64.b64encode, growth)) + b"\n",
        "tile": store.blobs["log/main/tile/0/001"],
        "records": b"\n".join([line async for line in lines(store, MAIN, known, 256, 512)]) + b"\n",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in contents]


def run(checker: Path, evidence: list[Path], seed: int = 0) -> subprocess.CompletedProcess[str]:
    command = [str(checker), str(key(seed)), *map(str, evidence)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_gos_checksum_database_accepts_what_we_write(checker: Path, evidence: list[Path]):
    """Lost: evidence whose worth does not depend on our software, or on us."""
    ran = run(checker, evidence)
    assert (ran.returncode, ran.stdout) == (0, "accepted: record 300 of 701, grown from 401\n"), ran.stderr


@pytest.mark.parametrize(
    ("which", "part", "what"),
    [
        (0, "\n\n", "inclusion"),  # the last hash before the checkpoint
        (0, "— ", "signature"),
        (1, "Grüße", "extra"),
        (2, "— ", "signature"),
        (3, "", "consistency"),
        (4, "", "tile"),
    ],
)
def test_gos_checksum_database_refuses_what_was_changed(
    checker: Path, evidence: list[Path], which: int, part: str, what: str
):
    """Lost: the other half of its word; a checker that accepts anything proves nothing."""
    data = bytearray(evidence[which].read_bytes())
    at = data.index(part.encode()) - 10 if part == "\n\n" else data.rindex(part.encode()) + 60 if part == "— " else 5
    if part == "Grüße":
        at = data.index(part.encode())
    data[at] = ord("A") if data[at] != ord("A") else ord("B")
    evidence[which].write_bytes(bytes(data))
    ran = run(checker, evidence)
    assert ran.returncode == 3
    assert ran.stdout.startswith(f"refused: {what}: "), ran.stdout


def test_gos_checksum_database_refuses_another_key(checker: Path, evidence: list[Path]):
    """Lost: the same, for a log that somebody else has signed."""
    ran = run(checker, evidence, seed=9)
    assert (ran.returncode, ran.stdout.startswith("refused: signature: ")) == (3, True)
