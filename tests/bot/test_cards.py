"""What is shown in Teams, as activities."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import CARD_BYTES, CARD_TYPE, POST_BYTES, Posted, render, respond
from bot.markup import html_of
from bridge.model import ContactId, MessageId
from bridge.shown import (
    AnchorPost,
    Answer,
    Correctable,
    FromContact,
    Mention,
    Notice,
    NotSent,
    Part,
    Quarantined,
    Receipt,
    ReceiptState,
    Shown,
    ThreadOpening,
    Tone,
)

AT = datetime(2026, 11, 23, 14, 3, 5, tzinfo=UTC)
CANARY = "canary-7f3a"
STATES: tuple[str, ...] = get_args(get_type_hints(Receipt)["state"])


def from_contact(**other: Any) -> FromContact:
    return replace(FromContact(marker="#1042", name="Ada Keller", text="Hello", occurred_at=AT), **other)


def receipt(**other: Any) -> Receipt:
    return replace(Receipt(marker="#1043", message=MessageId("M-1"), contact="Ada Keller", state="queued"), **other)


def quarantined(**other: Any) -> Quarantined:
    shown = Quarantined(
        contact=ContactId("C-1001"), name="Ada", address="+41795550101", waiting=2, marker="#1044", decided=None
    )
    return replace(shown, **other)


def opening(**other: Any) -> ThreadOpening:
    shown = ThreadOpening(
        contact=ContactId("C-1001"),
        name="Ada Keller",
        address="+41795550101",
        approved_by="Ruth Meier",
        approved_at=AT,
        marker="C-1001",
    )
    return replace(shown, **other)


def answer(**other: Any) -> Answer:
    return replace(Answer(title="Contacts", text="2 contacts."), **other)


_LOCAL_TIME = re.compile(r"\{\{(DATE|TIME)\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(, SHORT)?\)\}\}")
"""The only functions a card may call, and only with a time of ours."""

CARDS: tuple[Posted, ...] = (
    opening(),
    opening(window_until=AT, window_closed=True),
    Notice(text="No answer yet.", until=AT),
    opening(window_until=AT, marker=""),
    *(
        receipt(state=state, times=times, reason=reason, may_undo=choice, may_settle=choice, due_at=AT)
        for state in STATES
        for times in ((), (("sent", AT),))
        for reason in (None, "The number is not on WhatsApp")
        for choice in (False, True)
    ),
    NotSent(marker="#1045", rule="window-closed", text="The window is closed.", remedy="Wait."),
    NotSent(marker="#1045", rule="window-closed", text="The window is closed.", remedy=""),
    Correctable(
        marker="#9", change="edit-1", author="Marc Weber", contact="Ada", text="Correction: *no*", meaning="Too late."
    ),
    *(Notice(text="The archive is back.", tone=tone, marker="#7") for tone in get_args(Tone)),
    quarantined(),
    quarantined(name=None, waiting=1),
    quarantined(decided="Approved by Ruth Meier"),
    answer(),
    answer(facts=(("Id", "C-1001"),), tone="bad", marker="#1046"),
    answer(columns=("Id", "Name"), rows=(("C-1001", "Ada"), ("C-1002", "Bo"))),
)


def elements(node: object) -> Iterator[dict[str, Any]]:
    """Every JSON object of a card, however deep."""
    if isinstance(node, dict):
        yield (fields := cast("dict[str, Any]", node))
        yield from elements(list(fields.values()))
    elif isinstance(node, list):
        for child in cast("list[object]", node):
            yield from elements(child)


def texts(shown: Posted) -> list[str]:
    return [node["text"] for node in elements(respond(shown)) if node.get("type") == "TextBlock"]


def words(shown: Posted) -> str:
    """Everything a person reads in a card, without the escapes."""
    facts = [f"{node['title']}: {node['value']}" for node in elements(respond(shown)) if "value" in node]
    return re.sub(r"\\(.)", r"\1", "\n".join([*texts(shown), *facts]))


def buttons(shown: Posted) -> dict[str, dict[str, Any]]:
    return {action["title"]: action for action in respond(shown).get("actions", [])}


# --- every card ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", CARDS, ids=lambda shown: type(shown).__name__)
def test_every_card_keeps_the_house_rules(shown: Posted):
    """Somebody would get a card that is cut off, empty, or unreadable in their client."""
    card = respond(shown)
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.5")
    assert card["fallbackText"]
    assert len(card.get("actions", [])) <= 6
    for element in elements(card):
        if element.get("type") == "TextBlock":
            assert element["wrap"] is True
            assert element["text"].strip()
        if element.get("type") == "Input.Text":
            assert element["label"]
        if element.get("type") == "Image":
            assert element["altText"]
        if element.get("type") == "ColumnSet":
            assert [column["width"] for column in element["columns"]].count("stretch") == 1
    assert "{{" not in _LOCAL_TIME.sub("", json.dumps(card))


@pytest.mark.parametrize("shown", CARDS, ids=lambda shown: type(shown).__name__)
def test_the_marker_is_one_text_block_of_that_id_and_absent_without_a_marker(shown: Posted):
    """A post that was lost in a crash could not be found again and would be posted twice."""
    marked = [element["text"] for element in elements(respond(shown)) if element.get("id") == "marker"]
    assert marked == ([f"#{shown.marker.removeprefix('#')}"] if shown.marker else [])


@pytest.mark.parametrize("shown", CARDS, ids=lambda shown: type(shown).__name__)
def test_a_card_is_posted_without_text_so_that_it_stays_one_message(shown: Posted):
    """Teams splits text and card in two and gives no id back: the receipt line could never be updated."""
    activity = render(shown)
    assert "text" not in activity
    assert activity["attachments"] == [{"contentType": CARD_TYPE, "content": respond(shown)}]


def test_no_summary_says_a_name_a_number_or_content():
    """A locked screen would show who writes to the bank and what."""
    shown: tuple[Shown, ...] = (
        opening(name=CANARY, address=CANARY, approved_by=CANARY),
        from_contact(name=CANARY, text=CANARY, quoted=CANARY),
        receipt(contact=CANARY, reason=CANARY),
        NotSent(marker="#1", rule="r", text=CANARY, remedy=CANARY),
        Notice(text=CANARY),
        quarantined(name=CANARY, address=CANARY, decided=CANARY),
        answer(title=CANARY, text=CANARY),
    )
    for each in shown:
        assert CANARY in json.dumps(render(each))
        assert CANARY not in render(each)["summary"]


HOSTILE = st.text(
    alphabet=st.sampled_from([*"*_`[](){}<>&\\\"'|~#\n", "a", "é", "\u202e", "😀", "\x00"]), max_size=4_000
)


@settings(deadline=None)
@given(HOSTILE, HOSTILE)
def test_no_card_outgrows_teams_whatever_stands_in_it(one: str, other: str):
    """Teams would refuse the card and nobody would learn what it said."""
    shown: tuple[Posted, ...] = (
        opening(name=one, address=other, approved_by=other),
        receipt(state="failed", reason=one, times=tuple((state, AT) for state in STATES)),
        NotSent(marker="#1", rule="r", text=one, remedy=other),
        Notice(text=one),
        quarantined(name=one, address=other),
        quarantined(name=one, decided=other),
        answer(title=one, text=other, facts=((one, other),) * 40, columns=(one, other), rows=((one, other),) * 40),
    )
    for each in shown:
        assert len(json.dumps(respond(each), ensure_ascii=False).encode()) <= CARD_BYTES


def test_a_link_in_a_profile_name_is_shown_and_not_made():
    """An administrator could be led to a stranger's page by a card of ours."""
    for shown in (quarantined(name="[x](http://evil.example)"), opening(name="[x](http://evil.example)")):
        assert "](" not in json.dumps(respond(shown)).replace("\\\\](", "")
        assert "[x](http://evil.example)" in words(shown)


