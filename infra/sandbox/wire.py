"""Knows how to read foreign JSON field by field, naming the path of whatever is wrong; not what any field means."""

import json
from typing import Any, Final, TypeAlias, cast

JsonObject: TypeAlias = dict[str, Any]

_REQUIRED: Final = object()


class MalformedError(Exception):
    """What a peer sent does not have the promised shape; `path` says where and `what` says why."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
        self.what = what


class Fields:
    """One JSON object, read through questions that yield a value only with its proved type."""

    def __init__(self, value: object, path: str = "$") -> None:
        if not isinstance(value, dict):
            raise MalformedError(path, "must be an object")
        self.raw = cast("JsonObject", value)
        self.path = path

    @classmethod
    def parse(cls, body: bytes) -> "Fields":
        """Read a request body; raises MalformedError when it is not UTF-8 JSON or not an object."""
        try:
            return cls(json.loads(body))
        except ValueError as error:
            raise MalformedError("$", "is not JSON") from error

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def text(self, key: str, default: object = _REQUIRED) -> str:
        """The string under `key`, or the default when the key is absent."""
        return self._typed(key, str, "a string", default)

    def flag(self, key: str, default: object = _REQUIRED) -> bool:
        """The boolean under `key`, or the default when the key is absent."""
        return self._typed(key, bool, "true or false", default)

    def number(self, key: str, default: object = _REQUIRED) -> int:
        """The whole number under `key`, or the default when the key is absent."""
        return self._typed(key, int, "a whole number", default)

    def decimal(self, key: str) -> float:
        """The number under `key`, whole or not."""
        value = self.raw.get(key)
        return float(value) if type(value) is float else self.number(key)

    def maybe_text(self, key: str) -> str | None:
        """The string under `key`; None when it is absent or null."""
        return None if self.raw.get(key) is None else self.text(key)

    def section(self, key: str) -> "Fields":
        """The object under `key`; an absent key is an error."""
        return Fields(self._typed(key, dict, "an object", _REQUIRED), f"{self.path}.{key}")

    def maybe_section(self, key: str) -> "Fields":
        """The object under `key`, or an empty one when it is absent or null."""
        return Fields(self.raw.get(key) or {}, f"{self.path}.{key}")

    def sections(self, key: str) -> list["Fields"]:
        """The list of objects under `key`, or an empty one when the key is absent."""
        items = self._typed(key, list, "a list", [])
        return [Fields(item, f"{self.path}.{key}[{at}]") for at, item in enumerate(items)]

    def only(self, *allowed: str) -> None:
        """Refuse keys that are not in the contract: a misspelt option must not pass as an absent one."""
        for key in self.raw:
            if key not in allowed:
                raise MalformedError(f"{self.path}.{key}", "is not a known parameter")

    def _typed(self, key: str, kind: type[Any], name: str, default: object) -> Any:
        value = self.raw.get(key, default)
        if value is _REQUIRED:
            raise MalformedError(f"{self.path}.{key}", "is required")
        if value is default:
            return value
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise MalformedError(f"{self.path}.{key}", f"must be {name}")
        return value
