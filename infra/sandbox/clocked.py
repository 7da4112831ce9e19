"""Runs the real service on the sandbox's clock: what `waybill serve` does, with another time. Knows nothing else."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot.observe import configure_logging
from bot.serving import run
from bot.settings import Settings

from .clock import VARIABLE, MovableClock


def main() -> int:
    """Serve until a signal comes; the exit status."""
    configure_logging()
    clock = MovableClock(Path(os.environ[VARIABLE]))
    settings = Settings.from_env(os.environ)
    return asyncio.run(run(settings, signals=(signal.SIGTERM, signal.SIGINT), clock=clock))


if __name__ == "__main__":
    sys.exit(main())
