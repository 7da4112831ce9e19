"""Foreign JSON, parsed strictly, read leniently: a value comes out only with its proved type. Knows no vocabulary."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NoReturn, cast


class NotJson(Exception):
    """The bytes are not one unambiguous JSON document in UTF-8. Says why, never what was found (that is content)."""


class Json:
    """A position in a foreign document. What is absent or of another type reads as absent; nothing here raises.

    Strings come out well-formed: lone surrogates and NUL, which no database or network carries, read as U+FFFD.
    """

    __slots__ = ("_value",)

    def __init__(self, value: object = None) -> None:
        self._value = value

    @classmethod
    def parse(cls, data: bytes) -> Json:
        """Read a whole document; raises `NotJson`.

        Duplicate names are refused: two readers of the archived bytes could understand different things.
        """
        try:
            return cls(json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_no_constant))
        except (ValueError, RecursionError) as error:
            raise NotJson("one JSON document in UTF-8, without duplicate names, expected") from error

    def get(self, *names: str) -> Json:
        """The member at the end of these names."""
        here = self._value
        for name in names:
            here = cast("dict[str, object]", here).get(name) if isinstance(here, dict) else None
        return Json(here)

    def items(self) -> tuple[Json, ...]:
        """The elements of a list; none for anything else."""
        value = self._value
        return tuple(Json(item) for item in cast("list[object]", value)) if isinstance(value, list) else ()

    def members(self) -> tuple[tuple[str, Json], ...]:
        """The names and values of an object; none for anything else."""
        value = self._value
        pairs = cast("dict[str, object]", value).items() if isinstance(value, dict) else ()
        return tuple((_well_formed(name), Json(member)) for name, member in pairs)

    @property
    def is_present(self) -> bool:
        """Whether there is anything here; `null` counts as nothing."""
        return self._value is not None

    @property
    def is_object(self) -> bool:
        """Whether this is a JSON object."""
        return isinstance(self._value, dict)

    @property
    def text(self) -> str | None:
        """A non-empty string."""
        return _well_formed(self._value) if isinstance(self._value, str) and self._value else None

    @property
    def number(self) -> float | None:
        """A number that is no boolean."""
        return self._value if isinstance(self._value, (int, float)) and not isinstance(self._value, bool) else None

    @property
    def as_text(self) -> str | None:
        """A string as it is, anything else that is present as its JSON text."""
        if self._value is None or isinstance(self._value, str):
            return self.text
        return json.dumps(self._value, sort_keys=True, separators=(",", ":"))

    @property
    def raw(self) -> object:
        """The parsed value itself, for a library that wants it; not to be changed."""
        return self._value


def _object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError("duplicate name")
        found[name] = value
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not a JSON number")


def _well_formed(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
