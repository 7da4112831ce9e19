"""STOP, START and INFO are understood in six languages, however they are typed, and nothing else is taken for them."""

from __future__ import annotations

import pytest

from bridge.content import Choice, Media, Text
from bridge.keywords import WORDS, Keyword, asked_for, keyword
from bridge.notices import RECORDED, STARTED, STOPPED


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("STOP", "stop"),
        ("  Stop!  ", "stop"),
        ("s-t-o-p", None),
        ("stopp.", "stop"),
        ("Arrêtez", "stop"),
        ("arretez", "stop"),
        ("¡Darme de  baja!", "stop"),
        ("Cancelar inscrição", "stop"),
        ("DISISCRIVIMI", "stop"),
        ("Start 🙂", "start"),
        ("Começar", "start"),
        ("reanudar", "start"),
        ("info?", "info"),
        ("Información", "info"),
        ("ｓｔｏｐ", "stop"),
    ],
)
def test_a_word_is_understood_whatever_its_case_accents_and_signs(text: str, asked: Keyword | None):
    """Somebody who asks to be left alone would be told that they had spelt it wrongly, or nothing at all."""
    assert keyword(text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "Please stop",
        "stop loss at 90",
        "start on Monday",
        "information about the bond?",
        "",
        "!",
        "baja",
        "alto",
        "end",
    ],
)
def test_a_message_that_says_more_or_something_else_is_an_ordinary_one(text: str):
    """A client who speaks of a stop loss would be cut off."""
    assert keyword(text) is None


def test_no_word_asks_for_two_things():
    """It would depend on chance what it does."""
    words = [(word, asked) for asked, listed in WORDS.items() for word in listed]
    assert {word: keyword(word) for word, _ in words} == dict(words)


def test_nothing_that_the_service_says_is_such_a_word():
    """Its answer, sent back by a machine, would be answered again for ever."""
    said = [*RECORDED.values(), *STOPPED.values(), *STARTED.values()]
    assert [text for text in said if keyword(text) is not None] == []


def test_a_button_of_ours_counts_and_a_caption_does_not():
    """A template's STOP button would do nothing; or a picture's caption would cut its sender off."""
    assert asked_for(Choice(source="template", title="Stop")) == "stop"
    assert asked_for(Text(body="stop")) == "stop"
    assert asked_for(Media(kind="image", id="1", media_type="image/png", caption="stop")) is None
