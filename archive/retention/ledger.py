"""Knows the greatest mark each name was given, for more names than memory holds; not what names or marks mean."""

import sqlite3
from collections.abc import Iterator
from typing import cast


class Ledger:
    """Marks in a temporary file that nobody else sees and that is gone when the process is."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)  # SQLite: no name is a file of its own, removed at once
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID")
        self._base.execute("BEGIN")

    def mark(self, name: str, value: int) -> None:
        """Give a name a mark; a greater one it has already stays."""
        self._base.execute(
            "INSERT INTO mark VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
            (name, value),
        )

    def find(self, name: str) -> int | None:
        """The mark of a name; None when it has none."""
        row = self._base.execute("SELECT value FROM mark WHERE name = ?", (name,)).fetchone()
        return cast("int", row[0]) if row else None

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Every name with its mark, in the order of the names' bytes."""
        return iter(self._base.execute("SELECT name, value FROM mark ORDER BY name"))

    def close(self) -> None:
        """Forget everything; a repeat is harmless."""
        self._base.close()
