"""Knows which records belong together: a card for each in SQLite; finds by it. The card is never evidence.

A casebook of a whole log has cards only; one that a transcript is told from has the lines as well.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..record import Json, Record, time_text
from ..transcript.people import REGISTRY_KIND, People
from ..transcript.reading import member, network_id
from ..transcript.telling import CHANGES, TELLING, WRITTEN, moment
from .scope import Scope

_SCHEMA = """
CREATE TABLE card (
    idx INTEGER PRIMARY KEY, id TEXT, kind TEXT, conversation TEXT, contact TEXT, staff TEXT, direction TEXT,
    type TEXT, at TEXT, about TEXT, about_network TEXT, network TEXT, subject TEXT, line BLOB, opened TEXT, path BLOB
);
CREATE TABLE chosen (idx INTEGER PRIMARY KEY);
CREATE TABLE evidence (idx INTEGER PRIMARY KEY, role TEXT);
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS by_id ON card (id);
CREATE INDEX IF NOT EXISTS by_about ON card (about) WHERE about IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_about_network ON card (about_network) WHERE about_network IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_network ON card (network) WHERE network IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_conversation ON card (conversation, at, idx) WHERE conversation IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_subject ON card (subject) WHERE subject IS NOT NULL;
"""
_INSERT = f"INSERT INTO card VALUES ({','.join('?' * 16)})"  # noqa: S608 — nothing but question marks
_BATCH = 2_000

_ORDER = "substr(c.at, 1, 19), c.idx"
"""As people saw them: by the second, because networks tell no more than that, and then as they were recorded."""

_ABOUT = """
    SELECT idx FROM card WHERE about = :id
    UNION SELECT idx FROM card WHERE about_network = :network
    UNION SELECT a.idx FROM card o JOIN card a ON a.about_network = o.network WHERE o.about = :id AND o.kind = 'outcome'
