"""Valid activities to start from; a test overrides what it is about."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bridge.model import Item

Activity = dict[str, Any]

FIXTURES = Path(__file__).parents[2] / "fixtures" / "teams"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TENANT = "3f1b8a52-6c0d-4e0e-9d3c-0a7c7f4f2b11"
BOT = "28:8e0c5d4a-52e4-4d36-9a4b-6f2a1c9d7e30"
CHANNEL = "19:clients0a1b2c3d4e5f@thread.tacv2"


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


def fixture(name: str) -> Activity:
    """A stored activity, by its file's name without `.json`."""
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def message(text: str = "Good morning", **changes: object) -> Activity:
    """A reply in a channel's thread, in plain text; top-level fields may be replaced."""
    said: Activity = {"text": text, "attachments": [], "entities": []}
    return fixture("channel_reply") | said | changes


def mention(id_: str, name: str, label: str | None = None) -> Activity:
    """One entry of `entities`."""
    return {"type": "mention", "mentioned": {"id": id_, "name": name}, "text": f"<at>{label or name}</at>"}


def rich(html: str, *mentions: Activity) -> Activity:
    """A reply whose text comes as HTML."""
    return message("", attachments=[{"contentType": "text/html", "content": html}], entities=list(mentions))


def without(activity: Activity, *path: str) -> Activity:
    """The same activity without one field."""
    copy = deepcopy(activity)
    here = copy
    for name in path[:-1]:
        here = here[name]
    del here[path[-1]]
    return copy


def changed(activity: Activity, value: object, *path: str) -> Activity:
    """The same activity with one field replaced."""
    copy = deepcopy(activity)
    here = copy
    for name in path[:-1]:
        here = here.setdefault(name, {})
    here[path[-1]] = value
    return copy


def body(activity: object) -> bytes:
    """The bytes as they are sent."""
    return json.dumps(activity, ensure_ascii=False).encode()


def item(activity: object) -> Item:
    """An accepted activity, one hour after it was written."""
    return Item(
        seq=1,
        key="teams:test",
        network="teams",
        raw=activity if isinstance(activity, bytes) else body(activity),
        pointer="",
        received_at=NOON + timedelta(hours=1),
    )
