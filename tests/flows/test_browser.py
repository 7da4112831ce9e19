"""What a newcomer plays on the sandbox's page, through a real browser and everything behind it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from infra.sandbox.clouds import ADA, ADMIN, BILAL, MARC, RUTH
from tests.browser import Sandbox
from tests.flows.conftest import HELLO


def test_the_story_of_a_newcomer_from_the_first_message_to_the_flipped_byte(page: Sandbox):
    """Whoever tries the project tries this first; if one step fails they are gone."""
    page.text(HELLO)
    page.look_into(ADMIN)
    card = page.post("Unknown sender on WhatsApp")
    expect(card).to_contain_text("C-1001")
    expect(page.post(HELLO)).to_have_count(0)
    expect(page.thread(HELLO)).to_have_count(0)

    page.look_into(ADMIN)
    page.become(RUTH)
    page.command("contact approve C-1001")
    expect(page.post("Contact approved")).to_be_visible()
    expect(card).to_contain_text("Approved by Ruth Meier")
    thread = page.thread(HELLO)
    expect(thread).to_be_visible()

    page.pick_up(BILAL)  # Ada looks away
    page.become(MARC)
    page.reply(thread, "Good morning Ada, I will call you at ten.", mention=True)
    receipt = thread.get_by_test_id("post").filter(has_text="delivered ")
    expect(receipt).to_contain_text("sent ")
    expect(receipt).not_to_contain_text("read ")
    page.pick_up(ADA)
    expect(page.on_phone("I will call you at ten.")).to_be_visible()
    expect(receipt).to_contain_text("read ")

    page.reply(thread, "She means the 2031 bond.", mention=False)
    expect(page.records("note")).to_have_count(1)
    expect(page.get("phone-message")).to_have_count(2)

    expect(page.verify()).to_contain_text("Intact.")
    page.get("archive-tamper").click()
    expect(page.get("archive-verify-result")).to_contain_text("One byte on disk is different")
    expect(page.verify()).to_contain_text("Not intact.")
    expect(page.get("archive-verify-result").get_by_role("listitem").first).to_contain_text("log/main/seg/")
    page.get("archive-repair").click()
    expect(page.get("archive-verify-result")).to_contain_text("put back")
    expect(page.verify()).to_contain_text("Intact.")


def test_the_approve_button_refuses_whoever_may_not_approve_and_somebody_who_may_still_can(page: Sandbox):
    """A button is a command: whoever may not type it must not be able to press it, nor to spoil it for others."""
    page.text(HELLO)
    page.look_into(ADMIN)
    page.become(MARC)
    page.post("Unknown sender").get_by_role("button", name="Approve").click()
    expect(page.post("Ask Ruth Meier")).to_be_visible()
    expect(page.records("refusal")).to_have_count(1)
    expect(page.thread(HELLO)).to_have_count(0)
    page.look_into(ADMIN)
    page.become(RUTH)
    page.command("contact approve C-1001")
    expect(page.thread(HELLO)).to_be_visible()


def test_what_is_written_while_the_archive_is_down_is_seen_to_wait_and_then_crosses(page: Sandbox, thread: Locator):
    """The first law has to be visible, not only true: a newcomer switches the archive off to see it."""
    page.switch("fault-archive_down", on=True)
    page.text("Are you there?")
    expect(thread).to_contain_text("Held: the archive has been unavailable")
    expect(page.post("Are you there?")).to_have_count(0)
    page.switch("fault-archive_down", on=False)
    expect(page.post("Are you there?")).to_have_count(1)
    expect(page.verify()).to_contain_text("Intact.")


def test_a_crash_of_the_service_is_seen_and_nothing_is_lost_or_doubled(page: Sandbox, thread: Locator):
    """The crash button is an invitation to distrust; after it every message is there once."""
    page.crash()
    page.text("Still there?")
    page.reply(thread, "Yes, always.", mention=True)
    expect(page.page.get_by_text("restarted once")).to_be_visible()
    expect(page.get("service-state")).to_have_attribute("data-state", "up")
    expect(page.post("Still there?")).to_have_count(1)
    expect(page.on_phone("Yes, always.")).to_have_count(1)
    expect(page.verify()).to_contain_text("Intact.")


def test_a_record_is_opened_with_its_proof_which_can_be_saved(page: Sandbox, thread: Locator):
    """A single message is what is asked for in court, and its proof is what is handed over."""
    page.records("message").first.click()
    sheet = page.get("archive-record-detail")
    expect(sheet).to_contain_text("the same hash from these bytes")
    sheet.get_by_text("Its proof, for standard tools").click()
    expect(sheet.get_by_label("Proof of the record")).to_contain_text("c2sp.org/tlog-proof")
    with page.page.expect_download() as download:
        sheet.get_by_role("link", name="Save").click()
    assert download.value.suggested_filename.endswith(".tlog-proof")
    assert "— waybill/main " in Path(download.value.path()).read_text()
