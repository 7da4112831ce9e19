"""What is safe to repeat is repeated until it is done, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import (
    ArchiveUnavailable,
    BridgeError,
    OutcomeUnknown,
    PeerRefused,
    PeerUnavailable,
    StoreUnavailable,
)
from bridge.retry import FIRST_PAUSE, LONGEST_PAUSE, LOOK_AGAIN, Persistence

PASSING: list[BridgeError] = [
    StoreUnavailable("away"),
    ArchiveUnavailable("away"),
    PeerUnavailable("Teams", "away"),
    OutcomeUnknown("Teams", "no answer"),
]


class Pauses:
    """Remembers how long would have been slept."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)


def failing(*errors: Exception) -> Callable[[], Awaitable[str]]:
    """Something that fails with these errors, one after another, and then succeeds."""
    left = list(errors)

    async def run() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return run


def persistent(seed: int = 1) -> tuple[Persistence, Pauses]:
    pauses = Pauses()
    return Persistence(random=Random(seed), sleep=pauses.sleep), pauses  # noqa: S311 - jitter


async def test_what_succeeds_is_done_once_and_at_once():
    """Everything would wait, or happen twice."""
    persistence, pauses = persistent()
    assert await persistence.until_done(failing()) == "done"
    assert pauses.taken == []


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
async def test_what_passes_is_waited_out_and_told(error: BridgeError):
    """A short outage would lose messages; or nobody in the thread would know that they wait."""
    persistence, pauses = persistent()
    told: list[BridgeError] = []

    async def delayed(each: BridgeError) -> None:
        told.append(each)

    assert await persistence.until_done(failing(error, error, error), delayed) == "done"
    assert told == [error] * 3
    assert len(pauses.taken) == 3


@pytest.mark.parametrize(
    "error",
    [PeerRefused("Teams", "no", code="403"), BridgeError("plain"), ValueError("a defect"), TimeoutError()],
    ids=lambda error: type(error).__name__,
)
async def test_what_will_not_change_is_not_repeated(error: Exception):
    """A refusal would be asked again for ever and block everything behind it."""
    persistence, pauses = persistent()
    with pytest.raises(type(error)):
        await persistence.until_done(failing(error))
    assert pauses.taken == []


@pytest.mark.parametrize("asked", [timedelta(0), timedelta(seconds=7), timedelta(minutes=10)])
async def test_a_peer_that_names_a_time_is_obeyed(asked: timedelta):
    """WhatsApp and Teams would prolong the throttling of whoever comes back too early."""
    persistence, pauses = persistent()
    busy = PeerUnavailable("WhatsApp", "busy", retry_after=asked)
    await persistence.until_done(failing(busy, busy))
    assert pauses.taken == [asked.total_seconds()] * 2


async def test_what_may_have_happened_is_looked_for_only_when_it_can_be_seen():
    """MS Graph lags behind: a post that is not shown yet would be made a second time."""
    persistence, pauses = persistent()
    unknown = OutcomeUnknown("Teams", "no answer")
    await persistence.until_done(failing(StoreUnavailable("away"), unknown, unknown, StoreUnavailable("away")))
    assert pauses.taken[1:3] == [LOOK_AGAIN.total_seconds()] * 2
    assert pauses.taken[0] < LOOK_AGAIN.total_seconds() > pauses.taken[3]


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_pauses_double_with_jitter_up_to_a_cap(seed: int, times: int):
    """All replicas would come back at the same instant, or nobody would come back before tomorrow."""
    persistence, _ = persistent(seed)
    for attempt in range(times):
        pause = persistence._pause(attempt, StoreUnavailable("away"))
        longest = min(FIRST_PAUSE * 2 ** min(attempt, 20), LONGEST_PAUSE)
        assert longest / 2 <= pause <= longest


async def test_a_named_time_does_not_shorten_the_pauses_after_it():
    """One polite answer would turn the rest of an outage into a storm of requests."""
    persistence, pauses = persistent()
    away = StoreUnavailable("away")
    polite = PeerUnavailable("Teams", "busy", retry_after=timedelta(0))
    await persistence.until_done(failing(away, away, away, away, polite, away))
    assert pauses.taken[4] == 0
    assert pauses.taken[5] >= (FIRST_PAUSE * 2**5 / 2).total_seconds()
