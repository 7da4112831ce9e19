"""The stage that most stories are played on, set up by the commands of administrators, and the page in a browser."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from infra.sandbox.clouds import ADMIN, MARC, RUTH
from tests.browser import REMEDY, Sandbox, browsing, running_sandbox
from tests.inside import Hands
from tests.needs import needs
from tests.stage import Stage, stage

HELLO = "Good morning, could you call me about the bond?"


@pytest.fixture
def hands() -> Hands:
    """The clock of everybody."""
    return Hands()


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Stage]:
    """Both clouds and the service, with roles, one adviser and a linked channel."""
    async with stage(tmp_path) as play:
        await play.set_up()
        yield play


@pytest.fixture
async def root(play: Stage) -> str:
    """Ada is approved; the id of her thread's first post."""
    return await play.approve_ada()


@pytest.fixture
def page(tmp_path: Path) -> Generator[Sandbox]:
    """A new sandbox in a browser; at the end the browser must have had nothing to complain of."""
    chromium = needs("chromium", REMEDY)
    with running_sandbox(tmp_path / "data", "--undo-seconds", "1") as address, browsing(chromium, address) as page:
        yield page
        assert page.complaints == []


@pytest.fixture
def thread(page: Sandbox) -> Locator:
    """Ada has written and is approved: her thread, as Marc sees it."""
    page.text(HELLO)
    page.look_into(ADMIN)
    page.become(RUTH)
    page.post("Unknown sender").get_by_role("button", name="Approve").click()
    page.become(MARC)
    thread = page.thread(HELLO)
    expect(thread).to_be_visible()
    return thread
