"""WhatsApp's limits are kept before WhatsApp says so, for one contact and for the whole number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model import ConversationId
from bridge.pace import PER_SECOND, Level, Pace
from tests.builders import CONVERSATION, NOON, Clock

BEN = ConversationId("100200300400500/C-1002")


def taken(pace: Pace, times: int, to: ConversationId = CONVERSATION) -> list[float]:
    return [pace.take(to).total_seconds() for _ in range(times)]


def test_the_46th_message_to_one_contact_waits_and_others_do_not():
    """Meta would refuse it with 131056, or one busy conversation would hold up all others."""
    clock = Clock()
    pace = Pace(clock, "high")
    assert taken(pace, 46) == [0.0] * 45 + [6.0]
    assert taken(pace, 1, BEN) == [0.0]


@pytest.mark.parametrize("level", PER_SECOND)
def test_a_number_stays_below_what_meta_allows_it(level: Level):
    """Meta would refuse everything with 130429, to every contact."""
    pace = Pace(Clock(), level)
    waits = [pace.take(ConversationId(f"line/C-{number}")).total_seconds() for number in range(PER_SECOND[level])]
    within = sum(wait < 1 for wait in waits)
    assert 0.7 * PER_SECOND[level] <= sum(wait == 0 for wait in waits) <= within
    assert waits[-1] > 0


def test_what_comes_in_counts_for_the_number():
    """Meta counts both directions together; a busy morning's answers would be refused."""
    pace = Pace(Clock(), "coexistence")
    for _ in range(15):
        pace.heard()
    assert taken(pace, 1)[0] > 0


def test_after_a_restart_the_last_minutes_still_count():
    """A restart in a busy hour would run into 131056 at once."""
    pace = Pace(Clock(), "high")
    for seconds in range(300, 0, -6):
        pace.sent(CONVERSATION, NOON - timedelta(seconds=seconds))
    assert pace.ahead(CONVERSATION, 0) == timedelta(0)
    for _ in range(45):
        pace.sent(CONVERSATION, NOON)
    assert pace.ahead(CONVERSATION, 0) > timedelta(0)


def test_what_left_long_ago_does_not_count_any_more():
    """Every start would begin with a pause."""
    pace = Pace(Clock(), "high")
    for _ in range(100):
        pace.sent(CONVERSATION, NOON - timedelta(minutes=5))
    assert taken(pace, 1) == [0.0]


def test_one_contact_is_slowed_without_the_others():
    """One person's limit would silence the whole number."""
    pace = Pace(Clock())
    pace.slow(CONVERSATION, timedelta(seconds=4))
    assert (taken(pace, 1), taken(pace, 1, BEN)) == ([4.0], [0.0])
    pace.slow(None, timedelta(seconds=1))
    assert taken(pace, 1, BEN)[0] >= 1
