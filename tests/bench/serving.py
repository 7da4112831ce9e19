"""The real service, except that it does not keep to Teams' limits: what is measured is ours, not theirs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from bot.app import Around
from bot.observe import configure_logging
from bot.serving import run
from bot.settings import Settings

UNPACED = (sys.executable, "-m", "tests.bench.serving")


async def at_once(_seconds: float) -> None:
    """No pause."""


if __name__ == "__main__":
    configure_logging()
    settings = Settings.from_env(os.environ)
    sys.exit(asyncio.run(run(settings, signals=(signal.SIGTERM,), around=Around(pause=at_once))))
