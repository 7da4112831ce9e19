"""A listed word is found however it is typed, and nothing else is; the list's length costs nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.firm.words import Phrases, phrase_of, words


def found(text: str, *terms: str) -> set[str]:
    phrases: Phrases[str] = Phrases()
    for term in terms:
        phrases.add(phrase_of(term), term)
    return set(phrases.found(words(text)))


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("insider", "No INSIDER news"),
        ("insider", "\uff49\uff4e\uff53\uff49\uff44\uff45\uff52"),  # full width
        ("insider", "in\u200bsi\u00adder"),  # a zero-width space and a soft hyphen
        ("straße", "STRASSE"),
        ("café", "cafe\u0301"),
        ("can't lose", "You can't  lose!"),
        ("guarantee* return*", "We guaranteed (almost) ... guaranteed-returns"),
        ("risk free", "risk-free"),
        ("保证", "我们保证收益"),
        ("รับประกัน", "เรารับประกันผล"),
    ],
)
def test_a_term_is_found_however_it_is_typed(term: str, text: str):
    """A full-width letter or an invisible character would let any listed word pass."""
    assert found(text, term) == {term}


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("insider", "insiders"),
        ("guarantee* return*", "guaranteed good returns"),
        ("art", "start"),
        ("can't lose", "lose, can't"),
    ],
)
def test_what_only_resembles_a_term_is_not_found(term: str, text: str):
    """People would be stopped so often for nothing that they stop reading why."""
    assert found(text, term) == set()


def test_terms_that_overlap_are_all_found():
    """The shorter of two listed phrases would hide the graver one."""
    assert found("a guaranteed return now", "guarantee*", "guaranteed return", "return now") == {
        "guarantee*", "guaranteed return", "return now",
    }  # fmt: skip


@given(st.lists(st.text("abc ", min_size=1).filter(str.strip), max_size=20), st.text("abc "))
def test_the_search_agrees_with_looking_for_each_term_by_itself(terms: list[str], text: str):
    """The tree that makes it fast would lose a term."""
    split = text.split()
    plainly = {
        term
        for term in terms
        for place in range(len(split))
        if split[place : place + len(term.split())] == term.split()
    }
    assert found(text, *terms) == plainly


def test_a_term_that_was_taken_back_is_not_found():
    """Whoever changes their name would go on being warned of under the old one."""
    phrases: Phrases[str] = Phrases()
    for meaning in ("one", "other"):
        phrases.add(("ada", "keller"), meaning)
    phrases.discard(("ada", "keller"), "one")
    assert list(phrases.found(words("Ada Keller"))) == ["other"]
