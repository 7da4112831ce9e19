"""A store on each engine, empty for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.store import Store
from tests.bridge.store.opening import opened


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with opened(url) as store:
        yield store
