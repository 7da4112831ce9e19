"""Records of the registry's changes and of commands. Pure."""

from __future__ import annotations

import json
from typing import cast

from archive import Draft, Json

from ..change import Change, change_fields
from ..model import Item, Press
from .basics import Fields, id_of


def registry_change(id_: str, change: Change, revision: int) -> Draft:
    """A change of the registry and the revision it makes; the firm's policy is a part of it with a kind of its own."""
    fields: Fields = {"revision": revision, "change": cast("Json", change_fields(change))}
    if (file := change.value("file")) is not None:
        fields["attachments"] = [cast("Json", json.loads(file))]
    return Draft(kind="policy" if change.verb.startswith("policy.") else "registry", id=id_, fields=fields)


def press_refused(item: Item, event: Press, rule: str, reason: str, origin: Fields) -> Draft:
    """A button that counts for nothing: it is not known, or what it is about is not, or is another's."""
    result: Fields = {"outcome": "refused", "rule": rule, "reason": reason}
    return command(item, event.verb, event.author.staff, event.verb, result, origin)


def command(item: Item, text: str, staff: str, verb: str, result: Fields, origin: Fields) -> Draft:
    """A command as it was given, and whether it was carried out, refused or not understood."""
    return Draft(
        kind="refusal" if result["outcome"] == "refused" else "command",
        id=id_of("K", item.key),
        fields={
            "staff": {"id": staff},
            "verb": verb,
            "body": {"type": "text", "text": text},
            **result,
            "origin": origin,
        },
    )
