"""Every kind of card is drawn by the renderer that Teams uses, whole, also on a narrow phone."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.cards import Posted
from bridge.language import languages
from tests.bot.pictured import pictured
from tests.bot.pictures import sheet
from tests.browser import REMEDY
from tests.needs import needs

OVERFLOWING = """() => [...document.querySelectorAll("figure")].filter(figure =>
  [...figure.querySelectorAll(".card-holder, .card-holder *")].some(node =>
    node.getBoundingClientRect().right > figure.getBoundingClientRect().right + 1)
).map(figure => figure.querySelector("figcaption").textContent)"""


def test_every_kind_of_card_is_among_the_pictured_ones():
    """A new card would be looked at by nobody before its readers."""
    assert {type(card) for card in pictured().values()} == set(get_args(Posted))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("width", [320, 1240])
def test_cards_are_drawn_whole(width: int, language: str):
    """On a phone a button would be cut off, or a card say that this version of Teams cannot show it."""
    with sheet(needs("chromium", REMEDY), width=width, language=language) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        assert page.locator("figure").count() == len(pictured())
        assert page.get_by_text("cannot show").count() == 0
        assert page.evaluate(OVERFLOWING) == []
        assert page.locator("button").count() > len(pictured()) / 2
        assert complaints == []
