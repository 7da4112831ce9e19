"""The pace of posting, judged by the limits that the stand-in enforces."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.teams.pace import PER_TENANT, Pace
from infra.sandbox.teams.limits import RateLimit
from tests.builders import NOON, Clock

STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 200)), min_size=1, max_size=200)


def paced(clock: Clock) -> Pace:
    """Its pauses pass as soon as they are made."""

    async def pause(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    return Pace(clock, pause)


@given(STEPS)
async def test_teams_never_has_to_refuse_what_kept_to_the_pace(steps: list[tuple[str, int]]):
    """Each refusal costs a round trip and keeps the posts behind it waiting for longer."""
    clock, judge = Clock(), RateLimit()
    pace = paced(clock)
    for thread, milliseconds in steps:
        clock.advance(timedelta(milliseconds=milliseconds))
        await pace.turn(thread)
        assert judge.admit(thread, clock()) is None


async def test_a_busy_thread_delays_no_other():
    """One lively contact would slow down everybody's conversation."""
    clock = Clock()
    pace = paced(clock)
    for _ in range(7):
        await pace.turn("busy")
    await pace.turn("quiet")
    assert clock() == NOON
    await pace.turn("busy")
    assert clock() > NOON


async def test_all_threads_together_keep_to_what_the_tenant_allows():
    """Fifty calls a second are for all threads together: a batch from Meta would meet the limit at once."""
    clock = Clock()
    pace = paced(clock)
    for number in range(2 * PER_TENANT[0][0]):
        await pace.turn(str(number))
    assert clock() == NOON + timedelta(seconds=1)
    await pace.turn("one more")
    assert clock() == NOON + timedelta(seconds=2)
