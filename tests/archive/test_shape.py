"""A line that is proved by its likeness to another is one that reading it would have proved as well."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Draft, Json, Record, RecordInvalid
from archive.record import MAX_LINE, template
from archive.shape import Shapes
from tests.archive.builders import START

ENOUGH = 500
"""Lines read in full after which their shape is known."""


def line(fields: Mapping[str, Json], *, index: int = 7, identity: str = "n-1", kind: str = "note") -> bytes:
    return template(Draft(kind=kind, id=identity, fields=fields), writer="w").stamp(index, START).line


def taught(*lines: bytes) -> Shapes:
    """Shapes that know these lines."""
    shapes = Shapes()
    for one in lines:
        record = Record.parse(one)
        for _ in range(ENOUGH):
            shapes.learn(record)
    return shapes


scalar = (
    st.none() | st.booleans() | st.integers(1 - 10**15, 10**15 - 1) | st.text("ab\"\\/\n\x01\x1f\x7f é😀'", max_size=4)
)
value: st.SearchStrategy[Any] = st.recursive(
    scalar,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"\\.*é', max_size=3), inner, max_size=3),
    max_leaves=8,
)
some_fields = st.dictionaries(st.sampled_from(["a", "body", "k\\d", "j.", "x"]), value, max_size=4)


def alike(data: st.DataObject, value: Any) -> Any:
    """The same keys and lists, with other values."""
    if isinstance(value, dict):
        return {key: alike(data, item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [alike(data, item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return data.draw(scalar)


@given(some_fields, st.data(), st.integers(0, 10**15 - 1))
def test_a_record_that_differs_in_its_values_is_proved(fields: dict[str, Json], data: st.DataObject, index: int):
    """Lost: the speed, and the agreement with what reading says."""
    other = line(alike(data, fields), index=index)
    record = Record.parse(other)
    assert taught(line(fields)).match(other) == (index, START) == (record.index, record.recorded_at)


@given(some_fields, some_fields)
def test_what_matches_is_a_record_whatever_was_learned(one: dict[str, Json], other: dict[str, Json]):
    """Lost: the proof; a shape may pass over a record, but never take a line for one or for another."""
    if found := taught(line(one)).match(line(other)):
        record = Record.parse(line(other))
        assert found == (record.index, record.recorded_at)


INSERTED = st.sampled_from([b" ", b"\t", b"\n", b'"', b"\\", b",", b":", b"0", b"-", b"1.5", b"1e9", b"null", b"\x7f"])


@given(some_fields, st.data())
def test_what_is_spelled_otherwise_never_matches(fields: dict[str, Json], data: st.DataObject):
    """Lost: the one spelling; of every change to a proved line, those that match must be records when read."""
    good = line(fields)
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 3)))
    bad = good[:start] + data.draw(INSERTED | st.binary(max_size=2)) + good[end:]
    if found := taught(good).match(bad):
        record = Record.parse(bad)
        assert found == (record.index, record.recorded_at)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"b":1', b'"b":-0'),
        (b'"b":1', b'"b":01'),
        (b'"b":1', b'"b":1.0'),
        (b'"b":1', b'"b":9007199254740992'),
        (b'"b":1', b'"b": 1'),
        (b'"b":1', b'"b":1 '),
        (b'"b":1', b'"b":1,"b":1'),
        (b'"a":"x","b":1', b'"b":1,"a":"x"'),
        (b'"x"', b'"\\u0078"'),
        (b'"x"', b'"\\/"'),
        (b'"x"', b'"\\u000A"'),
        (b'"x"', b'"\\u000a"'),
        (b'"x"', b'"\\ud83d\\ude00"'),
        (b'"x"', b'"\x09"'),
        (b'"x"', b'"\xff"'),
        (b'"x"', b'"\xed\xa0\x80"'),
        (b'"x"', b'"' + b"x" * MAX_LINE + b'"'),
        (b'"n-1"', b'""'),
        (b'"n-1"', b'"' + b"n" * 257 + b'"'),
        (b'"index":7', b'"index":-7'),
        (b'"index":7', b'"index":07'),
        (b"2026-01-02", b"2026-02-30"),
        (b"678Z", b"67Z"),
        (b"}", b"}\n"),
    ],
)
def test_a_line_that_is_no_record_has_no_shape(old: bytes, new: bytes):
    """Lost: each of the rules that a shape takes over from reading; beside each stands the line that keeps it."""
    good = line({"a": "x", "b": 1})
    bad = good.replace(old, new)
    assert taught(good).match(good) == (7, START)
    assert bad != good
    assert taught(good).match(bad) is None
    with pytest.raises(RecordInvalid):
        Record.parse(bad)


@pytest.mark.parametrize("text", ["\\", '"', "\b\t\n\f\r", "\x00\x0b\x0e\x1f", "\x7f", "Grüße 😀", " ", "a, b"])
def test_every_text_has_the_shape_of_a_text(text: str):
    """Lost: the speed, for messages that hold more than letters."""
    assert taught(line({"a": "x"})).match(line({"a": text})) == (7, START)


def test_records_with_attachments_have_no_shape():
    """Lost: every check of an attachment, as nobody would read which ones there are."""
    reference = {"blob": "media/ab/cd", "sha256": "cd", "size": 1}
    without, with_one = line({"attachments": []}), line({"attachments": [reference]})
    shapes = taught(without, with_one)
    assert shapes.match(without) is not None
    assert shapes.match(with_one) is None


def test_shapes_are_bounded_and_the_common_ones_stay():
    """Lost: the bound on memory and time in a log where every record is different."""
    common = line({"common": 1})
    shapes = taught(common)
    for number in range(100):
        for _ in range(ENOUGH):
            shapes.learn(Record.parse(line({f"rare-{number}": 1})))
        assert shapes.match(common) is not None
    assert len(shapes._known) == 24
    assert shapes.match(line({"rare-0": 1})) is None
