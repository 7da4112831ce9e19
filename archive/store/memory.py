"""Knows how to be a store in memory, for tests and trials; nothing survives the process."""

from collections.abc import AsyncGenerator, Mapping

from ..errors import Conflict, NotFound
from ..names import check, check_prefix
from .port import CHUNK, Body, Enforcement, reader


class MemoryStore:
    """Blobs in a dictionary. Stores sharing `blobs` are the same place, as several processes on one disk are."""

    def __init__(self, blobs: dict[str, bytes] | None = None) -> None:
        self.blobs: dict[str, bytes] = {} if blobs is None else blobs

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:  # noqa: ARG002 — no index here
        """As `ObjectStore.create`; durable as long as the process lives."""
        body = reader(data).read()
        if self.blobs.setdefault(check(name), body) != body:
            raise Conflict(name)

    async def read(self, name: str) -> bytes:
        """As `ObjectStore.read`."""
        try:
            return self.blobs[check(name)]
        except KeyError as error:
            raise NotFound(name) from error

    async def stream(self, name: str) -> AsyncGenerator[bytes]:
        """As `ObjectStore.stream`."""
        data = await self.read(name)
        for start in range(0, len(data), CHUNK):
            yield data[start : start + CHUNK]

    async def list(self, prefix: str, after: str | None = None) -> AsyncGenerator[str]:
        """As `ObjectStore.list`."""
        check_prefix(prefix)
        for name in sorted(self.blobs):
            if name.startswith(prefix) and name > (after or ""):
                yield name

    async def describe(self) -> Enforcement:
        """As `ObjectStore.describe`."""
        return Enforcement(store="memory", immutable=False, text="in memory only: gone when the process ends")

    async def close(self) -> None:
        """As `ObjectStore.close`."""