# --- a contact's message ---------------------------------------------------------------------------------------------


def test_a_contacts_message_begins_with_its_marker_and_name_and_says_when():
    """Staff could not tell who wrote when, nor an auditor which record it is."""
    assert render(from_contact(text="*Hi*\nthere")) == {
        "type": "message",
        "textFormat": "xml",
        "text": "<em>#1042</em> <strong>Ada Keller</strong> · 2026-11-23 14:03:05 UTC<br/>"
        "<strong>Hi</strong><br/>there",
        "summary": "New WhatsApp message",
    }


def test_a_quote_a_forward_and_a_placeholder_are_told_apart_from_the_contacts_own_words():
    """Words of somebody else would pass for the contact's."""
    text = render(from_contact(quoted="<old>", remarks=("Forwarded",), placeholder=True, text="A photo."))["text"]
    assert text.endswith("<em>Forwarded</em><br/><blockquote>&lt;old&gt;</blockquote><em>A photo.</em>")


def test_a_longest_message_that_whatsapp_takes_is_shown_whole_in_any_script():
    """Part of an ordinary long message would be missing from the thread."""
    for character in ("a", "&", "\n", "😀"):
        assert "Cut here" not in render(from_contact(text=character * 4_096))["text"]


@settings(deadline=None)
@given(st.sampled_from(["&", "*&*", "`a`", "😀", "\n", "a"]), st.integers(min_value=4_097, max_value=60_000))
def test_a_message_too_big_for_teams_is_cut_and_says_so(piece: str, length: int):
    """Teams would refuse the post, or staff would take a part for the whole."""
    message = (piece * length)[:length]
    text = render(from_contact(text=message))["text"]
    assert len(text.encode("utf-16-le")) <= POST_BYTES + 1_000
    assert ("Cut here" in text) != text.endswith(html_of(message))


