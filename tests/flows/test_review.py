"""What the firm's policy warns of or holds: looked at again by its author, or reviewed by somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADA, ADMIN, JON, MARC, NINA, OLIVIA, RUTH
from infra.sandbox.teams import Person
from tests.flows.policies import in_force
from tests.stage import Stage, stage

POLICY = b"""
title = "Messages with clients"
[[lexicon]]
name = "Promises"
action = "hold"
terms = ["guarantee*"]
[[lexicon]]
name = "Tone"
action = "warn"
terms = ["urgent*"]
"""


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Stage]:
    """The stage, with a policy in force that Ruth drafted and Jon published. Nina supervises."""
    async with stage(tmp_path) as play:
        await play.set_up()
        await play.order(OLIVIA, "role grant @Nina Roth supervisor")
        await in_force(play, POLICY)
        yield play


async def card(play: Stage, root: str, words: str) -> str:
    """The id of the card in a thread that says these words."""
    posts = play.clouds.teams.thread
    found = await play.until(lambda: [post for post in posts(root) if post.card and words in post.words])
    return found[-1].id


async def review(play: Stage) -> str:
    """The id of the newest card in the admin channel that asks for a review."""
    return (await play.until(lambda: play.posts(ADMIN, "For review")))[-1].id


async def press(play: Stage, person: Person, post: str, verb: str, **data: str) -> str:
    """Press a button of a card; what the person is told, or the words of the card that takes its place."""
    answer = await play.clouds.teams.press(person, post, verb, data)
    return answer.message or play.clouds.teams.find(post)[1].words


def received(play: Stage) -> list[str]:
    return play.clouds.whatsapp.received(ADA.user_id)


def reviews(play: Stage) -> list[tuple[str, str]]:
    """Who did what, as the archive has it."""
    return [(record["review"], record["staff"]["id"].rpartition("/")[2]) for record in play.records("review")]


async def test_whoever_is_warned_looks_again_and_sends_or_discards(play: Stage):
    """A warning would be a refusal; or nobody would notice that there was one."""
    root = await play.approve_ada()
    await play.reply(root, "This is urgent.")
    first = await card(play, root, "look at it again")
    assert "Tone: “urgent" in play.clouds.teams.find(first)[1].words
    assert "Only authorised staff can do that" in await press(play, RUTH, first, "parked-send")
    assert received(play) == []
    await play.reply(root, "Urgently needed.")
    second = await card(play, root, "Marc Weber: Urgently needed.")
    assert "Sent" in await press(play, MARC, second, "parked-send")
    await play.until(lambda: received(play) == ["Urgently needed."])
    released = [record["decision"] for record in play.records("outcome") if record["outcome"] == "released"]
    assert [decision.get("waived") for decision in released] == [None, ["lexicon-warn"]]
    assert play.records("review") == []


async def test_a_held_message_leaves_once_somebody_else_approves_it(play: Stage):
    """Supervision would be a list that nobody can act on, or one that its authors tick themselves."""
    root = await play.approve_ada()
    await play.reply(root, "The return is guaranteed.")
    await card(play, root, "it is being reviewed")
    post = await review(play)
    words = play.clouds.teams.find(post)[1].words
    assert "Marc Weber" in words
    assert "Ada Keller" in words
    assert "guarantee" not in words
    assert "needs the role supervisor or compliance" in await press(play, MARC, post, "review-approve")
    assert received(play) == []
    assert "Approved by Nina Roth" in await press(play, NINA, post, "review-approve")
    await play.until(lambda: received(play) == ["The return is guaranteed."])
    await play.until(lambda: any("Nina Roth has approved" in words for words in play.receipts(root)))
    assert [what for what, _ in reviews(play)] == ["asked", "approve"]
    assert [record["rule"] for record in play.records("refusal")] == ["order-role"]
    assert (await play.verify())["status"] == 0


async def test_a_returned_message_is_not_sent_and_its_author_reads_why(play: Stage):
    """Whoever wrote it would wait for ever, or write the same again."""
    root = await play.approve_ada()
    await play.reply(root, "Guaranteed!")
    post = await review(play)
    assert "Write what is to be changed" in await press(play, NINA, post, "review-return")
    assert "Returned by Nina Roth" in await press(play, NINA, post, "review-return", note="No promises, please.")
    await play.until(lambda: any("No promises, please." in words for words in play.receipts(root)))
    decided = play.records("review")[-1]
    assert (decided["review"], decided["note"]) == ("return", "No promises, please.")
    assert received(play) == []


async def test_what_is_passed_on_is_decided_by_compliance_and_by_nobody_else(play: Stage):
    """A supervisor could ask compliance and then decide without them."""
    root = await play.approve_ada()
    await play.reply(root, "Guaranteed!")
    post = await review(play)
    assert "For compliance to review" in await press(play, NINA, post, "review-escalate")
    assert "passed on to compliance" in await press(play, NINA, post, "review-approve")
    assert "Approved by Ruth Meier" in await press(play, RUTH, post, "review-approve")
    await play.until(lambda: received(play) == ["Guaranteed!"])
    assert [what for what, _ in reviews(play)] == ["asked", "escalate", "approve"]


async def test_nobody_reviews_their_own_message(play: Stage):
    """A supervisor who writes to clients would be their own supervisor."""
    await play.order(JON, "staff authorise @Nina Roth")
    root = await play.approve_ada()
    await play.reply(root, "Guaranteed!", NINA)
    post = await review(play)
    assert "You wrote this message yourself" in await press(play, NINA, post, "review-approve")
    assert "Approved by Ruth Meier" in await press(play, RUTH, post, "review-approve")
    await play.until(lambda: received(play) == ["Guaranteed!"])


async def test_two_who_review_at_the_same_moment_leave_one_decision_and_two_records(play: Stage):
    """The message would be sent and returned, or sent twice."""
    root = await play.approve_ada()
    await play.reply(root, "Guaranteed!")
    post = await review(play)
    await asyncio.gather(
        play.clouds.teams.press(NINA, post, "review-approve", {}),
        play.clouds.teams.press(RUTH, post, "review-return", {"note": "No."}),
    )
    await play.until(lambda: len(play.records("review")) + len(play.records("refusal")) == 3)
    first, second = [*play.records("review")[1:], *play.records("refusal")]
    assert (first["outcome"], second["outcome"], second["rule"]) == ("done", "refused", "review-decided")
    expected = ["Guaranteed!"] if first["review"] == "approve" else []
    await play.until(lambda: received(play) == expected)


async def test_an_author_who_discards_or_edits_it_takes_it_out_of_the_reviewer_s_hands(play: Stage):
    """What its author no longer wants would leave because somebody approved it later."""
    root = await play.approve_ada()
    await play.reply(root, "Guaranteed!")
    kept = await card(play, root, "it is being reviewed")
    post = await review(play)
    assert "Discarded by Marc Weber" in await press(play, MARC, kept, "parked-discard")
    await press(play, NINA, post, "review-approve")
    await play.reply(root, "All is well.")
    await play.until(lambda: received(play) == ["All is well."])


async def test_a_death_between_the_decision_and_the_message_sends_it_once(play: Stage):
    """An approved message would be lost, or arrive twice."""
    root = await play.approve_ada()
    await play.reply(root, "Guaranteed!")
    post = await review(play)
    hold = play.clouds.whatsapp.faults.hold()
    await press(play, NINA, post, "review-approve")
    await hold.reached()
    await play.service.kill()
    hold.release()
    await play.restart()
    await play.until(lambda: received(play) == ["Guaranteed!"])
    await play.reply(root, "And all is well.")
    await play.until(lambda: received(play) == ["Guaranteed!", "And all is well."])
