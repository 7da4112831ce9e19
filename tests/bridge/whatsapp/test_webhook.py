"""Every item says what it is, and nobody is taken for somebody else."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.content import Media, Text, Unshown
from bridge.model import (
    AccountNotice,
    Alias,
    ContactMessage,
    Item,
    StatusUpdate,
    Unrecognised,
)
from bridge.whatsapp.webhook import interpret, read
from tests.builders import (
    LINE,
    NOON,
    JsonObject,
    encode,
    text_item,
    value_of,
    webhook,
    webhook_bytes,
    webhook_json,
)

from .reading import ADA, events, message, only

MIRA = Alias(kind="bsuid", value="DE.10000000000000003")


def stored(name: str) -> ContactMessage:
    return message(webhook_bytes(name))


def sent_with(**changes: Any) -> bytes:
    return encode(webhook([text_item(**changes)], contacts=value_of(webhook_json("text"))["contacts"]))


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_text_says_who_wrote_what_when_and_to_which_number():
    """Staff would read words under the wrong name, and the record would not say whose they are."""
    assert stored("text") == ContactMessage(
        line=LINE,
        wamid=stored("text").wamid,
        sender=stored("text").sender,
        occurred_at=datetime(2025, 11, 22, 8, 26, 50, tzinfo=UTC),
        content=Text(body="Good morning, is the contract ready?"),
    )
    assert stored("text").sender.aliases == ADA
    assert stored("text").sender.profile_name == "Ada Keller"
    assert stored("text").wamid == "wamid.HBgMNDQ3NzAwOTAwMDAxFQIAEhg10"


def test_a_quote_names_the_message_it_answers_and_a_plain_text_none():
    """Staff would not see what "yes" is an answer to."""
    assert stored("text_quoted").quoted == "wamid.HBgMNDQ3NzAwOTAwMDAxFQIAERgSOURS"
    assert stored("text").quoted is None


def test_both_spellings_of_forwarded_count_and_a_plain_text_is_not_forwarded():
    """Somebody else's words would stand there as the contact's own."""
    assert stored("text_forwarded").forwarded
    assert stored("text_frequently_forwarded").forwarded
    assert not stored("text").forwarded
    assert not stored("text_quoted").forwarded


def test_media_says_what_it_is_and_how_it_is_fetched():
    """A photo could not be fetched before its id dies, and nobody could tell whether it is what was sent."""
    assert stored("image").content == Media(
        kind="image",
        id="900100200300",
        media_type="image/jpeg",
        sha256="abcdef1234567890abcdef1234567890abcdef1234567890abcdef1234567890",
        caption="The roof after the storm",
    )
    assert stored("voice").content == Media(
        kind="voice",
        id="900100200301",
        media_type="audio/ogg; codecs=opus",
        sha256="1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef",
    )


@pytest.mark.parametrize(
    ("spelt", "read"),
    [
        ("AB" * 32, "ab" * 32),
        (base64.b64encode(bytes(32)).decode(), "00" * 32),
        (base64.b64encode(bytes(31)).decode(), None),
        ("é", None),
        ("", None),
    ],
)
def test_a_hash_is_read_in_both_spellings(spelt: str, read: str | None):
    """The same photo would pass for a forged one, or a forged one for it."""
    content = message(sent_with(type="document", document={"id": "1", "sha256": spelt})).content
    assert isinstance(content, Media)
    assert content.sha256 == read


NEW_IDS = (Alias(kind="wa_id", value="447700900009"), Alias(kind="bsuid", value="GB.10000000000000009"))


def test_a_change_of_number_tells_the_old_ids_from_the_new():
    """The new number would pass for the person's own before anybody has said that it is."""
    sender = stored("system_changed_number").sender
    assert sender.is_changing
    assert sender.changes_to == NEW_IDS
    assert set(sender.aliases) == set(ADA)
    assert not stored("image").sender.is_changing


