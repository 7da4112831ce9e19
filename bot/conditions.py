"""What people have set up, what waits and what room there is, as a table of checks for `waybill doctor`. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.registry import Registry

from .check import Check, found

WAITS = timedelta(minutes=10)
"""An item that is neither settled nor held after that waits for something that is away."""
ROOM = 1_000_000_000
"""Bytes that should be free on a disk that is written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The registry, what is on its way, and the room on each disk, all at one moment."""

    registry: Registry
    now: datetime
    oldest_waiting: datetime | None
    held: int
    """Messages that wait for a decision about their sender."""
    uncertain: int
    """Messages of which nobody knows whether they have left."""
    free: tuple[tuple[str, int], ...]
    """What is written to, and how many bytes are free there."""


def checks(condition: Condition) -> tuple[Check, ...]:
    """All of them, in the order in which a firm sets itself up."""
    return tuple(look(condition) for look in _LOOK)


def _people(condition: Condition) -> Check:
    held = {role for roles in condition.registry.roles.values() for role in roles}
    missing = [role for role in ("registrar", "compliance", "supervisor") if role not in held]
    return found(
        "roles",
        f"nobody is {' or '.join(missing)}" if missing else None,
        "registrar, compliance and supervisor are held",
        "An owner says in Teams: role grant @Person <role>.",
    )


def _staff(condition: Condition) -> Check:
    registry = condition.registry
    able = sum(member.state == "authorised" for member in registry.staff.values())
    return found(
        "staff",
        None if able else "nobody may write to contacts",
        f"{able} may write to contacts",
        "A registrar says in Teams: staff authorise @Person.",
    )


def _confirmed(condition: Condition) -> Check:
    registry = condition.registry
    late = sum(registry.is_overdue(person, condition.now) for person in registry.staff)
    return found(
        "policy confirmed",
        f"{late} have not confirmed the firm's policy in time, and cannot write" if late else None,
        "by everybody who has to, or there is time left",
        "They say to the bot, in their chat with it: staff attest.",
    )


def _channel(condition: Condition) -> Check:
    return found(
        "channel",
        None if condition.registry.rooms() else "no channel is linked: messages of contacts wait",
        "linked",
        "A registrar says in the channel where threads shall open: channel link.",
    )


def _policy(condition: Condition) -> Check:
    version = condition.registry.policies.in_force
    return found(
        "policy",
        None if version else "the firm has none of its own: the fixed rules alone decide",
        f"version {version} is in force",
        "bridge/POLICY.md says what one can hold; compliance hands it in with: policy draft.",
    )


def _waiting(condition: Condition) -> Check:
    since = condition.oldest_waiting
    late = since is not None and condition.now - since > WAITS
    return found(
        "waiting",
        f"something has waited since {since:%Y-%m-%d %H:%M} UTC" if late else None,
        "nothing waits that should not",
        "Look at the other lines for what is away; if nothing is, at the service's log.",
        verdict="fail",
    )


def _held(condition: Condition) -> Check:
    return found(
        "held",
        f"{condition.held} messages wait for a decision about their sender" if condition.held else None,
        "no message waits for a decision",
        "Their cards are in the admin channel: approve or reject the sender.",
    )


def _uncertain(condition: Condition) -> Check:
    return found(
        "uncertain",
        f"of {condition.uncertain} messages nobody knows whether they arrived" if condition.uncertain else None,
        "it is known of every message whether it arrived",
        "Their writers are asked under them, in their threads: it arrived, or send again.",
    )


def _room(condition: Condition) -> Check:
    tight = [f"{what} has {free / 1e9:.1f} GB left" for what, free in condition.free if free < ROOM]
    return found(
        "room",
        ", ".join(tight) or None,
        ", ".join(f"{what} {free / 1e9:.0f} GB" for what, free in condition.free)
        or "nothing is on a disk of this machine",
        "Make room, or move it to a larger disk; a full disk is answered 503, and nothing is lost by it.",
        verdict="fail",
    )


_LOOK: tuple[Callable[[Condition], Check], ...] = (
    _people, _staff, _channel, _policy, _confirmed, _waiting, _held, _uncertain, _room,
)  # fmt: skip
