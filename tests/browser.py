"""Knows how to start `waybill sandbox` and to play on its page in Chromium; judges nothing but its complaints."""

import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

from infra.sandbox.clouds import CLIENTS
from infra.sandbox.teams import Channel, Person
from infra.sandbox.whatsapp import Handset

REMEDY = "apt-get install chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = timedelta(seconds=30)
"""How long the page may take to show something; never how long it is waited for."""

LENGTH = """node => new Promise((done, failed) => {
  node.addEventListener("loadedmetadata", () => done(node.duration));
  node.addEventListener("error", () => failed(new Error("cannot be played")), true);
  node.preload = "metadata";
  if (node.duration) done(node.duration);
  else if (node.paused) node.load();
})"""
"""How many seconds a player has to play; fails where it cannot."""

expect.set_options(timeout=PATIENCE.total_seconds() * 1000)


@contextmanager
def running_sandbox(data: Path, *options: str) -> Generator[str]:
    """`waybill sandbox` as a child process while the block runs; gives the address that it prints.

    Ended by SIGTERM, and it has to end with status 0 then: what it started must not stay behind.
    """
    command = (sys.executable, "-m", "bot", "sandbox", "--port", "0", "--data", str(data), *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.send_signal(signal.SIGTERM)
            _, words = process.communicate(timeout=PATIENCE.total_seconds())
        assert process.returncode == 0, words


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    _, found, address = line.strip().partition(": ")
    assert found, f"the sandbox printed no address but {line!r}"
    return address


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The page, in the words of the people who play on it. Every verb waits until the page can take it."""

    page: Page
    complaints: Sequence[str]

    def get(self, hook: str) -> Locator:
        """The element with a test id."""
        return self.page.get_by_test_id(hook)

    # On a contact's phone -------------------------------------------------------------------------------------------

    def pick_up(self, handset: Handset) -> None:
        """Look at somebody's phone; what is shown there counts as read after a moment."""
        self.get(f"phone-contact-{handset.user_id}").click()

    def text(self, words: str) -> None:
        """Write on the phone that is shown, and see it there."""
        self.get("phone-input").fill(words)
        self.get("phone-send").click()
        expect(self.on_phone(words)).to_be_visible()

    def on_phone(self, words: str) -> Locator:
        """The message on the phone that says so."""
        return self.get("phone-message").filter(has_text=words)

    def send(self, kind: str) -> None:
        """Send something else than words from the phone that is shown, and see one message more of its owner."""
        own = self.get("phone-message").and_(self.page.locator(".mine"))
        before = own.count()
        self.get("phone-attach").click()
        self.get(f"phone-send-{kind}").click()
        expect(own).to_have_count(before + 1)

    def do(self, message: Locator, action: str) -> None:
        """Choose from the menu of a message on the phone, or of a post."""
        message.hover()
        message.get_by_role("button", name="actions").click()
        self.page.get_by_role("menuitem", name=action).click()

    # In Teams -------------------------------------------------------------------------------------------------------

    def become(self, person: Person) -> None:
        """Go on as somebody else of the team."""
        self.get("person-select").select_option(person.aad_object_id)

    def look_into(self, channel: Channel) -> None:
        """Open a channel."""
        self.get(f"channel-tab-{channel.id}").click()

    def command(self, words: str) -> None:
        """Post in the open channel, to the bot."""
        self.get("channel-input").fill(words)
        self.get("channel-mention").set_checked(True)
        self.get("channel-send").click()

    def thread(self, words: str) -> Locator:
        """The thread of the clients' channel in which the words stand; opens the channel."""
        self.look_into(CLIENTS)
        return self.get("thread").filter(has=self.post(words))

    def post(self, words: str) -> Locator:
        """The post that says so, wherever it stands."""
        return self.get("post").filter(has_text=words)

    def reply(self, thread: Locator, words: str, *, mention: bool) -> None:
        """Write in a contact's thread, and see it there; without the mention it is a remark."""
        thread.get_by_test_id("thread-reply-mention").set_checked(mention)
        thread.get_by_test_id("thread-reply-input").fill(words)
        thread.get_by_test_id("thread-reply-send").click()
        expect(thread.get_by_test_id("post").filter(has_text=words).first).to_be_visible()  # a card may repeat it

    # Breaking things ------------------------------------------------------------------------------------------------

    def switch(self, hook: str, *, on: bool) -> None:
        """Flip a switch of the panel on which things are broken."""
        self.get("break").click()
        self.get(hook).set_checked(on)
        self.page.keyboard.press("Escape")

    def crash(self) -> None:
        """Kill the service."""
        self.get("break").click()
        self.get("service-kill").click()
        self.page.keyboard.press("Escape")

    # At the archive -------------------------------------------------------------------------------------------------

    def records(self, kind: str) -> Locator:
        """The rows of the archive that show records of a kind."""
        return self.get("archive-record").filter(has_text=kind)

    def verify(self) -> Locator:
        """Have the archive verified; gives the place where the verdict appears."""
        self.get("archive-verify").click()
        return self.get("archive-verify-result")


def seconds_of(player: Locator) -> float:
    """How long a voice note or video is, once the browser has read its beginning; fails where it cannot be played."""
    return player.evaluate(LENGTH)


@dataclass
class _Complaints:
    """Everything the browser's console would show somebody who looks there."""

    heard: list[str] = field(default_factory=list[str])

    def listen(self, page: Page) -> None:
        page.on("console", lambda said: self.heard.append(f"{said.type}: {said.text}") if _is_bad(said.type) else None)
        page.on("pageerror", lambda error: self.heard.append(f"uncaught: {error}"))


def _is_bad(kind: str) -> bool:
    return kind in {"error", "warning", "assert"}


@contextmanager
def browsing(
    chromium: str, address: str, *, width: int = 1440, height: int = 900, timezone: str = "UTC"
) -> Generator[Sandbox]:
    """The sandbox's page in a browser that has never been there, ready when the service and its team are set up."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="light", timezone_id=timezone
        )
        context.set_default_timeout(PATIENCE.total_seconds() * 1000)
        complaints = _Complaints()
        page = context.new_page()
        complaints.listen(page)
        page.goto(address)
        sandbox = Sandbox(page=page, complaints=complaints.heard)
        expect(sandbox.get("service-state")).to_have_attribute("data-state", "up")
        expect(sandbox.post("Channel linked")).to_be_visible()
        yield sandbox
        browser.close()
