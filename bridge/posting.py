"""Posting once: a record that existed before may have been shown before, so it is looked for first.

This is what makes a crash between a post and its settlement harmless. Knows no use case.
"""

from __future__ import annotations

from archive import Committed

from .errors import PeerRefused
from .model import ActivityId, Place
from .shown import Shown
from .tools import Tools


def marker(committed: Committed) -> str:
    """How a post names its record, and is found by it."""
    return f"#{committed.record.index}"


class Lost(Exception):
    """A post may or may not stand there, and the team has not granted reading back: only a person can tell."""


async def post_once(tools: Tools, place: Place, shown: Shown, *, mark: str, before: bool) -> ActivityId:
    """Post, unless this process or an earlier one has; `before` says that an earlier attempt may have.

    Raises what `Threads.post` raises, and `Lost`.
    """
    known = tools.posted.get(mark)
    if known is None and before:
        try:
            known = await tools.threads.find(place, mark)
        except PeerRefused as error:
            raise Lost(error.text) from error
    if known is None:
        known = await tools.threads.post(place, shown)
    tools.posted[mark] = known
    return known
