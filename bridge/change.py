"""One change of the registry, and its stored form: the same in the store and in its archive record. Decides nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .model import Alias, Place

SERVICE = "service"
"""Who makes a change that no person made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One registry event: what is archived, stored and folded. `by` is a staff id or `SERVICE`."""

    verb: str
    subject: str
    by: str
    at: datetime
    values: tuple[tuple[str, str], ...] = ()
    aliases: tuple[Alias, ...] = ()
    place: Place | None = None

    def value(self, name: str) -> str | None:
        """One of the change's own values, None when it was not given."""
        return dict(self.values).get(name)


# --- the stored form -------------------------------------------------------------------------------------------------


def change_to_json(change: Change) -> str:
    """The stored form of a change; `change_from_json` is its inverse."""
    return json.dumps(change_fields(change), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def change_fields(change: Change) -> dict[str, object]:
    """A change as JSON values, the same in the store and in its archive record."""
    fields: dict[str, object] = {
        "verb": change.verb,
        "subject": change.subject,
        "by": change.by,
        "at": change.at.isoformat(),
        "values": dict(change.values),
        "aliases": [{"kind": alias.kind, "value": alias.value} for alias in change.aliases],
    }
    if change.place is not None:
        fields["place"] = place_fields(change.place)
    return fields


def change_from_json(text: str) -> Change:
    """A change as it was stored. Trusts its input: only what `change_to_json` wrote."""
    return change_of_fields(json.loads(text))


def change_of_fields(fields: Any) -> Change:
    """The inverse of `change_fields`, for what we stored or archived ourselves."""
    place = fields.get("place")
    return Change(
        verb=fields["verb"],
        subject=fields["subject"],
        by=fields["by"],
        at=datetime.fromisoformat(fields["at"]),
        values=tuple(fields["values"].items()),
        aliases=tuple(Alias(**alias) for alias in fields["aliases"]),
        place=None if place is None else Place(**place),
    )


def place_fields(place: Place) -> dict[str, str | None]:
    """A place as JSON values; `Place(**fields)` is its inverse."""
    return {name: getattr(place, name) for name in place.__slots__}
