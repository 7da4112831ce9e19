"""A store that counts: operations as Azure bills them, and bytes; the work is another store's."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Mapping

from archive import ObjectStore
from archive.store import Body, Enforcement

PAGE = 5_000
"""Names in an answer of Azure to a listing."""


class Counted:
    """Passes everything on. `operations` counts creates, reads and pages of listings; the others count bytes."""

    def __init__(self, inner: ObjectStore) -> None:
        self._inner = inner
        self.operations: Counter[str] = Counter()
        self.written = 0
        self.read_bytes = 0

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
        self.operations["create"] += 1
        self.written += len(data) if isinstance(data, bytes) else data.seek(0, 2)
        await self._inner.create(name, data, tags=tags)

    async def read(self, name: str) -> bytes:
        self.operations["read"] += 1
        data = await self._inner.read(name)
        self.read_bytes += len(data)
        return data

    async def stream(self, name: str) -> AsyncGenerator[bytes]:
        self.operations["read"] += 1
        async for chunk in self._inner.stream(name):
            self.read_bytes += len(chunk)
            yield chunk

    async def list(self, prefix: str, after: str | None = None) -> AsyncGenerator[str]:
        self.operations["list"] += 1
        named = 0
        async for name in self._inner.list(prefix, after):
            named += 1
            self.operations["list"] += named % PAGE == 0
            yield name

    async def describe(self) -> Enforcement:
        self.operations["read"] += 1
        return await self._inner.describe()

    async def close(self) -> None:
        await self._inner.close()