# --- receipts --------------------------------------------------------------------------------------------------------


def line(shown: Receipt) -> str:
    return next(text for text in texts(shown) if not text.startswith("#"))


def test_a_receipt_counts_up_its_states_on_one_line_in_utc():
    """The author could not see at once what became of the message."""
    times = (
        ("queued", AT),
        ("read", AT + timedelta(minutes=6, seconds=36)),
        ("delivered", AT + timedelta(seconds=2)),
        ("sent", AT),
    )
    assert line(receipt(state="read", times=times)) == "sent 14:03:05 · delivered 14:03:07 · read 14:09:41 UTC"


def test_a_receipt_says_the_day_when_it_is_another_one():
    """Read two days later would look like read at once."""
    times = (("sent", AT), ("read", AT + timedelta(days=2)))
    assert line(receipt(state="read", times=times)) == "sent 14:03:05 · read 2026-11-25 14:03:05 UTC"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"state": "queued"}, "Sending in a moment."),
        ({"state": "queued", "reason": "WhatsApp is busy"}, "Waiting: WhatsApp is busy."),
        ({"state": "accepted", "times": (("accepted", AT),)}, "Accepted by WhatsApp."),
        ({"state": "failed", "reason": "The window is closed"}, "Not delivered: The window is closed."),
        ({"state": "failed", "times": (("sent", AT),)}, "sent 14:03:05 UTC · not delivered: WhatsApp gave no reason."),
        ({"state": "uncertain"}, "May not have been delivered; checking."),
        ({"state": "undone"}, "Not sent: undone."),
        ({"state": "sent"}, "sent (WhatsApp did not say when)"),
    ],
)
def test_a_receipt_says_in_words_what_is_known(other: dict[str, Any], said: str):
    """A colour or a tick alone would be misread, or not seen at all."""
    assert line(receipt(**other)) == said


def test_undo_is_offered_only_while_it_can_still_be_undone():
    """A button that can do nothing would make staff believe a message was taken back."""
    assert buttons(receipt(may_undo=True))["Undo"]["verb"] == "undo"
    assert buttons(receipt(may_undo=True))["Undo"]["data"] == {"message": "M-1"}
    assert buttons(receipt(may_undo=False)) == {}
    assert buttons(receipt(state="sending", may_undo=True)) == {}


def test_an_uncertain_message_asks_a_person_only_once_it_may_be_settled():
    """Asking too early would invite the second send that the status makes needless."""
    verbs = {title: action["verb"] for title, action in buttons(receipt(state="uncertain", may_settle=True)).items()}
    assert verbs == {"It arrived": "arrived", "Send again": "resend"}
    assert buttons(receipt(state="uncertain", may_settle=False)) == {}


# --- the others ------------------------------------------------------------------------------------------------------


def test_a_refusal_begins_with_not_sent_and_names_rule_and_remedy():
    """The author would not know whether it left, why not, and what to do."""
    shown = NotSent(
        marker="#1045", rule="staff-unknown", text="You are not authorised.", remedy="Ask: `staff authorise`."
    )
    assert texts(shown)[:3] == [
        "Not sent. You are not authorised.",
        "Ask: **staff authorise**.",
        "Rule: staff-unknown",
    ]


def test_an_opening_says_who_approved_until_when_and_what_leaves_the_thread():
    """Staff would not know that plain text stays inside, or whom they are writing to."""
    local = "{{DATE(2026-11-24T14:03:05Z, SHORT)}} {{TIME(2026-11-24T14:03:05Z)}} (2026-11-24 14:03 UTC)"
    assert texts(opening(window_until=AT + timedelta(days=1))) == [
        "Ada Keller",
        "+41 79 555 01 01",
        "Approved by Ruth Meier on 2026-11-23 14:03 UTC",
        f"Free text can be sent until {local}",
        "Nobody looks after this contact yet",
        "Only messages to @Waybill go to Ada. Everything is recorded.",
        "#C-1001",
    ]


@pytest.mark.parametrize(
    ("given", "line", "offered"),
    [
        ({}, "Nobody looks after this contact yet", {"Take": "take", "Close": "close"}),
        ({"assignee": "Marc Weber"}, "Marc Weber looks after", {"Release": "release", "Close": "close"}),
        ({"assignee": "Marc Weber", "is_closed": True}, "Closed: nothing is left to do", {"Reopen": "reopen"}),
    ],
    ids=["nobody's", "somebody's", "closed"],
)
def test_an_opening_says_whose_work_it_is_and_offers_what_can_be_done(
    given: dict[str, Any], line: str, offered: dict[str, str]
):
    """Whoever does not know the commands could not take a conversation."""
    shown = opening(**given)
    assert line in words(shown)
    assert {title: each["verb"] for title, each in buttons(shown).items()} == offered


