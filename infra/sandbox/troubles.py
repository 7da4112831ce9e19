"""Knows which troubles of the two networks the page can make, one button each; what they do is the stand-ins'."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from .clouds import Clouds
from .whatsapp import Problem
from .whatsapp.catalogue import ERRORS
from .wire import Fields, JsonObject, MalformedError

SLOW = timedelta(seconds=20)
"""Longer than the service waits, so that a slow answer is an uncertain one."""


class Troubles:
    """Errors by code, and the switches beside them. `on_change` is told when something is other than before."""

    def __init__(self, clouds: Clouds, on_change: Callable[[], None]) -> None:
        self._teams = clouds.teams
        self._cloud = clouds.whatsapp
        self._on_change = on_change

    def view(self) -> JsonObject:
        """What can be told to go wrong, and what has been."""
        faults = self._cloud.faults
        return {
            "errors": [
                {"code": code, "title": known.title, "places": [place for place in known.places if place != "webhook"]}
                for code, known in sorted(ERRORS.items())
                if known.places != ("webhook",)
            ],
            "every_send": faults.refuse_all.code if faults.refuse_all else None,
            "every_message": faults.fail_all.code if faults.fail_all else None,
            "next": [problem.code for problem in faults.one_shots],
            "switches": {name: is_on for name, (is_on, _) in self._switches().items()},
        }

    async def fail(self, fields: Fields) -> JsonObject:
        """Make the next send, or all of them, end with a code: as the `answer`, or by a `status` afterwards."""
        code = fields.number("code")
        if code not in ERRORS:
            raise MalformedError("$.code", "must be one of Meta's codes")
        place, is_for_all = fields.text("place", "answer"), fields.flag("all", default=False)
        if place not in ("answer", "status"):
            raise MalformedError("$.place", "must be answer or status")
        self._provoke(Problem(code=code), is_answer=place == "answer", is_for_all=is_for_all)
        return self._answer()

    async def switch(self, fields: Fields) -> JsonObject:
        """Turn one of the other troubles on or off."""
        switches = self._switches()
        if fields.text("name") not in switches:
            raise MalformedError("$.name", f"must be one of {', '.join(switches)}")
        switches[fields.text("name")][1](fields.flag("on"))
        return self._answer()

    async def clear(self, _: Fields) -> JsonObject:
        """Make all well again, and every limit as it is in life."""
        self._cloud.faults.clear()
        for name, switch in self._switches().items():
            switch[1](name == "limits")
        return self._answer()

    @property
    def verbs(self) -> Mapping[str, Callable[[Fields], Awaitable[JsonObject]]]:
        """Each verb under the name that the page calls it by."""
        return {"fail": self.fail, "switch": self.switch, "clear": self.clear}

    def _answer(self) -> JsonObject:
        self._on_change()
        return {"troubles": self.view()}

    def _provoke(self, problem: Problem, *, is_answer: bool, is_for_all: bool) -> None:
        faults = self._cloud.faults
        if is_for_all and is_answer:
            faults.refuse_all = problem
        elif is_for_all:
            faults.fail_all = problem
        elif is_answer:
            faults.fail_next(problem)
        else:
            faults.fail_next_status(problem)

    def _switches(self) -> dict[str, tuple[bool, Callable[[bool], None]]]:
        cloud = self._cloud

        def set_slow(on: bool) -> None:
            cloud.faults.slow = SLOW if on else timedelta(0)

        def set_expired(on: bool) -> None:
            cloud.faults.is_token_expired = on

        def set_limits(on: bool) -> None:
            cloud.limits.is_on = on

        def set_window(on: bool) -> None:
            cloud.window_answers = on

        def set_twice(on: bool) -> None:
            cloud.repeats_webhooks = on

        def set_backwards(on: bool) -> None:
            cloud.swap_statuses = on

        def set_throttled(on: bool) -> None:
            self._teams.faults.throttled = on

        return {
            "teams_throttled": (self._teams.faults.throttled, set_throttled),
            "twice": (cloud.repeats_webhooks, set_twice),
            "backwards": (cloud.swap_statuses, set_backwards),
            "slow": (bool(cloud.faults.slow), set_slow),
            "token_expired": (cloud.faults.is_token_expired, set_expired),
            "limits": (cloud.limits.is_on, set_limits),
            "window_answers": (cloud.window_answers, set_window),
        }
