"""The command `anchors`: the closed hours of a log, and where it stood after each."""

import argparse

from .. import names
from ..anchor import Anchor
from ..errors import IntegrityError
from ..note import NoteError
from ..record import Json
from ..store import ObjectStore
from .shared import FINE, Commands, answer, say


def add(commands: Commands) -> None:
    """Put `anchors` on the parser."""
    commands.add("anchors", _anchors, "list the closed hours and where the log stood after each")


async def _anchors(options: argparse.Namespace, store: ObjectStore) -> int:
    shard = names.shard(options.shard)
    blobs = [name async for name in store.list(names.anchors(shard))]
    stamped = {name for name in blobs if name.endswith(".tsr")}
    rows = [await _row(store, name, stamped) for name in blobs if name.endswith(".json")]
    answer(options, {"anchors": rows}, "\n".join(map(_line, rows)))
    say(f"{len(rows)} anchors; shown as stored, not verified")
    return FINE


async def _row(store: ObjectStore, name: str, stamped: set[str]) -> dict[str, Json]:
    try:
        anchor = Anchor.parse(await store.read(name))
    except NoteError as error:
        raise IntegrityError(name, str(error)) from error
    return {
        "blob": name,
        "hour": str(anchor.hour),
        "size": anchor.checkpoint.size,
        "root": anchor.checkpoint.root.hex(),
        "records": None if anchor.first is None else anchor.checkpoint.size - anchor.first,
        "counts": None if anchor.counts is None else dict(anchor.counts),
        "stamped": names.stamp(anchor.shard, anchor.hour) in stamped,
    }


def _line(row: dict[str, Json]) -> str:
    stamped = "stamped" if row["stamped"] else ""
    return f"{row['hour']}  {row['size']:>12}  +{row['records'] or '?':<9}  {stamped}".rstrip()
