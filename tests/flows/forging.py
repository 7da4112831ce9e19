"""Buttons as Teams would sign them, whatever any card shows."""

from __future__ import annotations

import json
import uuid
from typing import Any

from infra.sandbox.clouds import ADMIN, CLIENTS
from infra.sandbox.teams import Channel, Person
from tests.inside import Inner


def press(play: Inner, person: Person, verb: str, data: dict[str, str], place: Channel = ADMIN) -> dict[str, Any]:
    """A button's activity as Teams would sign it, whatever any card shows."""
    thread = play.thread_of("Hello, this is Ada.")[0].id if place == CLIENTS else None
    activity = play.clouds.teams.compose(person, place, "", thread=thread)
    for key in ("text", "entities", "attachments", "textFormat"):
        activity.pop(key, None)
    return activity | {
        "type": "invoke",
        "id": f"f:{uuid.uuid4()}",
        "name": "adaptiveCard/action",
        "replyToId": thread or "1763800000001",
        "value": {"action": {"type": "Action.Execute", "verb": verb, "data": data}, "trigger": "manual"},
    }


async def send(play: Inner, activity: dict[str, Any]) -> str:
    """Hand it in; what whoever pressed is told."""
    answer = await play.clouds.teams.post_raw(json.dumps(activity).encode())
    assert answer.status == 200
    return json.dumps(json.loads(answer.body).get("value"))
