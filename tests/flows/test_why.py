"""Why something was decided is told from its record alone, to those whom it concerns."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADA, JON, MARC, NINA, RUTH
from infra.sandbox.teams import Person
from tests.flows.policies import in_force
from tests.inside import Inner, inner

POLICY = b'title = "Tone"\n[[lexicon]]\nname = "Promises"\naction = "block"\nterms = ["guarantee*"]\n'


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Inner]:
    """The service inside; Ada is approved, and there are words that do not leave."""
    async with inner(tmp_path) as play:
        await play.approve_ada()
        await in_force(play, POLICY)
        yield play


async def why(play: Inner, index: int, person: Person = RUTH) -> str:
    return (await play.order(person, f"why #{index}", None)).words.replace("*", "")


async def test_a_stopped_message_is_explained_by_its_rule_and_versions_without_a_word_of_it(play: Inner):
    """An examiner would be told that the system says no; or read the message in the admin channel."""
    root = play.thread_of("Hello, this is Ada.")[0].id
    await play.reply(root, "It is guaranteed, my treasure.")
    await play.until(lambda: any("does not leave like this" in words for words in play.receipts(root)))
    (record,) = [each for each in play.records("message") if "staff" in each]
    said = await why(play, record["index"])
    for words in (
        "It was stopped. There are words in this that the firm has listed.",
        "write it otherwise, or ask compliance",
        "lexicon-block",
        "staff-unknown, staff-suspended",
        "Promises",
        "version 1",
        f"revision {record['decision']['registry_revision']}",
        "Marc Weber",
    ):
        assert words in said
    assert "treasure" not in said
    assert "guaranteed" not in said
    assert said.split("Recorded")[0] in await why(play, record["index"], MARC), "its author may ask too"


async def test_what_came_in_and_what_was_refused_is_explained_too(play: Inner):
    """Only half of what is decided could be asked about."""
    (came,) = [each for each in play.records("message") if each.get("direction") == "inbound"]
    assert "It was held. The sender is not in the register." in await why(play, came["index"])
    await play.order(MARC, "contact list", None)
    (refused,) = play.records("refusal")
    said = await why(play, refused["index"])
    assert "contact list needs the role" in said
    assert "order-role" in said


async def test_nobody_asks_about_what_others_wrote_who_does_not_supervise(play: Inner):
    """Colleagues would learn what a colleague was stopped for."""
    root = play.thread_of("Hello, this is Ada.")[0].id
    await play.reply(root, "All is well.")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id))
    (record,) = [each for each in play.records("message") if "staff" in each]
    await play.order(JON, "staff authorise @Jon Ames")
    await play.order(JON, "staff authorise @Nina Roth")
    assert "That is not something you wrote" in await why(play, record["index"], NINA)
    assert "There is no record of this number" in await why(play, 99_999)
    assert [each["rule"] for each in play.records("refusal")] == ["record-not-yours", "record-unknown"]
