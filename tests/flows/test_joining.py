"""Whose a contact is, and who they are: contacts that turn out to be one, or two, and staff who are away."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.known import Contact
from bridge.model import ContactId
from infra.sandbox.clouds import ADA, ADMIN, BILAL, CLIENTS, JON, MARC, RUTH
from tests.flows.policies import in_force
from tests.inside import Hands, Inner, inner

HOURS = timedelta(hours=1)

AWAY = """
title = "Absence"
[absence.answer]
en = "{name} is away until {until}. A colleague will answer you."
de = "{name} ist bis {until} nicht da."
"""


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock; Marc and Jon are advisers."""
    async with inner(tmp_path, clock=hands, WAYBILL_UNANSWERED_MINUTES="60") as play:
        await play.order(JON, "staff authorise @Jon Ames")
        yield play


@pytest.fixture
async def root(play: Inner) -> str:
    """Ada's thread."""
    return await play.approve_ada()


def contact(play: Inner, id_: str) -> Contact:
    return play.bridge.tools.registry.contacts[ContactId(id_)]


def told(play: Inner, words: str) -> int:
    """How often Ada's phone has received these words."""
    return sum(words in text for text in play.clouds.whatsapp.received(ADA.user_id))


async def look(play: Inner) -> None:
    """The service looks what has become due, and does it."""
    await play.bridge.look()
    await play.idle()


async def test_somebody_unknown_turns_out_to_be_a_contact_and_what_waited_is_in_their_thread(play: Inner, root: str):
    """A client with a second telephone would be two people, in the channel and before a court."""
    await play.clouds.whatsapp.say(BILAL.user_id, "Ada here, my other telephone.")
    await play.until(lambda: play.posts(ADMIN, "C-1002"))
    merged = await play.order(JON, "contact merge C-1002 C-1001")
    assert "C-1002 is Ada Keller" in merged.words
    await play.until(lambda: any("my other telephone" in words for words in play.shown(root)))
    await play.until(lambda: play.posts(ADMIN, "Merged into C-1001 by Jon Ames"))
    await play.clouds.whatsapp.say(BILAL.user_id, "And again.")
    await play.until(lambda: any("And again." in words for words in play.shown(root)))
    assert (contact(play, "C-1002").merged_into, contact(play, "C-1001").absorbed) == ("C-1001", ("C-1002",))
    assert "C-1002 is C-1001 already" in (await play.order(JON, "contact merge C-1002 C-1001")).words
    assert "turned out to be C-1001" in (await play.order(RUTH, "contact approve C-1002")).words
    shown = (await play.order(RUTH, "contact show C-1001")).words
    assert "Was also" in shown
    before = play.bridge.tools.registry
    await play.service.stop()
    await play.restart()
    await play.order(RUTH, "status")
    assert play.bridge.tools.registry == before, "the fold of what is on record is what it was"
    assert (await play.verify())["status"] == 0


async def test_one_of_two_who_wrote_stop_has_stopped_under_both_ids(play: Inner, root: str):
    """Merging would be a way around a STOP."""
    await play.clouds.whatsapp.say(BILAL.user_id, "It is me")
    await play.until(lambda: play.posts(ADMIN, "C-1002"))
    await play.order(RUTH, "contact approve C-1002")
    await play.until(lambda: play.thread_of("It is me"))
    await play.clouds.whatsapp.say(BILAL.user_id, "STOP")
    await play.until(lambda: contact(play, "C-1002").has_stopped)
    await play.order(JON, "contact merge C-1002 C-1001")
    assert contact(play, "C-1001").has_stopped
    await play.reply(root, "Good morning")
    await play.until(lambda: any("STOP" in words for words in play.receipts(root)))
    assert told(play, "Good morning") == 0


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("contact merge C-1001 C-1001", "is C-1001 already"),
        ("contact merge C-1999 C-1001", "No such contact"),
        ("contact merge C-1001 C-1002", "only somebody approved is kept"),
        ("contact split C-1001 +41 79 555 99 99", "is not known by that"),
        ("contact split C-1002 +41 79 555 01 01", "is known by nothing else"),
        ("contact assign C-1001 @Nina Roth", "not authorised"),
        ("contact assign C-1001", "Mention the person"),
    ],
)
async def test_what_cannot_be_joined_is_not(play: Inner, root: str, command: str, words: str):
    """A contact would lose their only id, or be swallowed by somebody whom nobody has approved."""
    await play.order(JON, 'contact add +41 79 555 01 01 "Bea"')
    revision = play.bridge.tools.registry.revision
    assert root
    assert words in (await play.order(JON, command)).words
    assert play.bridge.tools.registry.revision == revision


async def test_a_number_that_is_somebody_elses_gets_an_id_of_its_own(play: Inner, root: str):
    """Whoever has the client's old number would write in the client's thread."""
    await play.order(JON, "contact split C-1001 +44 7700 900001")
    (new,) = [each for each in play.bridge.tools.registry.contacts.values() if each.id == "C-1002"]
    assert (new.state, new.address) == ("requested", "+447700900001")
    assert contact(play, "C-1001").address != new.address
    assert root == play.thread_of("Hello, this is Ada.")[0].id


async def test_whoever_stands_in_is_reminded_and_the_contact_is_told_once(play: Inner, root: str, hands: Hands):
    """A client would write to somebody on holiday, for a fortnight."""
    await in_force(play, AWAY.encode())
    await play.order(JON, "contact assign C-1001 @Marc Weber")
    await play.until(lambda: "Marc Weber looks after this contact" in play.clouds.teams.thread(root)[0].words)
    await play.order(MARC, "/away 2d @Jon Ames", CLIENTS)
    for text in ("Are you there?", "Hello?"):
        await play.clouds.whatsapp.say(ADA.user_id, text)
        await play.until(lambda text=text: any(text in words for words in play.shown(root)))
    await play.until(lambda: told(play, "Marc Weber is away until"))
    hands.move(HOURS)
    await look(play)
    (chase,) = [post for post in play.clouds.teams.thread(root) if "has no answer yet" in post.words]
    assert "Jon Ames" in chase.words
    assert "Marc Weber" not in chase.words
    await play.order(MARC, "/back", CLIENTS)
    assert "You are not away" in (await play.order(MARC, "/back", CLIENTS)).words
    await play.clouds.whatsapp.say(ADA.user_id, "Now?")
    await play.until(lambda: any("Now?" in words for words in play.shown(root)))
    await play.idle()
    assert told(play, "Marc Weber is away until") == 1
