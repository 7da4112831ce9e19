"""Servers that the whole session shares, each started when the first test asks for it."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.postgres import Server, running


@pytest.fixture(scope="session")
def postgres() -> Generator[Server]:
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store can be made, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'waybill.db'}"
    server: Server = request.getfixturevalue("postgres")
    return server.new_database()
