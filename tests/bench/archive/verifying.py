"""How fast a log is verified on one core, beside hashing the same bytes, and hashing and parsing them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from archive import names
from archive.proving import check_proof, prove
from archive.store import FilesStore
from archive.verify import verify
from archive.walk import find_index
from tests.archive.builders import SHARD, key
from tests.bench.archive.counted import Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Seconds for the same log."""

    hashed: float
    parsed: float
    verified: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What one proof takes: seconds to make and to check it, what is read for it, and its size."""

    made: float
    checked: float
    blobs: int
    read: int
    size: int


def compare(folder: Path) -> Round:
    """Each once, in turn. What is compared with gets the segments in memory; verification reads them from files."""
    segments = [path.read_bytes() for path in sorted((folder / names.segments(names.shard(SHARD))).iterdir())]
    return Round(
        hashed=seconds(lambda: hash_all(segments)),
        parsed=seconds(lambda: parse_all(segments)),
        verified=seconds(lambda: verify_all(folder)),
    )


def hash_all(segments: list[bytes]) -> None:
    """SHA-256 of every segment as a whole."""
    for data in segments:
        sha256(data).digest()


def parse_all(segments: list[bytes]) -> None:
    """The same, and every line through `json.loads`."""
    for data in segments:
        sha256(data).digest()
        for line in data.partition(b"\n\n")[0].split(b"\n"):
            json.loads(line)


def verify_all(folder: Path) -> None:
    """What the command `verify` does."""
    report = asyncio.run(verify(FilesStore(folder), shard=SHARD, key=key()))
    assert report.is_intact


async def one_proof(folder: Path, index: int) -> Proved:
    """The proof of one record, made from the store and checked without it."""
    store = Counted(FilesStore(folder))
    start = perf_counter()
    _, record = await find_index(store, names.shard(SHARD), index)
    data = (await prove(store, shard=SHARD, record=record)).encode()
    made = perf_counter() - start
    checked = seconds(lambda: check_proof(data, place="bench", key=key()))
    return Proved(made=made, checked=checked, blobs=store.operations["read"], read=store.read_bytes, size=len(data))


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = perf_counter()
    work()
    return perf_counter() - start
