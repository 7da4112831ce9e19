"""Buttons that nobody was shown, or that are not theirs, count for nothing: each is refused, and on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.model import ContactId
from infra.sandbox.clouds import ADA, ADMIN, CLIENTS, JON, MARC, NINA, OLIVIA, RUTH
from infra.sandbox.teams import Channel, Person
from tests.flows.forging import press, send
from tests.flows.policies import in_force
from tests.inside import Hands, Inner, inner

POLICY = b'title = "Tone"\n[[lexicon]]\nname = "Promises"\naction = "hold"\nterms = ["guarantee*"]\n'


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """Ada is approved and Ruth has asked for C-1002; a message of Marc's waits for review."""
    async with inner(tmp_path, clock=hands) as play:
        root = await play.approve_ada()
        await in_force(play, POLICY)
        await play.order(OLIVIA, "role grant @Ruth Meier registrar")
        await play.order(RUTH, 'contact request +41 79 555 01 01 "Anna"')
        await play.reply(root, "Guaranteed!")
        await play.until(lambda: play.posts(ADMIN, "For review"))
        yield play


def held(play: Inner) -> dict[str, str]:
    """What the card of the message that waits for review would send."""
    (asked,) = play.records("review")
    return {"message": asked["refers_to"]["id"], "conversation": asked["conversation"]}


FORGED: list[tuple[str, Person, str, dict[str, str], Channel]] = [
    ("order-role", NINA, "approve", {"contact": "C-1002"}, ADMIN),
    ("four-eyes", RUTH, "approve", {"contact": "C-1002"}, ADMIN),
    ("contact-unknown", JON, "approve", {"contact": "C-9999"}, ADMIN),
    ("contact-unknown", JON, "reject", {"contact": "", "reason": "x"}, ADMIN),
    ("order-place", JON, "approve", {"contact": "C-1002"}, CLIENTS),
    ("contact-state", JON, "approve", {"contact": "C-1001"}, ADMIN),
    ("order-role", MARC, "review-approve", {"…": "held"}, ADMIN),
    ("review-unknown", RUTH, "review-approve", {"message": "M-1", "conversation": "1/C-1"}, ADMIN),
    ("review-unknown", RUTH, "review-approve", {"…": "held", "conversation": "1/C-1"}, ADMIN),
    ("not-kept", MARC, "parked-send", {"message": "M-1"}, CLIENTS),
    ("not-authorised", NINA, "parked-discard", {"…": "held"}, CLIENTS),
    ("message-unknown", MARC, "undo", {"message": "M-1"}, CLIENTS),
    ("nothing-to-correct", MARC, "correction-send", {"change": "E-1"}, CLIENTS),
    ("order-role", NINA, "take", {}, CLIENTS),
    ("button-unknown", MARC, "take", {}, ADMIN),
    ("button-unknown", OLIVIA, "role-grant", {"role": "owner"}, ADMIN),
]
"""The rule, who presses what, the data, and where."""


async def test_buttons_that_are_not_theirs_count_for_nothing_and_are_on_record(play: Inner):
    """Whoever can send an activity in their own name could decide what others have to."""
    revision = play.bridge.tools.registry.revision
    for rule, person, verb, data, place in FORGED:
        before = len(play.records("refusal"))
        await send(play, press(play, person, verb, held(play) | data if "…" in data else data, place))
        (refused,) = play.records("refusal")[before:]
        assert (refused["outcome"], refused["rule"]) == ("refused", rule), (verb, data)
        assert refused["staff"]["id"].endswith(person.aad_object_id)
    assert play.bridge.tools.registry.revision == revision
    assert play.clouds.whatsapp.received(ADA.user_id) == []


async def test_a_press_that_is_sent_again_is_a_duplicate_and_a_second_one_finds_it_decided(play: Inner):
    """A recorded press could be played back later, when it would mean something else."""
    activity = press(play, JON, "approve", {"contact": "C-1002"})
    first = await send(play, activity)
    assert "approved" in first
    revision = play.bridge.tools.registry.revision
    await send(play, activity)
    await play.until(lambda: play.outcomes("duplicate"))
    again = press(play, JON, "approve", {"contact": "C-1002"})
    assert "approved already" in await send(play, again)
    assert play.bridge.tools.registry.revision == revision
    assert [record["rule"] for record in play.records("refusal")] == ["contact-state"]


async def test_a_request_that_has_expired_is_not_approved_by_its_old_card(play: Inner, hands: Hands):
    """What was true of somebody a month ago would let them in today."""
    hands.move(timedelta(days=31))
    assert "older than 30 days" in await send(play, press(play, JON, "approve", {"contact": "C-1002"}))
    assert play.records("refusal")[-1]["rule"] == "request-expired"


async def test_two_who_decide_at_the_same_moment_leave_one_outcome_and_two_records(play: Inner):
    """A contact would be approved and rejected, by whoever's change was folded last."""
    await play.order(OLIVIA, "role grant @Nina Roth supervisor")
    before = len(play.records("command"))
    told = await asyncio.gather(
        send(play, press(play, JON, "approve", {"contact": "C-1002"})),
        send(play, press(play, NINA, "reject", {"contact": "C-1002", "reason": "not ours"})),
    )
    assert sum("already" in words for words in told) == 1
    (done,), (refused,) = play.records("command")[before:], play.records("refusal")
    assert (refused["rule"], refused["verb"] != done["verb"]) == ("contact-state", True)
    state = play.bridge.tools.registry.contacts[ContactId("C-1002")].state
    assert state == {"contact.approve": "approved", "contact.reject": "rejected"}[done["verb"]]
