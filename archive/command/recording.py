"""Knows how a search or an export gets on record, before anybody has what it found; not what was looked for."""

import argparse
from collections.abc import Mapping
from hashlib import sha256

from ..record import Draft, Json, canonical
from ..settings import SIGNING_KEY
from ..store import ObjectStore
from .shared import say
from .writing import act, opened


async def record(
    options: argparse.Namespace, store: ObjectStore, kind: str, what: str, told: Mapping[str, Json]
) -> None:
    """Put it on record, by whom and why included. Whoever can only read is told that somebody else has to."""
    if not options.env.get(SIGNING_KEY):
        say(f"not on record in the archive: that takes {SIGNING_KEY}")
        return
    by = act(options)
    matter: dict[str, Json] = {"matter": options.matter} if options.matter else {}
    fields = {**told, **by.as_json(), **matter}
    digest = sha256(canonical(fields)).hexdigest()[:16]
    async with opened(options, store) as log:
        committed = await log.append(Draft(kind=kind, id=f"{kind}:{what}:{digest}", fields=fields))
    say(f"on record as {committed.record.index}")
