"""The command `verify`: the whole log, one bundle or one proof."""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

from .. import names
from ..bundled import BundleReport, check_bundle
from ..hour import Hour
from ..proving import ProofReport, check_proof
from ..ranged import RangeReport, verify_range
from ..report import Report
from ..store import ObjectStore
from ..store.port import CHUNK
from ..verify import verify
from .progress import progress
from .shared import BROKEN, FAILED, FINE, Commands, Usage, answer, content, end, file, key, moment, say, stamps

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def add(commands: Commands) -> None:
    """Put `verify` on the parser."""
    parser = commands.add("verify", _verify, "check every record, signature and attachment")
    parser.add_argument("--key", type=key, help="the public key you were given: a vkey, or @file holding one")
    parser.add_argument("--anchor", type=file, metavar="FILE", help="a checkpoint kept elsewhere: must be contained")
    parser.add_argument("--from", type=moment, metavar="DATE", dest="start", help="check only from this day on")
    parser.add_argument("--to", type=end, metavar="DATE", dest="end", help="check only up to this day, it included")
    parser.add_argument("--also-key", type=key, action="append", default=[], help="with --from: a later key of the log")
    parser.add_argument("--tsa", type=stamps, metavar="FILE", help="PEM certificates of those whose stamps you believe")
    parser.add_argument("--bundle", metavar="WHICH", help="check this bundle only: a file, or an hour; needs --key")
    parser.add_argument("--proof", type=file, metavar="FILE", help="check this .tlog-proof only; needs --key")
    parser.add_argument("--record", type=content, metavar="FILE", dest="record_file", help="the record it is about")


async def _verify(options: argparse.Namespace, store: ObjectStore) -> int:
    if options.proof:
        return _verify_proof(options)
    if options.bundle:
        return await _verify_bundle(options, store)
    if options.start or options.end:
        return await _verify_range(options, store)
    with progress(options) as told:
        report = await verify(
            store, shard=options.shard, key=options.key, anchor=options.anchor, stamps=options.tsa, progress=told
        )
    for finding in report.findings.kept:
        say(str(finding))
    answer(options, report.as_json(), _verdict(report))
    return FINE if report.is_intact else BROKEN


def _verify_proof(options: argparse.Namespace) -> int:
    if options.key is None:
        raise Usage("a proof is checked against a key you were given: --key")
    line = options.record_file.removesuffix(b"\n") if options.record_file is not None else None
    place, data = options.proof
    report = check_proof(data, place=place, key=options.key, line=line)
    for finding in report.findings.kept:
        say(str(finding))
    answer(options, report.as_json(), _proof_verdict(report))
    return FINE if report.is_intact else BROKEN


async def _verify_range(options: argparse.Namespace, store: ObjectStore) -> int:
    if options.key is None:
        raise Usage("a part of a log is checked against a key you were given: --key")
    keys = [options.key, *options.also_key]
    start, before = options.start or _EARLIEST, options.end or _LATEST
    report = await verify_range(store, shard=options.shard, keys=keys, start=start, end=before)
    for finding in report.findings.kept:
        say(str(finding))
    answer(options, report.as_json(), _range_verdict(report))
    return FINE if report.is_intact else BROKEN


async def _verify_bundle(options: argparse.Namespace, store: ObjectStore) -> int:
    if options.key is None:
        raise Usage("a bundle is checked against a key you were given: --key")
    hour = Hour.parse(options.bundle)
    if hour is None:
        place = Path(options.bundle)
        beside = place.with_name(place.name.removesuffix(".jsonl.gz") + ".manifest.json")
        try:
            manifest = await asyncio.to_thread(beside.read_bytes)
            report = await check_bundle(_pieces(place), manifest, place=str(place), key=options.key)
        except OSError as error:
            say(f"{error.filename}: {error.strerror}")
            return FAILED
    else:
        shard = names.shard(options.shard)
        manifest = await store.read(names.manifest(shard, hour))
        bundle = names.bundle(shard, hour)
        report = await check_bundle(store.stream(bundle), manifest, place=bundle, key=options.key)
    for finding in report.findings.kept:
        say(str(finding))
    answer(options, report.as_json(), _bundle_verdict(report))
    return FINE if report.is_intact else BROKEN


async def _pieces(path: Path) -> AsyncGenerator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece


def _verdict(report: Report) -> str:
    lines = [
        "INTACT" if report.is_intact else f"BROKEN: {report.findings.broken} findings",
        f"shard           {report.shard}",
        f"records         {report.size} in {report.segments} segments",
        f"root            {report.root}",
        f"attachments     {report.attachments}, {report.attachment_bytes} bytes; {report.unreferenced} unreferenced",
        f"closed hours    {report.anchors} anchors, {report.bundles} bundles, {_stamps(report)}",
        *([f"disposed        {report.disposed} records, as the log certifies"] if report.disposed else []),
        f"retention       {report.retention_enforcement}",
        *(f"key             {key}{'' if report.key_given else ' (taken from the log itself)'}" for key in report.keys),
    ]
    if report.unrooted:
        lines.append(f"unrooted        {report.unrooted} segments after damage: form and signature were checked")
    return "\n".join(lines)


def _proof_verdict(report: ProofReport) -> str:
    if report.record is None:
        return "NOT PROVED"
    lines = ["PROVED", f"record          {report.record.index}, id {report.record.id}"]
    lines += [f"log             {report.key.name}, {report.size} records", f"root            {report.root}"]
    return "\n".join([*lines, f"key             {report.key}"])


def _range_verdict(report: RangeReport) -> str:
    times = " to ".join(str(at and f"{at:%Y-%m-%d %H:%M:%S}") for at in (report.first_recorded, report.last_recorded))
    lines = [
        "INTACT" if report.is_intact else f"BROKEN: {report.findings.broken} findings",
        f"shard           {report.shard}",
        f"records         {report.first} to {report.size - 1} in {report.segments} segments; no others were read",
        f"recorded        {times} UTC",
        f"root            {report.root}",
        f"attachments     {report.attachments}",
    ]
    return "\n".join([*lines, *(f"key             {key}" for key in report.keys)])


def _stamps(report: Report) -> str:
    newest = f", the newest at {report.stamped_at:%Y-%m-%d %H:%M:%S} UTC" if report.stamped_at else ""
    return f"{report.stamps} time stamps{newest}"


def _bundle_verdict(report: BundleReport) -> str:
    if report.manifest is None:
        return "NOT PROVED"
    one = report.manifest
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(one.counts.items(), key=lambda pair: -pair[1]))
    lines = ["PROVED", f"records         {one.first} to {one.end - 1}: {kinds}", f"hour            {one.hour} UTC"]
    lines += [f"log             {report.key.name}, {one.end} records", f"root            {one.checkpoint.root.hex()}"]
    return "\n".join([*lines, f"key             {report.key}"])
