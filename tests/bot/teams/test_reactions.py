"""Reactions of Teams as the emoji they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams.reactions import NAMED, emoji_of


@pytest.mark.parametrize(
    ("kind", "emoji"),
    [
        ("like", "\N{THUMBS UP SIGN}"),
        ("heart", "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}"),
        ("1f389_partypopper", "\N{PARTY POPPER}"),
        ("1f44d-1f3fd_thumbsup-tone3", "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}"),
        ("0031-fe0f-20e3_keycap1", "1\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"),
    ],
)
def test_a_reaction_is_the_emoji_that_people_saw(kind: str, emoji: str):
    """The contact would see another one than staff meant."""
    assert emoji_of(kind) == emoji


@pytest.mark.parametrize(
    "kind", ["", "like ", "0041_letter", "0031-0032_digits", "110000_beyond", "1f389", "0600_arabic"]
)
def test_what_is_no_emoji_is_none(kind: str):
    """Any text could be sent to the contact through the name of a reaction."""
    assert emoji_of(kind) is None


@given(st.one_of(st.text(), st.from_regex(r"[0-9a-f-]{0,70}_[a-z]{0,5}", fullmatch=True)))
def test_any_name_is_an_emoji_or_none(kind: str):
    """A new kind of reaction would stop what comes after it."""
    emoji = emoji_of(kind)
    assert emoji is None or emoji in NAMED.values() or any(ord(char) >= 0x2000 for char in emoji)
