"""A message's state never goes backwards, in whatever order news of it comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.delivery import (
    KEPT_STATES,
    OPEN_STATES,
    RANK,
    REMOTE,
    STEPS,
    IllegalStep,
    State,
    Step,
    join,
    learn,
    step,
    times_from_json,
    times_to_json,
)
from tests.builders import NOON

STATES: tuple[State, ...] = get_args(State)
VERBS: tuple[Step, ...] = get_args(Step)
HEARD = st.lists(st.sampled_from([*REMOTE, "deleted", "warning", ""]), max_size=8)
LEARNT = st.lists(
    st.tuples(st.sampled_from(STATES), st.integers(0, 100).map(lambda s: NOON + timedelta(seconds=s))), max_size=8
)


def heard(state: State, words: list[str]) -> State:
    for word in words:
        state = join(state, word)
    return state


# --- our own steps ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_only_the_steps_of_the_table_can_be_taken(state: State, verb: Step):
    """A message that has left could be undone, or one that was undone could leave."""
    if (state, verb) in STEPS:
        assert step(state, verb) == STEPS[state, verb]
    else:
        with pytest.raises(IllegalStep, match=f"{verb} is no step from {state}"):
            step(state, verb)


def test_a_message_is_undone_only_before_it_is_being_sent():
    """Staff would believe that a message did not leave although it is on its way."""
    assert step("queued", "undo") == "undone"
    assert [state for state, verb in STEPS if verb == "undo"] == ["queued"]


def test_a_message_leaves_again_only_when_whatsapp_certainly_did_not_take_it_or_a_person_says_so():
    """A message would reach the contact twice."""
    back = {(state, verb) for (state, verb), after in STEPS.items() if after == "queued" and state != "queued"}
    assert back == {("sending", "postpone"), ("uncertain", "again"), ("accepted", "again")}
    assert STEPS["sending", "postpone"] == "queued"
    assert STEPS["uncertain", "again"] == "queued"


def test_every_state_can_be_reached_and_every_open_one_can_be_left():
    """A message would stand at "queued" for ever."""
    reached: set[str] = {"queued", *STEPS.values(), *REMOTE.values()}
    assert reached == set(STATES)
    assert {state for state, _ in STEPS} == set(KEPT_STATES)
    assert set(OPEN_STATES) < set(KEPT_STATES)
    assert set(RANK) == set(STATES)


# --- what WhatsApp says ----------------------------------------------------------------------------------------------


@given(st.sampled_from(STATES), HEARD, st.randoms(use_true_random=False))
def test_the_order_in_which_statuses_come_does_not_matter(state: State, words: list[str], random: Random):
    """The receipt would show what came last instead of what is true: statuses overtake each other."""
    shuffled = list(words)
    random.shuffle(shuffled)
    assert heard(state, words) == heard(state, shuffled)


@given(st.sampled_from(STATES), HEARD)
def test_hearing_the_same_again_changes_nothing(state: State, words: list[str]):
    """A webhook that is delivered twice would move the receipt."""
    assert heard(state, words + words) == heard(state, words)


@given(st.sampled_from(STATES), HEARD, HEARD)
def test_it_does_not_matter_how_statuses_are_batched(state: State, first: list[str], then: list[str]):
    """What one request brings would count for something else than what two bring."""
    assert heard(heard(state, first), then) == heard(state, first + then) == heard(heard(state, then), first)


@given(st.sampled_from(STATES), HEARD)
def test_a_state_never_goes_backwards(state: State, words: list[str]):
    """A message that was read would become unread."""
    for word in words:
        after = join(state, word)
        assert RANK[after] >= RANK[state]
        state = after


@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])))
def test_read_is_read_in_every_order(order: tuple[str, ...]):
    """Meta promises no order, and skips `delivered` when a message is read at once."""
    assert heard("accepted", list(order)) == "read"
    assert heard("accepted", ["read"]) == "read"


def test_a_failure_counts_until_the_message_is_known_to_have_arrived():
    """A message that arrived would be called failed and written again; or a failure would be hidden by `sent`."""
    assert heard("accepted", ["sent", "failed"]) == heard("accepted", ["failed", "sent"]) == "failed"
    assert heard("accepted", ["delivered", "failed"]) == heard("accepted", ["failed", "delivered"]) == "delivered"


@pytest.mark.parametrize("state", OPEN_STATES)
def test_a_status_settles_what_we_were_unsure_of(state: State):
    """A message whose answer was lost would stay uncertain although WhatsApp says that it was sent."""
    assert join(state, "sent") == "sent"
    assert join(state, "failed") == "failed"


@pytest.mark.parametrize("word", ["deleted", "warning", "", "queued", "undone", "SENT"])
def test_a_word_that_is_no_status_changes_nothing(word: str):
    """A new word of Meta's would undo or requeue a message."""
    assert [join(state, word) for state in STATES] == list(STATES)


# --- when ------------------------------------------------------------------------------------------------------------


def told(news: list[tuple[State, datetime]]) -> tuple[tuple[str, datetime], ...]:
    times: tuple[tuple[str, datetime], ...] = ()
    for state, at in news:
        times = learn(times, state, at)
    return times


@given(LEARNT)
def test_the_earliest_time_of_each_state_is_kept(news: list[tuple[State, datetime]]):
    """A second delivery of a status would make a message look later than it was."""
    times = dict(told(news))
    assert times == {state: min(at for told_, at in news if told_ == state) for state, _ in news}


@given(LEARNT, st.randoms(use_true_random=False))
def test_times_do_not_depend_on_the_order_in_which_they_are_told(news: list[tuple[State, datetime]], random: Random):
    """Two replicas would show two different times for the same message."""
    shuffled = list(news)
    random.shuffle(shuffled)
    assert dict(told(news)) == dict(told(shuffled))


@given(LEARNT)
def test_learning_the_same_again_changes_nothing(news: list[tuple[State, datetime]]):
    """Each repeat of a webhook would lengthen the receipt."""
    assert told(news + news) == told(news)


@given(LEARNT)
def test_times_survive_being_stored(news: list[tuple[State, datetime]]):
    """A restart would forget when a message was read."""
    assert times_from_json(times_to_json(told(news))) == told(news)
