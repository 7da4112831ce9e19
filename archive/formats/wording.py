"""Knows how a message and its life read as plain lines, for formats that have no members for them. Nothing can hide."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ..transcript.message import Conversation, Message
from . import inert
from .clock import both

FATES = {
    "blocked": "blocked: it did not cross",
    "failed": "failed: it was not delivered",
    "undone": "undone before it left",
    "discarded": "discarded before it left",
    "held": "held: it did not cross",
    "uncertain": "uncertain whether it crossed",
    "waiting": "not known to have crossed",
    "internal": "internal: never meant to cross",
}
"""How a message ended, in words; nothing is said of one that crossed."""


def name(conversation: Conversation) -> str:
    """A part of files' names for a conversation: its number, and what a person can recognise."""
    return f"{conversation.number:04d}-{inert.slug(conversation.contact.name)}"


def fate(message: Message) -> str | None:
    """How it ended, and why; None for one that crossed."""
    said = FATES.get(message.fate)
    return said and (f"{said} ({inert.line(message.reason)})" if message.reason else said)


def head(message: Message, zone: ZoneInfo) -> str:
    """When, who, to whom."""
    to = ", ".join(inert.line(one.name) for one in message.recipients)
    return f"{both(message.at, zone)}  {inert.line(message.author.name)}{' to ' + to if to else ''}"


def life(message: Message, zone: ZoneInfo) -> Iterator[str]:
    """What happened to it, a line each, in the order in which a reader wants it."""
    if ended := fate(message):
        yield ended
    if message.refers_to:
        yield f"{message.refers_as or 'about'}: {inert.line(message.refers_to)}"
    yield from message.marks
    for number, one in enumerate(message.versions[1:], start=1):
        where = "" if one.crossed else ", here only"
        before, after = inert.line(message.versions[number - 1].text), inert.line(one.text)
        yield f"edited {both(one.at, zone)} by {inert.line(one.by.name)}{where}; before: {before}; after: {after}"
    if message.deletion:
        where = "" if message.deletion.crossed else ", here only"
        yield f"deleted {both(message.deletion.at, zone)} by {inert.line(message.deletion.by.name)}{where}"
    for one in message.reactions:
        what = f"reacted {inert.line(one.emoji)}" if one.emoji else "took a reaction back"
        yield f"{inert.line(one.by.name)} {what} {both(one.at, zone)}"
    for one in message.receipts:
        why = f" ({inert.line(one.reason)})" if one.reason else ""
        yield f"{inert.line(one.status)} {both(one.at, zone)}{why}"
    for one in message.files:
        yield f"attachment: {inert.line(one.name or 'without a name')}, {one.size} bytes, sha256 {one.sha256}"
    yield f"record {message.source.index}, sha256 {message.source.sha256}"


def plain(message: Message, zone: ZoneInfo) -> str:
    """The message and its life as a paragraph."""
    said = "\n".join(f"    {one}" for one in inert.visible(message.text).split("\n"))
    return "\n".join([head(message, zone), said, *(f"      - {one}" for one in life(message, zone)), ""])
