"""Why something was decided as it was, in plain words, from its record alone. Pure.

Nothing is decided again: what the record does not say is not said here. Of the message not a word is repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from archive import Json, Record

from .evidence import decision_of
from .language import say
from .model import StaffId
from .policy import RULES, Decision
from .registry import Registry

Facts = tuple[tuple[str, str], ...]

OUTCOMES = {"relay": "It was let through.", "hold": "It was held.", "block": "It was stopped."}


def author_of(record: Record) -> StaffId | None:
    """Whose doing a record is of staff, None for anybody else's."""
    staff = record.fields.get("staff")
    return StaffId(str(staff["id"])) if isinstance(staff, dict) and "id" in staff else None


def explained(record: Record, registry: Registry) -> Facts:
    """What the record says of its decision, as titles and words; the registry gives people their names."""
    fields = record.fields
    if "sealed" in fields:
        return ((say("Answer"), say("This record is sealed, and there is no key for it here.")),)
    author = author_of(record)
    head = (
        (say("What"), _kind(record)),
        (say("By"), registry.names.get(author, author) if author else ""),
        (say("Recorded"), say("{at:%Y-%m-%d %H:%M:%S} UTC", at=record.recorded_at)),
    )
    body = _of_decision(decision_of(record)) if "decision" in fields else _of_refusal(fields)
    return tuple((title, words.replace("`", "")) for title, words in (*head, *body) if words)


def _kind(record: Record) -> str:
    outcome = record.fields.get("outcome")
    direction = record.fields.get("direction")
    return ", ".join(str(word) for word in (record.kind, direction, outcome) if word)


def _of_decision(decision: Decision) -> Facts:
    rule = RULES.get(decision.rule)
    entries = ", ".join(dict.fromkeys(finding.entry for finding in decision.findings))
    firm = say("version {number}", number=decision.firm_version) if decision.firm_version else say("none in force")
    return (
        (say("Answer"), f"{say(OUTCOMES[decision.outcome])} {say(rule.text) if rule else ''}".strip()),
        (say("What can be done"), say(rule.remedy) if rule else ""),
        (say("Rule"), decision.rule),
        (say("Passed before it"), ", ".join(name for name, passed in decision.checks if passed)),
        (say("Overruled"), ", ".join(decision.waived)),
        (say("Found by the firm's policy"), entries),
        (say("The firm's policy"), firm),
        (say("The fixed rules"), say("version {number}", number=decision.policy_version)),
        (say("The registry"), say("revision {number}", number=decision.registry_revision)),
    )


def _of_refusal(fields: Mapping[str, Json]) -> Facts:
    """A refused order or button, an outcome with the rule behind it, or a record that decides nothing."""
    rule = str(fields.get("rule", ""))
    if not rule:
        return ((say("Answer"), say("This record decides nothing.")),)
    reason = str(fields.get("reason", "")) or (say(RULES[rule].text) if rule in RULES else "")
    asked = ", ".join(str(name) for name in cast("list[Json]", fields.get("ask", [])))
    revision = fields.get("registry_revision")
    return (
        (say("Answer"), reason),
        (say("Rule"), rule),
        (say("Who can help"), asked),
        (say("The registry"), say("revision {number}", number=revision) if revision is not None else ""),
    )
