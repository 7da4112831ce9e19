"""Foreign JSON gives up a value only with its proved type."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire import Json, WrongShape

NAMES = st.text(alphabet="a~/0179 é", max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def doc(text: str) -> Json:
    return Json.parse(text.encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":',
        b"{'a':1}",
        b"\xff\xfe\xfd",
        b'"\xc3\x28"',
        b"[1,]",
        b"9" * 5_000,
        b'{"a":NaN}',
        b'{"a":1,"a":2}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=[
        "empty",
        "cut",
        "cut value",
        "quotes",
        "no text",
        "bad utf-8",
        "comma",
        "huge",
        "no number",
        "duplicate name",
        "utf-16",
        "deep",
        "deep objects",
        "closed",
    ],
)
def test_what_is_no_unambiguous_json_is_a_wrong_shape(data: bytes):
    """A hostile body would end in a traceback, or mean one thing to us and another to an auditor's reader."""
    with pytest.raises(WrongShape, match=r"^/: JSON expected$"):
        Json.parse(data)


def test_a_value_comes_out_only_with_its_type():
    """A number where a text should be would travel on and fail somewhere else."""
    here = doc('{"text":"a","number":7,"list":[1],"object":{"b":null},"yes":true}')
    assert here.get("text").text() == "a"
    assert here.get("number").scalar() == "7"
    assert [item.scalar() for item in here.get("list").items()] == ["1"]
    assert here.get("object").is_object
    assert here.get("yes").is_true()
    for name in ("number", "list", "object", "yes", "missing"):
        with pytest.raises(WrongShape, match=f"^/{name}: a string expected$"):
            here.get(name).text()
        assert here.get(name).text_or("default") == "default"
        assert here.get(name).text_or_none() is None
    for name in ("list", "object", "yes", "missing"):
        with pytest.raises(WrongShape, match=f"^/{name}: a string or a number expected$"):
            here.get(name).scalar()
    for name in ("text", "number", "object", "yes"):
        with pytest.raises(WrongShape, match=f"^/{name}: a list expected$"):
            list(here.get(name).items())
    assert not here.get("text").is_true()
    assert not here.get("list").is_object


def test_what_is_nice_to_know_is_read_without_ever_raising():
    """An activity of an unforeseen shape would be a traceback instead of a record."""
    here = doc('{"a":{"b":["é",1.5,true]},"empty":""}')
    text, number, flag = here.get("a", "b").elements()
    assert (text.text_or_none(), number.number(), flag.number()) == ("é", 1.5, None)
    assert (text.as_text(), number.as_text(), flag.as_text()) == ("é", "1.5", "true")
    assert (here.get("empty").as_text(), here.get("missing").as_text()) == (None, None)
    assert list(here.get("a", "b", "c").elements()) == list(text.members()) == []
    assert [(name, member.path) for name, member in here.members()] == [("a", "/a"), ("empty", "/empty")]


def test_true_is_no_number():
    """A token that expires `true` would be valid for a second after 1970 in some languages and for ever in others."""
    assert Json(value=True).number() is None
    assert Json(1).number() == 1


@given(VALUES, st.lists(NAMES, max_size=3))
def test_no_value_and_no_path_makes_lenient_reading_raise(value: object, path: list[str]):
    """What both networks send is foreign, and one reader serves both."""
    here = Json.parse(json.dumps(value).encode()).get(*path)
    found = (here.text_or_none(), here.number(), here.as_text(), [*here.elements()], [*here.members()], here.present)
    assert len(found) == 6


def test_what_is_missing_reads_as_absent_however_deep():
    """An optional field would need a guard at every level, and one would be forgotten."""
    missing = doc("{}").get("a").get("b").get("c")
    assert not missing.present
    assert list(missing.items()) == []
    assert list(missing.members()) == []
    assert missing.path == "/a/b/c"


def test_a_null_counts_as_nothing_and_an_empty_text_as_none():
    """Meta's two spellings of "not given" would be told apart by accident."""
    here = doc('{"null":null,"empty":""}')
    assert not here.get("null").present
    assert here.get("empty").text() == ""
    assert here.get("empty").text_or_none() is None


def test_an_error_names_the_place_and_never_the_content():
    """A contact's words would stand in an alarm or a log line."""
    with pytest.raises(WrongShape) as caught:
        doc('{"a":[{"b":{"canary":"secret words"}}]}').at("/a/0/b").text()
    assert str(caught.value) == "/a/0/b: a string expected"


@pytest.mark.parametrize(
    ("spelt", "clean"),
    [
        (r"\ud83d\udc4d", "👍"),
        (r"\ud83d", "\N{REPLACEMENT CHARACTER}"),
        (r"a\udc4db", "a\N{REPLACEMENT CHARACTER}b"),
        (r"a\u0000b", "a\N{REPLACEMENT CHARACTER}b"),
        (r"\ud83d\u0000\udc4d", "\N{REPLACEMENT CHARACTER}" * 3),
    ],
)
def test_text_that_no_database_can_hold_is_made_holdable(spelt: str, clean: str):
    """Half an emoji would stop the store's writer, and with it the whole relay."""
    here = doc(f'{{"t":"{spelt}"}}').get("t")
    assert here.text() == here.text_or("") == here.text_or_none() == here.scalar() == clean
    here.text().encode()


@given(VALUES)
def test_every_place_is_found_again_by_its_path(value: object):
    """A record's pointer would lead an auditor to another item, or nowhere."""
    root = Json.parse(json.dumps(value).encode())
    seen = [root]
    for here in seen:
        assert root.at(here.path).canonical() == here.canonical()
        seen += [member for _, member in here.members()] or _elements(here)


def _elements(here: Json) -> list[Json]:
    try:
        return list(here.items())
    except WrongShape:
        return []


@pytest.mark.parametrize("pointer", ["/a/3", "/a/10"])
def test_a_pointer_past_the_end_is_a_wrong_shape(pointer: str):
    """An item that is not there would be read as an empty one."""
    with pytest.raises(WrongShape, match="an element expected"):
        doc('{"a":[1,2,3]}').at(pointer)


@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=5))
def test_the_order_of_members_does_not_change_the_canonical_form(value: dict[str, int]):
    """The same item delivered again in another order would not be known as a duplicate."""
    backwards = dict(reversed(value.items()))
    assert Json(value).canonical() == Json(backwards).canonical()
