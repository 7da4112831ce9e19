"""The rules by which a firm's written policy stops a message, the gravest first. When one applies says `rules`."""

from __future__ import annotations

from collections.abc import Mapping

from ..ruling import Outcome, Rule
from .written import Action

TOPICS: Mapping[str, str] = {
    "lexicon": "There are words in this that the firm has listed.",
    "recipient": "This names another contact.",
    "hours": "This is outside the hours in which the firm writes to contacts.",
}
"""What a policy may warn of, hold for review or block, as its author chooses."""

_OUTCOMES: Mapping[Action, Outcome] = {"block": "block", "hold": "hold", "warn": "hold"}
_REMEDIES: Mapping[Action, str] = {
    "block": "It does not leave like this; write it otherwise, or ask compliance.",
    "hold": "Somebody who reviews messages approves it, or returns it with a note.",
    "warn": "Look at it again: then send it all the same, or discard it.",
}

PEOPLE: Mapping[str, Rule] = {
    "wall-block": Rule(
        outcome="block",
        text="The firm keeps you and this contact apart.",
        remedy="Compliance can say why, and who may write to them.",
    )
}
"""About people, and so looked at again when a message leaves."""

CONTENT: Mapping[str, Rule] = {
    "attachment-block": Rule(
        outcome="block",
        text="The firm does not let this file go to contacts.",
        remedy="Send it another way that the firm allows.",
    ),
    **{
        f"{topic}-{action}": Rule(outcome=outcome, text=text, remedy=_REMEDIES[action])
        for action, outcome in _OUTCOMES.items()
        for topic, text in TOPICS.items()
    },
}
"""About what a message is. A warning keeps it until its author has looked again."""

WARNINGS = frozenset(f"{topic}-warn" for topic in TOPICS)
HOLDS = frozenset(f"{topic}-hold" for topic in TOPICS)
