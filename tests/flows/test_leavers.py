"""Whoever leaves the firm cannot write to its clients any more, minutes after their account is disabled."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.teams.directory import AT_ONCE, EntraDirectory
from infra.sandbox.clouds import ADA, ADMIN, JON, MARC, PEOPLE
from tests.inside import Hands, Inner, inner

FOUR_MINUTES = timedelta(minutes=4)


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock, asking the directory every four minutes; Marc looks after Ada."""
    async with inner(tmp_path, clock=hands, WAYBILL_DIRECTORY_MINUTES="4") as play:
        root = await play.approve_ada()
        await play.reply(root, "/take")
        await play.until(lambda: any("You look after" in words for words in play.receipts(root)))
        yield play


async def later(play: Inner, hands: Hands) -> None:
    """Four minutes and a look later: what the service's own task does every half a minute."""
    hands.move(FOUR_MINUTES)
    await play.bridge.leavers.look()
    await play.idle()


@pytest.mark.parametrize("how", ["disabled", "deleted"])
async def test_whoever_leaves_is_suspended_and_their_contacts_are_listed(play: Inner, hands: Hands, how: str):
    """Somebody who was dismissed this morning would write to clients this afternoon."""
    await later(play, hands)
    assert play.posts(ADMIN, "is suspended") == []
    accounts = play.clouds.teams.disabled if how == "disabled" else play.clouds.teams.deleted
    accounts.add(MARC.aad_object_id)
    await later(play, hands)
    (card,) = play.posts(ADMIN, "Marc Weber is suspended")
    assert f"account is {how}" in card.words
    assert "C-1001" in card.words
    assert "Ada Keller" in card.words
    root = play.thread_of("Hello, this is Ada.")[0].id
    await play.reply(root, "One last thing")
    await play.until(lambda: any("suspended from writing" in words for words in play.receipts(root)))
    assert play.clouds.whatsapp.received(ADA.user_id) == []
    await later(play, hands)
    assert len(play.posts(ADMIN, "is suspended")) == 1
    (change,) = [each["change"] for each in play.records("registry") if each["change"]["verb"] == "staff.suspend"]
    assert (change["by"], change["values"]["reason"]) == ("service", f"account {how}")
    accounts.clear()
    await play.order(JON, "staff authorise @Marc Weber")
    accounts.add(MARC.aad_object_id)
    await later(play, hands)
    assert len(play.posts(ADMIN, "is suspended")) == 2, "they came back and left again"


async def test_a_directory_that_says_everybody_left_suspends_nobody_and_is_told_of_once(play: Inner, hands: Hands):
    """A wrong tenant in the settings would stop a whole bank."""
    for name in ("Jon Ames", "Nina Roth", "Ruth Meier", "Olivia Brandt"):
        await play.order(JON, f"staff authorise @{name}")
    play.clouds.teams.deleted.update(person.aad_object_id for person in PEOPLE)
    await later(play, hands)
    await later(play, hands)
    assert len(play.posts(ADMIN, "5 of 5 accounts are gone")) == 1
    assert all(member.state == "authorised" for member in play.bridge.tools.registry.staff.values())


async def test_a_directory_that_may_not_be_asked_is_told_of_once_a_day(play: Inner, hands: Hands):
    """Everybody would believe that leavers are suspended by themselves."""
    play.clouds.teams.reads_accounts = False
    await later(play, hands)
    await later(play, hands)
    assert len(play.posts(ADMIN, "User.Read.All")) == 1
    hands.move(timedelta(days=1))
    await later(play, hands)
    assert len(play.posts(ADMIN, "User.Read.All")) == 2


async def test_thousands_are_asked_about_as_many_at_once_as_graph_takes(play: Inner):
    """With more than a handful of staff Graph would refuse the question."""
    directory = play.bridge.leavers.directory
    assert isinstance(directory, EntraDirectory)
    unknown = [f"00000000-0000-0000-0000-{number:012}" for number in range(3 * AT_ONCE)]
    gone = await directory.gone([*unknown, MARC.aad_object_id])
    assert gone == dict.fromkeys(unknown, "deleted")
