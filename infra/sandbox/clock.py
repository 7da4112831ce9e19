"""The sandbox's one clock, which can be moved forward; kept in a file, so that the service's process reads the same."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from .clouds import utc_now

VARIABLE: Final = "WAYBILL_SANDBOX_CLOCK"
"""Names the file to the service's process."""


class MovableClock:
    """The machine's time and how far it was moved. Two clocks of one file show the same time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.moved = timedelta(seconds=float(path.read_text())) if path.exists() else timedelta(0)

    def __call__(self) -> datetime:
        """Now, as the sandbox has it."""
        return utc_now() + self.moved

    def advance(self, by: timedelta) -> None:
        """Move the clock forward; a process that is to see it has to be started anew."""
        self.moved += by
        draft = self._path.with_suffix(".new")
        draft.write_text(str(self.moved.total_seconds()))
        os.replace(draft, self._path)  # noqa: PTH105 (the atomic rename, by its name)
