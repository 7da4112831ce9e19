"""Knows the command line of the archive; what the commands find out is found out elsewhere.

Only the standard library and `cryptography` are needed, so that a copy of this folder works on an auditor's machine.
Data goes to standard output, words to standard error. Exit codes: 0 fine, 1 could not do it, 2 usage, 3 integrity
broken.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from . import names, settings, walk
from .errors import ArchiveError, IntegrityError, InvalidName
from .note import NoteError, VerifierKey
from .proving import ProofReport, check_proof, prove
from .record import Json, Record
from .report import Report
from .stats import stats
from .store import ObjectStore, open_store
from .verify import verify

FINE, FAILED, USAGE, BROKEN = 0, 1, 2, 3

Command = Callable[[argparse.Namespace, ObjectStore], Awaitable[int]]

_HELP = f"""\
examples:
  verify --archive file:./archive-data --key waybill/main+1a2b3c4d+AQ…
  show 1042                    the record at an index
  show wamid.HBgL…             the first record of an id
  checkpoint > kept            and later: verify --anchor kept
  prove 1042 --out 1042.tlog-proof
  verify --proof 1042.tlog-proof --key @vkey          offline, with nothing but the key
  stats --json

The archive is named by --archive, or {settings.URL} (with {settings.CONNECTION_STRING}).
exit codes: 0 fine, 1 could not do it, 2 usage, 3 integrity broken
"""


def main(
    arguments: Sequence[str] | None = None, *, env: Mapping[str, str] = os.environ, program: str = "python -m archive"
) -> int:
    """Run one command and return its exit code; usage errors leave through SystemExit(2), as argparse has it."""
    parser = _parser(env, program)
    options = parser.parse_args(arguments)
    try:
        store = open_store(options.archive, env.get(settings.CONNECTION_STRING) or None)
        names.shard(options.shard)
    except (ValueError, InvalidName) as error:
        parser.error(str(error))
    if getattr(options, "proof", None) and options.key is None:
        parser.error("a proof is checked against a key you were given: --key")
    return asyncio.run(_run(options, store))


async def _run(options: argparse.Namespace, store: ObjectStore) -> int:
    command: Command = options.command
    try:
        return await command(options, store)
    except IntegrityError as error:
        _say(f"integrity broken: {error}")
        return BROKEN
    except ArchiveError as error:
        _say(str(error))
        return FAILED
    finally:
        await store.close()


async def _verify(options: argparse.Namespace, store: ObjectStore) -> int:
    if options.proof:
        return _verify_proof(options)
    report = await verify(store, shard=options.shard, key=options.key, anchor=options.anchor)
    for finding in report.findings.kept:
        _say(str(finding))
    _put(options, report.as_json(), _verdict(report))
    return FINE if report.is_intact else BROKEN


def _verify_proof(options: argparse.Namespace) -> int:
    line = options.record_file.removesuffix(b"\n") if options.record_file is not None else None
    place, data = options.proof
    report = check_proof(data, place=place, key=options.key, line=line)
    for finding in report.findings.kept:
        _say(str(finding))
    _put(options, report.as_json(), _proof_verdict(report))
    return FINE if report.is_intact else BROKEN


async def _checkpoint(options: argparse.Namespace, store: ObjectStore) -> int:
    blob, segment = await walk.newest(store, names.shard(options.shard))
    checkpoint = segment.checkpoint
    _say(f"checkpoint of {checkpoint.size} records in {blob}; shown as stored, not verified")
    note = segment.note.encode().decode()
    _put(options, {"size": checkpoint.size, "root": checkpoint.root.hex(), "note": note}, note.removesuffix("\n"))
    return FINE


async def _prove(options: argparse.Namespace, store: ObjectStore) -> int:
    blob, record = await _found(options, store)
    data = (await prove(store, shard=options.shard, record=record, with_record=not options.without_record)).encode()
    if options.out is None:
        _print(data.decode().removesuffix("\n"))
    else:
        try:
            await asyncio.to_thread(Path(options.out).write_bytes, data)
        except OSError as error:
            _say(f"{options.out}: {error.strerror}")
            return FAILED
    _say(f"record {record.index} in {blob}")
    return FINE


async def _found(options: argparse.Namespace, store: ObjectStore) -> tuple[str, Record]:
    shard, wanted = names.shard(options.shard), options.record
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 16 and not options.id:
        return await walk.find_index(store, shard, int(wanted))
    return await walk.find_id(store, shard, wanted)


async def _show(options: argparse.Namespace, store: ObjectStore) -> int:
    blob, record = await _found(options, store)
    _say(f"record {record.index} in {blob}; shown as stored, not verified")
    if options.json:
        _put(options, {"blob": blob, "record": json.loads(record.line)}, "")
    else:
        _print(record.line.decode())
    return FINE


async def _stats(options: argparse.Namespace, store: ObjectStore) -> int:
    counts = (await stats(store, shard=options.shard)).as_json()
    kinds = counts.pop("kinds")
    lines = [f"{key:16}{'-' if value is None else value}" for key, value in counts.items()]
    lines += [f"  {kind:14}{count}" for kind, count in kinds.items()] if isinstance(kinds, dict) else []
    _put(options, {**counts, "kinds": kinds}, "\n".join(lines))
    return FINE


def _verdict(report: Report) -> str:
    lines = [
        "INTACT" if report.is_intact else f"BROKEN: {report.findings.broken} findings",
        f"shard           {report.shard}",
        f"records         {report.size} in {report.segments} segments",
        f"root            {report.root}",
        f"attachments     {report.attachments}, {report.attachment_bytes} bytes; {report.unreferenced} unreferenced",
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


def _parser(env: Mapping[str, str], program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Check and read an archive. Nothing is ever written to it.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--archive", metavar="URL", default=env.get(settings.URL) or settings.DEFAULT_URL)
    common.add_argument("--shard", default=env.get(settings.SHARD) or settings.DEFAULT_SHARD)
    common.add_argument("--json", action="store_true", help="one JSON object on standard output")
    finding = argparse.ArgumentParser(add_help=False)
    finding.add_argument("record", help="an index, or a record id")
    finding.add_argument("--id", action="store_true", help="take digits for an id as well")
    checking = commands.add_parser("verify", parents=[common], help="check every record, signature and attachment")
    checking.add_argument("--key", type=_key, help="the public key you were given: a vkey, or @file holding one")
    checking.add_argument("--anchor", type=_file, metavar="FILE", help="a checkpoint kept elsewhere: must be contained")
    checking.add_argument("--proof", type=_file, metavar="FILE", help="check this .tlog-proof only; needs --key")
    checking.add_argument("--record", type=_content, metavar="FILE", dest="record_file", help="the record it is about")
    checking.set_defaults(command=_verify)
    proving = commands.add_parser("prove", parents=[common, finding], help="prove that a record is in the log")
    proving.add_argument("--out", metavar="FILE", help="write the .tlog-proof here, not to standard output")
    proving.add_argument("--without-record", action="store_true", help="leave the record itself out of the proof")
    proving.set_defaults(command=_prove)
    showing = commands.add_parser("show", parents=[common, finding], help="print one record as it is stored")
    showing.set_defaults(command=_show)
    ending = commands.add_parser("checkpoint", parents=[common], help="print the newest checkpoint, to keep elsewhere")
    ending.set_defaults(command=_checkpoint)
    counting = commands.add_parser("stats", parents=[common], help="count records by kind")
    counting.set_defaults(command=_stats)
    return parser


def _key(text: str) -> VerifierKey:
    try:
        if text.startswith("@"):
            with open(text[1:], encoding="utf-8") as file:  # noqa: PTH123 — a path people type
                text = file.read().strip()
        return VerifierKey.parse(text)
    except (NoteError, OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path}: {error.strerror}") from error


def _file(path: str) -> tuple[str, bytes]:
    return path, _content(path)


def _put(options: argparse.Namespace, data: Json, text: str) -> None:
    _print(json.dumps(data, ensure_ascii=False, indent=2) if options.json else text)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
