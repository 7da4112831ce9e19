"""A box gives back what was put in, opens in its own record only, and shows every changed byte."""

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Draft, IntegrityError, Json, Record
from archive.record import HEADER, canonical, template
from archive.sealing.box import CLEAR, Box, DataKey, opened, seal, sealed
from tests.archive.builders import START
from tests.archive.sealing.builders import CANARY, message

KEY = DataKey(name=f"key/none/2026-01/{'0' * 32}", secret=bytes(range(32)))
NONCE = bytes(12)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
names = (texts | st.sampled_from([*CLEAR, "body", "attachments"])).filter(lambda name: name not in {*HEADER, "sealed"})
drafts = st.builds(
    Draft,
    kind=st.just("message"),
    id=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20),
    fields=st.dictionaries(names, values, max_size=6),
)


def recorded(draft: Draft, key: DataKey = KEY) -> Record:
    """The record that a draft becomes when it is sealed, as a reader gets it."""
    line = template(sealed(draft, seal(draft, key, NONCE), []), writer="w").stamp(1, START).line
    return Record.parse(line)


def open_(record: Record, key: DataKey = KEY) -> Record:
    box = Box.of(record)
    assert box is not None
    return opened(record, box, box.content, key)


def altered(record: Record, **members: Json) -> Record:
    """The record with other members."""
    return Record.parse(canonical({**json.loads(record.line), **members}))


def boxed(record: Record, **members: Json) -> dict[str, Json]:
    """The member `sealed` with other members."""
    return {**json.loads(record.line)["sealed"], **members}


@settings(max_examples=300, deadline=None)
@given(drafts)
def test_what_was_sealed_is_read_back_as_it_was(draft: Draft):
    """Lost: the record itself; sealing that changes what it keeps falsifies."""
    record = open_(recorded(draft))
    assert dict(record.fields) == draft.fields
    assert (record.id, record.kind) == (draft.id, draft.kind)


@settings(max_examples=200, deadline=None)
@given(drafts, st.integers(0, 10_000), st.integers(1, 255))
def test_a_box_with_any_byte_changed_does_not_open(draft: Draft, at: int, flip: int):
    """Lost: the integrity of content whose line nobody has verified yet."""
    record = recorded(draft)
    for member in ("box", "nonce"):
        data = bytearray(base64.b64decode(boxed(record)[member]))  # pyright: ignore[reportArgumentType] - a string
        data[at % len(data)] ^= flip
        changed = altered(record, sealed=boxed(record, **{member: base64.b64encode(data).decode()}))
        with pytest.raises(IntegrityError, match="record 1: the sealed part does not open"):
            open_(changed)


@settings(max_examples=100, deadline=None)
@given(drafts, drafts)
def test_the_box_of_another_record_does_not_open_here(one: Draft, other: Draft):
    """Lost: what was said, and by whom: a box could be moved to another message, or another conversation."""

    def bound(draft: Draft) -> bytes:
        return canonical({"id": draft.id, **{name: draft.fields[name] for name in CLEAR if name in draft.fields}})

    record = altered(recorded(one), sealed=boxed(recorded(other)))
    if bound(one) == bound(other):
        assert open_(record)
    else:
        with pytest.raises(IntegrityError):
            open_(record)


@pytest.mark.parametrize(
    ("field", "value"),
    [("conversation", "line/C-2"), ("direction", "outbound"), ("occurred_at", None), ("class", "short"),
     ("id", "m-9"), ("kind", "note")],
)  # fmt: skip
def test_what_stays_clear_cannot_be_exchanged(field: str, value: Json):
    """Lost: the conversation and the time of a message, which nobody would miss in the box."""
    record = recorded(message())
    assert open_(record).get("body") == message().fields["body"]
    with pytest.raises(IntegrityError):
        open_(altered(record, **{field: value}))


def test_another_key_does_not_open_it():
    """Lost: the difference between having a key and having the right one."""
    with pytest.raises(IntegrityError):
        open_(recorded(message()), replace(KEY, secret=bytes(32)))


def test_only_what_must_be_is_clear():
    """Lost: the confidentiality of a field that somebody adds next year."""
    record = recorded(message(0, secret=CANARY, **{"class": "standard"}))
    assert CANARY.encode() not in record.line
    assert set(record.fields) == {*CLEAR, "sealed"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"algorithm": "AES-256-CBC"},
        {"key": "../archive"},
        {"key": None},
        {"nonce": "AAAA"},
        {"nonce": "not base64"},
        {"box": None},
        {"box": "AA=="},
        {"blob": f"media/202601/00/{'0' * 64}"},  # beside a box
    ],
)
def test_a_member_that_is_no_box_is_named_as_such(wrong: dict[str, Json]):
    """Lost: a clear answer for a record that was made by somebody else's software."""
    record = recorded(message())
    with pytest.raises(IntegrityError, match="record 1"):
        open_(altered(record, sealed=boxed(record, **wrong)))


def test_a_box_shows_nothing_when_it_is_printed():
    """Lost: law 7, in the first log line that prints a key."""
    assert "secret" not in repr(KEY)
    assert "content" not in repr(seal(message(), KEY, NONCE))