def test_a_change_of_number_told_under_the_new_ids_still_leads_to_the_old_person():
    """Which ids stand in `from` differs: taken at their word, the old person would look like a stranger."""
    body = webhook_json("system_changed_number")
    value_of(body)["messages"][0] |= {"from": NEW_IDS[0].value, "from_user_id": NEW_IDS[1].value}
    sender = message(encode(body)).sender
    assert Alias(kind="bsuid", value="GB.10000000000000001") in sender.aliases
    assert sender.changes_to == NEW_IDS


def test_the_name_of_an_unknown_kind_is_cut_short():
    """Whoever names a kind could write a whole message into a placeholder."""
    content = message(sent_with(type="x" * 10_000)).content
    assert isinstance(content, Unshown)
    assert len(content.what) < 100


@pytest.mark.parametrize("time", ["1763800010", 1763800010, "1763800010000", 1763800010000, " 1763800010 "])
def test_seconds_milliseconds_texts_and_numbers_are_the_same_time(time: object):
    """A message would be dated into another millennium, or not shown at all."""
    assert message(sent_with(timestamp=time)).occurred_at == datetime(2025, 11, 22, 8, 26, 50, tzinfo=UTC)


@pytest.mark.parametrize(("spelt", "reason"), [(b"1e999", "a time stamp"), (b"NaN", "JSON"), (b"Infinity", "JSON")])
def test_a_number_without_bounds_is_no_time(spelt: bytes, reason: str):
    """What some readers take and others refuse is not taken: an auditor's reader has to come to the same."""
    event = only(sent_with(timestamp="HERE").replace(b'"HERE"', spelt))
    assert isinstance(event, Unrecognised)
    assert event.reason.endswith(f": {reason} expected")


@pytest.mark.parametrize(
    "time",
    [None, "", "soon", [], {}, True, "-", 10**40, 10**400, "9" * 30, "9" * 5_000, -(10**30)],
    ids=lambda value: str(value)[:12],
)
def test_a_time_that_is_none_is_told_with_its_place(time: object):
    """A hostile time stamp would stop the relay, or be taken for now."""
    assert only(sent_with(timestamp=time)) == Unrecognised(
        reason="/entry/0/changes/0/value/messages/0/timestamp: "
        + ("a time stamp expected" if _is_scalar(time) else "a string or a number expected")
    )


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


@pytest.mark.parametrize("missing", ["id", "type", "text", "timestamp"])
def test_a_message_without_something_essential_is_told_with_the_place(missing: str):
    """Half a message would be shown as a whole one."""
    item = text_item()
    del item[missing]
    event = only(encode(webhook([item])))
    assert isinstance(event, Unrecognised)
    assert event.reason.startswith(f"/entry/0/changes/0/value/messages/0/{missing}")


def test_a_message_from_nobody_is_not_a_message():
    """Somebody without any id would be everybody without an id, and share one thread."""
    item = text_item()
    assert isinstance(only(encode(webhook([item]))), ContactMessage)
    del item["from"], item["from_user_id"]
    assert only(encode(webhook([item]))) == Unrecognised(
        reason="/entry/0/changes/0/value/messages/0: a sender expected"
    )


# --- who wrote it ----------------------------------------------------------------------------------------------------


def test_a_sender_without_a_number_is_known_by_their_user_id():
    """People who hide their number could not write at all."""
    sender = stored("text_bsuid_only").sender
    assert sender.aliases == (
        MIRA,
        Alias(kind="parent_bsuid", value="DE.ENT.70000000000000003"),
        Alias(kind="username", value="@mira.s"),
    )
    assert sender.profile_name == "Mira"


def test_a_user_id_in_the_number_field_is_a_user_id():
    """One person would become two, one of them with a number nobody can call."""
    assert stored("text_bsuid_in_from").sender.aliases == (MIRA,)
    assert stored("text_bsuid_in_from").sender.profile_name == "Mira"


