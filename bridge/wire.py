"""Foreign JSON, read safely: a value comes out only with its proved type, and the path is named when it does not.

The only place where `json.loads` meets bytes from either network. Knows no vocabulary.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NoReturn, TypeGuard, cast


class WrongShape(Exception):
    """The JSON is not what it should be; says where and what was expected, never what was found (that is content)."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path or '/'}: {expected} expected")
        self.path = path
        self.expected = expected


class Json:
    """A position in a foreign document. Reading never changes it."""

    __slots__ = ("_name", "_parent", "_value")

    def __init__(self, value: object, parent: Json | None = None, name: str | int = "") -> None:
        self._value = value
        self._parent = parent
        self._name = name

    @property
    def path(self) -> str:
        """Where this is, as an RFC 6901 JSON Pointer; put together when it is asked for, which is seldom."""
        if self._parent is None:
            return ""
        return f"{self._parent.path}/{str(self._name).replace('~', '~0').replace('/', '~1')}"

    @classmethod
    def parse(cls, data: bytes) -> Json:
        """Read a whole document; raises `WrongShape` for anything that is no JSON, too deep, or not UTF-8.

        Duplicate names are refused: two readers of the archived bytes could understand different things. Half surrogate
        pairs are not: they come from cut-off emoji, and read as U+FFFD.
        """
        try:
            text = data.decode("utf-8", "surrogatepass")
            return cls(json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant))
        except (ValueError, RecursionError) as error:
            raise WrongShape("", "JSON") from error

    def at(self, pointer: str) -> Json:
        """Follow a pointer that this class made; raises `WrongShape` where it leads nowhere."""
        here = self
        for part in pointer.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            here = here._step(int(name)) if _is_list(here._value) and name.isdigit() else here.get(name)
        return here

    def get(self, *names: str) -> Json:
        """The member at the end of these names; a missing one, or one of what is no object, reads as absent."""
        here = self
        for name in names:
            here = Json(here._value.get(name) if _is_object(here._value) else None, here, name)
        return here

    def items(self) -> Iterator[Json]:
        """The elements of a list; an absent list has none. Raises `WrongShape` for anything else."""
        if self._value is None:
            return
        if not _is_list(self._value):
            raise WrongShape(self.path, "a list")
        for index in range(len(self._value)):
            yield self._step(index)

    def elements(self) -> Iterator[Json]:
        """The elements of a list; anything else has none: for what is nice to know."""
        return self.items() if _is_list(self._value) else iter(())

    @property
    def is_list(self) -> bool:
        """Whether this is a JSON list."""
        return _is_list(self._value)

    def members(self) -> Iterator[tuple[str, Json]]:
        """The names and values of an object; none for anything else."""
        for name in self._value if _is_object(self._value) else ():
            yield _clean(name), self.get(name)

    @property
    def present(self) -> bool:
        """Whether there is anything here; `null` counts as nothing."""
        return self._value is not None

    @property
    def is_object(self) -> bool:
        """Whether this is a JSON object."""
        return _is_object(self._value)

    def text(self) -> str:
        """A string; raises `WrongShape`."""
        if not isinstance(self._value, str):
            raise WrongShape(self.path, "a string")
        return _clean(self._value)

    def text_or(self, default: str) -> str:
        """A string, or the default for an absent or mistyped one: for what is nice to know."""
        return _clean(self._value) if isinstance(self._value, str) else default

    def text_or_none(self) -> str | None:
        """A non-empty string, else None."""
        return _clean(self._value) if isinstance(self._value, str) and self._value else None

    def scalar(self) -> str:
        """A string or a number, as text; raises `WrongShape`. Meta writes the same field either way."""
        if isinstance(self._value, bool) or not isinstance(self._value, (str, int, float)):
            raise WrongShape(self.path, "a string or a number")
        return _clean(str(self._value))

    def number(self) -> float | None:
        """A number that is no boolean, else None."""
        return self._value if isinstance(self._value, (int, float)) and not isinstance(self._value, bool) else None

    def as_text(self) -> str | None:
        """A non-empty string as it is, anything else that is present as its JSON text."""
        if self._value is None or isinstance(self._value, str):
            return self.text_or_none()
        return self.canonical().decode()

    def is_true(self) -> bool:
        """Exactly `true`."""
        return self._value is True

    def canonical(self) -> bytes:
        """The value re-serialised with sorted keys: for comparing, never for evidence."""
        return json.dumps(self._value, sort_keys=True, separators=(",", ":")).encode()

    @property
    def raw(self) -> object:
        """The parsed value itself, for a library that wants it; not to be changed."""
        return self._value

    def _step(self, index: int) -> Json:
        values = cast("list[object]", self._value)
        if index >= len(values):
            raise WrongShape(f"{self.path}/{index}", "an element")
        return Json(values[index], self, index)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not a JSON number")


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _clean(text: str) -> str:
    """The same text; half surrogate pairs and NULs, which JSON can spell but a database cannot hold, replaced."""
    if "\x00" in text:
        text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
