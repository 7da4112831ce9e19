"""One queue per conversation: its jobs run one at a time, in order, and again from the start until they are done.

Every job can be repeated from its beginning (that is also how it survives a crash), so there is one way to recover from
anything transient (`retry`). Knows nothing of what jobs do.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from .errors import BridgeError
from .retry import Persistence


class Job(Protocol):
    """Something to be done in a lane."""

    async def run(self) -> None:
        """Do it, all of it; after a transient error it is called again."""
        ...

    async def delayed(self, error: BridgeError) -> None:
        """It has to wait; raises nothing transient."""
        ...

    async def done(self) -> None:
        """It went through; raises nothing transient."""
        ...

    async def broken(self, error: Exception) -> None:
        """It met a defect of ours: settle it as failed, so that those behind it can go on."""
        ...


class Lanes:
    """Runs lanes as tasks of the given group; a lane exists while it has jobs."""

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        persistence: Persistence,
        *,
        on_defect: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self._on_defect = on_defect
        self._tasks = tasks
        self._persistence = persistence
        self._lanes: dict[str, deque[Job]] = {}
        self._room = asyncio.Event()
        self.waiting = 0

    def put(self, key: str, job: Job) -> None:
        """Queue a job behind the others of its lane."""
        self.waiting += 1
        jobs = self._lanes.get(key)
        if jobs is not None:
            jobs.append(job)
            return
        self._lanes[key] = jobs = deque([job])
        self._tasks.create_task(self._run(key, jobs))

    def length(self, key: str) -> int:
        """How many jobs of a lane are queued or running."""
        return len(self._lanes.get(key, ()))

    async def room(self, most: int) -> None:
        """Wait until fewer than `most` jobs are queued or running."""
        while self.waiting >= most:
            self._room.clear()
            await self._room.wait()

    async def idle(self) -> None:
        """Wait until nothing is queued or running."""
        await self.room(1)

    async def _run(self, key: str, jobs: deque[Job]) -> None:
        while jobs:
            await self._finish(jobs[0])
            jobs.popleft()
            self.waiting -= 1
            self._room.set()
        del self._lanes[key]

    async def _finish(self, job: Job) -> None:
        try:
            await self._persistence.until_done(job.run, job.delayed)
        except Exception as error:  # noqa: BLE001 - a defect stops one item, not the relay, and goes on record as such
            await self._give_up(job, error)
        else:
            await job.done()

    async def _give_up(self, job: Job, error: Exception) -> None:
        """Settle what a defect stopped; where even that fails it stays in the store, and the lane goes on."""
        try:
            await self._persistence.until_done(partial(job.broken, error))
            await job.done()
        except Exception as another:  # noqa: BLE001 - the last defence; it is counted and logged by kind
            self._on_defect(another)
