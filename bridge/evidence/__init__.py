"""What goes on record: every shape of archive record that the bridge writes, and only here. Pure.

Ids are functions of what is recorded, so that after a crash the same fact finds its first record instead of making a
second one (`archive.Log.append`).
"""

from .basics import LONGEST_ID, Fields, decided, decision_of, id_of, known_as, moment, preface_of, prefaced
from .consent import Consented, answer, answer_id, consent, text_of
from .contact import inbound_id, inbound_message
from .outcomes import (
    attachment,
    duplicate,
    noted,
    offered,
    outcome,
    postponed,
    prompted,
    released,
    reminder,
    reported,
    said,
    status,
)
from .registry import (
    asked_to_attest,
    attestation,
    command,
    directory_doubted,
    left,
    press_refused,
    registry_change,
)
from .review import review_asked, review_decided
from .staff import (
    FromStaff,
    aside,
    change_id,
    correction,
    files_of,
    outbound_id,
    outbound_message,
    outbound_reaction,
    remark,
    staff_change,
    stopped_by,
    template_message,
)

__all__ = [
    "LONGEST_ID",
    "Consented",
    "Fields",
    "FromStaff",
    "answer",
    "answer_id",
    "aside",
    "asked_to_attest",
    "attachment",
    "attestation",
    "change_id",
    "command",
    "consent",
    "correction",
    "decided",
    "decision_of",
    "directory_doubted",
    "duplicate",
    "files_of",
    "id_of",
    "inbound_id",
    "inbound_message",
    "known_as",
    "left",
    "moment",
    "noted",
    "offered",
    "outbound_id",
    "outbound_message",
    "outbound_reaction",
    "outcome",
    "postponed",
    "preface_of",
    "prefaced",
    "press_refused",
    "prompted",
    "registry_change",
    "released",
    "remark",
    "reminder",
    "reported",
    "review_asked",
    "review_decided",
    "said",
    "staff_change",
    "status",
    "stopped_by",
    "template_message",
    "text_of",
]
