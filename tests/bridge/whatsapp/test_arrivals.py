"""Any bytes at all give items, each of them once, and none makes the service fall over."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from bridge.content import Text
from bridge.model import (
    AccountNotice,
    ContactMessage,
    StatusUpdate,
    Unrecognised,
)
from bridge.whatsapp.webhook import MAX_BODY, arrivals, read
from tests.builders import (
    JsonObject,
    encode,
    text_item,
    value_of,
    webhook,
    webhook_bytes,
    webhook_json,
    webhook_names,
)

from .reading import ADA, events, message, only

# --- which items are there -------------------------------------------------------------------------------------------


def test_every_item_of_a_batch_is_found_where_it_stands():
    """Meta puts up to a thousand updates into one request: all but the first would be lost."""
    found = arrivals(webhook_bytes("batch"))
    assert [arrival.pointer for arrival in found] == [
        "/entry/0/changes/0/value/messages/0",
        "/entry/0/changes/0/value/messages/1",
        "/entry/0/changes/1/value/messages/0",
        "/entry/0/changes/1/value/statuses/0",
        "/entry/0/changes/1/value/errors/0",
        "/entry/1/changes/0",
        "/entry/1/changes/1/value/messages/0",
    ]
    kinds = [type(event) for event in events(webhook_bytes("batch"))]
    messages = [ContactMessage, ContactMessage, ContactMessage]
    assert kinds == [*messages, StatusUpdate, AccountNotice, AccountNotice, ContactMessage]


def test_a_thousand_items_are_found_once_each():
    """A full batch would be cut, or its items taken for each other."""
    body = encode(webhook([text_item(number) for number in range(1_000)]))
    found = arrivals(body)
    assert len(found) == len({arrival.key for arrival in found}) == 1_000
    last = read(body, found[-1].pointer)
    assert isinstance(last, ContactMessage)
    assert last.wamid == "wamid.999"


def test_a_body_of_three_megabytes_is_read():
    """Meta's largest legal body would be refused for seven days and then be gone for good."""
    body = encode(webhook([text_item(number, body="ä" * 4_096) for number in range(125)]))
    assert 3_000_000 < len(body) < MAX_BODY
    assert all(isinstance(event, ContactMessage) for event in events(body))


def keys(body: JsonObject) -> list[str]:
    return [arrival.key for arrival in arrivals(encode(body))]


def test_the_key_is_the_networks_identity_of_an_item():
    """A second delivery would be relayed as a second message, or a second message taken for a repeat."""
    assert keys(webhook([text_item(1, "once")])) == keys(webhook([text_item(1, "again, from another batch")]))
    assert keys(webhook([text_item(1)])) != keys(webhook([text_item(2)]))


def test_each_step_of_a_status_is_its_own_item():
    """After `sent`, the news that a message was read would be taken for a repeat."""
    sent, read_ = webhook_json("status_sent"), webhook_json("status_read")
    assert keys(sent) != keys(read_)
    later = webhook_json("status_sent")
    value_of(later)["statuses"][0]["timestamp"] = "1763800999"
    assert keys(sent) == keys(later)


def test_the_same_message_id_on_two_numbers_is_two_items():
    """Of two business numbers in one conversation, one would lose its message."""
    here, there = webhook([text_item()]), webhook([text_item()])
    value_of(there)["metadata"]["phone_number_id"] = "200"
    assert keys(here) != keys(there)


def test_items_without_an_id_differ_by_what_they_say():
    """Two items that Meta gave no id would be taken for one, and the second be lost."""
    one, two = text_item(1, "one"), text_item(1, "two")
    del one["id"], two["id"]
    assert len(set(keys(webhook([one, two])))) == 2
    assert keys(webhook([one])) == keys(webhook([one]))
    assert len(set(keys(webhook([], statuses=[{"status": "sent"}, {"status": "read"}])))) == 2


# --- what is not what it says ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "/: JSON expected"),
        (b"no json at all", "/: JSON expected"),
        (webhook_bytes("text")[:-40], "/: JSON expected"),
        (b"[" * 100_000, "/: JSON expected"),
        (b"9" * 5_000, "/: JSON expected"),
        (b"\xff\xfe\x00", "/: JSON expected"),
        (b"null", "/: a webhook of a WhatsApp Business account expected"),
        (b"[]", "/: a webhook of a WhatsApp Business account expected"),
        (b"{}", "/: a webhook of a WhatsApp Business account expected"),
        (encode({"object": "page", "entry": []}), "/: a webhook of a WhatsApp Business account expected"),
        (encode(webhook_json("text") | {"object": "page"}), "/: a webhook of a WhatsApp Business account expected"),
        (encode({"object": "page", "field": "feed"}), "/: a webhook of a WhatsApp Business account expected"),
        (encode({"object": "whatsapp_business_account"}), "/: a webhook of a WhatsApp Business account expected"),
        (encode(webhook([])), "/entry/0/changes/0/value: one of messages, statuses, errors expected"),
        (encode(webhook([None])), "/entry/0/changes/0/value/messages/0: a sender expected"),
        (encode(webhook([17])), "/entry/0/changes/0/value/messages/0: a sender expected"),
    ],
    ids=lambda value: str(value[:20]) if isinstance(value, bytes) else "",
)
def test_a_body_that_is_not_what_it_says_is_one_item_with_the_reason(body: bytes, reason: str):
    """Signed input that we do not understand would vanish instead of being shown to administrators."""
    assert only(body) == Unrecognised(reason=reason)


def _append_entry(body: JsonObject) -> None:
    body["entry"].append({"changes": "none"})


