"""Knows how one message is told with its whole life, straight from an archive, every record of it proved."""

from collections.abc import Iterable
from contextlib import aclosing, closing

from ..errors import KeyDestroyed, KeyWithheld, NotFound
from ..names import Shard
from ..record import Record
from ..sealing import Opener
from ..store.port import ObjectStore
from ..transcript.message import Message
from ..transcript.telling import told
from ..walk import Progress, untold
from .casebook import Casebook
from .gathering import Gathering, fetch
from .hashes import Hashes


async def life(
    store: ObjectStore, shard: Shard, wanted: str, *, opener: Opener | None = None, progress: Progress = untold
) -> Message:
    """The message with this index, record id or network's id. Reads the whole log: what is about it may come late.

    Raises NotFound, and IntegrityError for a log that is not what was signed.
    """
    with closing(Hashes()) as hashes, closing(Casebook()) as cards, closing(Casebook()) as near:
        gathering = Gathering(store, shard, hashes, key=None)
        async with aclosing(gathering.records(progress=progress)) as records:
            async for record in records:
                cards.file(await opened(record, opener))
        cards.ready()
        index = cards.find(wanted)
        if index is None:
            raise NotFound(f"message {wanted}")
        async with aclosing(fetch(store, gathering.finish(), cards.told_from(index), hashes)) as records:
            async for record in records:
                read = await opened(record, opener)
                near.file(read, line=record.line, opened=None if read is record else read.fields)
        near.ready()
        message, *about = _first(near.all(), index)
        return told(message, about, cards.people, lambda _: None)


def _first(records: Iterable[Record], index: int) -> list[Record]:
    return sorted(records, key=lambda record: (record.index != index, record.index))


async def opened(record: Record, opener: Opener | None) -> Record:
    """The record as it was before it was sealed, where it is sealed and can be opened; else as it is."""
    if opener is None or record.get("sealed") is None:
        return record
    try:
        return await opener.record(record)
    except (KeyDestroyed, KeyWithheld):
        return record
