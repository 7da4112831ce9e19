"""Knows how to make a valid log, draft and key for tests; the test changes what it is about."""

from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive import Draft, Json, Limits, Log, ObjectStore, Signer, StoreUnavailable, VerifierKey
from archive.store import Body, Enforcement, MemoryStore

ORIGIN = "example.org/waybill/main"
SHARD = "main"
START = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
FIRST = "log/main/seg/0000000000000000"


def signer(seed: int = 0) -> Signer:
    """A signer whose key is always the same for the same seed; 0 is the key of FORMAT.md."""
    return Signer(Ed25519PrivateKey.from_private_bytes(bytes((seed + n) % 256 for n in range(32))))


def key(seed: int = 0) -> VerifierKey:
    """The public half of `signer(seed)`."""
    return signer(seed).key(ORIGIN)


def draft(number: int, **fields: Json) -> Draft:
    """A small record that is different for each number."""
    return Draft(kind="note", id=f"n-{number}", fields={"body": f"Grüße {number}", **fields})


class Ticking:
    """A clock that goes on by a millisecond at each look."""

    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


async def open_log(
    store: ObjectStore,
    *,
    seed: int = 0,
    origin: str = ORIGIN,
    writer: str = "relay-1",
    clock: Callable[[], datetime] | None = None,
    limits: Limits | None = None,
) -> Log:
    """A log in `store`, new or as it is."""
    return await Log.open(
        store,
        shard=SHARD,
        origin=origin,
        signer=signer(seed),
        writer=writer,
        clock=clock or Ticking(),
        limits=limits,
        chance=lambda: 0.0,
    )


async def written(blobs: dict[str, bytes], *sizes: int, fields: Mapping[str, Json] | None = None) -> None:
    """Write a log whose segments, after the first with the key, have these sizes."""
    log = await open_log(MemoryStore(blobs))
    number = 0
    for size in sizes:
        await log.append_all([draft(number + n, **(fields or {})) for n in range(size)])
        number += size
    await log.close()


class Faulty:
    """A store whose next creates go as scripted: `lost` happens without an answer, `down` does not happen at all."""

    def __init__(self, inner: ObjectStore, script: list[str] | None = None) -> None:
        self.inner = inner
        self.script = script if script is not None else []
        self.creates: list[str] = []

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
        self.creates.append(name)
        fate = self.script.pop(0) if self.script else "fine"
        if fate == "down":
            raise StoreUnavailable("scripted: away")
        await self.inner.create(name, data, tags=tags)
        if fate == "lost":
            raise StoreUnavailable("scripted: the answer was lost")

    async def read(self, name: str) -> bytes:
        return await self.inner.read(name)

    def stream(self, name: str) -> AsyncGenerator[bytes]:
        return self.inner.stream(name)

    def list(self, prefix: str, after: str | None = None) -> AsyncGenerator[str]:
        return self.inner.list(prefix, after)

    async def describe(self) -> Enforcement:
        return await self.inner.describe()

    async def close(self) -> None:
        await self.inner.close()
