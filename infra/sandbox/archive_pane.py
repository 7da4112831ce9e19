"""Shows the archive's files to the page, and spoils one byte on request; reads the published layout, writes no records.

Layout: `log/<shard>/seg/<16-digit index of the first record>`, a file being NDJSON lines, a blank line, a checkpoint.
Verifying is left to the archive's own program, run as an auditor would run it.
"""

import asyncio
import hashlib
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, cast

from .wire import Fields, JsonObject, MalformedError

LATEST: Final = 300
SUMMARY_LENGTH: Final = 120
PROVER: Final = (sys.executable, "-m", "archive", "prove")
VERIFY_DEADLINE: Final = timedelta(seconds=60)
ENFORCEMENT: Final = "tamper-evident only"
"""What a directory of files can promise; only a locked container of a cloud makes it tamper-proof."""

_SEGMENT: Final = re.compile(r"[0-9]{16}")


class NoSuchRecordError(LookupError):
    """The archive has no record of that index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One file of the log: the exact lines of its records and the checkpoint that seals them."""

    name: str
    path: Path
    first: int
    lines: Sequence[bytes]
    checkpoint: str

    def line(self, index: int) -> bytes:
        """The stored bytes of one record: what is hashed."""
        return self.lines[index - self.first]


def read_segment(path: Path, root: Path) -> Segment:
    """Take a segment file apart; a damaged one still yields what can be read of it."""
    head, _, tail = path.read_bytes().partition(b"\n\n")
    return Segment(
        name=path.relative_to(root).as_posix(),
        path=path,
        first=int(path.name),
        lines=[line for line in head.split(b"\n") if line],
        checkpoint=tail.decode("utf-8", errors="replace"),
    )


