"""The stage that most stories are played on, set up through the same commands that administrators use."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.stage import Stage, stage


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
