"""Records of supervision: who was asked about a message of staff, and what they decided. Pure."""

from __future__ import annotations

from archive import Draft

from ..model import ConversationId, Item, MessageId, Press, StaffId, contact_of
from ..policy import Decision
from .basics import Fields, id_of


def review_asked(message: MessageId, conversation: ConversationId, author: StaffId, decision: Decision) -> Draft:
    """Somebody who reviews is asked about a message, because of these rules."""
    fields: Fields = {
        **_about(message, conversation, "asked"),
        "staff": {"id": author},
        "rules": sorted({finding.rule for finding in decision.findings}),
        "policy_version": decision.policy_version,
        "firm_policy": decision.firm_version,
    }
    return Draft(kind="review", id=id_of("V", message), fields=fields)


def sampled(item: Item, person: str, about: Fields) -> Draft:
    """A sample of what had left was drawn, to be looked at: by which seed, of how many, and which records."""
    fields: Fields = {"direction": "internal", "review": "sample", "staff": {"id": person}, **about}
    return Draft(kind="review", id=id_of("V", "sample", item.key), fields=fields)


def review_decided(
    item: Item, event: Press, message: MessageId, conversation: ConversationId, result: Fields, origin: Fields
) -> Draft:
    """What a reviewer pressed, and whether it counts."""
    fields: Fields = {
        **_about(message, conversation, event.verb.removeprefix("review-")),
        "staff": {"id": event.author.staff},
        **result,
        "origin": origin,
    }
    return Draft(kind="refusal" if result["outcome"] == "refused" else "review", id=id_of("V", item.key), fields=fields)


def _about(message: MessageId, conversation: ConversationId, what: str) -> Fields:
    return {
        "direction": "internal",
        "conversation": conversation,
        "contact": contact_of(conversation),
        "review": what,
        "refers_to": {"id": message, "as": "review"},
    }
