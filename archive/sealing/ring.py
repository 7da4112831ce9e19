"""Knows where data keys are, which of them seals what, and how long one stays in memory; not what they seal.

A data key serves one conversation for one calendar month (UTC). So the content of a month can be erased, by destroying
its key, while the conversation goes on, and nobody seals with the keys of past months any more. A name is never used
again: a key that is not there has been destroyed.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from ..errors import KeyDestroyed, KeyWithheld, NotFound
from ..sequencer import Clock
from ..store.port import ObjectStore
from .box import DataKey
from .wrapping import SECRET_SIZE, WrappedKey, WrappingKey

V = TypeVar("V")

Randomness = Callable[[int], bytes]

MARKER = "ring"
"""The blob that every key ring has: so that an empty or a wrong place is not taken for one with destroyed keys."""
FRESH = timedelta(minutes=10)
"""How long a key is used without looking whether it is still there: so long it outlives its own destruction."""
KEPT = 10_000
"""Keys in memory, some 3 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """An unwrapped key, the blob it came from, and when that was last seen."""

    key: DataKey
    blob: bytes = field(repr=False)
    seen_at: datetime


class Ring:
    """The data keys in a store of their own, which is not immutable. Belongs to one event loop."""

    def __init__(
        self, store: ObjectStore, wrapping: WrappingKey, *, clock: Clock, randomness: Randomness = os.urandom
    ) -> None:
        self._store = store
        self._wrapping = wrapping
        self._clock = clock
        self._randomness = randomness
        self._held: _Newest[_Held] = _Newest(KEPT)
        self._current: _Newest[str] = _Newest(KEPT)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def current(self, conversation: str | None) -> DataKey:
        """The key that seals for a conversation now, or for what belongs to none; made and stored if there is none.

        Raises StoreUnavailable when store or wrapping key are away. Several writers find one key, or make one each.
        """
        months = f"key/{_label(conversation)}/{self._clock().astimezone(UTC):%Y-%m}/"
        name = self._current.get(months)
        held = self._fresh(name) if name else None
        if held is not None:
            return held.key
        async with self._turns.setdefault(months, asyncio.Lock()):
            key = await self._found(months, self._current.get(months)) or await self._made(months)
        self._current.put(months, key.name)
        return key

    async def named(self, name: str) -> DataKey:
        """The key of this name. Raises KeyDestroyed, KeyWithheld or StoreUnavailable."""
        held = self._fresh(name)
        if held is not None:
            return held.key
        async with self._turns.setdefault(name, asyncio.Lock()):
            return await self._read(name)

    async def close(self) -> None:
        """Forget all keys and give up connections."""
        self._held.clear()
        await self._wrapping.close()
        await self._store.close()

    def _fresh(self, name: str) -> _Held | None:
        held = self._held.get(name)
        return held if held and timedelta() <= self._clock() - held.seen_at < FRESH else None

    async def _found(self, months: str, last: str | None) -> DataKey | None:
        """A key that is stored under this prefix and ours to use: the one used last, or the first there is."""
        if last is not None:
            try:
                return await self.named(last)
            except KeyDestroyed:
                pass  # then another one is used from now on
        async with aclosing(self._store.list(months)) as listed:
            async for name in listed:
                try:
                    return await self.named(name)
                except (KeyDestroyed, KeyWithheld):
                    continue  # destroyed since it was listed, or wrapped by an earlier wrapping key
        return None

    async def _made(self, months: str) -> DataKey:
        """A new key; it is stored, durably, before it seals anything."""
        key = DataKey(name=f"{months}{self._randomness(16).hex()}", secret=self._randomness(SECRET_SIZE))
        blob = (await self._wrapping.wrap(key.secret)).encode()
        await self._store.create(MARKER, b"waybill key ring 1\n")
        await self._store.create(key.name, blob)
        self._held.put(key.name, _Held(key=key, blob=blob, seen_at=self._clock()))
        return key

    async def _read(self, name: str) -> DataKey:
        held, now = self._held.get(name), self._clock()
        try:
            blob = await self._store.read(name)
        except NotFound:
            self._held.drop(name)
            await self._check_marker()
            raise KeyDestroyed(name) from None
        if held is None or held.blob != blob:
            secret = await self._wrapping.unwrap(WrappedKey.parse(name, blob))
            held = _Held(key=DataKey(name=name, secret=secret), blob=blob, seen_at=now)
        self._held.put(name, replace(held, seen_at=now))
        return held.key

    async def _check_marker(self) -> None:
        try:
            await self._store.read(MARKER)
        except NotFound:
            raise KeyWithheld("there is no key ring here: it is somewhere else, or lost") from None


class _Newest(Generic[V]):
    """A mapping that forgets what was not asked for in the longest time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, V] = OrderedDict()

    def get(self, name: str) -> V | None:
        value = self._values.get(name)
        if value is not None:
            self._values.move_to_end(name)
        return value

    def put(self, name: str, value: V) -> None:
        self._values[name] = value
        self._values.move_to_end(name)
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def drop(self, name: str) -> None:
        self._values.pop(name, None)

    def clear(self) -> None:
        self._values.clear()


def _label(conversation: str | None) -> str:
    return "none" if conversation is None else sha256(conversation.encode()).hexdigest()[:32]
