"""Every kind of item that WhatsApp sends is read for what it is, told in words, and recorded under its kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge import bodies, telling
from bridge.content import Call, Edit, Form, Location, Plain, Reaction, Revocation, Unshown
from bridge.model import AccountNotice, StatusUpdate, Unrecognised
from bridge.whatsapp.contents import KINDS
from bridge.whatsapp.fields import FIELDS
from tests.builders import encode, text_item, value_of, webhook, webhook_bytes, webhook_json

from .reading import message, only

FIXTURES = Path(__file__).parents[2] / "fixtures" / "whatsapp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a fixture says: the words in the thread, how they begin, and the kind of its record."""

    words: str
    record: str = "message"
    opens: bool = True


GONE = "WhatsApp tells businesses that it was sent, not what it says: ask for it in another form."

MESSAGES = {
    "text": Row(words="Good morning, is the contract ready?"),
    "text_quoted": Row(words="Yes, that one."),
    "text_forwarded": Row(words="Somebody sent me this."),
    "text_frequently_forwarded": Row(words="Everybody sends me this."),
    "text_with_username": Row(words="I have a user name now."),
    "text_bsuid_only": Row(words="Hallo, hier ist Mira."),
    "text_bsuid_in_from": Row(words="Hallo nochmal."),
    "text_from_ad": Row(words="Is the inspection still free?"),
    "text_about_product": Row(words="Is it frost-proof?"),
    "text_in_milliseconds": Row(words="Precisely now"),
    "image": Row(words="The roof after the storm"),
    "image_too_large": Row(words=f"A photo. {GONE}"),
    "video": Row(words="The pump at work"),
    "audio": Row(words=""),
    "voice": Row(words=""),
    "voice_of_old": Row(words=""),
    "document": Row(words="Signed"),
    "sticker": Row(words=""),
    "sticker_animated": Row(words=""),
    "location": Row(words="Location\n*Waterloo Pier*\nBelvedere Road, London\n51.5033, -0.1196\nhttps://"),
    "location_as_text": Row(words="Location\n51.5033, -0.1196\nhttps://"),
    "contacts": Row(words="Contact card: *Cem Aydin*\nAydin Roofing\n+44 7700 900077\ncem@example.org"),
    "contacts_own_number": Row(words="Contact card: *no name*\n+44 7700 900001\nWhatsApp confirms"),
    "button_reply": Row(words="Chose: *Thursday at ten*"),
    "list_reply": Row(words="Chose from the list: *Leeds*\nPark Row, second floor"),
    "template_button": Row(words="Answered the template: *Yes, that suits me*"),
    "call_permission_reply": Row(words="Answered whether we may call: *accept*"),
    "form_reply": Row(words="*Filled in: flow*\n• roof: slate\n• age: 40\n• photos: true"),
    "form_reply_not_object": Row(words='*Filled in: flow*\n• answer: ["slate",40]'),
    "interactive_with_error": Row(words=f"An answer to a menu. {GONE}"),
    "order": Row(words="*An order from the catalogue*\n• 40 × slate-20 at 2.15 GBP\n• 2 × nails-5 at 6.00 GBP\nFor"),
    "reaction": Row(words="Reacted 👍 to #7.", record="reaction", opens=False),
    "reaction_removed": Row(words="Took the reaction to #7 back.", record="reaction", opens=False),
    "edit": Row(words="Changed #7, which now says:\nFriday at ten, not nine", record="edit", opens=False),
    "revoke": Row(words="Deleted #7 on WhatsApp. What it said stays on record.", record="delete", opens=False),
    "call_incoming": Row(words="Calls us on WhatsApp."),
    "call_ended": Row(words="A WhatsApp call ended (completed, 60 s)."),
    "request_welcome": Row(words="The chat was opened.", opens=False),
    "ephemeral": Row(words="A disappearing message."),
    "unsupported": Row(words=f"A poll. {GONE}"),
    "unsupported_poll": Row(words=f"A poll. {GONE}"),
    "unsupported_edit": Row(words=f"A change of an earlier message. {GONE}", opens=False),
    "unsupported_unavailable": Row(words=f"A message that is not available. {GONE}"),
    "unknown_type": Row(words="Something of an unknown kind (hologram)."),
    "system_changed_number": Row(words="A change of number or identity.", opens=False),
    "system_changed_user_id": Row(words="A change of number or identity.", opens=False),
    "system_customer_changed_number": Row(words="A change of number or identity.", opens=False),
    "system_identity_changed": Row(words="A change of number or identity.", opens=False),
    "echo_text": Row(words="I am on my way", opens=False),
    "echo_revoke": Row(words="Deleted #7 on WhatsApp.", record="delete", opens=False),
    "standby_message": Row(words="When do you open?"),
    "standby_echo": Row(words="We open at nine", opens=False),
}

NOTICES = {
    "account_alert": "An alert about the account (OBA_APPROVED, CRITICAL)",
    "account_restricted": "The account's standing has changed (ACCOUNT_RESTRICTION)",
    "account_review": "The account was reviewed (APPROVED)",
    "account_update": "The account's standing has changed (ACCOUNT_RESTRICTION)",
    "app_state_sync": "Contacts of the WhatsApp Business app were synchronised; they are recorded",
    "group_participants": "A group's members have changed; groups are recorded and not relayed",
    "history": "Earlier messages of this number arrived; they are recorded and not shown one by one",
    "line_error": "WhatsApp reports error 130429: Rate limit hit",
    "messaging_handover": "Another application or Meta's agent took over or gave back a conversation",
    "messaging_limit": "The messaging limit has changed (2000)",
    "number_name": "The number's display name was reviewed (APPROVED)",
    "number_quality": "The number's throughput or quality has changed (THROUGHPUT_UPGRADE)",
    "security_pin_changed": "The number's two-step PIN was changed or switched off (PIN_CHANGED)",
    "template_category": "A template's category has changed (follow_up, MARKETING)",
    "template_components": "A template's wording has changed (follow_up, en_GB)",
    "template_quality": "A template's quality has changed (follow_up, YELLOW)",
    "template_status": "A template's approval has changed (follow_up, PAUSED, LOW_QUALITY)",
    "text_in_group": "A message in a WhatsApp group arrived; groups are recorded and not relayed",
    "unknown_field": "WhatsApp reports teleportation_update, which is not known here",
    "user_preferences": "Somebody changed whether they want marketing messages",
    "username_update": "The number's username has changed (approved)",
}

STATUSES = {"status_sent", "status_read", "status_failed", "standby_status"}
SEVERAL = {"batch"}


def test_every_fixture_has_a_row():
    """A payload that no test reads proves nothing."""
    assert {path.stem for path in FIXTURES.glob("*.json")} == {*MESSAGES, *NOTICES, *STATUSES, *SEVERAL}


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
    assert event.summary == NOTICES[name]


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