class ArchivePane:
    """The archive in one folder. `copies` keeps the true bytes of segments that were tampered with.

    `verifier` is the command that checks an archive; its last argument is added here: the archive's URL.
    """

    def __init__(self, folder: Path, copies: Path, *, verifier: Sequence[str]) -> None:
        self._folder = folder
        self._copies = copies
        self._verifier = verifier
        self._cache: dict[Path, tuple[os.stat_result, Segment]] = {}

    @property
    def is_away(self) -> bool:
        """Whether the folder was taken away: nothing can be written there now, not even by root."""
        return self._folder.is_file()

    def take_away(self) -> None:
        """Make the archive unreachable: the folder is moved aside and a file stands in its place."""
        if not self.is_away:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.rename(self._aside)
            self._folder.touch()

    def bring_back(self) -> None:
        """Undo `take_away`; a repeat changes nothing."""
        if self.is_away:
            self._folder.unlink()
            self._aside.rename(self._folder)

    def fingerprint(self) -> object:
        """Something that differs whenever a segment was added or changed."""
        return [(path.name, found.st_mtime_ns, found.st_size) for path, found in self._files()]

    def view(self, after: int = -1) -> JsonObject:
        """The latest records with an index above `after`, oldest first."""
        segments = self._segments()
        last = segments[-1] if segments else None
        records = [
            _record_view(segment, segment.first + at, line)
            for segment in segments
            for at, line in enumerate(segment.lines)
            if segment.first + at > after
        ]
        return {
            "size": last.first + len(last.lines) if last else 0,
            "checkpoint": last.checkpoint if last else "",
            "enforcement": ENFORCEMENT,
            "tampered": bool(self._true_copies()),
            "records": records[-LATEST:],
        }

    def lines(self, start: int) -> list[bytes]:
        """The stored lines of all records from an index on."""
        return [
            line for segment in self._segments() for at, line in enumerate(segment.lines) if segment.first + at >= start
        ]

    def record(self, index: int) -> JsonObject:
        """One record with its exact line and its RFC 6962 leaf hash; raises NoSuchRecordError."""
        segment = self._segment_of(index)
        line = segment.line(index)
        return {
            "record": _parsed(line),
            "line": line.decode("utf-8", errors="replace"),
            "leaf_hash": hashlib.sha256(b"\x00" + line).hexdigest(),
            "segment": segment.name,
        }

    def tamper(self, index: int | None = None) -> JsonObject:
        """Change one letter inside a record's line (the newest by default), keeping the true bytes aside."""
        segments = self._segments()
        if index is None and segments:
            index = segments[-1].first + len(segments[-1].lines) - 1
        segment = self._segment_of(-1 if index is None else index)
        stored, line = segment.path.read_bytes(), segment.line(cast("int", index))
        offset = stored.index(line) + _letter_in(line)
        copy = self._copies / segment.name
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(stored)
        _overwrite(segment.path, stored[:offset] + bytes([stored[offset] ^ 1]) + stored[offset + 1 :])
        return {"segment": segment.name, "index": index, "offset": offset}

    def repair(self) -> int:
        """Put the true bytes of all tampered segments back; returns how many."""
        copies = self._true_copies()
        for copy in copies:
            _overwrite(self._folder / copy.relative_to(self._copies), copy.read_bytes())
            copy.unlink()
        return len(copies)

    async def verify(self) -> JsonObject:
        """Run the archive's verifier as a program of its own and report what it says; TimeoutError after a minute."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        status, out, err = await self._run(*self._verifier, self._url)
        return _verdict(status, out, err) | {"seconds": round(loop.time() - started, 3)}

    async def prove(self, index: int) -> JsonObject:
        """One record's proof as the archive's own program writes it; NoSuchRecordError with its words otherwise."""
        status, out, err = await self._run(*PROVER, str(index), "--archive", self._url)
        if status != 0:
            raise NoSuchRecordError(err.decode("utf-8", errors="replace").strip())
        return {"proof": out.decode("utf-8", errors="replace")}

    @property
    def _url(self) -> str:
        return f"file:{self._folder}"

    async def _run(self, *command: str) -> tuple[int, bytes, bytes]:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(VERIFY_DEADLINE.total_seconds()):
                out, err = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        return process.returncode or 0, out, err

    def _true_copies(self) -> list[Path]:
        return [path for path in self._copies.rglob("*") if path.is_file()] if self._copies.exists() else []

    @property
    def _aside(self) -> Path:
        return self._folder.with_name(self._folder.name + ".away")

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        folder = self._aside if self.is_away else self._folder
        found = [path for path in folder.glob("log/*/seg/*") if _SEGMENT.fullmatch(path.name)]
        return [(path, path.stat()) for path in sorted(found, key=lambda path: path.name)]

    def _segments(self) -> list[Segment]:
        root = self._aside if self.is_away else self._folder
        for path, found in self._files():
            kept = self._cache.get(path)
            if kept is None or (kept[0].st_mtime_ns, kept[0].st_size) != (found.st_mtime_ns, found.st_size):
                self._cache[path] = (found, read_segment(path, root))
        return [self._cache[path][1] for path, _ in self._files() if path in self._cache]

    def _segment_of(self, index: int) -> Segment:
        for segment in self._segments():
            if segment.first <= index < segment.first + len(segment.lines):
                return segment
        raise NoSuchRecordError(f"there is no record {index}")


def _record_view(segment: Segment, index: int, line: bytes) -> JsonObject:
    record = _parsed(line)
    return {
        "index": index,
        "recorded_at": record.get("recorded_at"),
        "kind": record.get("kind"),
        "id": record.get("id"),
        "summary": _summary(record),
        "segment": segment.name,
    }


def _summary(record: JsonObject) -> str:
    """A line a person understands: which way, how it was decided or what became of it, how it begins."""
    found = Fields(record)
    change, body = _part(found, "change"), _part(found, "body")
    values = [
        *(
            record.get("direction"),
            _part(found, "decision").get("outcome"),
            record.get("outcome"),
            record.get("status"),
        ),
        *(change.get("verb"), *_part(Fields(change), "values").values(), body.get("text"), record.get("vkey")),
    ]
    return " · ".join(value for value in values if isinstance(value, str) and value)[:SUMMARY_LENGTH]


def _part(fields: Fields, key: str) -> JsonObject:
    try:
        return fields.maybe_section(key).raw
    except MalformedError:
        return {}


def _parsed(line: bytes) -> JsonObject:
    try:
        found: object = json.loads(line)
    except ValueError:
        found = None
    return cast("JsonObject", found) if isinstance(found, dict) else {"kind": "unreadable"}


def _letter_in(line: bytes) -> int:
    """Where to spoil a line: the letter nearest to its middle, so that the line stays JSON and looks innocent."""
    letters = [at for at, byte in enumerate(line) if chr(byte).isascii() and chr(byte).isalpha()]
    return min(letters, key=lambda at: abs(at - len(line) // 2))


def _overwrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def _verdict(status: int, out: bytes, err: bytes) -> JsonObject:
    told = _parsed(out)
    findings = [_finding(fields.raw) for fields in Fields(told).sections("findings")]
    if status != 0 and not findings:
        words = (err or out).decode("utf-8", errors="replace").strip()
        what = words[-500:] or f"ended with status {status}"
        findings = [{"place": "verifier", "what": what, "severity": "broken"}]
    return {"ok": status == 0, "size": told.get("size"), "findings": findings}


def _finding(told: JsonObject) -> JsonObject:
    place = [str(told.get("blob") or "archive")]
    place += [f"{name} {told[name]}" for name in ("record", "line", "offset") if told.get(name) is not None]
    return {"place": ", ".join(place), "what": told.get("what"), "severity": told.get("severity")}