def test_whoever_is_mentioned_is_called_by_teams_and_no_name_makes_a_mark():
    """The one person whose attention is needed would see nothing; or a name would become a link."""
    shown = Notice(text="No answer yet", mentions=(Mention(object_id="9b1c", name="Lena <b>[x](y)</b> Frei"),))
    card = respond(shown)
    (entity,) = card["msteams"]["entities"]
    assert entity["mentioned"] == {"id": "9b1c", "name": "Lena b x y /b Frei"}
    assert entity["text"] == f"<at>{entity['mentioned']['name']}</at>"
    assert entity["text"] in [node["text"] for node in elements(card) if node.get("type") == "TextBlock"]
    assert "msteams" not in respond(Notice(text="No answer yet"))


def test_a_quarantined_sender_shows_a_count_and_two_decisions_until_one_was_taken():
    """An administrator could not decide where they read of it, or would decide twice."""
    waiting, decided = quarantined(), quarantined(decided="Approved by Ruth Meier")
    assert "Waiting: 2 messages, recorded, not shown to staff" in words(waiting)
    assert {title: (each["verb"], each["data"]) for title, each in buttons(waiting).items()} == {
        "Approve": ("approve", {"contact": "C-1001"}),
        "Reject": ("reject", {"contact": "C-1001"}),
    }
    assert buttons(decided) == {}
    assert "Approved by Ruth Meier" in words(decided)


def test_only_a_rejection_waits_for_its_reason():
    """An approval would be blocked by an empty reason field."""
    assert buttons(quarantined())["Approve"]["associatedInputs"] == "none"
    assert "associatedInputs" not in buttons(quarantined())["Reject"]
    reason = next(node for node in elements(respond(quarantined())) if node.get("type") == "Input.Text")
    assert (reason["id"], reason["isRequired"]) == ("reason", True)


def test_a_long_list_is_cut_and_says_how_many_more_there_are():
    """Teams would refuse the card, or somebody would take a part of the contacts for all."""
    rows = tuple((f"C-{1000 + number}", f"Name {number}", "+41 79 555 01 01", "approved") for number in range(500))
    shown = answer(columns=("Id", "Name", "Address", "State"), rows=rows)
    table = next(node for node in elements(respond(shown)) if node.get("type") == "Table")
    (rest,) = (int(number) for number in re.findall(r"and (\d+) more", words(shown)))
    assert len(table["rows"]) - 1 + rest == 500
    assert rest < 460
    assert len(json.dumps(respond(shown), ensure_ascii=False).encode()) <= CARD_BYTES


def test_a_short_list_is_shown_whole():
    """The cut would say that there is more where there is not."""
    assert "more" not in words(answer(columns=("Id",), rows=(("C-1001",), ("C-1002",))))


def test_an_anchor_can_be_copied_as_it_is_and_says_what_the_hour_held():
    """A checkpoint that a card had wrapped or escaped would verify nowhere."""
    note = "example.org/x\n1042\nAAAA\n\n— example.org/x BBBB\n"
    anchor = AnchorPost(hour=AT.replace(minute=0), size=1042, counts=(("message", 30), ("note", 2)), checkpoint=note)
    text = render(anchor)["text"]
    assert f"<pre>{note}</pre>" in text
    assert "14:00 to 15:00 UTC" in text
    assert "30 message, 2 note" in text
    assert "could not be read" in render(replace(anchor, counts=None))["text"]
    assert "<script>" not in render(replace(anchor, checkpoint="<script>"))["text"]


PARTS = {
    "Sending in a moment. It leaves as 2 messages.": (("queued", None), ("queued", None)),
    "1 of 2 sent · part 2: sending": (("sent", None), ("sending", None)),
    "2 of 2 sent · 1 of 2 delivered": (("delivered", None), ("sent", None)),
    "2 of 2 sent · 2 of 2 delivered · 1 of 2 read": (("delivered", None), ("read", None)),
    "1 of 2 sent · 1 of 2 delivered · part 2: not delivered: too big": (("delivered", None), ("failed", "too big.")),
    "part 1: may not have been delivered · part 2: waiting": (("uncertain", None), ("queued", None)),
    "1 of 2 sent · part 2: not sent, undone": (("sent", None), ("undone", None)),
}


@pytest.mark.parametrize("line", PARTS)
def test_a_message_in_parts_says_how_far_each_has_come(line: str):
    """ "Delivered" under three messages of which one failed would be believed."""
    parts = tuple(Part(state=cast("ReceiptState", state), reason=reason) for state, reason in PARTS[line])
    waiting = all(part.state == "queued" for part in parts)
    assert line in words(receipt(state="queued", parts=parts, may_undo=waiting))
