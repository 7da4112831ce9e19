"""Knows how words are found in an archive: an index in one SQLite file (FTS5), which can be made anew at any time.

It is never evidence: what it finds are places in the log, and `prove` or an export makes evidence of them.
"""

import json
import sqlite3
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import names, walk
from ..errors import CannotWrite, NotKnown
from ..merkle import leaf_hash
from ..names import Shard
from ..record import Record, time_text
from ..store.port import ObjectStore
from ..tail import parsed
from ..transcript.message import Person
from ..transcript.people import REGISTRY_KIND, People
from ..transcript.reading import listed, member, members, text
from ..transcript.telling import TELLING, body_of, moment
from ..transcript.words import words
from ..walk import Progress, untold
from .scope import Scope, ScopeError

_VERSION = 1
_SCHEMA = f"""
CREATE TABLE state (origin TEXT, size INTEGER);
CREATE TABLE card (idx INTEGER PRIMARY KEY, id TEXT, kind TEXT, conversation TEXT, contact TEXT, staff TEXT,
    direction TEXT, type TEXT, at TEXT, decision TEXT, leaf BLOB);
CREATE TABLE learnt (idx INTEGER PRIMARY KEY, line BLOB);
CREATE TABLE wrote (conversation TEXT, staff TEXT, PRIMARY KEY (conversation, staff)) WITHOUT ROWID;
CREATE VIRTUAL TABLE said USING fts5(words, files, content='', tokenize='unicode61 remove_diacritics 2');
PRAGMA user_version={_VERSION};
"""
_BATCH = 5_000
_FITS = """
(:conversations IS NULL OR conversation IN (SELECT value FROM json_each(:conversations)))
AND (:contacts IS NULL OR contact IN (SELECT value FROM json_each(:contacts)))
AND (:custodians IS NULL OR conversation IN (
    SELECT conversation FROM wrote WHERE staff IN (SELECT value FROM json_each(:custodians))))
AND (:directions IS NULL OR coalesce(direction, 'internal') IN (SELECT value FROM json_each(:directions)))
AND (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
AND at >= :since AND at < :until
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Where something was found; nothing of what it says."""

    index: int
    id: str
    kind: str
    conversation: str
    direction: str
    at: str
    record_hash: str
    """The leaf hash in the log's tree."""


