"""Posting once: a record that existed before may have been shown before, so it is looked for first.

This is what makes a crash between a post and its settlement harmless. Knows no use case.
"""

from __future__ import annotations

from archive import Committed

from . import evidence
from .errors import OutcomeUnknown, PeerRefused
from .model import ActivityId, Item, Place, Press
from .shown import Notice, Shown, Tone
from .tools import Tools


def marker(committed: Committed) -> str:
    """How a post names its record, and is found by it."""
    return f"#{committed.record.index}"


class Lost(Exception):
    """A post may or may not stand there, and the team has not granted reading back: only a person can tell."""


async def post_once(tools: Tools, place: Place, shown: Shown, *, mark: str, before: bool) -> ActivityId:
    """Post, unless this process or an earlier one has; `before` says that an earlier one may have.

    Raises what `Threads.post` raises, and `Lost`.
    """
    known = tools.posted.get(mark)
    if known is None and (before or mark in tools.uncertain):
        try:
            known = await tools.threads.find(place, mark)
        except PeerRefused as error:
            raise Lost(error.text) from error
    if known is None:
        try:
            known = await tools.threads.post(place, shown)
        except OutcomeUnknown:
            tools.uncertain.add(mark)
            raise
    tools.uncertain.discard(mark)
    tools.posted[mark] = known
    return known


async def found(tools: Tools, place: Place, mark: str) -> ActivityId | None:
    """The post of an earlier attempt; None too where reading back is refused.

    For what may rather stand there twice than not at all: a thread's first post, a card for administrators.
    """
    try:
        return await tools.threads.find(place, mark)
    except PeerRefused:
        return None


async def press_refused(tools: Tools, item: Item, event: Press, rule: str, reason: str) -> Notice:
    """Put on record a button that counts for nothing; what whoever pressed it is told."""
    origin = await tools.journal.origin(item)
    await tools.journal.append(evidence.press_refused(item, event, rule, reason, origin))
    return Notice(text=reason, tone="bad")


async def tell_office(tools: Tools, text: str, told: Committed, *, tone: Tone = "warning") -> None:
    """Tell administrators something that is on record; where their channel refuses it, that is on record too.

    The caller forgets the post (`Tools.posted`) once what it is about is settled.
    """
    mark = marker(told)
    notice = Notice(text=text, tone=tone, marker=mark)
    try:
        await post_once(tools, tools.rooms.admin, notice, mark=mark, before=told.existed)
    except (PeerRefused, Lost):
        await tools.journal.append(evidence.outcome(told.record.id, "unanswered"))
