"""A template says to the contact what its preview said to staff, and WhatsApp gets what it asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import sendable
from bridge.sendable import Parameter, TemplateOut
from bridge.templates import Template, filled, missing, text_of
from bridge.whatsapp.templates import template_body, template_of
from bridge.wire import Json

MEETING = Template(
    name="meeting",
    language="en",
    category="utility",
    status="approved",
    header="News for {{1}}",
    body="Dear {{2}}, may we call you on {{1}}?",
    footer="Keller & Partners",
    buttons=("Yes", "No"),
)
NAMED = Template(
    name="follow_up",
    language="de",
    category="utility",
    status="approved",
    body="Guten Tag {{first_name}}",
    is_named=True,
)
VALUES = {"header.1": "Ada", "body.1": "Monday", "body.2": "Ada Keller"}


def listed(**changes: Any) -> Json:
    """A template as the Graph API lists it."""
    components: list[dict[str, Any]] = [
        {"type": "HEADER", "format": "TEXT", "text": "News for {{1}}"},
        {"type": "BODY", "text": "Dear {{2}}, may we call you on {{1}}?"},
        {"type": "FOOTER", "text": "Keller & Partners"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": text} for text in ("Yes", "No")]},
    ]
    return Json(
        {
            "name": "meeting",
            "language": "en",
            "category": "UTILITY",
            "status": "APPROVED",
            "parameter_format": "POSITIONAL",
            "components": components,
        }
        | changes
    )


def test_a_listed_template_is_read_as_it_is():
    """Staff would be shown another text than WhatsApp sends."""
    assert template_of(listed()) == MEETING


def test_the_preview_is_what_the_contact_reads():
    """The archive would hold something that was never sent."""
    assert text_of(MEETING, VALUES) == (
        "News for Ada\nDear Ada Keller, may we call you on Monday?\nKeller & Partners\n[Yes] [No]"
    )


def test_numbered_fields_are_sent_in_the_order_of_their_numbers_and_named_ones_by_name():
    """The contact would be called Monday."""
    assert template_body(filled(MEETING, VALUES))["template"]["components"] == [
        {"type": "header", "parameters": [{"type": "text", "text": "Ada"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Monday"}, {"type": "text", "text": "Ada Keller"}]},
    ]
    assert template_body(filled(NAMED, {"body.first_name": "Ada"}))["template"] == {
        "name": "follow_up",
        "language": {"code": "de"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ada"}]}
        ],
    }


def test_an_empty_field_is_missing():
    """WhatsApp would refuse it, or the contact read a gap."""
    assert [field.key for field in missing(MEETING, VALUES | {"body.1": " \n"})] == ["body.1"]
    assert missing(MEETING, VALUES) == ()


@pytest.mark.parametrize("status", ["pending", "rejected", "paused", "disabled", "in_appeal", "archived", ""])
def test_only_an_approved_template_is_offered(status: str):
    """Staff would choose what WhatsApp refuses, or what counts against our quality."""
    assert MEETING.is_offered
    assert not replace(MEETING, status=status).is_offered


@pytest.mark.parametrize(
    "components",
    [
        [{"type": "BODY", "text": "x"}, {"type": "HEADER", "format": "IMAGE"}],
        [{"type": "BODY", "text": "x"}, {"type": "CAROUSEL"}],
        [{"type": "BODY", "text": "x"}, {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "text": "y"}]}],
        [
            {"type": "BODY", "text": "x"},
            {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "y", "url": "https://a.example/{{1}}"}]},
        ],
        [],
    ],
)
def test_what_text_cannot_fill_is_not_offered(components: list[dict[str, Any]]):
    """Staff would fill in a form for a message that is refused for the file it lacks."""
    assert not template_of(listed(components=components)).is_offered
    plain = {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "y", "url": "https://a.example/"}]}
    assert template_of(listed(components=[{"type": "BODY", "text": "x"}, plain])).is_offered


@given(st.builds(Parameter, part=st.sampled_from(["header", "body"]), name=st.none() | st.text(), text=st.text()))
def test_a_template_comes_back_from_the_outbox_as_it_was(parameter: Parameter):
    """After a restart another text would leave."""
    what = TemplateOut(name="meeting", language="en", parameters=(parameter, parameter))
    assert sendable.from_json(sendable.to_json(what)) == what
