"""Verifies one log in a process of its own and prints seconds and peak memory; for logs of very different sizes."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from archive.store import FilesStore
from archive.verify import verify
from tests.archive.builders import SHARD, key
from tests.bench.archive.made import write

EACH, ATTACHED = 512, 100
"""Records in a segment; and of how many records one refers to an attachment, always another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What the verification of a log took."""

    records: int
    attachments: int
    seconds: float
    cpu: float
    """Seconds of CPU, kernel and all threads included."""
    peak: int
    """Resident memory at its highest, in bytes."""


def measured(records: int) -> Grown:
    """Make a log of so many records in a temporary folder, and verify it in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), records, EACH, attached=ATTACHED)
        command = [sys.executable, "-m", __name__, folder]
        ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Grown(**json.loads(ran.stdout))


def main(folder: str) -> None:
    """Verify, and say what it took."""
    start = perf_counter()
    report = asyncio.run(verify(FilesStore(Path(folder)), shard=SHARD, key=key()))
    seconds = perf_counter() - start
    assert report.is_intact, report.findings.kept
    used = resource.getrusage(resource.RUSAGE_SELF)
    grown = Grown(
        records=report.size,
        attachments=report.attachments,
        seconds=seconds,
        cpu=used.ru_utime + used.ru_stime,
        peak=used.ru_maxrss * 1024,
    )
    sys.stdout.write(json.dumps(asdict(grown)))


if __name__ == "__main__":
    main(sys.argv[1])
