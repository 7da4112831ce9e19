"""A journal over an archive in memory, for tests that need one and look at what it holds."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive import Log, Record, Signer
from archive.reading import records
from archive.store import MemoryStore
from bridge.journal import Journal
from tests.builders import Clock


@asynccontextmanager
async def journal(blobs: MemoryStore) -> AsyncGenerator[Journal]:
    """A journal whose log begins in these blobs, and is closed with the block."""
    log = await Log.open(
        blobs,
        shard="main",
        origin="example.org/waybill/main",
        signer=Signer(Ed25519PrivateKey.generate()),
        writer="test",
        clock=Clock(),
    )
    try:
        yield Journal(log)
    finally:
        await log.close()


async def written(blobs: MemoryStore, kind: str | None = None) -> list[Record]:
    """The records of a kind that the archive holds, in order."""
    return [record async for record in records(blobs, "main", start=0) if kind in {None, record.kind}]
