"""Knows how a long command shows that it goes on, and for how long still: one line on a terminal, nothing elsewhere."""

import argparse
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import TextIO

from ..walk import Progress, untold

_EVERY = 0.25
"""Seconds between two updates, and before the first one: what is done by then needs no line."""
_WIDTH = 24
_ERASE = "\r\x1b[K"


class Line:
    """A line that is written over, on a terminal."""

    def __init__(self, terminal: TextIO, seconds: Callable[[], float]) -> None:
        self._terminal = terminal
        self._seconds = seconds
        self._start = self._written = seconds()
        self._is_there = False

    def update(self, read: int, of: int) -> None:
        """As `walk.Progress`; most calls do nothing."""
        now = self._seconds()
        if now - self._written >= _EVERY:
            self._written = now
            self._is_there = True
            self._terminal.write(_ERASE + said(read, of, seconds=now - self._start))
            self._terminal.flush()

    def erase(self) -> None:
        """Leave the terminal as it was."""
        if self._is_there:
            self._terminal.write(_ERASE)
            self._terminal.flush()


@contextmanager
def progress(options: argparse.Namespace) -> Generator[Progress]:
    """What a long command reports to. It is shown on standard error if that is a terminal, and not with `--json`."""
    if options.json or not sys.stderr.isatty():
        yield untold
        return
    line = Line(sys.stderr, time.monotonic)
    try:
        yield line.update
    finally:
        line.erase()


def said(read: int, of: int, *, seconds: float) -> str:
    """The line: how many records were read, how fast, and if it is known how many there are, what is left."""
    rate = read / seconds
    speed = f"{read:,} records, {rate:,.0f}/s"
    if not of or not read:
        return speed
    share = min(read / of, 1.0)
    left = timedelta(seconds=round(max(of - read, 0) / rate))
    return f"[{'#' * int(share * _WIDTH):{_WIDTH}}] {share:4.0%}  {speed}, {left} left"
