"""Knows how a command that writes opens the log, as the service does, and who answers for it; not what is written.

The service may be writing at the same time: the name of a segment is the compare-and-swap between writers.
"""

import argparse
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from .. import names, settings
from ..log import Log
from ..retention.holds import Act
from ..settings import Settings
from ..store import ObjectStore
from .shared import Usage


def answering() -> argparse.ArgumentParser:
    """The options of every command that writes: who does it, and why."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--by", required=True, type=_words, metavar="NAME", help="who does this; goes on record")
    parser.add_argument("--reason", required=True, type=_words, metavar="TEXT", help="why; goes on record")
    return parser


def act(options: argparse.Namespace) -> Act:
    """Who does it, why, and that it is now."""
    return Act(by=options.by, reason=options.reason, at=options.clock())


@asynccontextmanager
async def opened(options: argparse.Namespace, store: ObjectStore) -> AsyncGenerator[Log]:
    """The log, to write to; closed at the end. Raises Usage for wrong settings, NotFound where there is no log yet."""
    found = _settings(options)
    await store.read(names.segment(names.shard(found.shard), 0))  # a mistyped archive must not become a new one
    log = await Log.open(
        store,
        shard=found.shard,
        origin=found.origin,
        signer=found.signer,
        writer=f"{socket.gethostname()}:{os.getpid()}",
        clock=options.clock,
    )
    try:
        yield log
    finally:
        await log.close()


def _settings(options: argparse.Namespace) -> Settings:
    problems: list[str] = []
    env = {**options.env, settings.URL: options.archive, settings.SHARD: options.shard}
    found = Settings.from_env(env, problems)
    if found is None:
        raise Usage("; ".join(problems))
    return found


def _words(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text.strip()