class Index:
    """An index of one log in a file. To be closed. Everything raises CannotWrite where the file says no."""

    def __init__(self, place: Path) -> None:
        """Open it, or begin it; only its owner can read it, because words of messages are in it."""
        self._place = place
        try:
            place.touch(mode=0o600)
            self._db = sqlite3.connect(place, isolation_level=None)
            if not self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                self._db.executescript(_SCHEMA)
            if self._db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                raise CannotWrite(f"{place}: not an index of this version; name another file")
        except (sqlite3.Error, OSError) as error:
            raise CannotWrite(f"{place}: {error}") from error
        self.people = People()
        for (line,) in self._db.execute("SELECT line FROM learnt ORDER BY idx"):
            self.people.learn(Record.trust(line))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def size(self) -> int:
        """How many records of the log are in it."""
        found = self._db.execute("SELECT size FROM state").fetchone()
        return found[0] if found else 0

    async def update(self, store: ObjectStore, shard: Shard, progress: Progress = untold) -> int:
        """Add what is new; how many records. What was interrupted goes on. Raises IntegrityError, NotKnown."""
        before = self.size
        try:
            async with aclosing(_segments(store, shard, before)) as segments:
                waiting, origin, size = list[Record](), "", before
                async for origin, size, records in segments:
                    self._check(origin)
                    waiting += [record for record in records if record.index >= before]
                    if len(waiting) >= _BATCH:
                        self._add(waiting, origin, size)
                        waiting.clear()
                    progress(size - before, 0)
                if waiting:
                    self._add(waiting, origin, size)
        except sqlite3.Error as error:
            raise CannotWrite(f"{self._place}: {error}") from error
        return self.size - before

    def conversations(self) -> list[str]:
        """Every conversation there is, by id."""
        found = self._db.execute("SELECT DISTINCT conversation FROM card WHERE conversation IS NOT NULL ORDER BY 1")
        return [row[0] for row in found]

    def find(self, wanted: str | None, scope: Scope) -> int:
        """Look for words within a scope; how many records have them. Raises ScopeError for words that ask nothing."""
        found = "AND idx IN (SELECT rowid FROM said WHERE said MATCH :words)" if wanted else ""
        values = {**_values(scope), "words": wanted}
        self._db.execute("DROP TABLE IF EXISTS temp.hit")
        try:
            self._db.execute("CREATE TEMP TABLE hit (idx INTEGER PRIMARY KEY)")
            self._db.execute(f"INSERT INTO hit SELECT idx FROM card WHERE {_FITS} {found}", values)  # noqa: S608
        except sqlite3.OperationalError as error:
            raise ScopeError(f"{wanted}: cannot be looked for ({error})") from error
        return self._db.execute("SELECT count(*) FROM hit").fetchone()[0]

    def by_custodian(self) -> list[tuple[Person, int, int]]:
        """Of what was found, for each of the staff: records and conversations in which they wrote, the most first."""
        rows = self._db.execute(
            "SELECT wrote.staff, count(*), count(DISTINCT conversation) FROM hit JOIN card USING (idx) "
            "JOIN wrote USING (conversation) GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return [(self.people.person(staff, "staff"), records, talks) for staff, records, talks in rows]

    def conversations_found(self) -> int:
        """Of what was found, how many conversations."""
        return self._db.execute("SELECT count(DISTINCT conversation) FROM hit JOIN card USING (idx)").fetchone()[0]

    def hits(self, most: int) -> Iterator[Hit]:
        """Where it was found, in the order of the log."""
        rows = self._db.execute(
            "SELECT idx, id, kind, conversation, direction, at, leaf FROM hit JOIN card USING (idx) "
            "ORDER BY idx LIMIT ?",
            (most,),
        )
        for index, id_, kind, conversation, direction, at, leaf in rows:
            yield Hit(
                index=index,
                id=id_,
                kind=kind,
                conversation=conversation or "",
                direction=direction or "internal",
                at=at,
                record_hash=leaf.hex(),
            )

    def _check(self, origin: str) -> None:
        found = self._db.execute("SELECT origin FROM state").fetchone()
        if found and found[0] != origin:
            raise NotKnown(f"{self._place}: is the index of {found[0]}, not of {origin}; name another file")

    def _add(self, records: Sequence[Record], origin: str, size: int) -> None:
        cards, said, learnt, wrote = list[Any](), list[Any](), list[Any](), set[Any]()
        for record in records:
            staff, name = member(record, "staff", "id"), member(record, "staff", "name")
            if record.kind == REGISTRY_KIND or (staff and name and self.people.person(staff, "staff").name == staff):
                self.people.learn(record)
                learnt.append((record.index, record.line))
            files = " ".join(_files(record))
            if record.kind in TELLING or files:
                cards.append(_card(record, staff))
                said.append((record.index, words(body_of(record)) if record.kind in TELLING else "", files))
            if staff and (conversation := member(record, "conversation")):
                wrote.add((conversation, staff))
        self._db.execute("BEGIN")
        with self._db:
            self._db.executemany(f"INSERT INTO card VALUES ({','.join('?' * 11)})", cards)  # noqa: S608
            self._db.executemany("INSERT INTO said (rowid, words, files) VALUES (?, ?, ?)", said)
            self._db.executemany("INSERT INTO learnt VALUES (?, ?)", learnt)
            self._db.executemany("INSERT OR IGNORE INTO wrote VALUES (?, ?)", wrote)
            self._db.execute("DELETE FROM state")
            self._db.execute("INSERT INTO state VALUES (?, ?)", (origin, size))


async def _segments(store: ObjectStore, shard: Shard, start: int) -> AsyncGenerator[tuple[str, int, Sequence[Record]]]:
    """The segments from the one that holds `start` on; the one before it, where there is nothing new."""
    firsts = await walk.firsts(store, shard)
    wanted = [names.segment(shard, first) for first in firsts if first >= start] or [
        names.segment(shard, first) for first in firsts[-1:]
    ]
    async with aclosing(walk.blobs(store, wanted)) as blobs:
        async for name, data in blobs:
            segment = parsed(name, data)
            yield segment.checkpoint.origin, segment.size, segment.records


def _card(record: Record, staff: str | None) -> tuple[Any, ...]:
    conversation = member(record, "conversation")
    return (
        record.index,
        record.id,
        record.kind,
        conversation,
        member(record, "contact") or (conversation.rpartition("/")[2] if conversation else None),
        staff,
        member(record, "direction"),
        member(record, "body", "type"),
        time_text(moment(record)),
        member(record, "decision", "outcome"),
        leaf_hash(record.line),
    )


def _files(record: Record) -> Iterable[str]:
    """Names, types and hashes of what is attached."""
    for one in map(members, listed(record.get("attachments"))):
        yield from filter(None, (text(one.get(name)) for name in ("name", "media_type", "sha256")))


def _values(scope: Scope) -> dict[str, str | None]:
    def told(values: frozenset[str] | None) -> str | None:
        return None if values is None else json.dumps(sorted(values))

    return {
        "conversations": told(scope.conversations),
        "contacts": told(scope.contacts),
        "custodians": told(scope.custodians),
        "directions": told(scope.directions),
        "types": told(scope.types),
        "since": time_text(scope.span.since) if scope.span.since else "",
        "until": time_text(scope.span.until) if scope.span.until else "~",
    }
