"""The life cycles of contacts and staff, and the roles, as literal tables. Knows nobody.

The commands, the help and `bridge.authority` read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, get_args

Role = Literal["owner", "registrar", "compliance", "supervisor", "ediscovery", "auditor", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)

ContactState = Literal["sighted", "requested", "approved", "rejected", "suspended", "retired"]
StaffState = Literal["authorised", "suspended", "retired"]

REQUEST_LASTS = timedelta(days=30)
"""A request that nobody has decided until then has to be made again: what was true of somebody then may not be now."""

CONTACT_LIFE: Mapping[tuple[ContactState | None, str], ContactState] = {
    (None, "contact.sight"): "sighted",
    (None, "contact.request"): "requested",
    ("sighted", "contact.request"): "requested",
    ("rejected", "contact.request"): "requested",
    ("retired", "contact.request"): "requested",
    ("requested", "contact.request"): "requested",  # once it has expired
    ("sighted", "contact.approve"): "approved",
    ("requested", "contact.approve"): "approved",
    ("rejected", "contact.approve"): "approved",
    ("suspended", "contact.approve"): "approved",
    ("sighted", "contact.reject"): "rejected",
    ("requested", "contact.reject"): "rejected",
    ("approved", "contact.reject"): "rejected",
    ("suspended", "contact.reject"): "rejected",
    ("approved", "contact.suspend"): "suspended",
    ("requested", "contact.retire"): "retired",
    ("approved", "contact.retire"): "retired",
    ("rejected", "contact.retire"): "retired",
    ("suspended", "contact.retire"): "retired",
    ("sighted", "contact.doubt"): "sighted",
    ("requested", "contact.doubt"): "requested",
    ("approved", "contact.doubt"): "requested",
    ("rejected", "contact.doubt"): "requested",
    ("suspended", "contact.doubt"): "suspended",
    ("retired", "contact.doubt"): "retired",
}
"""(state, verb) -> state. Two verbs are the service's own: `sight`, somebody unknown wrote; `doubt`, somebody wrote
under ids of a contact and others that speak against it: nothing crosses until a person has decided again."""

STAFF_LIFE: Mapping[tuple[StaffState | None, str], StaffState] = {
    (None, "staff.authorise"): "authorised",
    ("suspended", "staff.authorise"): "authorised",
    ("retired", "staff.authorise"): "authorised",
    ("authorised", "staff.suspend"): "suspended",
    ("authorised", "staff.retire"): "retired",
    ("suspended", "staff.retire"): "retired",
}

INCOMPATIBLE: frozenset[frozenset[Role]] = frozenset(
    {frozenset[Role]({"operator", "ediscovery"}), frozenset[Role]({"owner", "compliance"})}
)
"""Pairs of roles that one person never holds together."""

KEEPS_STATE = frozenset(
    {
        "contact.alias",
        "contact.consent",
        "contact.language",
        "contact.confirm",
        "contact.assign",
        "contact.backup",
        "contact.channel",
        "contact.merge",
        "contact.split",
    }
)
"""Verbs that leave a contact in the state they are in: what is learnt of them, what they and we agreed, whose and where
they are, and what else they are known as."""
