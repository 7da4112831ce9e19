"""Markers: found where our renderer puts them, and not in anything that a person wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import render
from bot.teams.rendered import CARD, card_of, carries_marker
from bridge.model import ContactId, MessageId
from bridge.shown import Answer, FromContact, Notice, NotSent, Quarantined, Receipt, Shown, ThreadOpening
from bridge.wire import Json

from .build import NOON


def as_graph_tells(shown: Shown) -> Json:
    """A post as MS Graph hands it back: HTML, and cards as JSON in a string."""
    rendered: dict[str, Any] = dict(render(shown))
    cards = [
        {"id": "1", "contentType": CARD, "content": json.dumps(attachment["content"])}
        for attachment in rendered.get("attachments", [])
    ]
    content = rendered.get("text", '<attachment id="1"></attachment>')
    return Json({"body": {"contentType": "html", "content": content}, "attachments": cards})


def from_contact(text: str = "Hello", name: str = "Ada", quoted: str | None = None) -> FromContact:
    return FromContact(marker="#1042", name=name, text=text, occurred_at=NOON, quoted=quoted)


SHOWN: list[Shown] = [
    from_contact(),
    ThreadOpening(
        contact=ContactId("C-1001"), name="Ada", address="+1", approved_by="Ruth", approved_at=NOON, marker="#1042"
    ),
    Receipt(marker="#1042", message=MessageId("M-A"), contact="Ada", state="queued", may_undo=True),
    NotSent(marker="#1042", rule="window", text="Too late.", remedy="Wait."),
    Notice(marker="#1042", text="Waiting."),
    Quarantined(contact=ContactId("C-1"), name=None, address="+1", waiting=1, marker="#1042"),
    Answer(title="Contacts", rows=(("a",),), columns=("Name",), marker="#1042"),
]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: type(shown).__name__)
@pytest.mark.parametrize("marker", ["#1042", "1042"])
def test_every_kind_of_post_is_found_by_its_marker(shown: Shown, marker: str):
    """A post whose answer was lost is settled by finding it; one that cannot be found is posted twice."""
    assert carries_marker(as_graph_tells(shown), marker)


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: type(shown).__name__)
@pytest.mark.parametrize("marker", ["#1043", "#104", "#10420", "#", ""])
def test_no_post_is_found_by_another_marker(shown: Shown, marker: str):
    """A false find would leave a message unposted that the archive says was shown."""
    assert not carries_marker(as_graph_tells(shown), marker)


HOSTILE = [
    "#7",
    "<em>#7</em>",
    "&lt;em&gt;#7&lt;/em&gt;",
    "</em><em>#7</em>",
    '"id":"marker","text":"#7"',
    "_#7_",
    "*#7*",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_contact_cannot_write_a_marker(text: str):
    """Somebody who could would make us believe that a later message had been shown already."""
    for shown in (from_contact(text=text), from_contact(name=text), from_contact(quoted=text)):
        assert not carries_marker(as_graph_tells(shown), "#7")
        assert carries_marker(as_graph_tells(shown), "#1042")
    for marker in ("", "#1042"):
        card = ThreadOpening(
            contact=ContactId("C-1"), name=text, address=text, approved_by=text, approved_at=NOON, marker=marker
        )
        assert not carries_marker(as_graph_tells(card), "#7")


@given(st.text())
def test_no_text_of_a_contact_is_a_marker(text: str):
    """The same for any text."""
    assert not carries_marker(as_graph_tells(from_contact(text=text + "#7", name=text)), "#7")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("<em>#7</em> Ada", True),
        ("<p><em>#7</em> Ada</p>", True),
        ("<div>\n<div><i>#7</i></div></div>", True),
        ("<em><strong>#7</strong></em>", True),
        ("#7 Ada", False),
        ("Ada <em>#7</em>", False),
        ("<p>Ada</p><p><em>#7</em></p>", False),
        ("<em>#7 and more</em>", False),
        ("<strong>#7</strong>", False),
        ("<blockquote><em>#7</em></blockquote>", False),
        ("<div>" * 100 + "<em>#7</em>", False),
        ("", False),
    ],
)
def test_a_text_is_marked_by_the_emphasised_word_it_begins_with(content: str, found: bool):
    """Teams wraps what we post in tags of its own; further in, it is somebody's text."""
    assert carries_marker(Json({"body": {"contentType": "html", "content": content}}), "#7") is found


@pytest.mark.parametrize(
    "card",
    [
        {"body": [{"type": "TextBlock", "id": "marker", "text": "#1042"}, {"type": "TextBlock", "text": "#7"}]},
        {"body": [{"type": "Input.Text", "id": "marker", "text": "#7"}]},
        {"body": [{"type": "TextBlock", "id": "reason", "text": "#7"}]},
        {"actions": [{"type": "Action.Execute", "data": {"type": "TextBlock", "id": "marker", "text": "#7"}}]},
        {"actions": [{"type": "Action.Execute", "data": [{"type": "TextBlock", "id": "marker", "text": "#7"}]}]},
        {"body": {"type": "TextBlock", "id": "marker", "text": "#7"}},
        "not a card",
        None,
    ],
)
def test_a_card_is_marked_by_its_marker_element_only(card: object):
    """A button's data can hold what people typed."""
    content = card if isinstance(card, str) else json.dumps(card)
    assert not carries_marker(Json({"attachments": [{"contentType": CARD, "content": content}]}), "#7")


def test_a_card_of_another_type_is_not_looked_into():
    """Graph lists files and quotes as attachments too."""
    content = json.dumps({"body": [{"type": "TextBlock", "id": "marker", "text": "#7"}]})
    assert carries_marker(Json({"attachments": [{"contentType": CARD, "content": content}]}), "#7")
    assert not carries_marker(Json({"attachments": [{"contentType": "messageReference", "content": content}]}), "#7")


def test_a_card_is_taken_out_of_what_was_rendered():
    """An invoke is answered with the card alone."""
    card = card_of(render(Notice(text="x")))
    assert Json(card).get("type").text_or("") == "AdaptiveCard"
    assert card_of(render(from_contact())) is None
