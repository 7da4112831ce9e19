"""The sandbox's clock is one clock, whoever reads it."""

from datetime import timedelta
from pathlib import Path

from infra.sandbox.box import Sandbox
from infra.sandbox.clock import MovableClock
from infra.sandbox.clouds import utc_now
from tests.infra.conftest import Page


def test_a_moved_clock_shows_the_same_time_to_another_process(tmp_path: Path) -> None:
    """The service reads it in a process of its own: two times would close windows that stand open on the page."""
    clock = MovableClock(tmp_path / "clock")
    assert clock() - utc_now() < timedelta(seconds=1)
    clock.advance(timedelta(days=90))
    clock.advance(timedelta(hours=1))
    assert MovableClock(tmp_path / "clock").moved == timedelta(days=90, hours=1)


async def test_time_passes_for_the_page_and_only_forward(page: Page, box: Sandbox) -> None:
    """An archive whose clock goes back would be taken for a forged one."""
    assert (await page.post("/api/clock", {"hours": 24}))[0] == 200
    assert (await page.get("/api/state"))[1]["clock"]["moved_days"] == 1
    assert box.clouds.clock() > utc_now() + timedelta(hours=23)
    for hours in (0, -24, 10**9):
        assert (await page.post("/api/clock", {"hours": hours}))[0] == 400
