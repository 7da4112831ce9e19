"""A record has one spelling, and nothing that is not a record gets in."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from archive import Draft, Json, Record, RecordInvalid, RecordTooLarge
from archive.record import HEADER, MAX_DEPTH, MAX_INTEGER, MAX_LINE, canonical, template
from tests.archive.builders import START

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ascii_key = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=8)
integer = st.integers(-MAX_INTEGER, MAX_INTEGER)
json_value: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | integer | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_key, inner, max_size=4),
    max_leaves=20,
)
fields = st.dictionaries(ascii_key.filter(lambda key: key not in HEADER), json_value, max_size=6)


def line(value: Mapping[str, Json], *, kind: str = "note", identity: str = "n-1", index: int = 7) -> Record:
    return template(Draft(kind=kind, id=identity, fields=value), writer="w").stamp(index, START)


@given(json_value)
def test_the_spelling_is_rfc_8785s(value: Json):
    """Lost: a second opinion; whoever re-spells a record with a standard library must get our bytes."""
    assert canonical(value) == rfc8785.dumps(value)  # pyright: ignore[reportArgumentType] — its type has no Mapping


@given(fields, st.integers(0, MAX_INTEGER))
def test_a_stamped_draft_reads_back_and_is_canonical(value: dict[str, Json], index: int):
    """Lost: the equality of what was given, what was stored and what is read, whatever the field names sort like."""
    record = line(value, index=index)
    assert Record.parse(record.line) == record
    assert dict(Record.parse(record.line).fields) == value
    assert record.line == rfc8785.dumps(json.loads(record.line))


@given(st.binary(max_size=200))
def test_reading_foreign_bytes_only_ever_refuses(data: bytes):
    """Lost: a verifier that survives whatever damage did to a line."""
    with pytest.raises(RecordInvalid):
        Record.parse(data)


@given(fields, st.data())
def test_a_changed_byte_never_leaves_the_same_record(value: dict[str, Json], data: st.DataObject):
    """Lost: the identity of record and bytes, on which hashing rests."""
    good = line(value)
    bad = bytearray(good.line)
    bad[data.draw(st.integers(0, len(bad) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(RecordInvalid):
        assert Record.parse(bytes(bad)) != good


GOOD = (
    b'{"body":"x","format":1,"id":"n-1","index":7,"kind":"note","recorded_at":"2026-01-02T03:04:05.678Z","writer":"w"}'
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"body"', b'{ "body"'),
        (b'"body":"x",', b'"body":"\\u0078",'),
        (b'"body":"x",', b'"body":"x","body":"x",'),
        (b'"body":"x",', b'"body":1.0,'),
        (b'"body":"x",', b'"body":1e3,'),
        (b'"body":"x",', b'"body":-0,'),
        (b'"body":"x",', b'"body":NaN,'),
        (b'"body":"x",', b'"body":9007199254740992,'),
        (b'"body":"x",', b'"body":"\\ud800",'),
        (b'"body":"x",', b'"body":"' + b"x" * MAX_LINE + b'",'),
        (b'"body":"x",', b'"body":' + b"[" * 20_000 + b"]" * 20_000 + b","),
        (b'"body":"x",', b'"body":' + b"9" * 5_000 + b","),
        (b'"format":1,', b'"format":2,'),
        (b'"format":1,', b'"format":true,'),
        (b'"format":1,', b""),
        (b'"index":7', b'"index":true'),
        (b'"index":7', b'"index":-1'),
        (b'"index":7', b'"index":"7"'),
        (b'"kind":"note"', b'"kind":"Note"'),
        (b'"id":"n-1"', b'"id":""'),
        (b'"id":"n-1"', b'"id":1'),
        (b".678Z", b"Z"),
        (b".678Z", b".678+00:00"),
        (b"2026-01-02", b"2026-02-30"),
        (b'"w"}', b'"w"}\n'),
        (b'"w"}', b'"w"}{}'),
    ],
)
def test_a_line_in_any_other_spelling_is_no_record(old: bytes, new: bytes):
    """Lost: one reading of every line, for us and for an opposing expert's parser."""
    assert Record.parse(GOOD).index == 7
    assert old in GOOD
    with pytest.raises(RecordInvalid):
        Record.parse(GOOD.replace(old, new))


