"""The 24-hour window is what the network makes of the same messages, in whatever order they are heard of."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.window import ENTRY, SERVICE, Window, answered, heard
from tests.builders import NOON

HOUR = timedelta(hours=1)
MOMENTS = st.integers(0, 200).map(lambda hours: NOON + hours * HOUR)


def written(*times: datetime, window: Window | None = None, from_ad: bool = False) -> Window:
    window = window or Window()
    for at in times:
        window = heard(window, at, from_ad=from_ad)
    return window


def test_free_text_may_be_sent_for_24_hours_and_not_a_moment_longer():
    """WhatsApp would refuse what we promised, or staff would be stopped while it is allowed."""
    window = written(NOON)
    assert window.is_open(NOON + SERVICE - timedelta(microseconds=1))
    assert not window.is_open(NOON + SERVICE)
    assert not Window().is_open(NOON)


@given(st.lists(MOMENTS, min_size=1).flatmap(lambda times: st.tuples(st.just(times), st.permutations(times))))
def test_the_order_in_which_messages_are_heard_of_does_not_matter(times: tuple[list[datetime], list[datetime]]):
    """A late webhook would close a window that a newer message has opened."""
    assert written(*times[0]) == written(*times[1])


@given(st.lists(st.tuples(st.sampled_from(["heard", "from an ad", "answered"]), MOMENTS)))
def test_nothing_that_happens_makes_a_window_end_earlier(history: list[tuple[str, datetime]]):
    """A text that was allowed when it was queued would be stopped because the contact wrote again."""
    window = Window()
    for what, at in history:
        after = answered(window, at) if what == "answered" else heard(window, at, from_ad=what == "from an ad")
        assert window.closes_at is None or (after.closes_at is not None and after.closes_at >= window.closes_at)
        window = after


@given(MOMENTS, MOMENTS)
def test_an_ad_opens_72_hours_once_it_is_answered_in_time(entered: datetime, at: datetime):
    """An answer on the third day would be refused by us although WhatsApp takes it, or the other way round."""
    window = answered(written(entered, from_ad=True), at)
    in_time = entered <= at < entered + SERVICE
    assert window.closes_at == entered + (ENTRY if in_time else SERVICE)
    assert answered(written(entered), at).closes_at == entered + SERVICE


@given(st.lists(MOMENTS), st.lists(MOMENTS))
def test_a_conversation_is_answered_when_our_last_word_is_the_later_one(theirs: list[datetime], ours: list[datetime]):
    """Staff would be reminded of what they have answered, or not of what they have not."""
    window = written(*theirs)
    for at in ours:
        window = answered(window, at)
    assert window.is_answered == (not theirs or (bool(ours) and max(ours) >= max(theirs)))
