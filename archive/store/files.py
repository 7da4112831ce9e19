"""Knows how to keep blobs in a directory so that each is there whole or not at all; root can still undo anything.

A blob is written to `.part/`, synced, then linked to its name: `link` fails when the name exists, which is the
exclusive create, and the directory is synced before success is reported. What a crash leaves in `.part/` is never read.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from typing import IO, TypeVar

from ..errors import Conflict, NotFound, StoreUnavailable
from ..names import check, check_prefix
from .deadline import to_send, within
from .port import CHUNK, DEADLINE, Body, Enforcement, reader, size_of

T = TypeVar("T")

_PARTS = ".part"
_FILE_MODE = 0o440
_DIRECTORY_MODE = 0o750


class FilesStore:
    """Blobs as read-only files under `root`, which is made at the first write. Disk work runs in threads."""

    def __init__(self, root: Path, *, deadline: timedelta = DEADLINE) -> None:
        self._root = root
        self._deadline = deadline

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:  # noqa: ARG002 — no index here
        """As `ObjectStore.create`; on return the file and its directory entry are synced to the disk."""
        check(name)
        await self._disk("create", lambda: _create(self._root, name, data), to_send(size_of(data), self._deadline))

    async def read(self, name: str) -> bytes:
        """As `ObjectStore.read`."""
        path = self._root / check(name)
        return await self._disk("read", lambda: _open(name, path.read_bytes))

    async def stream(self, name: str) -> AsyncGenerator[bytes]:
        """As `ObjectStore.stream`."""
        path = self._root / check(name)
        file = await self._disk("read", lambda: _open(name, lambda: path.open("rb")))
        with file:
            while chunk := await self._disk("read", lambda: file.read(CHUNK)):
                yield chunk

    async def list(self, prefix: str, after: str | None = None) -> AsyncGenerator[str]:
        """As `ObjectStore.list`; one directory's names are in memory at a time, per level."""
        parent = check_prefix(prefix).rpartition("/")[0]
        pending = [f"{parent}/" if parent else ""]
        while pending:
            entry = pending.pop()
            if entry and not entry.endswith("/"):
                yield entry
                continue
            inside = await self._disk("list", lambda folder=entry: _entries(self._root, folder))
            pending.extend(name for name in reversed(inside) if _wanted(name, prefix, after or ""))

    async def describe(self) -> Enforcement:
        """As `ObjectStore.describe`."""
        text = "tamper-evident only: whoever may write to this directory can delete; verification shows it"
        return Enforcement(store="files", immutable=False, text=text)

    async def close(self) -> None:
        """As `ObjectStore.close`."""

    async def _disk(self, verb: str, work: Callable[[], T], deadline: timedelta | None = None) -> T:
        try:
            async with within(deadline or self._deadline, verb):
                return await asyncio.to_thread(work)
        except OSError as error:
            raise StoreUnavailable(f"{verb}: {error.strerror or type(error).__name__}") from error


def _wanted(name: str, prefix: str, after: str) -> bool:
    if name.endswith("/"):  # a directory: could names in it match?
        return (name.startswith(prefix) or prefix.startswith(name)) and (name > after or after.startswith(name))
    return name.startswith(prefix) and name > after


def _entries(root: Path, folder: str) -> list[str]:
    """What a directory holds, in the order of full names: `a/` sorts with its slash, so after `a-b`.

    A directory that is read while it grows may show a new name and not an older one, and a log would seem to have a
    gap. So it is read twice: what the first reading shows, and everything older, is complete in the second.
    """
    newest = max(_scanned(root, folder), default="")
    return sorted(name for name in _scanned(root, folder) if name <= newest)


def _scanned(root: Path, folder: str) -> list[str]:
    try:
        with os.scandir(root / folder) as entries:
            names = [f"{folder}{entry.name}{'/' if entry.is_dir() else ''}" for entry in entries]
    except FileNotFoundError:
        return []
    return [name for name in names if not name.startswith(_PARTS)]


def _open(name: str, opener: Callable[[], T]) -> T:
    try:
        return opener()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NotFound(name) from error


def _create(root: Path, name: str, data: Body) -> None:
    path = root / name
    if not path.exists():
        _make_directory(path.parent)
        _make_directory(root / _PARTS)
        if _link_new(root / _PARTS, path, data):
            return
    with path.open("rb") as stored:
        if not _same(stored, reader(data)):
            raise Conflict(name)
    _sync_directory(path.parent)  # the earlier writer may have died before its own sync


def _link_new(parts: Path, path: Path, data: Body) -> bool:
    """Write, sync and link; False when somebody else was first. The part is removed either way."""
    handle, part = tempfile.mkstemp(dir=parts)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(reader(data), file, CHUNK)
            file.flush()
            os.fchmod(file.fileno(), _FILE_MODE)
            os.fsync(file.fileno())
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        Path(part).unlink(missing_ok=True)
    _sync_directory(path.parent)
    return True


def _same(one: IO[bytes], other: IO[bytes]) -> bool:
    pairs = zip_longest(iter(lambda: one.read(CHUNK), b""), iter(lambda: other.read(CHUNK), b""))
    return all(left == right for left, right in pairs)


def _make_directory(path: Path) -> None:
    """Make a directory and its parents, each one's entry synced before anything is put in it."""
    if path.is_dir():
        return
    _make_directory(path.parent)
    path.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
