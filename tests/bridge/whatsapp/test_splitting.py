"""Splitting: few parts, none too long, nothing torn and nothing lost."""

from __future__ import annotations

import math
import os

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.whatsapp.marks import HAIR, Run, Style, plain, written
from bridge.whatsapp.splitting import LIMIT, size, split

STYLES: st.SearchStrategy[frozenset[Style]] = st.frozensets(st.sampled_from(("strong", "em", "s", "code")), max_size=2)
WORDS = st.text(alphabet="abc. \n*_~`", min_size=1, max_size=12) | st.sampled_from(
    ("👩‍👩‍👧", "e\u0301", "🇨🇭🇨🇭", "\r\n")
)
MARKED = st.lists(st.builds(Run, text=WORDS, styles=STYLES), max_size=20).map(written)
ANYTHING = st.text(max_size=120) | MARKED
LIMITS = st.integers(16, 60)


MANY = 5_000 if "CI" in os.environ else 100


def bare(text: str) -> str:
    """The words alone."""
    return "".join(plain(text).replace(HAIR, "").split())


@given(ANYTHING, LIMITS)
def test_no_part_is_longer_than_a_message_may_be(text: str, limit: int):
    """WhatsApp would refuse the part, and the contact would get the rest without it."""
    assert all(0 < size(part) <= limit for part in split(text, limit) if text)


@settings(max_examples=MANY)
@given(MARKED, LIMITS)
@example("_\u200a_\u200a_\u200a_\u200a_\u200a....a_______._", 21)
@example("_a_*b*_c_ and so on", 16)
def test_the_parts_say_what_the_whole_says(text: str, limit: int):
    """A word lost between two parts is gone from what the contact reads; a torn mark shows as an asterisk."""
    assert "".join(bare(part) for part in split(text, limit)) == bare(text)


@given(st.lists(st.sampled_from(("👩‍👩‍👧", "e\u0301", "🇨🇭", "x")), max_size=60).map("".join), LIMITS)
def test_no_grapheme_is_torn(text: str, limit: int):
    """Half a family emoji is another emoji."""
    parts = split(text, limit)
    assert [g for part in parts for g in regex.findall(r"\X", part)] == regex.findall(r"\X", text)


@given(st.text(alphabet="ab. \n", max_size=300), LIMITS)
def test_there_are_as_few_parts_as_can_be(text: str, limit: int):
    """Each message is billed."""
    assert len(split(text, limit)) <= max(1, math.ceil(len(text) / limit))


@given(st.text(max_size=200))
def test_what_fits_is_left_alone(text: str):
    """A text would be changed without need."""
    assert split(text) == (text,)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("one two three\n\nfour five", ("one two three", "four five")),
        ("One, two. Three four five", ("One, two.", "Three four five")),
        ("seventeen, eighteen", ("seventeen,", "eighteen")),
        ("*bold and bolder words*", ("*bold and bolder*", "*words*")),
        ("```a = 1\n  b = 2\nc```", ("```a = 1```", "```  b = 2\nc```")),
        ("> quoted words of a contact", ("> quoted words of", "> a contact")),
        ("abcdefghijklmnopqrstuvwxyz", ("abcdefghijklmnopqr", "stuvwxyz")),
    ],
)
def test_a_text_is_cut_where_it_reads_best(text: str, parts: tuple[str, ...]):
    """A sentence broken in the middle reads as if something was lost."""
    assert split(text, 18) == parts


def test_the_limit_is_whatsapps():
    """A text of exactly the limit would be sent, and billed, twice."""
    assert len(split("x" * LIMIT)) == 1
    assert [len(part) for part in split("x" * (LIMIT + 1))] == [LIMIT, 1]


def test_a_grapheme_longer_than_a_message_does_not_stop_the_rest():
    """It could never be sent, and nothing behind it either."""
    assert [size(part) for part in split("a" + "\u0301" * 30, 16)] == [16, 15]
