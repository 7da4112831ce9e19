"""Knows the ways the Cloud API fails on purpose beyond those every cloud has: per code, at once or by a status."""

from collections.abc import Callable
from datetime import timedelta

from ..faults import Faults
from .errors import Problem


class GraphFaults(Faults[Problem]):
    """Every error can be the answer to the next send or to all, and the end of the next accepted message or of all.

    `slow` is how long each answer takes. `is_token_expired` answers every call with 190.
    `quotes_unknown`: no message is known any more when it is quoted.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        super().__init__(on_change)
        self.slow = timedelta(0)
        self.is_token_expired = False
        self.quotes_unknown = False
        self._fates: list[Problem] = []
        self._refuse_all: Problem | None = None
        self._fail_all: Problem | None = None

    @property
    def refuse_all(self) -> Problem | None:
        """What every send is refused with, if anything."""
        return self._refuse_all

    @refuse_all.setter
    def refuse_all(self, problem: Problem | None) -> None:
        self._refuse_all = problem
        self._on_change()

    @property
    def fail_all(self) -> Problem | None:
        """What every accepted message ends with, if anything."""
        return self._fail_all

    @fail_all.setter
    def fail_all(self, problem: Problem | None) -> None:
        self._fail_all = problem
        self._on_change()

    @property
    def one_shots(self) -> list[Problem]:
        """What the next messages are told to end with."""
        return [*self._refusals, *self._fates]

    def fail_next_status(self, problem: Problem) -> None:
        """Accept the next message, then report it as failed."""
        self._fates.append(problem)

    def take_fate(self) -> Problem | None:
        """What the message at hand ends with; None when nothing goes wrong."""
        return self._fates.pop(0) if self._fates else self._fail_all

    def take_refusal(self) -> Problem | None:
        """The refusal meant for the send at hand, if there is one."""
        return super().take_refusal() or self._refuse_all

    def clear(self) -> None:
        """Make everything well again."""
        self.slow, self.is_token_expired, self.quotes_unknown = timedelta(0), False, False
        self._refusals.clear()
        self._fates.clear()
        self._refuse_all = self._fail_all = None
        self.unavailable = self.throttled = False
