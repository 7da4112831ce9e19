"""The life of an outgoing message: our own steps as one table, WhatsApp's statuses as a join by rank. Pure.

Our steps are commands: an illegal one is an error. Statuses come late, twice and out of order: they never are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

State = Literal[
    "queued", "sending", "uncertain", "accepted", "sent", "delivered", "read", "played", "failed", "undone", "blocked"
]
Step = Literal["wait", "begin", "undo", "block", "accepted", "refused", "postpone", "lost", "arrived", "again"]
Times = tuple[tuple[str, datetime], ...]
"""(state, when), in the order in which the states were learnt."""

STEPS: Mapping[tuple[State, Step], State] = {
    ("queued", "wait"): "queued",  # why it waits has changed
    ("queued", "begin"): "sending",  # committed before the request leaves, so that a crash in between is known of
    ("queued", "undo"): "undone",
    ("queued", "postpone"): "queued",  # WhatsApp did not take its file, and takes it later
    ("queued", "refused"): "failed",  # WhatsApp does not take its file
    ("queued", "block"): "blocked",  # what was allowed when it was written is not any more
    ("sending", "accepted"): "accepted",
    ("sending", "refused"): "failed",
    ("sending", "postpone"): "queued",  # WhatsApp certainly did not take it
    ("sending", "lost"): "uncertain",  # nobody knows whether WhatsApp took it
    ("uncertain", "arrived"): "sent",  # somebody asked the contact
    ("uncertain", "again"): "queued",  # somebody asked the contact, and it had not; or its status says so
    ("accepted", "again"): "queued",  # its status says that WhatsApp took it, and then did not deliver it
}

OPEN_STATES: tuple[State, ...] = ("queued", "sending", "uncertain")
"""States in which the message is still ours to settle."""

KEPT_STATES: tuple[State, ...] = (*OPEN_STATES, "accepted")
"""States in which the content may be needed once more: WhatsApp can still say that it failed."""

RANK: Mapping[State, int] = {
    "queued": 0,
    "sending": 0,
    "undone": 0,
    "blocked": 0,
    "uncertain": 0,
    "accepted": 1,
    "sent": 2,
    "failed": 3,
    "delivered": 4,
    "read": 5,
    "played": 6,
}
"""`failed` stands below `delivered`: once a message is known to have arrived, a late failure cannot be true of it."""

REMOTE: Mapping[str, State] = {
    "accepted": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "played",
    "failed": "failed",
}
"""WhatsApp's words for a status. Any other word is recorded and changes nothing."""


class IllegalStep(Exception):
    """A step that the table does not have: a defect of ours."""


def step(state: State, verb: Step) -> State:
    """The state after one of our own steps; raises `IllegalStep`."""
    try:
        return STEPS[state, verb]
    except KeyError:
        msg = f"{verb} is no step from {state}"
        raise IllegalStep(msg) from None


def join(state: State, remote: str) -> State:
    """The state after hearing a remote status, whatever order they come in: the higher rank wins."""
    heard = REMOTE.get(remote)
    if heard is None or RANK[heard] <= RANK[state]:
        return state
    return heard


def learn(times: Times, state: str, at: datetime) -> Times:
    """Add when a state was reached; the earliest time told for a state is kept."""
    known = dict(times)
    if state in known and known[state] <= at:
        return times
    known[state] = at
    return tuple(known.items())


def times_to_json(times: Times) -> str:
    """The stored form."""
    return json.dumps([[state, at.isoformat()] for state, at in times])


def times_from_json(text: str) -> Times:
    """What `times_to_json` wrote."""
    return tuple((state, datetime.fromisoformat(at)) for state, at in json.loads(text))
