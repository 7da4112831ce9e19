"""The command `doctor`: whether the place keeps what it is given, and whether we may do no more than we must."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from .. import settings
from ..doctor import Check, examine
from ..store import ObjectStore
from .shared import FAILED, FINE, Commands, Usage, answer, key


def add(commands: Commands) -> None:
    """Put `doctor` on the parser."""
    parser = commands.add("doctor", _doctor, "check that the store keeps what it is given")
    parser.add_argument("--retain", type=_whole, metavar="DAYS", help="the longest that any record must be kept")
    parser.add_argument("--recent", type=_whole, metavar="HOURS", help="how old the newest record may be")
    parser.add_argument("--key", type=key, help=f"the key we sign with (default: the one of {settings.SIGNING_KEY})")


async def _doctor(options: argparse.Namespace, store: ObjectStore) -> int:
    problems: list[str] = []
    signing = options.key or settings.verifier_key(options.env, problems)
    required = settings.requires_worm(options.env, options.archive, problems)
    if problems:
        raise Usage("; ".join(problems))
    checks = await examine(
        store,
        shard=options.shard,
        clock=_now,
        retain=None if options.retain is None else timedelta(days=options.retain),
        key=signing,
        recent=None if options.recent is None else timedelta(hours=options.recent),
        require_worm=required,
    )
    is_fine = all(check.verdict != "fail" for check in checks)
    answer(options, {"fine": is_fine, "checks": [check.as_json() for check in checks]}, _table(checks))
    return FINE if is_fine else FAILED


def _table(checks: Sequence[Check]) -> str:
    lines: list[str] = []
    for check in checks:
        lines.append(f"{check.verdict:6}{check.name:13}{check.what}")
        lines += [f"{'':19}→ {check.remedy}"] if check.remedy else []
    return "\n".join(lines)


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise argparse.ArgumentTypeError("must be a whole number")
    return int(text)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — the command is where time comes from