def nested(depth: int) -> Json:
    value: Json = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"n": 1}, {"n": 1.0}),
        ({"n": MAX_INTEGER}, {"n": MAX_INTEGER + 1}),
        ({"n": -MAX_INTEGER}, {"n": -MAX_INTEGER - 1}),
        ({"n": "\U0001f600"}, {"n": "\ud83d"}),
        ({"n": {"a": 1}}, {"n": {1: 1}}),
        ({"n": [1, (2,)]}, {"n": {1, 2}}),
        ({"n": "x"}, {"n": b"x"}),
        ({"n": str(START)}, {"n": START}),
        ({"n": nested(MAX_DEPTH - 1)}, {"n": nested(MAX_DEPTH)}),
        ({"indexed": 1}, {"index": 1}),
        ({"identity": 1}, {"id": 1}),
    ],
)
def test_a_field_that_is_not_allowed_is_refused_beside_one_that_is(good: dict[str, Any], bad: dict[str, Any]):
    """Lost: the refusal at the caller, where it can still be explained, instead of a log nobody can verify."""
    assert Record.parse(line(good).line)
    with pytest.raises(RecordInvalid):
        line(bad)


@pytest.mark.parametrize(
    ("kind", "identity"),
    [("Note", "n"), ("", "n"), ("n" * 33, "n"), ("note", ""), ("note", "a\nb"), ("note", "n" * 257)],
)
def test_a_header_that_is_not_allowed_is_refused(kind: str, identity: str):
    """Lost: ids and kinds that can stand on a command line and in a file name."""
    with pytest.raises(RecordInvalid):
        line({}, kind=kind, identity=identity)


def test_a_refusal_names_the_field_and_not_the_content():
    """Lost: the law that message text never gets into a log; this text lands in tracebacks."""
    with pytest.raises(RecordInvalid) as refusal:
        line({"body": {"secret-key": ["canary", 1.5]}})  # pyright: ignore[reportArgumentType] — the mistake
    assert refusal.value.path == "body"
    assert "floats" in str(refusal.value)
    assert "canary" not in str(refusal.value)
    assert "secret-key" not in str(refusal.value)


def test_a_record_does_not_show_its_content():
    """Lost: the same law, for whoever prints a record."""
    shown = repr(line({"body": "canary"})) + repr(Draft(kind="note", id="n", fields={"body": "canary"}))
    assert "canary" not in shown


def test_the_longest_record_fits_at_any_index():
    """Lost: a record accepted at index 9 and refused at index 10, after the caller was told it is written."""
    room = template(Draft(kind="note", id="n-1", fields={"body": ""}), writer="w").room
    longest = "x" * (MAX_LINE - room)
    assert len(line({"body": longest}, index=MAX_INTEGER).line) == MAX_LINE
    with pytest.raises(RecordTooLarge) as refusal:
        line({"body": longest + "x"}, index=0)
    assert refusal.value.size == MAX_LINE + 1


def test_size_counts_bytes_and_not_characters():
    """Lost: the bound, for everybody who does not write ASCII."""
    with pytest.raises(RecordTooLarge):
        line({"body": "ü" * 30_000})
    assert line({"body": "u" * 30_000})


def test_times_are_utc_to_the_millisecond():
    """Lost: one time zone in the whole archive, whatever clock the writer has."""
    elsewhere = datetime(2026, 1, 2, 5, 4, 5, 678_999, tzinfo=timezone(timedelta(hours=2)))
    record = template(Draft(kind="note", id="n", fields={}), writer="w").stamp(0, elsewhere)
    assert b'"recorded_at":"2026-01-02T03:04:05.678Z"' in record.line
    assert Record.parse(record.line).recorded_at == datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def test_enums_and_frozen_mappings_are_spelled_as_their_values():
    """Lost: drafts built from the values the rest of the service is made of."""

    class Way(StrEnum):
        IN = "inbound"

    class Rank(IntEnum):
        HIGH = 2

    record = line({"a": Way.IN, "b": Rank.HIGH, "c": MappingProxyType({"d": (1, 2)})})
    assert dict(record.fields) == {"a": "inbound", "b": 2, "c": {"d": [1, 2]}}
    assert record.get("a") == "inbound"
    assert record.get("nothing") is None
