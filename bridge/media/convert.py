"""What Teams or WhatsApp takes of a file, made by `worker` in a process without secrets, with a deadline and bounds."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

WORKER = Path(__file__).with_name("worker.py")
WITHIN = timedelta(seconds=90)
AT_ONCE = 2

Job = Literal["picture", "sound", "film", "photo", "clip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Files in the folder that was given, those that could be made."""

    preview: Path | None = None
    """A still picture of at most 1024 pixels and 1 MB."""
    moving: Path | None = None
    playable: Path | None = None
    poster: Path | None = None
    """A small first picture of a film."""
    length: timedelta | None = None
    fits: bool = False
    """WhatsApp takes the file as it is."""
    photo: Path | None = None
    """A picture that WhatsApp takes."""
    clip: Path | None = None
    """A film that WhatsApp takes."""


class Converter:
    """Starts workers, a few at a time."""

    def __init__(self, within: timedelta = WITHIN) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._within = within

    async def convert(self, job: Job, source: Path, folder: Path) -> Made:
        """Make what can be made of a file, in a folder. What cannot be decoded, or not in time, gives nothing."""
        async with self._slots:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(WORKER), job, str(source), str(folder),
                env={}, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                out, _ = await asyncio.wait_for(process.communicate(), self._within.total_seconds())
            except TimeoutError:
                return Made()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        return _made(out, folder) if process.returncode == 0 else Made()


def _made(out: bytes, folder: Path) -> Made:
    """What the worker says that it made; it has decoded somebody's bytes, so it is not simply believed."""
    try:
        said = json.loads(out)
        seconds = said.get("seconds")
        names = {
            name: said[name] for name in ("preview", "moving", "playable", "poster", "photo", "clip") if name in said
        }
        files = {name: folder / Path(file).name for name, file in names.items()}
    except (ValueError, AttributeError, TypeError):
        return Made()
    length = timedelta(seconds=round(seconds, 1)) if isinstance(seconds, int | float) and 0 <= seconds < 1e6 else None
    fits = said.get("fits") is True
    return Made(length=length, fits=fits, **{name: path for name, path in files.items() if path.is_file()})
