"""Knows the command line of the archive; what the commands find out is found out elsewhere.

Only the standard library and `cryptography` are needed, so that a copy of this folder works on an auditor's machine.
Data goes to standard output, words to standard error. Exit codes: 0 fine, 1 could not do it, 2 usage, 3 integrity
broken.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from . import names, settings
from .command import anchors, disposal, doctor, exporting, files, holds, keys, searching, showing, verifying
from .command.shared import BROKEN, FAILED, Command, Commands, Usage, say
from .errors import ArchiveError, IntegrityError, InvalidName
from .sequencer import Clock
from .store import ObjectStore, open_store

_HELP = f"""\
examples:
  verify --archive file:./archive-data --key waybill/main+1a2b3c4d+AQ…
  show 1042                    the record at an index
  show wamid.HBgL…             the first record of an id
  show 1042 --ring file:./archive-keys --wrapping-key wrapping.key     what it says, if it is sealed
  checkpoint > kept            and later: verify --anchor kept
  prove 1042 --out 1042.tlog-proof
  verify --proof 1042.tlog-proof --key @vkey          offline, with nothing but the key
  verify --from 2026-11-01 --to 2026-11-30 --key @vkey
  verify --bundle 10.jsonl.gz --key @vkey             one hour, with its manifest beside it
  stats --json
  search '"power of attorney" OR proxy*' --index case.db --by "Ruth Meier" --reason "subpoena of 23 November"
  export --contact "+44 7700 900001" --from 2026-11-01 --to 2026-11-30 --zone Europe/Zurich \\
      --out bundle.zip --by "Ruth Meier" --reason "subpoena of 23 November"
  export --check bundle.zip --key @vkey               for whoever receives it
  hold place M-2026-7 --contact C-1001 --by "Ruth Meier" --reason "subpoena of 23 November"
  disposal plan --out plan.jsonl
  key introduce new.pem --by "Ruth Meier" --reason "yearly change"
  doctor --retain 2557         whether the store keeps what it is given, for seven years

The archive is named by --archive, or {settings.URL} (with {settings.CONNECTION_STRING}).
exit codes: 0 fine, 1 could not do it, 2 usage, 3 integrity broken
"""


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — a command line is where time comes from


def main(
    arguments: Sequence[str] | None = None,
    *,
    env: Mapping[str, str] = os.environ,
    program: str = "python -m archive",
    clock: Clock = _now,
) -> int:
    """Run one command and return its exit code; usage errors leave through SystemExit(2), as argparse has it."""
    parser = _parser(env, program, clock)
    options = parser.parse_args(arguments)
    try:
        store = _opened(options.archive, env)
        names.shard(options.shard)
    except (ValueError, InvalidName) as error:
        parser.error(str(error))
    try:
        return asyncio.run(_run(options, store))
    except Usage as error:
        parser.error(str(error))


def _opened(url: str, env: Mapping[str, str]) -> ObjectStore:
    problems: list[str] = []
    resource = settings.resource(env, url, problems)
    if problems:
        raise ValueError(*problems)
    return open_store(url, env.get(settings.CONNECTION_STRING) or None, resource=resource)


async def _run(options: argparse.Namespace, store: ObjectStore) -> int:
    command: Command = options.command
    try:
        return await command(options, store)
    except IntegrityError as error:
        say(f"integrity broken: {error}")
        return BROKEN
    except ArchiveError as error:
        say(str(error))
        return FAILED
    finally:
        await store.close()


def _parser(env: Mapping[str, str], program: str, clock: Clock) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Check and read an archive, and keep what must be kept.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--archive", metavar="URL", default=env.get(settings.URL) or settings.DEFAULT_URL)
    common.add_argument("--shard", default=env.get(settings.SHARD) or settings.DEFAULT_SHARD)
    common.add_argument("--json", action="store_true", help="one JSON object on standard output")
    common.set_defaults(env=env, clock=clock)
    commands = Commands(parsers=parser.add_subparsers(required=True, metavar="command"), common=common)
    for group in (verifying, showing, searching, exporting, anchors, files, holds, disposal, keys, doctor):
        group.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