"""


class Casebook:
    """Cards of records, in a temporary file that SQLite makes and removes. To be closed."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN; {_SCHEMA}")
        self._waiting: list[tuple[Any, ...]] = []
        self.people = People()
        self.kinds: dict[str, int] = {}

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def file(
        self,
        record: Record,
        *,
        line: bytes | None = None,
        opened: Mapping[str, Json] | None = None,
        path: bytes | None = None,
    ) -> None:
        """Write the card of one record; with its line, if it will be read from here, and the hashes that prove it."""
        self.people.learn(record)
        self.kinds[record.kind] = self.kinds.get(record.kind, 0) + 1
        self._waiting.append((*_card(record), line, None if opened is None else json.dumps(opened), path))
        if len(self._waiting) >= _BATCH:
            self._flush()

    def ready(self) -> None:
        """All cards are written: from now on they are looked for."""
        self._flush()
        self._db.executescript(f"{_INDEXES} ANALYZE;")

    # --- choosing ----------------------------------------------------------------------------------------------------

    def conversations(self) -> list[str]:
        """Every conversation there is, by id."""
        return self._column("SELECT DISTINCT conversation FROM card WHERE conversation IS NOT NULL ORDER BY 1")

    def conversations_of(self, scope: Scope) -> list[str]:
        """The conversations that a scope leaves in, by id."""
        found = self.conversations()
        if scope.conversations is not None:
            found = [one for one in found if one in scope.conversations]
        if scope.contacts is not None:
            found = [one for one in found if one.rpartition("/")[2] in scope.contacts]
        if scope.custodians is not None:
            theirs = self._written_by(scope.custodians)
            found = [one for one in found if one in theirs]
        return found

    def choose(self, scope: Scope) -> None:
        """Choose the messages of a scope, and every record that they are told from."""
        for conversation in self.conversations_of(scope):
            self._db.executemany(
                "INSERT OR IGNORE INTO chosen VALUES (?)", [(idx,) for idx in self._within(conversation, scope)]
            )
        for idx in self._column("SELECT idx FROM chosen"):
            self._mark("message", [idx])
            self._mark("about", self.told_from(idx))
        self._mark("registry", self._registry())

    def evidence(self) -> Iterator[tuple[int, str]]:
        """The index of every record that was chosen, in order, and why: `message`, `about` or `registry`."""
        yield from self._db.execute("SELECT idx, role FROM evidence ORDER BY idx")

    def orphans(self) -> list[tuple[int, str]]:
        """The chosen changes whose message is not here: index and kind."""
        return self._db.execute(
            f"SELECT idx, kind FROM card JOIN chosen USING (idx) WHERE kind IN ({_quoted(CHANGES)}) ORDER BY idx"  # noqa: S608
        ).fetchall()

    def mark(self, idx: int) -> None:
        """Choose a message that was chosen before."""
        self._db.execute("INSERT OR IGNORE INTO chosen VALUES (?)", (idx,))

    def find(self, said: str) -> int | None:
        """The message or note with this index, record id, or network's id."""
        index = int(said) if said.isascii() and said.isdigit() and len(said) <= 16 else None
        found = self._column(
            f"SELECT min(idx) FROM card WHERE kind IN ({_quoted(WRITTEN)}) AND (idx = ? OR id = ? OR network = ? "  # noqa: S608
            "OR id IN (SELECT about FROM card WHERE network = ? AND kind = 'outcome'))",
            index,
            said,
            said,
            said,
        )
        return found[0]

    def told_from(self, idx: int) -> list[int]:
        """The records that a message is told from, itself among them, in the order of the log."""
        about = self._about(idx)
        return sorted({idx, *about, *(far for one in about for far in self._about(one))})

    # --- telling -----------------------------------------------------------------------------------------------------

    def chosen_conversations(self) -> list[tuple[str, int]]:
        """The conversations that messages were chosen of, and how many."""
        return self._db.execute(
            "SELECT conversation, count(*) FROM card WHERE idx IN (SELECT idx FROM chosen) GROUP BY 1 ORDER BY 1"
        ).fetchall()

    def staff_of(self, conversation: str) -> list[str]:
        """Who of the staff wrote in what was chosen of a conversation."""
        return self._column(
            "SELECT DISTINCT staff FROM card JOIN chosen USING (idx) WHERE conversation = ? AND staff IS NOT NULL "
            "ORDER BY 1",
            conversation,
        )

    def chosen(self, conversation: str) -> Iterator[Record]:
        """The chosen messages of a conversation, as people saw them."""
        yield from self._records(
            f"SELECT c.line, c.opened FROM card c JOIN chosen USING (idx) WHERE c.conversation = ? ORDER BY {_ORDER}",  # noqa: S608
            (conversation,),
        )

    def about(self, record: Record) -> list[Record]:
        """What the records here say of this one, and of what is about it, in the order of the log."""
        wanted = [idx for idx in self.told_from(record.index) if idx != record.index]
        marks = ",".join("?" * len(wanted))
        return list(self._records(f"SELECT line, opened FROM card WHERE idx IN ({marks}) ORDER BY idx", wanted))  # noqa: S608

    def all(self) -> Iterator[Record]:
        """Every record whose line is here, in the order of the log."""
        yield from self._records("SELECT line, opened FROM card WHERE line IS NOT NULL ORDER BY idx", ())

    def path_of(self, idx: int) -> bytes:
        """The hashes that prove a record, one after the other."""
        return self._db.execute("SELECT path FROM card WHERE idx = ?", (idx,)).fetchone()[0]

    def counts(self) -> dict[str, int]:
        """How many chosen messages there are of each direction."""
        way = "coalesce(direction, 'internal')"
        return dict(
            self._db.execute(f"SELECT {way}, count(*) FROM card JOIN chosen USING (idx) GROUP BY 1 ORDER BY 1")  # noqa: S608
        )

    # --- inside ------------------------------------------------------------------------------------------------------

    def _within(self, conversation: str, scope: Scope) -> set[int]:
        """The messages of a conversation that the rest of the scope leaves in."""
        since = time_text(scope.span.since) if scope.span.since else ""
        until = time_text(scope.span.until) if scope.span.until else "~"
        rows = self._db.execute(
            f"SELECT idx, kind, about, about_network FROM card WHERE conversation = ? AND at >= ? AND at < ? "  # noqa: S608
            f"AND kind IN ({_quoted(TELLING)})",
            (conversation, since, until),
        ).fetchall()
        found = {self._target(*row) for row in rows}
        return {idx for idx in found if self._fits(idx, scope)}

    def _target(self, idx: int, kind: str, about: str | None, about_network: str | None) -> int:
        """The message that a change is of; the change itself where that is not here."""
        if kind not in CHANGES:
            return idx
        row = self._db.execute(
            "SELECT min(idx) FROM (SELECT idx FROM card WHERE id = ? AND kind IN ('message', 'note') "
            "UNION SELECT idx FROM card WHERE network = ? AND kind IN ('message', 'note') "
            "UNION SELECT m.idx FROM card o JOIN card m ON m.id = o.about WHERE o.network = ? AND o.kind = 'outcome')",
            (about, about_network, about_network),
        ).fetchone()
        return idx if row[0] is None else row[0]

    def _fits(self, idx: int, scope: Scope) -> bool:
        direction, type_ = self._db.execute("SELECT direction, type FROM card WHERE idx = ?", (idx,)).fetchone()
        right_way = scope.directions is None or (direction or "internal") in scope.directions
        return right_way and (scope.types is None or type_ in scope.types)

    def _written_by(self, staff: Iterable[str]) -> set[str]:
        marks = [(one,) for one in staff]
        found: set[str] = set()
        for one in marks:
            found |= {row[0] for row in self._db.execute("SELECT DISTINCT conversation FROM card WHERE staff = ?", one)}
        return found

    def _about(self, idx: int) -> list[int]:
        id_, network = self._db.execute("SELECT id, network FROM card WHERE idx = ?", (idx,)).fetchone()
        rows = self._db.execute(_ABOUT, {"id": id_, "network": network})
        return [row[0] for row in rows if row[0] != idx]

    def _registry(self) -> list[int]:
        """What the registry says of everybody in the chosen conversations."""
        return self._column(
            "SELECT idx FROM card WHERE subject IN (SELECT contact FROM card JOIN chosen USING (idx) "
            "UNION SELECT staff FROM card JOIN evidence USING (idx))"
        )

    def _mark(self, role: str, indexes: Iterable[int]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO evidence VALUES (?, ?)", [(idx, role) for idx in indexes])

    def _records(self, query: str, values: Sequence[Any]) -> Iterator[Record]:
        for line, opened in self._db.execute(query, values).fetchall():
            record = Record.trust(line)
            yield record if opened is None else record.reading(json.loads(opened))

    def _column(self, query: str, *values: Any) -> list[Any]:
        return [row[0] for row in self._db.execute(query, values)]

    def _flush(self) -> None:
        self._db.executemany(_INSERT, self._waiting)
        self._waiting.clear()


def _quoted(kinds: Iterable[str]) -> str:
    return ",".join(f"'{kind}'" for kind in kinds)


def _card(record: Record) -> tuple[Any, ...]:
    conversation = member(record, "conversation")
    return (
        record.index,
        record.id,
        record.kind,
        conversation,
        member(record, "contact") or (conversation.rpartition("/")[2] if conversation else None),
        member(record, "staff", "id"),
        member(record, "direction"),
        member(record, "body", "type"),
        time_text(moment(record)),
        member(record, "refers_to", "id") if record.kind not in WRITTEN else None,
        member(record, "refers_to", "network_id") if record.kind in {*CHANGES, "status"} else None,
        network_id(record) if record.kind in {"message", "outcome"} else None,
        member(record, "change", "subject") if record.kind == REGISTRY_KIND else None,
    )
