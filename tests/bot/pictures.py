"""Draws the cards in Chromium with the Adaptive Cards renderer: `uv run python -m tests.bot.pictures`."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, sync_playwright

import infra.sandbox
from bot.cards import respond
from bridge.language import speaking
from tests.bot.pictured import pictured
from tests.browser import FLAGS, REMEDY

STATIC = Path(infra.sandbox.__file__).parent / "static"
FOLDER = Path("bot/pictures")
Scheme = Literal["light", "dark"]
PICTURES: tuple[tuple[str, int, Scheme, str], ...] = (
    ("light", 1240, "light", "en"),
    ("dark", 1240, "dark", "en"),
    ("phone", 360, "light", "en"),
    ("german", 1240, "light", "de"),
)
"""What a picture is called, how wide the window is, by day or by night, and in which language."""

SHEET = """<!doctype html><meta charset="utf-8"><title>Cards</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="css/base.css"><link rel="stylesheet" href="css/cards.css">
<style>
  html, body { overflow: auto; height: auto; }
  body { columns: 380px; column-gap: 20px; padding: 20px; margin: 0; }
  figure { break-inside: avoid; margin: 0 0 20px; }
  figcaption { color: var(--muted); font-size: 12px; margin-bottom: 4px; }
  .card-holder { padding: 2px; }
</style>
<script src="vendor/adaptivecards.min.js"></script>
<script type="module">
  import { drawn } from "./js/cards.js";
  for (const [title, card] of Object.entries(CARDS)) {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = title;
    const holder = document.createElement("div");
    holder.className = "card-holder";
    holder.append(drawn(card, () => {}));
    figure.append(caption, holder);
    document.body.append(figure);
  }
  document.body.dataset.drawn = "yes";
</script>"""


def main() -> None:
    """Take the pictures that lie in `bot/pictures`."""
    chromium = shutil.which("chromium") or sys.exit(f"chromium is not installed ({REMEDY})")
    FOLDER.mkdir(exist_ok=True)
    for name, width, scheme, language in PICTURES:
        with sheet(chromium, width=width, scheme=scheme, language=language) as page:
            page.screenshot(path=FOLDER / f"cards-{name}.png", full_page=True, animations="disabled")


@contextmanager
def sheet(chromium: str, *, width: int, scheme: Scheme = "light", language: str = "en") -> Generator[Page]:
    """A page with the pictured cards on it, drawn, while the block runs."""
    with speaking(language):
        drawn = {title: respond(card) for title, card in pictured().items()}
    text = SHEET.replace("CARDS)", json.dumps(drawn) + ")")
    with _serving(text) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            page = browser.new_page(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                timezone_id="Europe/Zurich",
                locale={"en": "en-GB", "de": "de-CH"}[language],
            )
            page.goto(address)
            page.wait_for_selector("body[data-drawn]")
            yield page
        finally:
            browser.close()


@contextmanager
def _serving(sheet: str) -> Generator[str]:
    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                super().do_GET()
                return
            data = sheet.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(STATIC))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    main()
