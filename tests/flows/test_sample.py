"""Those who supervise look at some of what left, drawn so that anybody can draw it again, and say what they think."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bridge.inquiries import is_drawn
from infra.sandbox.clouds import ADA, MARC, NINA, OLIVIA, RUTH
from tests.flows.policies import in_force
from tests.inside import Inner, inner

POLICY = b'title = "Tone"\n[[lexicon]]\nname = "Promises"\naction = "hold"\nterms = ["guarantee*"]\n'


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Inner]:
    """The service inside; ten messages have left, and Nina supervises."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.order(OLIVIA, "role grant @Nina Roth supervisor")
        for number in range(10):
            await play.reply(root, f"Number {number}")
        await play.until(lambda: len(play.clouds.whatsapp.received(ADA.user_id)) == 10)
        yield play


def left(play: Inner) -> dict[int, str]:
    return {each["index"]: each["id"] for each in play.records("message") if "staff" in each}


async def test_a_sample_is_drawn_again_by_whoever_knows_its_seed(play: Inner):
    """Supervisors would choose what they look at; or nobody could show that they did not."""
    said = (await play.order(NINA, "review sample --percent 40 --seed Q4", None)).words
    (sample,) = [each for each in play.records("review") if each["review"] == "sample"]
    assert (sample["seed"], sample["population"], sample["percent"]) == ("q4", 10, 40)
    assert sample["drawn"] == [index for index, id_ in left(play).items() if is_drawn("q4", id_, 40)]
    assert all(f"#{index}" in said for index in sample["drawn"])
    assert "Number" not in said
    assert "10 of 10" in (await play.order(NINA, "review sample --percent 100 --days 1", None)).words
    assert "from 1 to 100" in (await play.order(NINA, "review sample --percent 200", None)).words


def test_a_sample_is_as_large_as_it_was_asked_for_and_another_seed_is_another_one():
    """One in twenty would be one in two, or always the same."""
    ids = [f"M-{number}" for number in range(20_000)]
    first, second = ({id_ for id_ in ids if is_drawn(seed, id_, 5)} for seed in ("a", "b"))
    assert 900 < len(first) < 1_100
    assert len(first & second) < 100
    assert all(is_drawn("a", id_, 100) for id_ in ids)


async def test_whoever_has_looked_at_a_message_says_so_on_record(play: Inner):
    """There would be no evidence that anybody ever looked."""
    one, two = list(left(play))[:2]
    assert "On record" in (await play.order(NINA, f"review mark #{one} ok", None)).words
    assert "Say what is wrong" in (await play.order(NINA, f"review mark #{two} concern", None)).words
    assert "On record" in (await play.order(NINA, f'review mark #{two} concern --note "too sure"', None)).words
    assert "no record of a message" in (await play.order(NINA, "review mark #1 ok", None)).words
    await play.order(OLIVIA, "role grant @Marc Weber supervisor")
    assert "You wrote this message yourself" in (await play.order(MARC, f"review mark #{one} ok", None)).words
    marks = [each for each in play.records("command") if each["verb"] == "review.mark"]
    assert [(each["reviewed"], each["note"]) for each in marks] == [("ok", ""), ("concern", "too sure")]
    assert marks[1]["refers_to"]["id"] == left(play)[two]


async def test_what_waits_for_review_is_listed(play: Inner):
    """A card that scrolled away would be a message that nobody decides about."""
    assert "Waiting\n0" in (await play.order(RUTH, "review list", None)).words
    await in_force(play, POLICY)
    await play.reply(play.thread_of("Hello, this is Ada.")[0].id, "Guaranteed!")
    await play.until(lambda: play.records("review"))
    await play.idle()
    said = (await play.order(RUTH, "review list", None)).words
    assert "Marc Weber to C-1001" in said
    assert "lexicon-hold" in said
    assert "Waiting\n1" in said
