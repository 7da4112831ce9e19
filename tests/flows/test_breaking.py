"""What is broken by button on the sandbox's page, and the counters that have to stay at nought meanwhile."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from infra.sandbox.clouds import BILAL
from tests.browser import Sandbox


def test_webhooks_that_come_twice_are_recognised_and_nothing_is_doubled(page: Sandbox, thread: Locator):
    """Meta delivers at least once; whoever sees a message twice stops believing the rest."""
    page.switch("trouble-twice", on=True)
    page.text("Only once, please")
    expect(page.get("count-duplicates")).to_have_text(re.compile("duplicates[1-9]"))
    page.switch("trouble-twice", on=False)
    expect(thread.get_by_test_id("post").filter(has_text="Only once, please")).to_have_count(1)
    expect(page.get("count-doubled")).to_have_text("doubled0")
    expect(page.get("count-lost")).to_have_text("lost0")


def test_an_error_of_whatsapp_is_chosen_from_the_table_and_staff_read_why(page: Sandbox, thread: Locator):
    """The support desk wants to see what an error looks like before it happens."""
    page.get("break").click()
    page.get("break-code").select_option("131026")
    page.get("break-next").click()
    expect(page.page.get_by_text("Next: 131026.")).to_be_visible()
    page.page.keyboard.press("Escape")
    page.reply(thread, "Are you there?", mention=True)
    expect(thread).to_contain_text("131026")
    expect(page.on_phone("Are you there?")).to_have_count(0)
    expect(page.get("count-failed")).to_have_text("failed1")


def test_what_is_received_relayed_and_held_is_counted_and_a_burst_loses_nothing(page: Sandbox, thread: Locator):
    """The counters are the promises in numbers: they are looked at while things break."""
    expect(page.get("count-received")).to_have_text("received1")
    page.get("phone-attach").click()
    page.get("phone-event-burst").click()
    expect(page.get("count-received")).to_have_text("received21")
    page.crash()
    expect(page.get("count-relayed")).to_have_text("relayed21", timeout=60_000)
    for counted in ("waiting", "held", "failed", "lost", "doubled"):
        expect(page.get(f"count-{counted}")).to_have_text(f"{counted}0")
    page.pick_up(BILAL)
    page.text("And who am I?")
    expect(page.get("count-held")).to_have_text("held1")


def test_all_can_be_made_well_again(page: Sandbox):
    """Somebody who has broken five things must find the way back."""
    for hook in ("fault-teams_down", "trouble-slow"):
        page.switch(hook, on=True)
    expect(page.page.get_by_text("2 broken")).to_be_visible()
    expect(page.page.get_by_text("Teams is switched off for the service.")).to_be_visible()
    page.get("break").click()
    page.get("break-clear").click()
    expect(page.get("fault-teams_down")).not_to_be_checked()
    expect(page.get("trouble-slow")).not_to_be_checked()
    expect(page.get("rule-limits")).to_be_checked()


def test_a_day_passes_by_button_and_the_window_is_closed(page: Sandbox, thread: Locator):
    """The window is the rule of WhatsApp's that everybody meets first, and nobody waits a day to see it."""
    page.get("break").click()
    page.get("clock-24").click()
    expect(page.page.get_by_text("1 day ahead")).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(page.page.get_by_text("restarted once")).to_be_visible()
    expect(page.get("service-state")).to_have_attribute("data-state", "up")
    page.reply(thread, "Shall I call you?", mention=True)
    expect(thread).to_contain_text("a template is needed")
    expect(page.on_phone("Shall I call you?")).to_have_count(0)
    page.text("Still there?")
    expect(thread.get_by_test_id("post").filter(has_text="Still there?")).to_have_count(1)
    expect(page.verify()).to_contain_text("Intact.")
