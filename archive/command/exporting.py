"""The command `export`: what people asked for, as a bundle that proves itself; and `--check` for whoever gets one."""

import argparse
import asyncio
from pathlib import Path

from .. import names
from ..discovery.catalogue import NAMES
from ..discovery.checking import CheckReport, check
from ..discovery.export import Exported, Order, export
from ..discovery.frame import Frame
from ..discovery.scope import DIRECTIONS, Asked, ScopeError
from ..store import ObjectStore
from . import opening, recording
from .progress import progress
from .shared import BROKEN, FINE, Commands, Usage, answer, key, say


def add(commands: Commands) -> None:
    """Put `export` on the parser."""
    summary = "write conversations to a folder or zip that proves itself"
    parser = commands.add("export", _export, summary, asking(), opening.options())
    parser.add_argument("--out", type=Path, metavar="PLACE", help="a new folder, or a new file that ends in .zip")
    several = f"may be given several times: {', '.join(NAMES)} (all)"
    parser.add_argument("--format", action="append", choices=NAMES, metavar="NAME", help=several)
    parser.add_argument("--matter", metavar="NAME", help="on whose account; goes on record")
    parser.add_argument("--by", metavar="NAME", help="who exports; goes on record")
    parser.add_argument("--reason", metavar="TEXT", help="why; goes on record")
    parser.add_argument("--at", dest="size", type=int, metavar="SIZE", help="as the log stood with so many records")
    parser.add_argument("--with-gaps", action="store_true", help="leave out, and list, what cannot be read")
    parser.add_argument("--key", type=key, metavar="VKEY", help="the log's public key, or @file")
    parser.add_argument("--check", type=Path, metavar="PLACE", help="check an export instead of making one")


def asking() -> argparse.ArgumentParser:
    """A parent parser: what is asked for."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--custodian", action="append", default=[], metavar="WHO", help="staff: where they wrote")
    parser.add_argument("--contact", action="append", default=[], metavar="WHO", help="a name, id, number or user name")
    parser.add_argument("--conversation", action="append", default=[], metavar="ID")
    parser.add_argument("--from", dest="since", metavar="DATE", help="a day, or a time")
    parser.add_argument("--to", dest="until", metavar="DATE", help="up to the end of this day, or up to a time")
    parser.add_argument("--zone", default="UTC", metavar="ZONE", help="whose days these are, as Europe/Zurich (UTC)")
    parser.add_argument("--direction", action="append", default=[], choices=DIRECTIONS)
    parser.add_argument("--type", action="append", default=[], metavar="TYPE", help="text, image, location and so on")
    return parser


def asked(options: argparse.Namespace) -> Asked:
    """What the options ask for."""
    return Asked(
        custodians=tuple(options.custodian),
        contacts=tuple(options.contact),
        conversations=tuple(options.conversation),
        since=options.since,
        until=options.until,
        zone=options.zone,
        directions=tuple(options.direction),
        types=tuple(options.type),
    )


async def _export(options: argparse.Namespace, store: ObjectStore) -> int:
    if options.check is not None:
        return _checked(options, await asyncio.to_thread(check, options.check, options.key))
    if options.out is None or not (options.by or "").strip() or not (options.reason or "").strip():
        raise Usage("an export needs --out, and for the record --by and --reason")
    order = Order(
        asked=asked(options),
        formats=tuple(dict.fromkeys(options.format or NAMES)),
        by=options.by.strip(),
        reason=options.reason.strip(),
        matter=options.matter,
        size=options.size,
        with_gaps=options.with_gaps,
    )
    try:
        with Frame(options.out) as frame:
            done = await _written(options, store, frame, order)
            await recording.record(options, store, "export", done.manifest_sha256, done.as_json())
            frame.publish()
    except ScopeError as error:
        raise Usage(str(error)) from error
    answer(options, {"out": str(options.out), **done.as_json()}, _told(options, done))
    return FINE


async def _written(options: argparse.Namespace, store: ObjectStore, frame: Frame, order: Order) -> Exported:
    shard = names.shard(options.shard)
    with progress(options) as told:
        if not opening.is_wanted(options):
            return await export(store, shard, frame, order, key=options.key, progress=told)
        async with opening.opener(options, store) as opener:
            return await export(store, shard, frame, order, key=options.key, opener=opener, progress=told)


def _told(options: argparse.Namespace, done: Exported) -> str:
    gathered = done.taken.gathered
    lines = [
        f"{options.out}",
        f"messages        {done.messages} in {done.conversations} conversations, {done.taken.attachments} attachments",
        f"gaps            {len(done.taken.gaps)}",
        f"log             {gathered.checkpoint.size} records; the same again: --at {gathered.checkpoint.size}",
        f"manifest        sha256 {done.manifest_sha256}",
    ]
    return "\n".join(lines)


def _checked(options: argparse.Namespace, report: CheckReport) -> int:
    for text in report.broken:
        say(f"broken: {text}")
    for text in report.notices:
        say(f"notice: {text}")
    lines = [
        "INTACT" if report.is_intact else "BROKEN",
        f"records         {report.records}, each proved to be in the log of {report.size} records",
        f"files           {report.files}, {report.retold} of them told again from the records",
        f"key             {report.key}",
    ]
    answer(options, report.as_json(), "\n".join(lines) if report.is_intact else lines[0])
    return FINE if report.is_intact else BROKEN
