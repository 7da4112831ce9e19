"""Orders that count only once they are confirmed: by whoever gave them, in time and once, or by a second person."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.model import ContactId
from infra.sandbox.clouds import ADMIN, JON, MARC, NINA, OLIVIA, RUTH
from infra.sandbox.teams import Person
from infra.sandbox.teams.posts import Post
from tests.flows.forging import press, send
from tests.inside import Hands, Inner, inner

SUSPEND = 'contact suspend C-1001 --reason "number stolen"'
RETIRE = 'contact retire C-1001 --reason "account closed"'


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """Ada is approved; Jon is registrar, Ruth compliance."""
    async with inner(tmp_path, clock=hands) as play:
        await play.approve_ada()
        yield play


def state(play: Inner) -> str:
    """What Ada is in the registry."""
    return play.bridge.tools.registry.contacts[ContactId("C-1001")].state


def is_staff(play: Inner, person: Person) -> bool:
    """Whether somebody may write to contacts."""
    return any(each.endswith(person.aad_object_id) for each in play.bridge.tools.registry.staff)


async def confirm(play: Inner, person: Person, card: Post, typed: str = "") -> str:
    """Press the button; the words of what takes the card's place."""
    answer = await play.clouds.teams.press(person, card.id, "confirm", {"typed": typed} if typed else {})
    return (answer.message or "") + str(answer.card)


def rules(play: Inner) -> list[str]:
    """Why commands were refused, in order."""
    return [record["rule"] for record in play.records("refusal")]


async def test_nothing_changes_before_whoever_ordered_it_has_confirmed_it(play: Inner):
    """A slip of the hand would cut a client off, or a colleague's press on a card left open."""
    asked = await play.ask(JON, SUSPEND)
    for words in ("Contact suspend?", "Ada Keller (C-1001", "number stolen", "Nothing has changed yet"):
        assert words in asked.words
    assert "Jon Ames gave this command" in await confirm(play, RUTH, asked)
    assert (state(play), rules(play)) == ("approved", ["confirmation-others"])
    assert "is suspended" in await confirm(play, JON, asked)
    assert state(play) == "suspended"
    question, done = play.records("command")[-2:]
    assert (question["outcome"], done["outcome"]) == ("asked", "done")
    assert done["refers_to"] == {"id": question["id"], "as": "confirm"}


async def test_a_question_is_answered_in_time_and_once(play: Inner, hands: Hands):
    """What was meant this morning would be done in the evening, or again after it was undone."""
    late = await play.ask(JON, SUSPEND)
    hands.move(timedelta(minutes=6))
    assert "not confirmed in time" in await confirm(play, JON, late)
    card = await play.ask(JON, SUSPEND)
    (question,) = [record for record in play.records("command") if record["outcome"] == "asked"][1:]
    await confirm(play, JON, card)
    await play.order(RUTH, "contact approve C-1001")
    await play.service.stop()
    await play.restart()
    await play.order(RUTH, "status")  # it is at work again
    again = press(play, JON, "confirm", {"record": str(question["index"])})
    assert "confirmed already" in await send(play, again)
    assert (state(play), rules(play)) == ("approved", ["confirmation-expired", "confirmation-used"])


async def test_a_button_confirms_no_other_record(play: Inner):
    """Whoever sends an activity of their own making could have anything carried out that somebody ordered once."""
    await play.ask(JON, SUSPEND)
    for record in ("0", "1", "99999", "-1", "x", ""):
        assert "nothing to confirm" in await send(play, press(play, JON, "confirm", {"record": record}))
    assert (state(play), set(rules(play))) == ("approved", {"button-unknown"})


async def test_what_ends_a_relation_wants_the_name_typed(play: Inner):
    """Retiring the neighbouring line of a list cannot be taken back by a button."""
    asked = await play.ask(JON, RETIRE)
    assert "not who the command is about" in await confirm(play, JON, asked, "C-1002")
    assert "not who the command is about" in await confirm(play, JON, asked, " ")
    assert state(play) == "approved"
    assert "is retired" in await confirm(play, JON, asked, "ada  KELLER")
    assert state(play) == "retired"


async def test_a_second_person_confirms_who_may_write_to_contacts(play: Inner):
    """One registrar alone could let in whom they like."""
    asked = await play.ask(JON, "staff authorise @Nina Roth")
    assert "Ruth Meier confirms it" in asked.words
    for person in (JON, MARC):
        assert "Somebody else than Jon Ames confirms this" in await confirm(play, person, asked)
    assert not is_staff(play, NINA)
    assert "Nina Roth is authorised" in await confirm(play, RUTH, asked)
    assert is_staff(play, NINA)
    (change,) = play.records("registry")[-1:]
    assert change["change"]["by"].endswith(JON.aad_object_id)
    assert change["change"]["values"]["confirmed_by"].endswith(RUTH.aad_object_id)


async def test_what_is_asked_in_private_stands_before_the_second_person_in_the_admin_channel(play: Inner):
    """Nobody would see that something waits for them."""
    told = await play.ask(JON, "campaign start contacts", None)
    assert "Confirm" not in str(told.card)
    (card,) = await play.until(lambda: play.posts(ADMIN, "Campaign start?"))
    assert "1 contacts are to be confirmed" in await confirm(play, RUTH, card)


async def test_whoever_lost_the_right_meanwhile_has_ordered_nothing(play: Inner):
    """A question would keep a right alive for three days."""
    asked = await play.ask(JON, "staff authorise @Nina Roth")
    await play.order(OLIVIA, "role revoke @Jon Ames registrar")
    assert "needs the role registrar" in await confirm(play, RUTH, asked)
    assert not is_staff(play, NINA)
