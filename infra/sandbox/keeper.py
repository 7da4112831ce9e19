"""Keeps what the sandbox shows across restarts: one JSON file, written whole; not the service's own data."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from .wire import Fields, JsonObject, MalformedError

PACE: Final = timedelta(seconds=1)


class Keeper:
    """The file `sandbox.json`. Marked dirty it is written within a second, and once more at the end."""

    def __init__(self, path: Path, snapshot: Callable[[], Mapping[str, object]]) -> None:
        self._path = path
        self._snapshot = snapshot
        self._dirty = asyncio.Event()

    def mark(self) -> None:
        """Say that there is something new to keep; returns at once."""
        self._dirty.set()

    async def run(self) -> None:
        """Write whenever something is new, until cancelled."""
        while True:
            await self._dirty.wait()
            await asyncio.sleep(PACE.total_seconds())
            self._dirty.clear()
            self.write()

    def write(self) -> None:
        """Write now; a crash in between leaves the old file whole."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(self._snapshot(), ensure_ascii=False), encoding="utf-8")
        os.replace(draft, self._path)  # noqa: PTH105 (the atomic rename, by its name)


def kept(path: Path) -> JsonObject:
    """What was kept last time; empty at the first start or when the file is of no use."""
    try:
        return Fields.parse(path.read_bytes()).raw
    except (OSError, MalformedError):
        return {}
