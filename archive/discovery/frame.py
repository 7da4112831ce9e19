"""Knows how an export appears complete or not at all, and what each of its files hashes to; not what they hold."""

import csv
import io
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import md5, sha1, sha256
from pathlib import Path
from typing import IO, cast

from ..errors import CannotWrite
from ..formats import packing
from ..record import Json

MANIFEST = "manifest.json"
PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
"""What a file in an export may be called: nothing else could be taken for a path, an option or a hidden file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A finished file. MD5 and SHA-1 only because load files ask for them."""

    path: str
    size: int
    md5: str
    sha1: str
    sha256: str

    def as_json(self) -> dict[str, Json]:
        """The file as the manifest lists it."""
        return {"path": self.path, "size": self.size, "md5": self.md5, "sha1": self.sha1, "sha256": self.sha256}


class Frame:
    """A folder beside the one that is asked for, which gets that one's name once everything is in it.

    Used as a context manager: whatever ends the block, a folder that is not finished is removed.
    """

    def __init__(self, out: Path) -> None:
        """The export will be `out`: a folder, or a zip file where it ends in `.zip`. It must not exist."""
        self._out = out
        self._files: dict[str, Written] = {}
        with _translated(out):
            if out.exists():
                raise FileExistsError(17, "exists already; an export never writes over anything")
            self.folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))

    def __enter__(self) -> "Frame":
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def files(self) -> Sequence[Written]:
        """What is finished, by path."""
        return [self._files[path] for path in sorted(self._files)]

    def find(self, path: str) -> Written | None:
        """This file, if it is finished."""
        return self._files.get(path)

    @contextmanager
    def open(self, path: str) -> Generator[IO[bytes]]:
        """A new file, hashed as it is written; finished when the block ends well. Raises CannotWrite."""
        if not PATH.fullmatch(path) or path in self._files:
            raise ValueError(f"not a new path of an export: {path}")
        place = self.folder / path
        try:
            with _translated(self._out):
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("xb") as file:
                    hashing = _Hashing(file)
                    yield cast("IO[bytes]", hashing)
                    file.flush()
                    os.fsync(file.fileno())
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        self._files[path] = hashing.written(path)

    def write(self, path: str, data: bytes) -> None:
        """A small file at once."""
        with self.open(path) as file:
            file.write(data)

    def table(self, path: str, rows: Sequence[Sequence[str]]) -> None:
        """A small table as CSV, for spreadsheets: with a byte order mark."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        self.write(path, text.getvalue().encode("utf-8-sig"))

    def finish(self, manifest: dict[str, Json]) -> str:
        """Write the manifest. The export stands complete in its folder, and nowhere else; returns its SHA-256."""
        whole = {**manifest, "files": [file.as_json() for file in self.files]}
        data = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
        self.write(MANIFEST, data)
        return sha256(data).hexdigest()

    def publish(self) -> None:
        """Give the finished export its name; nobody ever sees half of it."""
        with _translated(self._out):
            if self._out.suffix == ".zip":
                self._zip()
            else:
                self.folder.rename(self._out)
            _sync(self._out.parent)

    def _zip(self) -> None:
        packed = self.folder / ".zip"
        with zipfile.ZipFile(packed, "x", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for written in self.files:
                with (self.folder / written.path).open("rb") as source:
                    packing.add(archive, written.path, source, written.size)
        with packed.open("rb") as file:
            os.fsync(file.fileno())
        os.link(packed, self._out)


class _Hashing(io.RawIOBase):
    """A file that is hashed three ways as it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        self._size = 0
        self._hashes = (md5(usedforsecurity=False), sha1(usedforsecurity=False), sha256())

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] - bytes are all we write
        self._file.write(data)
        for one in self._hashes:
            one.update(data)
        self._size += len(data)
        return len(data)

    def written(self, path: str) -> Written:
        """What the file is, now that it ends."""
        md5_, sha1_, sha256_ = (one.hexdigest() for one in self._hashes)
        return Written(path=path, size=self._size, md5=md5_, sha1=sha1_, sha256=sha256_)


@contextmanager
def _translated(out: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"{out}: {error.strerror}") from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
