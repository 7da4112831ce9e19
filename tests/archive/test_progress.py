"""Whoever waits for a long command at a terminal sees that it goes on; a program that reads its output sees nothing."""

import asyncio
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from archive.command.progress import Line, said
from archive.store import FilesStore
from tests.archive.builders import draft, key, open_log


@pytest.mark.parametrize(
    ("read", "of", "line"),
    [
        (250, 1_000, "[######                  ]  25%  250 records, 125/s, 0:00:06 left"),
        (1_000, 1_000, "[########################] 100%  1,000 records, 500/s, 0:00:00 left"),
        (1_100, 1_000, "[########################] 100%  1,100 records, 550/s, 0:00:00 left"),
        (2_500_000, 0, "2,500,000 records, 1,250,000/s"),
        (0, 1_000, "0 records, 0/s"),
    ],
)
def test_the_line_says_how_far_how_fast_and_how_long_still(read: int, of: int, line: str):
    """Lost: the difference between slow and stuck; the records behind the newest tile are no more than all of them."""
    assert said(read, of, seconds=2) == line


def test_the_line_is_written_a_few_times_a_second_and_erased_at_the_end():
    """Lost: a terminal that can be read, and the time that writing takes."""
    shown, now = io.StringIO(), 0.0
    line = Line(shown, lambda: now)
    for tick in range(1, 101):
        now = tick / 100
        line.update(tick, 100)
    assert shown.getvalue().count("\r") == 4
    line.erase()
    assert shown.getvalue().endswith("\r\x1b[K")


def test_what_ends_at_once_shows_no_line():
    """Lost: quiet, for the log of an afternoon."""
    shown = io.StringIO()
    line = Line(shown, lambda: 0.0)
    line.update(1, 1)
    line.erase()
    assert shown.getvalue() == ""


AT_EVERY_CALL = """
import sys
from archive import __main__
from archive.command import progress
progress._EVERY = 0.0
sys.exit(__main__.main(sys.argv[1:]))
"""
"""The command, which takes every moment for a long one."""


def on_a_terminal(*arguments: str) -> tuple[bytes, bytes]:
    """What the command writes to its standard output, and to a terminal on its standard error."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", AT_EVERY_CALL, *arguments]
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True)
        os.set_blocking(terminal.fileno(), False)
        shown = terminal.read() or b""
        os.close(theirs)
    return ran.stdout, shown


@pytest.mark.parametrize("command", [["verify", "--key", str(key())], ["stats"], ["show", "n-9"]])
def test_a_long_command_shows_its_line_on_a_terminal_and_not_with_json(tmp_path: Path, command: list[str]):
    """Lost: the line where a person looks; or a program's input, with a line in it that no program expects."""

    async def write() -> None:
        log = await open_log(FilesStore(tmp_path))
        for number in range(10):
            await log.append(draft(number))
        await log.close()

    asyncio.run(write())
    command = [*command, "--archive", f"file:{tmp_path}"]
    output, shown = on_a_terminal(*command)
    assert b"records, " in shown
    assert shown.rpartition(b"\x1b[K")[2].count(b"records,") == 0
    assert b"\r" not in output
    assert b"\x1b" not in on_a_terminal(*command, "--json")[1]
