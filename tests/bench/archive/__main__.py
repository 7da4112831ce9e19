"""Prints the archive's bench table; see the README of tests/bench. Nothing here passes or fails by a clock."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pytest

from tests.azurite import running_azurite
from tests.bench.archive import appending, growth, verifying
from tests.bench.archive.appending import BARE, RECORDS, Round
from tests.bench.archive.made import write
from tests.bench.report import percent, say, times

MIB = 1 << 20
SIZES = (100_000, 1_000_000, 5_000_000)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="tests.bench.archive", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="records in the log that is verified")
    parser.add_argument("--each", type=int, default=512, help="records in each of its segments")
    parser.add_argument("--rounds", type=int, default=5, help="how often what is compared runs in turn")
    parser.add_argument("--growth", action="store_true", help="only verify logs of 100 k, 1 M and 5 M records")
    options = parser.parse_args()
    if options.growth:
        grow()
        return
    with tempfile.TemporaryDirectory() as folder:
        append(Path(folder), options.rounds)
        verify(Path(folder) / "verified", options.records, options.each, options.rounds)


def append(folder: Path, rounds: int) -> None:
    """To files, then to Azurite if it is here."""
    in_files = [asyncio.run(appending.in_files(_made(folder / f"round-{number}"))) for number in range(rounds)]
    appended("appending to files; bare is a file for each record, synced", in_files)
    try:
        with running_azurite() as server:
            in_azurite = [asyncio.run(appending.in_azurite(server, f"round-{number}")) for number in range(rounds)]
    except pytest.skip.Exception as missing:
        say(str(missing))
    else:
        appended("appending to Azurite; bare is an upload through the SDK for each record", in_azurite)


def appended(title: str, rounds: Sequence[Round]) -> None:
    """By how many wait: ratios, then rates, then what a million records cost."""
    say(title)
    for waiting in RECORDS:
        taken = [(each.by_waiting[waiting], each.bare) for each in rounds]
        say(
            f"  {waiting:3} waiting, bare writes one by one: {times([one.rate / bare[1] for one, bare in taken])};"
            f" 16 at once: {times([one.rate / bare[16] for one, bare in taken])}"
        )
    for at_once in BARE:
        say(f"  {at_once:3} bare:    {median(each.bare[at_once] for each in rounds):10,.0f} records/s")
    for waiting in RECORDS:
        each = [one.by_waiting[waiting] for one in rounds]
        say(
            f"  {waiting:3} waiting: {median(one.rate for one in each):10,.0f} records/s; for a million records"
            f" {median(one.operations for one in each) * 1e6:,.0f} operations,"
            f" {median(one.beside for one in each) * 1e6 / MIB:,.0f} MiB beside the records"
        )


def verify(folder: Path, records: int, each: int, rounds: int) -> None:
    """On one core, in turn with what it is compared with."""
    size = write(folder, records, each)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    taken = [verifying.compare(folder) for _ in range(rounds)]
    say(f"verifying {records:,} records, {each} in each segment, {size / records:.0f} bytes a record, on one core")
    say(f"  against SHA-256 and json.loads of the same bytes: {percent([one.parsed / one.verified for one in taken])}")
    say(f"  against SHA-256 of the same bytes:                {percent([one.hashed / one.verified for one in taken])}")
    for name, seconds in (
        ("SHA-256", median(one.hashed for one in taken)),
        ("SHA-256 and json.loads", median(one.parsed for one in taken)),
        ("verified", median(one.verified for one in taken)),
    ):
        say(f"  {name:22} {records / seconds:10,.0f} records/s  {size / MIB / seconds:6,.0f} MiB/s")
    proofs = [asyncio.run(verifying.one_proof(folder, records // 3)) for _ in range(rounds)]
    one = proofs[0]
    made, checked = median(proof.made for proof in proofs), median(proof.checked for proof in proofs)
    say(f"one proof: made in {made * 1e3:.1f} ms from {one.blobs} blobs ({one.read / MIB:.2f} MiB),")
    say(f"  checked in {checked * 1e3:.2f} ms; {one.size:,} bytes, the record included")


def grow() -> None:
    """The same verification for a log that grows."""
    first: growth.Grown | None = None
    for size in SIZES:
        one = growth.measured(size)
        first = first or one
        pace = (one.cpu / one.records) / (first.cpu / first.records)
        say(
            f"{one.records:10,} records, {one.attachments:7,} attachments: {one.seconds:7.1f} s"
            f" ({one.records / one.seconds:9,.0f} /s; {one.cpu:7.1f} s of CPU, {pace:.2f} of the first's for a record),"
            f" peak {one.peak / MIB:5.0f} MiB ({one.peak / first.peak:.2f} of the first's)"
        )


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
