"""Every kind of item that WhatsApp sends is read for what it is, told in words, and recorded under its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge import bodies, telling
from bridge.content import Call, Edit, Form, Location, Plain, Reaction, Revocation, Unshown
from bridge.model import AccountNotice, Preference, StatusUpdate, Unrecognised
from bridge.whatsapp.contents import KINDS
from bridge.whatsapp.fields import FIELDS
from tests.builders import encode, text_item, value_of, webhook, webhook_bytes, webhook_json
from tests.kinds import MESSAGES, NOTICES, PREFERENCES, SEVERAL, STATUSES

from .reading import message, only

FIXTURES = Path(__file__).parents[2] / "fixtures" / "whatsapp"


def test_every_fixture_has_a_row():
    """A payload that no test reads proves nothing."""
    assert {path.stem for path in FIXTURES.glob("*.json")} == {*MESSAGES, *NOTICES, *STATUSES, *SEVERAL, *PREFERENCES}


def test_every_kind_and_field_has_a_fixture():
    """A kind that Meta documents would first be met in production."""
    bodies_ = [webhook_json(path.stem) for path in FIXTURES.glob("*.json")]
    types = {item.get("type") for body in bodies_ for item in _items(body)}
    fields = {change["field"] for body in bodies_ for entry in body["entry"] for change in entry["changes"]}
    assert types >= KINDS - {"unknown", "media_placeholder", "pin"}
    unseen = {"account_settings_update", "automatic_events", "flows", "tracking_events", "partner_solutions"}
    groups = {"group_lifecycle_update", "group_settings_update", "group_status_update"}
    assert fields >= FIELDS.keys() - unseen - groups - {"payment_configuration_update"}


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        item for entry in body["entry"] for change in entry["changes"] for item in change["value"].get("messages", [])
    ]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_told_in_words_and_recorded_under_its_kind(name: str):
    """Staff would see nothing of it, or something else than what was sent."""
    event, row = message(webhook_bytes(name)), MESSAGES[name]
    told = telling.told(event.content, "#7")
    assert told[: len(row.words) or None] == row.words
    assert bodies.record_kind(event.content) == row.record
    assert event.opens_window == row.opens


@pytest.mark.parametrize("name", NOTICES)
def test_news_about_the_account_is_one_sentence(name: str):
    """Administrators would have to read JSON, or would hear nothing."""
    event = only(webhook_bytes(name))
    assert isinstance(event, AccountNotice)
    assert f"{event.summary}{event.details}" == NOTICES[name]


def test_what_stops_the_relay_is_an_alarm_and_a_good_review_is_not():
    """A restricted account would look like any other news."""
    alarms = {name for name in NOTICES if getattr(only(webhook_bytes(name)), "is_alarm", False)}
    assert alarms == {"account_restricted", "account_update", "security_pin_changed"}


@pytest.mark.parametrize("name", sorted(STATUSES))
def test_statuses_are_statuses_wherever_they_stand(name: str):
    """With Meta's agent on the line no receipt would ever move on."""
    assert isinstance(only(webhook_bytes(name)), StatusUpdate)


def test_what_another_application_sent_is_ours_and_not_the_contacts():
    """Our own words would stand in the thread as the contact's, and open the service window."""
    ours, theirs = message(webhook_bytes("echo_text")), message(webhook_bytes("text"))
    assert (ours.by_us, theirs.by_us) == (True, False)
    assert set(ours.sender.aliases) == set(theirs.sender.aliases)
    assert telling.remarks(ours) == ("Sent by one of us, not from Teams",)


def test_meta_s_agent_and_ads_and_articles_are_remarked_on():
    """Staff would answer beside the agent, or not know what "it" is."""
    assert telling.remarks(message(webhook_bytes("standby_message"))) == (
        "Meta's own agent has this conversation and may answer",
    )
    assert telling.remarks(message(webhook_bytes("text_from_ad"))) == (
        "Came from an advertisement: Free roof inspection",
    )
    assert telling.remarks(message(webhook_bytes("text_about_product"))) == ("About the article slate-20",)


