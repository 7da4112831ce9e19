"""Knows how a closed hour's records are read once more and bundled; not when hours are closed."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import IO

from .. import names, walk
from ..bundle import BundleError, Check, Claim, Manifest, Packer, Tally
from ..errors import Conflict, IntegrityError
from ..hour import Hour
from ..merkle import Tree, leaf_hash
from ..names import Shard
from ..segment import Segment
from ..store.port import ObjectStore
from ..tail import parsed
from ..tiling import TileReader

_IN_MEMORY = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where the last closed hour ended."""

    hour: Hour | None
    tree: Tree


class Closing:
    """Bundles a log's closed hours, one after the other; remembers where it got to."""

    def __init__(self, store: ObjectStore, shard: Shard) -> None:
        self._store = store
        self._shard = shard
        self._end: End | None = None
        self._packed = Tree()
        """The tree behind the hour that `next` gave last."""

    async def end(self) -> End:
        """The last closed hour: as remembered, else as the newest manifest has it. Raises what the store raises.

        Raises IntegrityError when that manifest cannot be read.
        """
        if self._end is None:
            newest = None
            async with aclosing(self._store.list(names.bundles(self._shard))) as listed:
                async for name in listed:
                    newest = name if name.endswith(".manifest.json") else newest
            self._end = await self._stored(newest) if newest else End(hour=None, tree=Tree())
        return self._end

    async def next(self, until: int) -> Manifest | None:
        """The next hour that a heartbeat below index `until` closes, its bundle written; None when there is none.

        The hour counts as bundled once `done` has been called; until then a repeat gives it again. Raises
        IntegrityError where the records are not what was signed, or what the store raises.
        """
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            found = await self._pack(file, await self.end(), until)
            if found is None:
                return None
            manifest, self._packed = found
            try:
                await self._store.create(manifest.blob, file, tags=_tags(manifest))
            except Conflict:
                manifest = await self._as_stored(manifest)
        return manifest

    async def done(self, manifest: Manifest) -> None:
        """Write the manifest of the hour that `next` gave, and go on behind it; raises as `next`."""
        self._end = End(hour=manifest.hour, tree=self._packed)
        name = names.manifest(self._shard, manifest.hour)
        try:
            await self._store.create(name, manifest.encode())
        except Conflict as error:
            raise IntegrityError(name, "does not describe this hour's records") from error

    async def _as_stored(self, manifest: Manifest) -> Manifest:
        """The manifest for the file another writer made of the same records, with another zlib perhaps.

        Raises IntegrityError when that file does not hold them.
        """
        size, digest = 0, sha256()
        async for piece in self._store.stream(manifest.blob):
            size += len(piece)
            digest.update(piece)
        stored = replace(manifest, packed_size=size, packed_sha256=digest.hexdigest())
        try:
            check = Check(stored.encode())
            async for piece in self._store.stream(manifest.blob):
                await asyncio.to_thread(_drain, check, piece)
            return check.finish()
        except BundleError as error:
            raise IntegrityError(manifest.blob, str(error)) from error

    async def _pack(self, file: IO[bytes], end: End, until: int) -> tuple[Manifest, Tree] | None:
        """The next bundle, written to `file`; None when nothing below `until` closes an hour."""
        tree, packer = end.tree.copy(), Packer(file)
        tally = Tally(tree)
        async for name, data in self._segments(tree.size, until):
            segment = parsed(name, data)
            await asyncio.to_thread(_take, segment, tree, tally, packer)
            if tally.hour is not None and (end.hour is None or tally.hour > end.hour):
                try:
                    return tally.manifest(self._shard, tree, segment.note, packer.finish()), tree
                except BundleError as error:
                    raise IntegrityError(name, str(error)) from error
        return None

    async def _segments(self, first: int, until: int) -> AsyncGenerator[tuple[str, bytes]]:
        """The segments from index `first` up to the one with record `until` - 1."""
        before = names.segment(self._shard, first - 1) if first else None
        wanted: list[str] = []
        async with aclosing(self._store.list(names.segments(self._shard), before)) as listed:
            async for name in listed:
                if (names.first_index(name) or 0) >= until:
                    break
                wanted.append(name)
        async for pair in walk.blobs(self._store, wanted):
            yield pair

    async def _stored(self, name: str) -> End:
        """The end that a manifest claims; what is built on it is compared with a signed root at the next end."""
        try:
            claim = Claim.parse(await self._store.read(name))
        except BundleError as error:
            raise IntegrityError(name, str(error)) from error
        size = claim.checkpoint.size
        edge = await TileReader(self._store, self._shard, size, self._leaves).edge(size)
        return End(hour=claim.hour, tree=edge.tree(size))

    async def _leaves(self, start: int, end: int) -> list[bytes]:
        firsts = await walk.firsts(self._store, self._shard)
        return [leaf_hash(line) async for line in walk.lines(self._store, self._shard, firsts, start, end)]


def _take(segment: Segment, tree: Tree, tally: Tally, packer: Packer) -> None:
    for record in segment.records:
        tree.append(leaf_hash(record.line))
        tally.add(record)
    packer.add(b"".join(line + b"\n" for line in segment.lines))


def _drain(check: Check, piece: bytes) -> None:
    for _ in check.feed(piece):
        pass


def _tags(manifest: Manifest) -> dict[str, str]:
    """What a person looks for in a container's index of tags: hints, never evidence."""
    kinds = " ".join(f"{kind}:{count}" for kind, count in sorted(manifest.counts.items(), key=lambda pair: -pair[1]))
    return {
        "shard": manifest.shard,
        "day": f"{manifest.hour.start:%Y-%m-%d}",
        "hour": f"{manifest.hour.start:%H}",
        "records": str(manifest.records),
        "kinds": kinds[:256],
    }
