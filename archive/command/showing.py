"""The commands that read without judging: `show`, `prove`, `checkpoint`, `stats`."""

import argparse
import json

from .. import names, walk
from ..discovery.life import life
from ..discovery.scope import ScopeError, zone
from ..formats import lines, wording
from ..proving import prove
from ..record import Record
from ..stats import stats
from ..store import ObjectStore
from . import opening
from .progress import progress
from .shared import FAILED, FINE, Commands, Usage, answer, put, say, write


def add(commands: Commands) -> None:
    """Put these commands on the parser."""
    proving = commands.add("prove", _prove, "prove that a record is in the log", finding())
    proving.add_argument("--out", metavar="FILE", help="write the .tlog-proof here, not to standard output")
    proving.add_argument("--without-record", action="store_true", help="leave the record itself out of the proof")
    show = commands.add("show", _show, "print one record as it is stored, or opened", finding(), opening.options())
    show.add_argument(
        "--life", action="store_true", help="tell a message with all that became of it, every record proved"
    )
    show.add_argument("--zone", default="UTC", help="with --life: whose time, as Europe/Zurich (UTC)")
    commands.add("checkpoint", _checkpoint, "print the newest checkpoint, to keep elsewhere")
    commands.add("stats", _stats, "count records by kind")


def finding() -> argparse.ArgumentParser:
    """A parent parser: which record is meant."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("record", help="an index, or a record id")
    parser.add_argument("--id", action="store_true", help="take digits for an id as well")
    return parser


async def _prove(options: argparse.Namespace, store: ObjectStore) -> int:
    blob, record = await found(options, store)
    data = (await prove(store, shard=options.shard, record=record, with_record=not options.without_record)).encode()
    if options.out is None:
        put(data.decode().removesuffix("\n"))
    elif not await write(options.out, data):
        return FAILED
    say(f"record {record.index} in {blob}")
    return FINE


async def _show(options: argparse.Namespace, store: ObjectStore) -> int:
    if options.life:
        return await _life(options, store)
    blob, record = await found(options, store)
    line, how = record.line, "as stored"
    if opening.is_wanted(options):
        async with opening.opener(options, store) as opener:
            line, how = opening.spelled(await opener.record(record)), "opened"
    say(f"record {record.index} in {blob}; shown {how}, not verified")
    if options.json:
        answer(options, {"blob": blob, "record": json.loads(line)}, "")
    else:
        put(line.decode())
    return FINE


async def _life(options: argparse.Namespace, store: ObjectStore) -> int:
    try:
        place = zone(options.zone)
    except ScopeError as error:
        raise Usage(str(error)) from error
    shard = names.shard(options.shard)
    with progress(options) as told:
        if opening.is_wanted(options):
            async with opening.opener(options, store) as opener:
                message = await life(store, shard, options.record, opener=opener, progress=told)
        else:
            message = await life(store, shard, options.record, progress=told)
    say(f"told from {len(message.sources)} records, each of them what the log's own key signed")
    answer(options, lines.told(message, place), wording.plain(message, place).removesuffix("\n"))
    return FINE


async def _checkpoint(options: argparse.Namespace, store: ObjectStore) -> int:
    blob, segment = await walk.newest(store, names.shard(options.shard))
    checkpoint = segment.checkpoint
    say(f"checkpoint of {checkpoint.size} records in {blob}; shown as stored, not verified")
    note = segment.note.encode().decode()
    answer(options, {"size": checkpoint.size, "root": checkpoint.root.hex(), "note": note}, note.removesuffix("\n"))
    return FINE


async def _stats(options: argparse.Namespace, store: ObjectStore) -> int:
    with progress(options) as told:
        counts = (await stats(store, shard=options.shard, progress=told)).as_json()
    kinds = counts.pop("kinds")
    lines = [f"{key:16}{'-' if value is None else value}" for key, value in counts.items()]
    lines += [f"  {kind:14}{count}" for kind, count in kinds.items()] if isinstance(kinds, dict) else []
    answer(options, {**counts, "kinds": kinds}, "\n".join(lines))
    return FINE


async def found(options: argparse.Namespace, store: ObjectStore) -> tuple[str, Record]:
    """The record that `finding` asks for and its blob's name, not verified."""
    shard, wanted = names.shard(options.shard), options.record
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 16 and not options.id:
        return await walk.find_index(store, shard, int(wanted))
    with progress(options) as told:
        return await walk.find_id(store, shard, wanted, told)
