"""What can be done on a contact's phone on the sandbox's page, in a real browser with everything behind it."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.browser import Sandbox, seconds_of

ORDINARY = ("photo", "drawing", "video", "voice", "document", "sticker", "animated", "location", "card")
ODD = ("poll", "once", "order", "form", "forwarded", "ad", "large", "welcome", "unknown")


def is_drawn(picture: Locator) -> bool:
    """Whether the browser could decode it."""
    expect(picture).to_be_visible()
    picture.evaluate("node => node.decode()")
    return picture.evaluate("node => node.naturalWidth") > 0


def test_every_kind_can_be_sent_from_the_phone_and_is_shown_as_whatsapp_shows_it(page: Sandbox):
    """Whoever evaluates the bridge asks at once what becomes of voice notes and photographs."""
    for kind in (*ORDINARY, *ODD):
        page.send(kind)
    chat = page.get("phone-message")
    assert is_drawn(chat.get_by_role("img", name="Picture").first)
    assert is_drawn(chat.get_by_role("img", name="Sticker").first)
    assert 3 < seconds_of(page.page.get_by_label("Voice note")) < 6
    assert 1 < seconds_of(page.page.get_by_label("Video")) < 4
    expect(chat.get_by_role("link", name="Survey report.pdf")).to_be_visible()
    for words in ("1 Cornhill, London", "Bo Lind", "2 × Umbrella, large", "day: Friday", "Forwarded", "advertisement"):
        expect(page.on_phone(words).first).to_be_visible()
    expect(chat.locator(".ticks-delivered")).to_have_count(len(ORDINARY) + len(ODD))


def test_a_message_can_be_answered_edited_and_deleted_on_the_phone(page: Sandbox):
    """Edits and deletions are what an archive is suspected of losing: a newcomer must be able to make them."""
    page.text("The roof is leeking")
    message = page.get("phone-message")
    page.do(message, "Edit")
    page.get("phone-input").fill("The roof is leaking")
    page.get("phone-send").click()
    expect(message).to_contain_text("The roof is leaking")
    expect(message).to_contain_text("Edited")
    page.do(message, "Reply")
    page.text("Since Sunday")
    expect(page.on_phone("Since Sunday").get_by_role("blockquote")).to_contain_text("The roof is leaking")
    page.do(message.first, "Delete")
    expect(message.first).to_contain_text("You deleted this message")


def test_a_file_of_ones_own_is_sent_with_what_stands_in_the_field_as_its_caption(page: Sandbox):
    """The first thing people try is a file of theirs."""
    page.get("phone-input").fill("see page 2")
    own: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"two pages"}
    page.get("phone-file").set_input_files(own)
    expect(page.on_phone("notes.txt")).to_contain_text("see page 2")
    expect(page.on_phone("notes.txt")).to_contain_text("9 bytes")
    expect(page.get("phone-input")).to_have_value("")


@pytest.mark.parametrize("event", ["number", "power"])
def test_what_happens_to_a_contact_is_seen_on_their_phone(page: Sandbox, event: str):
    """A new number is the hardest case of the registry, and one button away."""
    owner = page.page.locator("[data-owner]")
    expect(owner).to_contain_text("+44 7700 900001")
    page.get("phone-attach").click()
    page.get(f"phone-event-{event}").click()
    if event == "number":
        expect(owner).not_to_contain_text("+44 7700 900001")
    else:
        expect(page.get("phone-pane")).to_contain_text("This phone is off")


def test_the_phones_menus_work_by_keys_alone(page: Sandbox):
    """Who cannot use a mouse evaluates software too."""
    keys = page.page.keyboard
    page.get("phone-attach").focus()
    keys.press("Enter")
    expect(page.get("phone-send-photo")).to_be_focused()
    keys.press("End")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    expect(page.get("phone-send-drawing")).to_be_focused()
    keys.press("Escape")
    expect(page.get("phone-attach")).to_be_focused()
    expect(page.get("phone-send-photo")).to_have_count(0)
    keys.press("Enter")
    keys.press("Enter")
    expect(page.get("phone-message")).to_have_count(1)
