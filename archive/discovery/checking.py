"""Knows how to check an export: its files, its records against the key, and its readable files against its records."""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import cast

from ..errors import CannotWrite, IntegrityError
from ..formats import inert
from ..note import NoteError, VerifierKey
from ..record import Json, Record
from ..transcript.reading import listed, members, text, whole
from ..transcript.telling import references
from .case import EvidenceCase
from .catalogue import NAMES, format_of
from .evidence import CHECKPOINT, PROOFS, Evidence
from .export import VERSION
from .frame import MANIFEST, PATH, Frame
from .scope import ScopeError, zone

_TOLD = re.compile(rf"({'|'.join(NAMES)})/")
"""The files that are told from the evidence."""


@dataclass(slots=True, kw_only=True)
class CheckReport:
    """What came of checking an export. Nothing broken and the key given: it is what it says."""

    key: VerifierKey | None = None
    key_given: bool = False
    records: int = 0
    files: int = 0
    retold: int = 0
    """How many readable files were written again from the evidence, and compared."""
    size: int = 0
    root: str = ""
    broken: list[str] = field(default_factory=list[str])
    notices: list[str] = field(default_factory=list[str])

    @property
    def is_intact(self) -> bool:
        """Nothing is broken."""
        return not self.broken

    def as_json(self) -> dict[str, Json]:
        """The report as an object."""
        return {
            "export_report": 1,
            "intact": self.is_intact,
            "key": self.key and str(self.key),
            "key_given": self.key_given,
            "records": self.records,
            "files": self.files,
            "retold": self.retold,
            "size": self.size,
            "root": self.root,
            "broken": list(self.broken),
            "notices": list(self.notices),
        }


def check(place: Path, key: VerifierKey | None) -> CheckReport:
    """Check an export, a folder or a zip file. Damage is in the report; raises CannotWrite where there is no room."""
    report = CheckReport(key=key, key_given=key is not None)
    try:
        with _folder(place) as folder:
            _Checking(folder, report).run()
    except IntegrityError as error:
        report.broken.append(str(error))
    return report


class _Checking:
    def __init__(self, folder: Path, report: CheckReport) -> None:
        self._folder, self._report = folder, report
        self._manifest = _manifest(folder)
        self._hashes: dict[str, str] = {}

    def run(self) -> None:
        self._check_files()
        self._check_records()
        if not self._report.broken:
            self._check_told()

    def _say(self, what: str) -> None:
        self._report.broken.append(what)

    def _check_files(self) -> None:
        """Every listed file is there as it was, and no other."""
        for entry in map(members, listed(self._manifest.get("files"))):
            path, digest, size = text(entry.get("path")) or "", text(entry.get("sha256")), whole(entry.get("size"))
            place = self._folder / path
            if not PATH.fullmatch(path) or not place.is_file() or place.is_symlink():
                self._say(f"{path}: is missing")
            elif (_hash(place), place.stat().st_size) != (digest, size):
                self._say(f"{path}: is not the file that was written")
            self._hashes[path] = digest or ""
        found = {one.relative_to(self._folder).as_posix() for one in self._folder.rglob("*") if not one.is_dir()}
        for path in sorted(found - self._hashes.keys() - {MANIFEST}):
            self._say(f"{path}: is in no manifest")
        self._report.files = len(self._hashes)

    def _check_records(self) -> None:
        """Every record is one that the key signed, and its attachments are there."""
        evidence, report = Evidence(self._folder), self._report
        report.size, report.root = evidence.checkpoint.size, evidence.checkpoint.root.hex()
        said = members(self._manifest.get("archive"))
        if (said.get("size"), said.get("root")) != (report.size, report.root):
            self._say(f"{CHECKPOINT}: is another one than the manifest names")
        report.key = report.key or _key(text(said.get("key")))
        if not report.key_given:
            report.notices.append("the key was taken from the export itself: this does not show who signed it")
        before, opened = -1, evidence.opened()
        lacks = whole(self._manifest.get("gaps")) or 0
        for piece in evidence.pieces():
            evidence.check(piece, report.key)
            if piece.record.index <= before:
                self._say(f"{PROOFS}: record {piece.record.index} is not in its order")
            before = piece.record.index
            fields = opened.get(before)
            record = piece.record if fields is None else piece.record.reading(fields)
            missing = [path for path in _paths(record) if path not in self._hashes]
            if missing and not lacks:
                self._say(f"{missing[0]}: is missing, named by record {before}")
            report.records += 1
        if opened:
            report.notices.append(
                f"{len(opened)} records are sealed: that they say what stands here shows only to whoever has the keys"
            )

    def _check_told(self) -> None:
        """The readable files are what this program writes of the evidence."""
        if self._manifest.get("waybill_export") != VERSION:
            self._report.notices.append("written by another version: whether its words are its records' is not checked")
            return
        asked = members(self._manifest.get("asked"))
        try:
            place = zone(text(asked.get("zone")) or "UTC")
        except ScopeError as error:
            raise IntegrityError(MANIFEST, str(error)) from error
        title = text(self._manifest.get("title")) or ""
        with (
            tempfile.TemporaryDirectory() as room,
            Frame(Path(room) / "again") as again,
            closing(EvidenceCase(self._folder, zone=place, title=title)) as case,
        ):
            for name in listed(self._manifest.get("formats")):
                if name in NAMES:
                    format_of(str(name))(case, again)
            told = {file.path: file.sha256 for file in again.files}
        for path in sorted({path for path in self._hashes if _TOLD.match(path)} | told.keys()):
            if told.get(path) != self._hashes.get(path):
                self._say(f"{path}: does not say what the records say")
        self._report.retold = len(told)


def _paths(record: Record) -> list[str]:
    return [f"attachments/{inert.file_name(file)}" for file in references(record)]


def _key(said: str | None) -> VerifierKey:
    try:
        return VerifierKey.parse(said or "")
    except NoteError as error:
        raise IntegrityError(MANIFEST, "names no key") from error


def _manifest(folder: Path) -> dict[str, Json]:
    try:
        value: object = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise IntegrityError(MANIFEST, "there is none that can be read: this is no finished export") from error
    if not isinstance(value, dict):
        raise IntegrityError(MANIFEST, "is not an object")
    return cast("dict[str, Json]", value)


def _hash(place: Path) -> str:
    digest = sha256()
    with place.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


@contextmanager
def _folder(place: Path) -> Generator[Path]:
    """The export as a folder; a zip file is unpacked into a temporary one."""
    if not place.is_file():
        yield place
        return
    with tempfile.TemporaryDirectory() as unpacked:
        _unpack(place, Path(unpacked))
        yield Path(unpacked)


def _unpack(place: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(place) as archive:
            for info in archive.infolist():
                if not PATH.fullmatch(info.filename):
                    raise IntegrityError(str(place), "holds a name that no export has")
                target = folder / info.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, target.open("xb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise IntegrityError(str(place), "is no zip file as an export is one") from error
    except OSError as error:
        raise CannotWrite(f"{place}: {error.strerror}") from error
