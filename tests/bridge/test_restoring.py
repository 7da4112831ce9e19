"""What the archive leads to where its records come in an unusual order, or are of an earlier time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from archive import Draft, Record
from archive.store import MemoryStore
from bridge.evidence import outcome
from bridge.restoring import Fold
from bridge.sendable import Parameter, TemplateOut, TextOut
from bridge.store import Outgoing
from tests.bridge.writing import journal, written
from tests.builders import ADA, APPROVED, CONVERSATION, LINE, LINKED, MARC, NOON, folded, sighting

DECISION: dict[str, Any] = {
    "outcome": "relay", "rule": "outbound-allowed", "registry_revision": 3, "policy_version": "1", "checks": [],
}  # fmt: skip


def origin(key: str, network: str) -> dict[str, Any]:
    return {"network": network, "network_id": key, "raw": {"text": "{}", "pointer": ""}}


def ours(body: dict[str, Any], **more: Any) -> Draft:
    """Something that Marc wrote and that may leave."""
    fields: dict[str, Any] = {
        "direction": "outbound", "conversation": CONVERSATION, "contact": ADA, "occurred_at": NOON.isoformat(),
        "from": MARC.staff, "staff": {"id": MARC.staff, "name": MARC.name}, "to": [{"kind": "wa_id", "value": "44"}],
        "decision": DECISION, "body": body, "attachments": [], "origin": origin("teams:1", "teams"), **more,
    }  # fmt: skip
    return Draft(kind="message", id="M-1", fields=fields)


def theirs(**decision: str) -> Draft:
    """Something that Ada wrote."""
    fields: dict[str, Any] = {
        "direction": "inbound", "conversation": CONVERSATION, "contact": ADA, "occurred_at": NOON.isoformat(),
        "from": [], "to": LINE, "decision": DECISION | decision, "body": {"type": "text", "text": "Hello"},
        "attachments": [], "origin": origin(f"wa:{LINE}:message:wamid.1", "whatsapp"),
    }  # fmt: skip
    return Draft(kind="message", id="M-2", fields=fields)


def status(what: str, **part: int) -> Draft:
    """What WhatsApp says."""
    about = {"id": "M-1", "network_id": "wamid.9", "as": "status", **part}
    later = (NOON + timedelta(seconds=9)).isoformat()
    return Draft(kind="status", id=f"S-{what}", fields={"status": what, "occurred_at": later, "refers_to": about})


async def restored(*drafts: Draft) -> Fold:
    """What these records lead to, where Ada is approved."""
    blobs = MemoryStore()
    async with journal(blobs) as pen:
        for draft in drafts:
            await pen.append(draft)
    fold = Fold(folded(LINKED, sighting(), APPROVED))
    records: list[Record] = await written(blobs)
    for record in records:
        fold.take(record)
    return fold


async def part(*drafts: Draft) -> Outgoing:
    """What is known of the only WhatsApp message."""
    (found,) = (await restored(*drafts)).outgoing()
    return found


TEXT = ours({"type": "text", "text": "Hello, Ada."})


async def test_a_status_that_was_faster_than_our_own_record_stands():
    """A message that has arrived would be asked about, and perhaps sent again."""
    found = await part(TEXT, status("delivered"), outcome("M-1", "accepted", network_id="wamid.9"))
    assert (found.state, found.wamid, found.what) == ("delivered", "wamid.9", None)


async def test_what_has_no_outcome_was_on_its_way():
    """It would leave a second time, on a guess."""
    found = await part(TEXT)
    assert (found.state, found.what) == ("sending", TextOut(text="Hello, Ada."))


@pytest.mark.parametrize("again", ["again", "queued"])
async def test_another_attempt_is_one(again: str):
    """Its status would be taken for that of the first."""
    found = await part(TEXT, outcome("M-1", "uncertain"), outcome("M-1", again, attempt=2))
    assert (found.state, found.attempt) == ("sending", 2)


async def test_each_part_fares_for_itself():
    """Half of a long message would be sent again, or none."""
    long = ours({"type": "text", "text": "word " * 1_500})
    fold = await restored(long, outcome("M-1", "accepted", network_id="wamid.1"), outcome("M-1.2", "failed"))
    assert [(each.id, each.state) for each in fold.outgoing()] == [("M-1", "accepted"), ("M-1.2", "failed")]


async def test_a_template_is_what_it_was():
    """What somebody asks to be sent again would be another text."""
    body = {
        "type": "template", "text": "Hello Ada", "name": "hello", "language": "en", "category": "utility",
        "parameters": [{"part": "body", "text": "Ada"}, {"part": "header", "name": "who", "text": "us"}],
    }  # fmt: skip
    found = await part(ours(body))
    parameters = (Parameter(part="body", name=None, text="Ada"), Parameter(part="header", name="who", text="us"))
    assert found.what == TemplateOut(name="hello", language="en", parameters=parameters)


async def test_a_message_that_was_shown_where_no_record_says_has_a_thread_to_be_looked_for():
    """Archives of an earlier release name no threads."""
    (found,) = (await restored(theirs(), outcome("M-2", "relayed", activity="17"))).conversations()
    assert (found.place, found.opening, found.window.heard_at) == (None, True, NOON)


async def test_a_message_between_its_record_and_its_post_is_taken_up_again():
    """It would be on record, and never be read by anybody."""
    (known,) = (await restored(theirs())).items()
    assert (known.key, known.ended) == (f"wa:{LINE}:message:wamid.1", "waiting")


async def test_a_held_message_waits_for_the_same_decision():
    """Nobody would be asked about its sender any more."""
    fold = await restored(theirs(outcome="hold", rule="contact-waiting"))
    (known,) = fold.items()
    assert (known.ended, known.contact, fold.cards) == ("held", ADA, {ADA: "#1"})
