"""Knows how to read what a record says without trusting its shape; not what it means.

A member that is missing, or is of another type than expected, says nothing: a transcript never fails on a record.
"""

from collections.abc import Mapping, Sequence

from ..record import Json, Record

_NOTHING: Mapping[str, Json] = {}


def text(value: Json) -> str | None:
    """The text, None where there is none."""
    return value if isinstance(value, str) and value else None


def whole(value: Json) -> int | None:
    """The whole number, None where there is none."""
    return value if type(value) is int else None


def members(value: Json) -> Mapping[str, Json]:
    """An object's members; none of anything else."""
    return value if isinstance(value, Mapping) else _NOTHING


def listed(value: Json) -> Sequence[Json]:
    """What is in a list; nothing of anything else."""
    return value if isinstance(value, list) else ()


def member(record: Record, *path: str) -> str | None:
    """The text under this path of members."""
    value: Json = record.fields
    for name in path:
        value = members(value).get(name)
    return text(value)


def network_id(record: Record) -> str | None:
    """The network's id of the message that this record holds, or that it says a message has got.

    A record's `origin.network_id` is the key of an item; of a message it ends in `:message:` and the message's own id.
    """
    key = member(record, "origin", "network_id") or ""
    _, found, id_ = key.partition(":message:")
    return id_ if found else text(record.get("network_id")) or key or None
