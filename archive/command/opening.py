"""What commands need to open what is sealed: the options, and the key ring and wrapping key that they mean."""

import argparse
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ..record import HEADER, Record, canonical
from ..sealing import Opener, Ring
from ..sealing.settings import KEYS_URL, WRAPPING_KEY, wrapping_key
from ..settings import CONNECTION_STRING
from ..store import ObjectStore, open_store
from .shared import Usage

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""A command is over before a key in memory could be out of date: its clock stands still."""


def options() -> argparse.ArgumentParser:
    """A parent parser with the options."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--ring", metavar="URL", help=f"open it with the data keys there ({KEYS_URL})")
    parser.add_argument("--wrapping-key", metavar="KEY", help=f"a file, or a Key Vault key ({WRAPPING_KEY})")
    return parser


def is_wanted(options: argparse.Namespace) -> bool:
    """Whether one of the options was given: the environment only completes it."""
    return options.ring is not None or options.wrapping_key is not None


@asynccontextmanager
async def opener(options: argparse.Namespace, store: ObjectStore) -> AsyncGenerator[Opener]:
    """What opens the records of `store`, as options and environment say; raises Usage."""
    url = options.ring or options.env.get(KEYS_URL)
    key = options.wrapping_key or options.env.get(WRAPPING_KEY)
    if not url or not key:
        raise Usage("opening what is sealed takes both --ring and --wrapping-key")
    try:
        wrapping = wrapping_key(key)
        keys = open_store(url, options.env.get(CONNECTION_STRING) or None)
    except (ValueError, OSError) as error:
        raise Usage(f"--ring, --wrapping-key: {error}") from error
    ring = Ring(keys, wrapping, clock=lambda: _ALWAYS)
    try:
        yield Opener(store, ring)
    finally:
        await ring.close()


def spelled(record: Record) -> bytes:
    """An opened record as one line: its header, and everything that was sealed."""
    header = {name: value for name, value in json.loads(record.line).items() if name in HEADER}
    return canonical({**record.fields, **header})
