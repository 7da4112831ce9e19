"""Every morning administrators see what was unusual, and as a page with plots."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from infra.sandbox.clouds import ADA, ADMIN, MARC
from tests.browser import FLAGS, REMEDY
from tests.inside import Hands, Inner, inner
from tests.needs import needs

DAY = timedelta(days=1)


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock, telling every morning what was unusual."""
    async with inner(tmp_path, clock=hands, WAYBILL_DAILY_REPORT="on") as play:
        yield play


async def at(play: Inner, hands: Hands, hour: int, *, days: int = 1) -> None:
    """Some days later at an hour of UTC, after a look."""
    now = hands()
    hands.move(now.replace(hour=hour, minute=0, second=0, microsecond=0) + days * DAY - now)
    daily = play.bridge.daily
    assert daily is not None
    await daily.look()
    await play.idle()


def told(play: Inner) -> list[str]:
    return [post.words for post in play.posts(ADMIN, "What happened on")]


async def test_administrators_are_told_once_a_day_also_over_a_restart(play: Inner, hands: Hands):
    """They would have to look for what is unusual; or be told with every restart."""
    await at(play, hands, 8)
    before = len(told(play))
    root = await play.approve_ada()
    for _ in range(3):
        await play.order(MARC, "contact list", None)
    await play.reply(root, "Good morning!")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id))
    await play.idle()
    await at(play, hands, 6)
    assert len(told(play)) == before
    await at(play, hands, 8, days=0)
    await at(play, hands, 9, days=0)
    (card,) = told(play)[before:]
    assert "1 came in, 1 were written by staff" in card
    assert "was refused 3 times" in card
    assert "first contact" in card
    assert "C-1001 waits" not in card, "Marc has answered"
    assert "Good morning" not in card
    refused = [record["index"] for record in play.records("refusal")]
    assert f"#{refused[0]}, #{refused[1]}, #{refused[2]}" in card
    await play.service.stop()
    await play.restart()
    await play.until(lambda: play.inside.serving.door.bridge)
    await at(play, hands, 10, days=0)
    assert len(told(play)) == before + 1
    await play.clouds.whatsapp.say(ADA.user_id, "And the other matter?")
    await play.until(lambda: any("other matter" in words for words in play.shown(root)))
    await play.idle()
    await at(play, hands, 8)
    assert len(told(play)) == before + 2
    assert "C-1001 waits" in told(play)[-1]
    assert "nobody looks after them" in told(play)[-1]
    assert "other matter" not in told(play)[-1]
    assert (await play.verify())["status"] == 0


async def test_the_same_is_a_page_with_plots_that_names_records_and_says_no_word(play: Inner, tmp_path: Path):
    """An examiner would be shown a list of numbers, or the messages themselves."""
    root = await play.approve_ada()
    await play.reply(root, "A secret & more")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id))
    await play.service.stop()
    page = tmp_path / "page.html"
    status, out, err = await play.waybill("report", "irregularities", "--since", "7d", "--html", str(page))
    assert status == 0, err
    assert "first contact  C-1001: wrote for the first time, and is approved now" in out
    assert "2 messages" in err
    text = page.read_text()
    assert "secret" not in text
    await asyncio.to_thread(look_at, page)


def look_at(page: Path) -> None:
    """In a browser: both plots are there, and nothing is loaded from anywhere."""
    chromium = needs("chromium", REMEDY)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        shown = browser.new_page(viewport={"width": 900, "height": 1000})
        asked: list[str] = []
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(page.as_uri())
        assert shown.get_by_role("img").count() == 2
        assert shown.locator("svg rect.cell").count() >= 1
        assert shown.locator("td.records").first.text_content() is not None
        assert asked == [page.as_uri()]
        browser.close()
