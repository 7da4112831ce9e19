"""Everybody in the register is confirmed anew until a day, or suspended, with a list; nobody is asked in vain."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADMIN, JON, MARC, RUTH
from tests.inside import Hands, Inner, inner

DAY = timedelta(days=1)


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock: Ada, Bea and Cy are approved."""
    async with inner(tmp_path, clock=hands) as play:
        await play.approve_ada()
        for number, name in enumerate(("Bea", "Cy")):
            await play.order(JON, f'contact request +41 79 555 01 0{number} "{name}"')
            await play.order(RUTH, f"contact approve C-100{number + 2}")
        hands.move(DAY)
        yield play


async def later(play: Inner, hands: Hands, days: float) -> None:
    hands.move(days * DAY)
    await play.bridge.look()
    await play.bridge.look()
    await play.idle()


def states(play: Inner) -> list[str]:
    return [contact.state for contact in play.bridge.tools.registry.contacts.values()]


async def test_contacts_that_nobody_confirms_are_suspended_at_the_end_and_listed(play: Inner, hands: Hands):
    """A register would be full of people whom nobody knows any more, and all of them could be written to."""
    assert "3 contacts are to be confirmed" in (await play.order(JON, "campaign start contacts --days 10")).words
    assert "runs until" in (await play.order(JON, "campaign start contacts")).words
    assert "Ada Keller" in (await play.order(MARC, "contact confirm C-1001", None)).words
    await play.order(JON, 'contact request +41 79 555 01 09 "New"')
    await play.order(RUTH, "contact approve C-1004")
    status = (await play.order(RUTH, "campaign status")).words
    assert "2 are to be confirmed" in status
    assert "Ada" not in status
    await later(play, hands, 5.1)
    assert len(play.posts(ADMIN, "2 contacts to be confirmed")) == 1
    await play.order(JON, "contact confirm C-1002")
    await later(play, hands, 4)
    assert len(play.posts(ADMIN, "1 contacts to be confirmed")) == 1
    await play.service.stop()
    hands.move(DAY)
    await play.restart()
    await play.until(lambda: play.inside.serving.door.bridge)
    await later(play, hands, 0)
    assert states(play) == ["approved", "approved", "suspended", "approved"]
    (card,) = play.posts(ADMIN, "1 contacts suspended")
    assert "C-1003" in card.words
    assert "None runs" in (await play.order(RUTH, "campaign status")).words
    await later(play, hands, 30)
    assert len(play.posts(ADMIN, "contacts suspended")) == 1
    (change,) = [e["change"] for e in play.records("registry") if e["change"]["verb"] == "contact.suspend"]
    assert (change["by"], change["values"]["reason"]) == ("service", "not confirmed in campaign 1")
    assert (await play.verify())["status"] == 0


async def test_staff_are_confirmed_by_somebody_else_or_cannot_write_any_more(play: Inner, hands: Hands):
    """Whoever changed their desk a year ago would still be able to write to its clients."""
    await play.order(JON, "staff authorise @Jon Ames")
    hands.move(DAY)
    assert "2 staff are to be confirmed" in (await play.order(JON, "campaign start staff --days 7")).words
    assert "somebody else does" in (await play.order(JON, "staff confirm @Jon Ames")).words
    assert "Marc Weber still writes" in (await play.order(JON, "staff confirm @Marc Weber")).words
    await later(play, hands, 8)
    staff = {member.name: member.state for member in play.bridge.tools.registry.staff.values()}
    assert staff == {"Marc Weber": "authorised", "Jon Ames": "suspended"}


async def test_a_campaign_that_was_a_mistake_is_closed_and_suspends_nobody(play: Inner, hands: Hands):
    """A slip on Friday would suspend everybody a week later."""
    assert "7 to 92 days" in (await play.order(JON, "campaign start contacts --days 2")).words
    await play.order(JON, "campaign start contacts --days 7")
    assert "Nobody is suspended" in (await play.order(RUTH, "campaign close contacts")).words
    assert "No campaign about contacts" in (await play.order(RUTH, "campaign close contacts")).words
    await later(play, hands, 30)
    assert states(play) == ["approved"] * 3
