"""Knows how to count what a log holds; it checks nothing (that is `verify`)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from . import names, walk
from .record import Json
from .store.port import ObjectStore
from .tail import parsed
from .walk import Progress, untold


@dataclass(slots=True, kw_only=True)
class Stats:
    """Counts over one shard, as its records say themselves."""

    shard: str
    segments: int = 0
    records: int = 0
    bytes: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    first_recorded: datetime | None = None
    last_recorded: datetime | None = None

    def as_json(self) -> dict[str, Json]:
        """The counts as an object; kinds with the most records first."""
        return {
            "shard": self.shard,
            "segments": self.segments,
            "records": self.records,
            "bytes": self.bytes,
            "first_recorded": self.first_recorded.isoformat() if self.first_recorded else None,
            "last_recorded": self.last_recorded.isoformat() if self.last_recorded else None,
            "kinds": dict(self.kinds.most_common()),
        }


async def stats(store: ObjectStore, *, shard: str, progress: Progress = untold) -> Stats:
    """Count a whole shard. Raises IntegrityError at a segment that cannot be read, or what the store raises."""
    found = Stats(shard=shard)
    async for name, data in walk.segments(store, names.shard(shard)):
        records = parsed(name, data).records
        found.segments += 1
        found.records += len(records)
        found.bytes += len(data)
        found.kinds.update(record.kind for record in records)
        found.first_recorded = found.first_recorded or records[0].recorded_at
        found.last_recorded = records[-1].recorded_at
        progress(found.records, 0)
    return found
