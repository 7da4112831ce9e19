"""Takes the READMEs' pictures: `uv run python -m tests.flows.screenshots [folder]`. Knows a conversation."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Locator, expect

from infra.sandbox.clouds import ADA, ADMIN, BILAL, MARC, MIRA, RUTH
from tests.browser import REMEDY, Sandbox, browsing, running_sandbox

FOLDER = Path("infra/sandbox")
MORNING = 10


def main() -> None:
    """Play a conversation of everything, and take a picture of its end by day and one of its middle by night."""
    chromium = shutil.which("chromium") or sys.exit(f"chromium is not installed ({REMEDY})")
    pictures = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with (
        tempfile.TemporaryDirectory(prefix="waybill-picture-") as folder,
        running_sandbox(Path(folder), "--undo-seconds", "0") as address,
        browsing(chromium, address, timezone=_where_it_is_ten()) as page,
    ):
        ada = play(page)
        tidy(page, ada)
        page.page.screenshot(path=pictures / "screenshot.png", animations="disabled")
        look_back(page, ada)
        page.page.screenshot(path=pictures / "screenshot-media.png", animations="disabled")


def _where_it_is_ten() -> str:
    """A time zone in which the conversation happens in office hours, whenever the picture is taken."""
    behind = MORNING - datetime.now(UTC).hour  # noqa: TID251 - a picture for people of this hour
    east = (behind + 12) % 24 - 12  # no zone is further off than half a day
    return f"Etc/GMT{-east:+d}"  # POSIX writes zones east of Greenwich with a minus


def play(page: Sandbox) -> Locator:
    """Two contacts write, are approved and answered, a third waits; gives Ada's thread, in which everything happens."""
    page.pick_up(BILAL)
    page.text("Hello, Bilal Haddad here. Is my transfer through?")
    bilal = approved(page, "C-1001", "Is my transfer through?")
    page.reply(bilal, "Good morning Mr Haddad, let me look.", mention=True)
    read(bilal, 1)

    page.pick_up(ADA)
    page.text("Good morning! Last night's storm has torn a hole in our roof 😟")
    ada = approved(page, "C-1002", "torn a hole")
    write(
        ada, "Good morning Ada, that is **no small thing**. Could you send us:\n- a photo from the garden\n- the policy"
    )
    expect(page.on_phone("a photo from the garden")).to_be_visible()
    page.get("phone-input").fill("This is the *north side*")
    page.send("photo")
    page.send("voice")
    page.send("document")
    expect(ada).to_contain_text("Survey report.pdf")
    page.send("location")
    expect(ada).to_contain_text("1 Cornhill, London")

    page.reply(ada, "The policy covers storm from force 8 on, it was 9. She is fine.", mention=False)
    page.become(RUTH)
    page.do(ada.get_by_test_id("post").filter(has_text="covers storm"), "Like")
    page.become(MARC)
    write(ada, "Thank you, that is all I need. **Covered.** The roofer comes _today at three_.")
    said = page.on_phone("Covered.")
    expect(said).to_be_visible()
    page.do(said, "Heart")
    page.do(said, "Reply")
    page.text("Three is perfect, thank you 🙏")
    expect(ada).to_contain_text("Three is perfect")
    read(ada, 2)

    page.pick_up(MIRA)
    page.text("Hi, is this the number of the front desk?")
    page.pick_up(ADA)
    page.reply(bilal, "It arrived at 9:40, all is well.", mention=True)
    expect(page.get(f"phone-contact-{BILAL.user_id}")).to_contain_text("1")
    return ada


def write(thread: Locator, words: str) -> None:
    """Write to a contact with Teams' own marks; what is seen of them differs from what was typed."""
    thread.get_by_test_id("thread-reply-mention").set_checked(True)
    thread.get_by_test_id("thread-reply-input").fill(words)
    thread.get_by_test_id("thread-reply-send").click()


def tidy(page: Sandbox, thread: Locator) -> None:
    """What should be in the picture comes into view, and the pointer goes out of it."""
    page.page.get_by_role("button", name="Hide these steps").click()
    expect(page.verify()).to_contain_text("Intact.")
    thread.get_by_test_id("thread-reply-mention").set_checked(True)
    thread.get_by_test_id("thread-reply-input").scroll_into_view_if_needed()
    thread.get_by_test_id("thread-reply-mention").blur()
    page.page.mouse.move(0, 0)


def look_back(page: Sandbox, thread: Locator) -> None:
    """By night, and where the photograph and the voice note are."""
    page.page.get_by_role("button", name="Dark colours").click()
    page.page.get_by_role("img", name="photo.jpg").evaluate("node => node.decode()")
    to_top = "node => node.scrollIntoView({block: 'start'})"
    thread.get_by_test_id("post").filter(has=page.page.get_by_role("img", name="photo.jpg")).evaluate(to_top)
    page.get("phone-message").filter(has=page.page.get_by_role("img", name="north side")).evaluate(to_top)
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
