"""Foreign JSON: refused unless it is unambiguous, and read without ever raising."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams.wire import Json, NotJson

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"a":NaN}', b'{"a":1,"a":2}', b"\xff\xfe{\x00}\x00", b'{"a":"\xff"}', b"[" * 100_000, b"1" * 5000],
    ids=["empty", "cut", "nan", "duplicate", "utf-16", "not-utf-8", "deep", "huge-number"],
)
def test_bytes_that_two_readers_could_read_differently_are_refused(data: bytes):
    """Otherwise the archive would hold bytes whose meaning depends on the reader."""
    with pytest.raises(NotJson):
        Json.parse(data)


def test_an_ordinary_document_is_read():
    """The refusals beside this would be worth nothing if everything were refused."""
    assert Json.parse('{"a":{"b":["é",1.5,true]}}'.encode()).get("a", "b").items()[0].text == "é"


@given(VALUES, st.lists(st.text(), max_size=3))
def test_reading_any_value_by_any_path_never_raises(value: object, path: list[str]):
    """An activity of an unforeseen shape would otherwise be a traceback instead of a record."""
    here = Json.parse(json.dumps(value).encode()).get(*path)
    found = (here.text, here.number, here.as_text, here.items(), here.members(), here.is_present, here.is_object)
    assert len(found) == 7


def test_text_comes_out_fit_for_a_database():
    """A lone surrogate or a NUL would make the store refuse what Teams was told is durable."""
    text = Json.parse(rb'{"a":"x\ud83d\u0000y \ud83d\ude42"}').get("a").text
    assert text == "x\ufffd\ufffdy \U0001f642"


def test_true_is_no_number():
    """A token that expires `true` would be valid for a second after 1970 in some languages and for ever in others."""
    assert Json(value=True).number is None
    assert Json(1).number == 1