@pytest.mark.parametrize(
    "name",
    ["system_changed_number", "system_changed_user_id", "system_customer_changed_number", "system_identity_changed"],
)
def test_a_change_of_number_or_identity_makes_the_sender_uncertain(name: str):
    """The new owner of a number would be taken for the person we know."""
    assert message(webhook_bytes(name)).sender.is_changing


@pytest.mark.parametrize(("value", "is_wanted"), [("stop", False), ("resume", True), ("signup", True)])
def test_a_choice_about_marketing_is_read_with_who_made_it(value: str, is_wanted: bool):
    """Somebody who wants no marketing would get it, or nobody would know whose choice it was."""
    body = webhook_json("user_preferences")
    value_of(body)["user_preferences"][0]["value"] = value
    event = only(encode(body))
    assert isinstance(event, Preference)
    assert event.is_wanted is is_wanted
    assert {alias.value for alias in event.sender.aliases} == {"447700900001", "GB.10000000000000001"}


@pytest.mark.parametrize(("name", "value"), [("value", "maybe"), ("category", "utility_messages")])
def test_a_choice_that_is_not_known_is_told_to_administrators(name: str, value: str):
    """What Meta adds next would be taken for consent to marketing."""
    body = webhook_json("user_preferences")
    value_of(body)["user_preferences"][0][name] = value
    assert isinstance(only(encode(body)), AccountNotice)


def test_a_security_code_is_read_wherever_whatsapp_tells_it():
    """A new telephone would be noticed in one kind of item and not in the other."""
    assert message(webhook_bytes("system_identity_changed")).sender.security_code == "Sjvjlx8G6Z0="
    body = webhook_json("text")
    assert message(encode(body)).sender.security_code is None
    value_of(body)["contacts"][0]["identity_key_hash"] = "Sjvjlx8G6Z0="
    assert message(encode(body)).sender.security_code == "Sjvjlx8G6Z0="


def test_history_s_media_are_not_taken_for_new_messages():
    """Months-old photos would appear in the thread as if just sent, and open the service window."""
    body = webhook_json("image")
    body["entry"][0]["changes"][0]["field"] = "history"
    assert isinstance(only(encode(body)), AccountNotice)


@pytest.mark.parametrize(
    ("type_", "held"),
    [
        ("text", {}),
        ("location", {"latitude": "51.5&x=1", "longitude": "0"}),
        ("contacts", "Cem"),
        ("button", {"payload": "p"}),
        ("reaction", {"emoji": "👍"}),
        ("revoke", {}),
        ("edit", {"original_message_id": "w", "message": {}}),
    ],
)
def test_an_item_without_what_it_is_about_is_unrecognised_with_the_place(type_: str, held: Any):
    """It would be shown as something it is not, or stop everything behind it."""
    contacts = value_of(webhook_json("text"))["contacts"]
    event = only(encode(webhook([text_item(type=type_, **{type_: held})], contacts=contacts)))
    assert isinstance(event, Unrecognised)
    assert event.reason.startswith("/entry/0/changes/0/value/messages/0")


@pytest.mark.parametrize(
    "content",
    [
        Reaction(target="w", emoji=None),
        Edit(target="w", content=Location(latitude="1", longitude="2")),
        Revocation(target="w"),
        Call(event="connect"),
        Form(name=None, answers=()),
        Unshown(type="x", what="y"),
    ],
)
def test_what_a_record_says_is_named_by_its_type(content: Plain | Reaction | Edit | Revocation | Call):
    """Whoever reads the archive could not tell one kind from another."""
    assert isinstance(bodies.body(content)["type"], str)


def test_calls_and_answers_of_one_call_are_two_items():
    """The end of a call would be a duplicate of its beginning, and its length never known."""
    begun, ended = message(webhook_bytes("call_incoming")), message(webhook_bytes("call_ended"))
    assert begun.wamid != ended.wamid
