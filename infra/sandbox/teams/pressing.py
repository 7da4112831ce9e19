"""Knows what pressing a button of an Adaptive Card means: the data it carries and the answer it gets."""

import json
from dataclasses import dataclass
from typing import cast

from ..courier import Answer
from ..wire import JsonObject
from .posts import Post


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeAnswer:
    """What the bot answered to a press: HTTP status and, for 200, the adaptive card invoke response."""

    status: int
    body: JsonObject

    @property
    def card(self) -> JsonObject | None:
        """The card that takes the place of the pressed one, if one was answered."""
        return self.body.get("value") if str(self.body.get("type")).endswith("card.adaptive") else None

    @property
    def message(self) -> str | None:
        """The short message shown to the person who pressed, if one was answered."""
        return self.body.get("value") if str(self.body.get("type")).endswith("activity.message") else None


def invoke_answer(answer: Answer) -> InvokeAnswer:
    """Read what the bot answered to an invoke; a body that is not a JSON object counts as empty."""
    try:
        body: object = json.loads(answer.body)
    except ValueError:
        body = None
    return InvokeAnswer(status=answer.status, body=cast("JsonObject", body) if isinstance(body, dict) else {})


def button_data(post: Post, verb: str, given: JsonObject) -> JsonObject:
    """The `data` the card's author put on the button; several buttons may share a verb and differ in their data."""
    buttons = [action for card in post.cards for action in _actions(card) if action.get("verb") == verb]
    choices = [cast("JsonObject", button.get("data") or {}) for button in buttons]
    for data in choices:
        if all(given.get(key, value) == value for key, value in data.items()):
            return data
    raise LookupError(f"the card has no button with the verb {verb!r} and these data")


def _actions(node: object) -> list[JsonObject]:
    if isinstance(node, list):
        return [action for item in cast("list[object]", node) for action in _actions(item)]
    if not isinstance(node, dict):
        return []
    found = cast("JsonObject", node)
    here = [found] if found.get("type") == "Action.Execute" else []
    return here + [action for item in found.values() for action in _actions(item)]
