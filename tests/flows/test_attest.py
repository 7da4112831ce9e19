"""Staff confirm a new policy, or cannot write to contacts any more; they never stop reading."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADA, CLIENTS, JON, MARC, RUTH
from infra.sandbox.teams import Person
from tests.flows.policies import draft, in_force
from tests.inside import Hands, Inner, inner

DAY = timedelta(days=1)
PLAIN = b'title = "Plain"\n'
MATERIAL = b"""
title = "Messages with clients"
[confirmation]
within_days = 14
text = "Messages are recorded *and* reviewed."
[[confirmation.questions]]
ask = "Recorded?"
answers = ["Yes", "No"]
right = 1
[[confirmation.questions]]
ask = "Reviewed?"
answers = ["No", "Yes"]
right = 2
[[confirmation.questions]]
ask = "By whom?"
answers = ["Nobody", "Reviewers", "Everybody"]
right = 2
"""
RIGHT = {"answer0": "1", "answer1": "2", "answer2": "2"}


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock; Ada is approved."""
    async with inner(tmp_path, clock=hands) as play:
        await play.approve_ada()
        yield play


async def confirm(play: Inner, person: Person, **answers: str) -> str:
    """Ask for the text in the personal chat and press its button; what the person is told."""
    card = await play.order(person, "staff attest", None)
    return (await play.clouds.teams.press(person, card.id, "attest", dict(answers))).message or ""


def root(play: Inner) -> str:
    return play.thread_of("Hello, this is Ada.")[0].id


def received(play: Inner) -> list[str]:
    return play.clouds.whatsapp.received(ADA.user_id)


async def write(play: Inner, text: str) -> None:
    """Write, within the window."""
    await play.clouds.whatsapp.say(ADA.user_id, "ping")
    await play.idle()
    await play.reply(root(play), text)


async def test_a_new_policy_is_confirmed_by_those_who_have_understood_it(play: Inner):
    """A regulator would be shown a signature under a text that nobody has read."""
    await in_force(play, MATERIAL)
    assert play.posts(CLIENTS, "Version 1 of the firm's policy is in force")
    card = await play.order(MARC, "staff attest", None)
    assert "Messages are recorded *and* reviewed." in card.words.replace("\\", "")
    assert "Question 2 is not answered rightly" in await confirm(play, MARC, **(RIGHT | {"answer1": "1"}))
    assert "Questions 1 and 3 are" in await confirm(play, MARC, answer0="2", answer1="2", answer2="1")
    assert "by 2" in (await play.order(RUTH, "staff list")).words
    assert "Confirmed: version 1" in await confirm(play, MARC, **RIGHT)
    assert "confirmed" in (await play.order(RUTH, "staff list")).words
    assert "nothing for you to confirm" in (await play.order(MARC, "staff attest", None)).words
    again = await play.clouds.teams.press(MARC, card.id, "attest", dict(RIGHT))
    assert "already" in (again.message or "")
    (record,) = play.records("attestation")
    assert (record["version"], record["answers"], record["outcome"]) == ("1", ["1", "2", "2"], "done")
    assert [each["rule"] for each in play.records("refusal")] == ["attest-wrong", "attest-wrong", "attest-held"]
    assert (await play.verify())["status"] == 0


async def test_who_has_not_confirmed_in_time_cannot_write_and_goes_on_reading(play: Inner, hands: Hands):
    """Whoever ignores the policy would go on under it; or lose sight of their clients."""
    await in_force(play, MATERIAL)
    hands.move(13 * DAY)
    await write(play, "Still in time.")
    await play.until(lambda: received(play) == ["Still in time."])
    hands.move(2 * DAY)
    await write(play, "Too late.")
    await play.until(lambda: any("not confirmed the firm's policy" in words for words in play.receipts(root(play))))
    assert "overdue" in (await play.order(RUTH, "staff list")).words
    assert sum("ping" in text for text in play.shown(root(play))) == 2
    assert "Confirmed" in await confirm(play, MARC, **RIGHT)
    await write(play, "Confirmed now.")
    await play.until(lambda: received(play) == ["Still in time.", "Confirmed now."])


async def test_another_version_asks_again_and_a_plain_one_leaves_the_debt(play: Inner, hands: Hands):
    """A debt would be paid by publishing something small; or an old confirmation stand for a new text."""
    await in_force(play, MATERIAL)
    old = await play.order(MARC, "staff attest", None)
    await draft(play, PLAIN)
    await play.order(JON, "policy publish 2")
    hands.move(15 * DAY)
    await write(play, "Too late.")
    await play.until(lambda: any("not confirmed the firm's policy" in words for words in play.receipts(root(play))))
    await draft(play, MATERIAL.replace(b"reviewed", b"kept"))
    await play.order(JON, "policy publish 3")
    answer = await play.clouds.teams.press(MARC, old.id, "attest", dict(RIGHT))
    assert "not to be confirmed any more" in (answer.message or "")
    await write(play, "A new fortnight.")
    await play.until(lambda: received(play) == ["A new fortnight."])


async def test_who_is_authorised_later_has_as_long_as_the_others(play: Inner, hands: Hands):
    """Whoever joins would be stopped on their first day for a policy of last year."""
    await in_force(play, MATERIAL)
    hands.move(30 * DAY)
    await play.order(JON, "staff authorise @Jon Ames")
    await play.clouds.whatsapp.say(ADA.user_id, "ping")
    await play.idle()
    await play.reply(root(play), "I am new here.", JON)
    await play.until(lambda: received(play) == ["I am new here."])
