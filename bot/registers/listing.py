"""The registry as CSV, one row for each contact or member of staff. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from bridge.registry import Registry

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a cell (OWASP, CSV injection)."""


def contacts_csv(registry: Registry) -> str:
    """Everybody on WhatsApp, one row each."""
    rows = (
        {
            "id": contact.id,
            "state": contact.state,
            "name": contact.name or "",
            "number": contact.address if contact.address.startswith("+") else "",
            "aliases": " ".join(f"{alias.kind}:{alias.value}" for alias in contact.aliases),
            "purpose": contact.value("purpose") or "",
            "language": contact.value("language") or "",
            "consent": contact.value("consent") or "",
            "consent_source": contact.value("consent_source") or "",
            "requested_by": _name(registry, contact.requested_by),
            "decided_by": _name(registry, contact.decided_by),
            "decided_at": contact.decided_at.isoformat() if contact.decided_at else "",
        }
        for contact in registry.contacts.values()
    )
    return _csv(rows)


def staff_csv(registry: Registry) -> str:
    """Everybody of staff, and everybody with a role, one row each."""
    people = dict.fromkeys([*registry.staff, *registry.roles, *registry.owners])
    rows = (
        {
            "object_id": person.rpartition("/")[2],
            "name": registry.names.get(person, ""),
            "state": member.state if (member := registry.staff.get(person)) else "",
            "roles": " ".join(sorted(registry.roles_of(person) - {"adviser"})),
        }
        for person in people
    )
    return _csv(rows)


def _name(registry: Registry, person: str | None) -> str:
    return {str(id_): name for id_, name in registry.names.items()}.get(person or "", person or "")


def _csv(rows: Iterator[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(out, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({column: _cell(column, value) for column, value in row.items()})
    return out.getvalue()


def _cell(column: str, value: str) -> str:
    """Quoted where a spreadsheet would calculate with it; a number with its `+` is one, and stays as it is."""
    return f"'{value}" if column != "number" and value.startswith(FORMULA) else value