def _insert_entry(body: JsonObject) -> None:
    body["entry"].insert(0, {"changes": {"a": 1}})


def _append_text(body: JsonObject) -> None:
    body["entry"].append("text")


def _append_empty(body: JsonObject) -> None:
    body["entry"].append({"id": "200300400500600", "messaging": [{"text": "from another product"}]})


def _append_change(body: JsonObject) -> None:
    body["entry"][0]["changes"].append({"field": "messages", "value": {"messages": 7}})


def _spoil_statuses(body: JsonObject) -> None:
    value_of(body)["statuses"] = {"id": "wamid.1"}


def _spoil_errors(body: JsonObject) -> None:
    value_of(body)["errors"] = "many"


SPOILT = [_append_entry, _insert_entry, _append_text, _append_empty, _append_change, _spoil_statuses, _spoil_errors]


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_a_part_that_is_not_understood_costs_no_message_beside_it(spoil: Callable[[JsonObject], None]):
    """One malformed part would keep every message of the same request from staff, or vanish itself."""
    body = webhook([text_item()])
    spoil(body)
    kinds = [type(event) for event in events(encode(body))]
    assert sorted(kind.__name__ for kind in kinds) == ["ContactMessage", "Unrecognised"]


def test_a_contact_list_of_the_wrong_kind_costs_the_name_and_not_the_message():
    """What is only nice to know would keep a message from staff."""
    event = message(encode(webhook([text_item()], contacts="none")))
    assert event.sender.aliases == ADA
    assert event.sender.profile_name is None


@pytest.mark.parametrize("depth", range(960, 1_000))
@pytest.mark.parametrize("field", ["messages", "other"])
def test_nesting_at_the_edge_of_what_can_be_parsed_is_only_an_item(depth: int, field: str):
    """A body just shallow enough to parse and too deep to compare would be answered with a 500."""
    deep = b"[" * depth + b"]" * depth
    whole = encode(webhook(["HERE"], field=field)).replace(b'"HERE"', deep)
    assert isinstance(only(whole), AccountNotice | Unrecognised)


@pytest.mark.parametrize("spelt", [rb"\ud83d", rb"\udc4d", rb"a\u0000b", b"\xed\xa0\xbd"])
def test_text_that_no_database_can_hold_is_shown_with_a_mark(spelt: bytes):
    """Half an emoji would stop the relay for everybody."""
    event = only(encode(webhook([text_item(body="HERE", id="wamid.HERE")])).replace(b"HERE", spelt))
    assert isinstance(event, ContactMessage)
    assert isinstance(event.content, Text)
    assert "\N{REPLACEMENT CHARACTER}" in event.content.body.encode().decode()
    assert "\N{REPLACEMENT CHARACTER}" in event.wamid.encode().decode()


# --- whatever comes --------------------------------------------------------------------------------------------------

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["messages", "text", "\udc4d", "wamid.1", "1e400"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "value", "from", "text", "messages", "code"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


MANY = 10_000 if "CI" in os.environ else 100
"""How many bodies are tried: nobody waits for CI."""


ITEMS = st.lists(JSON_VALUES, max_size=3)


def check(body: bytes) -> None:
    """The promise of the module, for any bytes at all."""
    found = arrivals(body)
    assert found
    assert found == arrivals(bytes(body))
    for arrival in found:
        assert read(body, arrival.pointer) is not None
        arrival.key.encode()


@settings(deadline=None, max_examples=MANY)
@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf" + webhook_bytes("text"))
@example(repr(webhook_json("text")).encode())
def test_no_bytes_at_all_raise(body: bytes):
    """One odd body would be answered with a 500 and sent again for seven days."""
    check(body)


@settings(deadline=None, max_examples=MANY)
@given(st.sampled_from(webhook_names()), st.integers(0, 10_000), st.binary(max_size=3), st.integers(0, 40))
def test_no_damage_to_a_valid_body_raises(name: str, place: int, put: bytes, cut: int):
    """A body that a network or a bug of Meta's has damaged would stop the relay."""
    whole = webhook_bytes(name)
    place %= len(whole)
    check(whole[:place] + put + whole[place + cut :])


def places(value: object, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, as the way to it."""
    inner: list[tuple[Any, object]] = []
    if isinstance(value, dict):
        inner = list(cast("JsonObject", value).items())
    elif isinstance(value, list):
        inner = list(enumerate(cast("list[object]", value)))
    return [here, *(place for name, child in inner for place in places(child, (*here, name)))]


@settings(deadline=None, max_examples=MANY, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(webhook_names()), st.data(), JSON_VALUES)
def test_no_value_in_any_place_raises(name: str, data: st.DataObject, value: object):
    """A field of another type than documented would stop the relay."""
    body: Any = webhook_json(name)
    *way, last = data.draw(st.sampled_from(places(body)[1:]))
    here = body
    for step in way:
        here = here[step]
    here[last] = value
    check(json.dumps(body).encode())


@settings(deadline=None, max_examples=MANY, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(ITEMS, ITEMS), min_size=1, max_size=3))
def test_no_item_of_any_json_is_dropped(changes: list[tuple[list[object], list[object]]]):
    """What cannot be read would be acknowledged and be nowhere."""
    entries = [webhook(messages, statuses=statuses)["entry"][0] for messages, statuses in changes]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()
    assume(b"Infinity" not in body and b"NaN" not in body)  # Python writes them; they are no JSON
    items = sum(max(1, len(messages) + len(statuses)) for messages, statuses in changes)
    found = arrivals(body)
    assert len(found) == len({arrival.pointer for arrival in found}) == items
