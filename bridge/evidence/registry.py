"""Records of the registry's changes and of commands. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from archive import Draft, Json

from ..change import Change, change_fields
from ..model import Item, Press
from .basics import Fields, id_of, moment


def registry_change(id_: str, change: Change, revision: int) -> Draft:
    """A change of the registry and the revision it makes; the firm's policy is a part of it with a kind of its own."""
    fields: Fields = {"revision": revision, "change": cast("Json", change_fields(change))}
    if (file := change.value("file")) is not None:
        fields["attachments"] = [cast("Json", json.loads(file))]
    return Draft(kind="policy" if change.verb.startswith("policy.") else "registry", id=id_, fields=fields)


def attestation(
    item: Item, event: Press, version: str, answers: Sequence[str], result: Fields, origin: Fields
) -> Draft:
    """Somebody of staff confirms a version of the firm's policy, or was told that they have not."""
    fields: Fields = {
        "staff": {"id": event.author.staff},
        "verb": "staff.attest",
        "version": version,
        "answers": list(answers),
        **result,
        "origin": origin,
    }
    kind = "refusal" if result["outcome"] == "refused" else "attestation"
    return Draft(kind=kind, id=id_of("K", item.key), fields=fields)


def asked_to_attest(version: str, until: datetime) -> Draft:
    """Everybody who writes to contacts is asked to confirm a version of the firm's policy."""
    fields: Fields = {"direction": "internal", "body": {"type": "attest", "version": version, "until": moment(until)}}
    return Draft(kind="note", id=id_of("P", "attest", version, moment(until)), fields=fields)


def left(person: str, how: str, since: datetime) -> Draft:
    """The directory says that somebody's account is disabled or deleted; `since` is when they were authorised."""
    fields: Fields = {"direction": "internal", "staff": {"id": person}, "body": {"type": "leaver", "account": how}}
    return Draft(kind="note", id=id_of("P", "left", person, moment(since)), fields=fields)


def directory_doubted(at: datetime, what: str) -> Draft:
    """Nobody is suspended by what the directory says: it says nothing, or what cannot be true. Once a day."""
    fields: Fields = {"direction": "internal", "body": {"type": "directory", "problem": what}}
    return Draft(kind="note", id=id_of("P", "directory", what, f"{at:%Y-%m-%d}"), fields=fields)


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
