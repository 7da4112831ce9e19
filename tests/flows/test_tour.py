"""The ten steps at the top of the sandbox's page: each ticks itself off when it has really happened."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from infra.sandbox.clouds import ADA, ADMIN, BILAL, MARC, RUTH
from tests.browser import Sandbox
from tests.flows.conftest import HELLO


def test_the_tour_can_be_taken_to_its_end(page: Sandbox):
    """A step that cannot be taken stops a newcomer for good; one that ticks itself off too early teaches nothing."""
    steps = page.get("guide").get_by_role("listitem")
    expect(steps).to_have_count(10)
    done = steps.filter(has_text="(done)")
    expect(done).to_have_count(0)

    page.text(HELLO)
    expect(done).to_have_count(1)
    page.look_into(ADMIN)
    page.become(RUTH)
    page.post("Unknown sender").get_by_role("button", name="Approve").click()
    page.become(MARC)
    thread = page.thread(HELLO)
    expect(done).to_have_count(2)
    page.pick_up(BILAL)
    page.reply(thread, "I will call you at ten.", mention=True)
    expect(done).to_have_count(4)
    page.pick_up(ADA)
    page.reply(thread, "She means the 2031 bond.", mention=False)
    expect(done).to_have_count(5)
    page.do(thread.get_by_test_id("post").filter(has_text="2031 bond"), "Delete")
    expect(done).to_have_count(6)

    page.get("break").click()
    page.get("clock-24").click()
    expect(page.page.get_by_text("restarted once")).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(page.get("service-state")).to_have_attribute("data-state", "up")
    send_template(page, thread)
    expect(done).to_have_count(7)

    page.switch("fault-archive_down", on=True)
    page.text("Are you there?")
    expect(thread).to_contain_text("Held: the archive has been unavailable")
    expect(done).to_have_count(7)
    page.switch("fault-archive_down", on=False)
    expect(page.post("Are you there?")).to_have_count(1)
    expect(done).to_have_count(8)
    page.crash()
    expect(done).to_have_count(9)
    page.get("archive-tamper").click()
    expect(page.verify()).to_contain_text("Not intact.")
    expect(done).to_have_count(10)


def send_template(page: Sandbox, thread: Locator) -> None:
    """A text comes too late; a template is chosen, filled in, looked at, sent, and answered by its button."""
    thread.get_by_test_id("thread-reply-mention").set_checked(True)
    thread.get_by_test_id("thread-reply-input").fill("Shall I call you?")
    thread.get_by_test_id("thread-reply-send").click()
    card = page.post("a template is needed")
    card.locator("input[list]").fill("follow_up (en_GB, utility)")
    card.get_by_role("button", name="Continue").click()
    expect(card.get_by_role("button", name="Preview")).to_be_visible()
    card.get_by_role("textbox").first.fill("Ada")
    card.get_by_role("textbox").last.fill("Marc")
    card.get_by_role("button", name="Preview").click()
    expect(card).to_contain_text("Hello Ada, this is Marc of Keller & Partners.")
    card.get_by_role("button", name="Send").click()
    page.on_phone("Hello Ada, this is Marc").get_by_role("button", name="Yes, please").click()
    expect(page.on_phone("Yes, please").last).to_be_visible()
