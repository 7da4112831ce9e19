"""What must hold after every schedule. Knows the archive, the store's file and what the peers have; trusts no code of
the relay but the archive's own verification."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing

from archive import Record
from archive.reading import records
from archive.verify import verify

from .world import NUMBERS, SHARD, World


def violations(world: World) -> list[str]:
    """Every law that a schedule broke, in words; none is what we want."""
    found = [*world.wrong]
    written = asyncio.run(_archived(world, found))
    relayed = Counter(str(record.id) for record in written if record.fields.get("outcome") == "relayed")
    found += [f"{id_} is recorded as relayed {count} times" for id_, count in relayed.items() if count > 1]
    inbound = [record for record in written if record.kind == "message" and record.fields["direction"] == "inbound"]
    said = sum(len(words) for words in world.said.values())
    if len(inbound) != said or len(relayed) != said:
        found.append(f"of {said} messages {len(inbound)} are recorded and {len(relayed)} recorded as relayed")
    found += _threads(world)
    found += _phones(world)
    found += _dispositions(world)
    return found


async def _archived(world: World, found: list[str]) -> list[Record]:
    report = await verify(world.blobs, shard=SHARD)
    if not report.is_intact:
        found.append(f"the archive does not verify: {report.findings}")
    return [record async for record in records(world.blobs, SHARD, start=0)]


def _threads(world: World) -> list[str]:
    """Each message once, in the order of its conversation."""
    seen = [world.teams.words(root) for root in world.teams.roots()]
    shown = {number: [words for root in seen for words in root if f"-{number[-1]}-" in words] for number in NUMBERS}
    return [
        f"the thread of {number} shows {shown[number]}" for number in NUMBERS if shown[number] != world.said[number]
    ]


def _phones(world: World) -> list[str]:
    """Each message at most once and in order; what is missing is said to be uncertain."""
    found: list[str] = []
    open_ones = Counter(state for (state,) in _rows(world, "select state from outgoing"))
    missing = 0
    for number in NUMBERS:
        received = [words for to, words in world.whatsapp.received if to == number]
        if received != [words for words in world.written[number] if words in received]:
            found.append(f"{number} received {received}")
        missing += len(world.written[number]) - len(set(received))
    if missing != open_ones["uncertain"]:
        found.append(f"{missing} messages did not reach a phone, and the outbox says {dict(open_ones)}")
    return found


def _dispositions(world: World) -> list[str]:
    """Each acknowledged item has exactly one."""
    kept = {row[0]: row[1] for row in _rows(world, "select key, disposition from intake")}
    return [f"{key} ended as {kept.get(key)}" for key in world.keys if kept.get(key) is None]


def _rows(world: World, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(world.folder / "store.db")) as connection:
        return connection.execute(query).fetchall()
