"""A small log in a directory, for the tests of commands."""

import asyncio
from pathlib import Path

import pytest

from archive.store import FilesStore
from tests.archive.builders import draft, open_log
from tests.archive.retention.builders import environment


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A log of four records, and the settings to write to it."""

    async def write() -> None:
        log = await open_log(FilesStore(tmp_path / "archive"))
        await log.append_all([draft(n) for n in range(3)])
        await log.close()

    asyncio.run(write())
    return environment(tmp_path)
