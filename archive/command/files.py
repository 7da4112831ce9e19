"""The command `file`: a sealed file that a record names, as it was before it was sealed."""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path

from ..record import Json
from ..sealing import Opener, references
from ..store import ObjectStore
from . import opening
from .shared import FAILED, FINE, Commands, say
from .showing import finding, found


def add(commands: Commands) -> None:
    """Put `file` on the parser."""
    summary = "open a sealed file that a record names"
    parser = commands.add("file", _file, summary, finding(), opening.options())
    parser.add_argument("--number", type=int, default=1, help="which of the files it names (1)")
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="must not exist yet")


async def _file(options: argparse.Namespace, store: ObjectStore) -> int:
    async with opening.opener(options, store) as opener:
        blob, record = await found(options, store)
        files = list(references((await opener.record(record)).fields))
        number: int = options.number
        if not 1 <= number <= len(files):
            say(f"record {record.index} in {blob} names {len(files)} files")
            return FAILED
        return await _written(opener, files[number - 1], options.out)


async def _written(opener: Opener, reference: Mapping[str, Json], path: Path) -> int:
    """Write the file; what is not whole does not stay."""
    try:
        file = await asyncio.to_thread(path.open, "xb")
    except OSError as error:
        say(f"{path}: {error.strerror}")
        return FAILED
    try:
        with file:
            async for piece in opener.file(reference):
                await asyncio.to_thread(file.write, piece)
    except BaseException:
        await asyncio.to_thread(path.unlink)
        raise
    say(f"{reference['blob']}, opened, written to {path}")
    return FINE