@pytest.mark.parametrize("username", ["ada.k", "@ada.k"])
def test_a_user_name_has_one_spelling(username: str):
    """The same name with and without its sign would look like a change of identity."""
    contact = value_of(webhook_json("text"))["contacts"][0]
    contact["profile"]["username"] = username
    event = message(encode(webhook([text_item()], contacts=[contact])))
    assert event.sender.aliases == (*ADA, Alias(kind="username", value="@ada.k"))


@pytest.mark.parametrize(("sender", "listed"), [("+447700900001", "447700900001"), ("447700900001", "+447700900001")])
def test_a_number_is_the_same_with_and_without_its_plus(sender: str, listed: str):
    """One number would be two contacts, or a sender would lose their name and user id."""
    contact = {"profile": {"name": "Ada Keller"}, "wa_id": listed, "user_id": "GB.10000000000000001"}
    item = text_item() | {"from": sender}
    del item["from_user_id"]
    event = message(encode(webhook([item], contacts=[contact])))
    assert event.sender.aliases == ADA
    assert event.sender.profile_name == "Ada Keller"


def test_profiles_are_found_by_id_and_never_by_position():
    """In a batch, one client's words would be recorded under another client's name."""
    named = {
        event.content.body: event.sender.profile_name
        for event in events(webhook_bytes("batch"))
        if isinstance(event, ContactMessage) and isinstance(event.content, Text)
    }
    assert named == {
        "Bilal's first": "Bilal Haddad",
        "Ada's first": "Ada Keller",
        "Ada's second": "Ada Keller",
        "Ada's third": "Ada Keller",
    }


def test_a_profile_of_somebody_else_gives_nothing():
    """A lone profile beside a message of another person would lend them its name."""
    other: JsonObject = {"profile": {"name": "Bilal Haddad"}, "wa_id": "447700900002"}
    assert message(encode(webhook([text_item()], contacts=[other]))).sender.profile_name is None
    assert message(encode(webhook([text_item()], contacts=[{"profile": {"name": "?"}}]))).sender.profile_name is None


# --- statuses, errors, notices ---------------------------------------------------------------------------------------


def status(body: bytes) -> StatusUpdate:
    event = only(body)
    assert isinstance(event, StatusUpdate)
    return event


def test_a_status_names_our_message_by_both_ids():
    """A send whose answer was lost could never be settled."""
    assert status(webhook_bytes("status_sent")) == StatusUpdate(
        line=LINE,
        wamid=status(webhook_bytes("status_sent")).wamid,
        status="sent",
        occurred_at=datetime(2025, 11, 22, 8, 28, 20, tzinfo=UTC),
        reference=status(webhook_bytes("status_sent")).reference,
    )
    assert status(webhook_bytes("status_sent")).reference == "M-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert status(webhook_bytes("status_sent")).wamid == "wamid.HBgMNDQ3NzAwOTAwMDAxFQIAERgSOURS"


def test_a_failure_says_why_and_needs_no_contact():
    """Staff would not learn that a message did not arrive: failures come without `contacts`."""
    failed = status(webhook_bytes("status_failed"))
    assert (failed.status, failed.error_code, failed.error_text) == ("failed", 131026, "Message undeliverable")
    assert status(webhook_bytes("status_read")).error_code is None


def test_an_unheard_of_status_is_passed_on_as_it_is():
    """A new word of Meta's would be lost instead of being on record."""
    body = webhook_json("status_sent")
    value_of(body)["statuses"][0]["status"] = "teleported"
    assert status(encode(body)).status == "teleported"


def test_an_error_of_the_number_is_a_notice():
    """Nobody would learn that WhatsApp refuses everything."""
    assert only(webhook_bytes("line_error")) == AccountNotice(summary="WhatsApp reports error 130429: Rate limit hit")


async def test_an_item_is_read_from_its_request():
    """What was accepted could not be turned into an event later."""
    body = webhook_bytes("batch")
    item = Item(
        seq=1,
        key="wa:1",
        network="whatsapp",
        raw=body,
        pointer="/entry/1/changes/1/value/messages/0",
        received_at=NOON,
    )
    assert await interpret(item) == read(body, item.pointer)
