"""Takes the picture that the README shows: `uv run python -m tests.flows.screenshots [file]`. Knows a conversation."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Locator, expect

from infra.sandbox.clouds import ADA, ADMIN, BILAL, MARC, MIRA, RUTH
from tests.browser import REMEDY, Sandbox, browsing, running_sandbox

PICTURE = Path("infra/sandbox/screenshot.png")
MORNING = 10


def main() -> None:
    """Play a conversation of two contacts and take one picture of it."""
    chromium = shutil.which("chromium") or sys.exit(f"chromium is not installed ({REMEDY})")
    picture = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    with (
        tempfile.TemporaryDirectory(prefix="waybill-picture-") as folder,
        running_sandbox(Path(folder), "--undo-seconds", "0") as address,
        browsing(chromium, address, timezone=_where_it_is_ten()) as page,
    ):
        play(page)
        page.page.screenshot(path=picture, animations="disabled")


def _where_it_is_ten() -> str:
    """A time zone in which the conversation happens in office hours, whenever the picture is taken."""
    east = MORNING - datetime.now(UTC).hour  # noqa: TID251 - a picture for people of this hour
    return f"Etc/GMT{-east:+d}"  # POSIX writes zones east of Greenwich with a minus


def play(page: Sandbox) -> None:
    """Two contacts write, are approved and answered, a third waits; the picture ends on Ada's thread, verified."""
    page.pick_up(BILAL)
    page.text("Hello, Bilal Haddad here. Is my transfer through?")
    bilal = approved(page, "C-1001", "Is my transfer through?")
    page.reply(bilal, "Good morning Mr Haddad, let me look.", mention=True)
    read(bilal, 1)

    page.pick_up(ADA)
    page.text("Good morning! The 2031 bond: do I have to decide this week?")
    ada = approved(page, "C-1002", "The 2031 bond")
    page.reply(ada, "Good morning Ada. Yes, by Friday noon. Shall I call you at three?", mention=True)
    read(ada, 1)
    page.reply(ada, "Limit checked, she is fine up to 40k.", mention=False)
    page.text("Three is perfect, thank you 🙏")
    expect(ada).to_contain_text("Three is perfect")
    page.reply(ada, "Then until three. I have the term sheet in front of me.", mention=True)
    read(ada, 2)

    page.pick_up(MIRA)
    page.text("Hi, is this the number of the front desk?")
    page.pick_up(ADA)
    page.reply(bilal, "It arrived at 9:40, all is well.", mention=True)
    expect(page.get(f"phone-contact-{BILAL.user_id}")).to_contain_text("1")
    tidy(page, ada)


def tidy(page: Sandbox, thread: Locator) -> None:
    """What should be in the picture comes into view, and the pointer goes out of it."""
    page.page.get_by_role("button", name="Hide these steps").click()
    expect(page.verify()).to_contain_text("Intact.")
    thread.get_by_test_id("thread-reply-mention").set_checked(True)
    thread.get_by_test_id("thread-reply-input").scroll_into_view_if_needed()
    page.page.mouse.move(0, 0)


def approved(page: Sandbox, contact: str, words: str) -> Locator:
    """Ruth approves somebody; the thread with their words, as Marc sees it."""
    page.look_into(ADMIN)
    page.become(RUTH)
    page.post(contact).get_by_role("button", name="Approve").click()
    page.become(MARC)
    thread = page.thread(words)
    expect(thread).to_be_visible()
    return thread


def read(thread: Locator, messages: int) -> None:
    """So many messages of the thread were read by the contact."""
    expect(thread.get_by_test_id("post").filter(has_text="· read ")).to_have_count(messages)


if __name__ == "__main__":
    main()
