"""Nobody gets more than a limit allows, nobody is overtaken, and no time is lost that the limit does not ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bridge.buckets import Bucket, Each, Limit, Windows
from tests.builders import NOON

SECOND = timedelta(seconds=1)
THREAD = ((7, SECOND), (8, 2 * SECOND), (60, 30 * SECOND))
STEPS = st.lists(st.integers(0, 3_000).map(lambda ms: timedelta(milliseconds=ms)), min_size=1, max_size=120)


def places(limit: Limit, steps: list[timedelta]) -> list[datetime]:
    """When each of a row of takers may go; each comes so long after the one before."""
    now, found = NOON, list[datetime]()
    for step in steps:
        now += step
        found.append(now + limit.take(now))
    return found


def most_within(found: list[datetime], window: timedelta) -> int:
    return max(sum(start <= place < start + window for place in found) for start in found)


def test_a_burst_leaves_at_once_and_the_rest_one_by_one():
    """The limit would either never be used or be broken."""
    bucket = Bucket(every=6 * SECOND, burst=45)
    waits = [bucket.take(NOON).total_seconds() for _ in range(48)]
    assert waits == [0] * 45 + [6, 12, 18]
    assert bucket.ahead(NOON, 10).total_seconds() == 84


def test_a_bucket_that_rested_gives_a_burst_again():
    """After one busy minute a conversation would be slow for ever."""
    bucket = Bucket(every=6 * SECOND, burst=45)
    for _ in range(45):
        bucket.take(NOON)
    assert not bucket.is_idle(NOON + 269 * SECOND)
    assert bucket.is_idle(NOON + 270 * SECOND)
    assert bucket.take(NOON + 270 * SECOND) == timedelta(0)


@given(STEPS)
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(steps: list[timedelta]):
    """Meta would refuse what we were sure it takes."""
    found = places(Bucket(every=SECOND, burst=3), steps)
    assert found == sorted(found)
    assert most_within(found, 10 * SECOND) <= 13


@given(STEPS)
def test_windows_are_kept_all_at_once_and_nobody_is_overtaken(steps: list[timedelta]):
    """Teams would throttle the thread, or an older post would follow a newer one."""
    found = places(Windows(THREAD), steps)
    assert all(before <= after for before, after in pairwise(found))
    for count, window in THREAD:
        assert most_within(found, window) <= count


def test_windows_take_no_more_time_than_they_must():
    """A conversation would crawl although Teams would take it all."""
    found = places(Windows(THREAD), [timedelta(0)] * 9)
    assert [(place - NOON).total_seconds() for place in found] == [0] * 7 + [1, 2]


def test_a_drained_bucket_gives_nothing_for_the_pause_and_then_one_at_a_time():
    """A contact for whom WhatsApp asked for patience would get the next burst at once."""
    bucket = Bucket(every=6 * SECOND, burst=45)
    bucket.drain(NOON, 4 * SECOND)
    assert [bucket.take(NOON).total_seconds() for _ in range(3)] == [4, 10, 16]


def test_a_clock_that_was_set_back_makes_nobody_wait_longer():
    """A correction of the clock by an hour would hold every conversation for an hour."""
    hour = timedelta(hours=1)
    bucket, windows = Bucket(every=SECOND, burst=1), Windows(((1, SECOND),))
    for limit in (bucket, windows):
        limit.take(NOON)
        assert limit.take(NOON - hour) <= SECOND


def test_limits_that_make_no_difference_any_more_are_forgotten():
    """Memory would grow with every conversation that there ever was."""
    made: list[Bucket] = []

    def make() -> Bucket:
        made.append(Bucket(every=SECOND, burst=1))
        return made[-1]

    each = Each(make, most=2)
    assert [each.take(key, NOON) for key in "abcaa"] == [timedelta(0)] * 3 + [SECOND, 2 * SECOND]
    assert len(made) == 3
    each.take("d", NOON + 2 * SECOND)  # b and c are idle by now, a is not
    assert each.take("a", NOON + 2 * SECOND) == SECOND
