"""What every record of the bridge is made with: ids that are functions of the fact, times, decisions. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import cast

from archive import Json, Record

from ..firm.rules import Finding
from ..manners import Preface
from ..policy import Decision

Fields = dict[str, Json]

LONGEST_ID = 512
"""Characters of a network's id that a record carries; a longer one is not an id, and its raw bytes are kept anyway."""


def id_of(kind: str, *parts: str) -> str:
    """A record id that the same fact always gets."""
    return f"{kind}-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:26]}"


def known_as(network_id: str) -> str:
    """A network's id as records spell it; of one that is absurdly long, a stand-in that is as much its own."""
    return network_id if len(network_id) <= LONGEST_ID else id_of("long", network_id)


def moment(at: datetime) -> str:
    """A time as records spell it: UTC, with its offset."""
    return at.isoformat()


def decided(decision: Decision) -> Fields:
    """A decision with everything it was a function of; of the firm's policy only where there is one."""
    firm: Fields = {"firm_policy": decision.firm_version} if decision.firm_version else {}
    if decision.findings:
        firm["findings"] = [{"rule": each.rule, "entry": each.entry, "found": each.found} for each in decision.findings]
    if decision.waived:
        firm["waived"] = list(decision.waived)
    return {
        "outcome": decision.outcome,
        "rule": decision.rule,
        "registry_revision": decision.registry_revision,
        "policy_version": decision.policy_version,
        "checks": [{"name": name, "passed": passed} for name, passed in decision.checks],
        **firm,
    }


def decision_of(record: Record) -> Decision:
    """The decision that a record carries: what was decided first stands, whatever would be decided now."""
    fields = cast("dict[str, Json]", record.fields["decision"])
    checks = cast("list[dict[str, Json]]", fields["checks"])
    return Decision(
        outcome=cast("str", fields["outcome"]),  # pyright: ignore[reportArgumentType] - a record of ours
        rule=cast("str", fields["rule"]),
        registry_revision=cast("int", fields["registry_revision"]),
        policy_version=cast("str", fields["policy_version"]),
        checks=tuple((cast("str", check["name"]), bool(check["passed"])) for check in checks),
        firm_version=cast("int", fields.get("firm_policy", 0)),
        findings=tuple(Finding(**each) for each in cast("list[dict[str, str]]", fields.get("findings", []))),
        waived=tuple(cast("list[str]", fields.get("waived", []))),
    )


def prefaced(preface: Preface) -> Fields:
    """What stands before a text when it leaves, where anything does."""
    if not preface.text:
        return {}
    return {"preface": {"text": preface.text, "notice": preface.notice, "names_writer": preface.names_writer}}


def preface_of(record: Record) -> Preface:
    """The preface that a record carries."""
    fields = cast("dict[str, Json]", record.fields.get("preface", {}))
    return Preface(
        text=cast("str", fields.get("text", "")),
        notice=cast("str | None", fields.get("notice")),
        names_writer=bool(fields.get("names_writer")),
    )
