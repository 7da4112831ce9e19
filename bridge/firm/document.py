"""A TOML file that people write, read so that everything wrong with it is said at once. Knows nothing of policies."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import time
from typing import TypeGuard, cast

MOST_BYTES = 1_000_000
MOST_PROBLEMS = 20


class Unfit(ValueError):
    """A file that is no policy: `problems` says what is wrong with it, in the file's own terms."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def document(text: str) -> Table:
    """The table that a file is; raises `Unfit` for one that is too large or no TOML."""
    if len(text.encode()) > MOST_BYTES:
        raise Unfit((f"The file is larger than {MOST_BYTES // 1_000_000} MB.",))
    try:
        return Table("the file", tomllib.loads(text), [])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unfit((f"This is not TOML: {error}",)) from error


class Table:
    """A table and what has been wrong so far; a value that is no good is reported and read as its default."""

    def __init__(self, where: str, values: Mapping[str, object], problems: list[str]) -> None:
        self.where = where
        self.problems = problems
        self._values = dict(values)

    def wrong(self, problem: str) -> None:
        """Note what is wrong here."""
        self.problems.append(f"{self.where}: {problem}.")

    def closed(self) -> None:
        """Nothing else may stand here."""
        for name in self._values:
            self.wrong(f"{name} is not known here")

    def finish(self) -> None:
        """Raises `Unfit` where something was wrong, here or in a table inside."""
        if self.problems:
            raise Unfit(tuple(self.problems[:MOST_PROBLEMS]))

    def has(self, name: str) -> bool:
        """Whether something of this name stands here."""
        return name in self._values

    def text(self, name: str, default: str | None = None) -> str:
        """A text that is not blank."""
        value = self._values.pop(name, default)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.wrong(f"{name} must be a text")
        return ""

    def chosen(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of these words."""
        value = self._values.pop(name, default)
        if isinstance(value, str) and value in choices:
            return value
        self.wrong(f"{name} must be one of {', '.join(choices)}")
        return choices[0]

    def number(self, name: str) -> float:
        """A number above 0."""
        value = self._values.pop(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return value
        self.wrong(f"{name} must be a number above 0")
        return 1

    def at(self, name: str) -> time:
        """A time of day, as TOML writes it or in quotes."""
        value = self._values.pop(name, None)
        if isinstance(value, str):
            try:
                value = time.fromisoformat(value)
            except ValueError:
                value = None
        if isinstance(value, time) and value.tzinfo is None:
            return value
        self.wrong(f"{name} must be a time like 08:00")
        return time()

    def texts(self, name: str, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts, or of some of these words."""
        values = self._values.pop(name, [])
        if not _is_list(values):
            self.wrong(f"{name} must be a list")
            return ()
        good = [
            value for value in values if isinstance(value, str) and (value in choices if choices else value.strip())
        ]
        if len(good) != len(values):
            self.wrong(f"{name} must be a list of " + (f"some of {', '.join(choices)}" if choices else "texts"))
        return tuple(good)

    def tables(self, name: str) -> list[Table]:
        """Every `[[name]]`, in order."""
        values = self._values.pop(name, [])
        if not _is_list(values) or not all(_is_table(value) for value in values):
            self.wrong(f"{name} must be written as [[{name}]]")
            return []
        found = [cast("Mapping[str, object]", value) for value in values]
        return [Table(f"{name} {number}", value, self.problems) for number, value in enumerate(found, start=1)]

    def table(self, name: str) -> Table | None:
        """The one `[name]`."""
        value = self._values.pop(name, None)
        if value is None:
            return None
        if not _is_table(value):
            self.wrong(f"{name} must be written as [{name}]")
            return None
        return Table(name, value, self.problems)

    def named_tables(self) -> list[tuple[str, Table]]:
        """Every table here, by its name."""
        found = [(name, self.table(name)) for name in list(self._values)]
        return [(name, table) for name, table in found if table is not None]


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)
