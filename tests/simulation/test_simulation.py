"""Laws 1, 2, 4 and 6 under random schedules of delays, lost calls, lost answers and crashes."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import get_args

import pytest

from .runs import make_template, play
from .world import Bug

SCHEDULES = 1_000 if "CI" in os.environ else 40
"""More with `python -m tests.simulation`."""

ENOUGH = 20
"""Schedules within which a planted bug has to be found."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("simulation"))


@pytest.mark.timeout("600")
def test_no_schedule_loses_doubles_or_reorders_anything(template: Path):
    """If one did, some rare coincidence of a crash and a lost answer would cost a message, or send it twice."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        verdicts = processes.map(partial(play, template=template), range(SCHEDULES), chunksize=5)
        for seed, broken in enumerate(verdicts):
            assert not broken, f"{broken}; to see it again: python -m tests.simulation --seed {seed}"


@pytest.mark.parametrize("bug", get_args(Bug))
def test_an_old_fashioned_bug_is_found(bug: Bug, template: Path):
    """If it were not, the schedules that break nothing would prove nothing."""
    assert any(play(seed, template, bug) for seed in range(ENOUGH))
