"""The templates as WhatsApp lists them at present, asked for again when there is a reason to. Knows no wire format."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from .errors import PeerError
from .language import say
from .templates import Template

EVERY = timedelta(hours=1)
AGAIN = timedelta(minutes=1)
"""How long after an attempt that failed; the templates known before are offered meanwhile."""

Fetch = Callable[[], Awaitable[tuple[Template, ...]]]


class Catalogue:
    """What `run` has read last. Without `fetch` (no account is configured) there are no templates."""

    def __init__(self, fetch: Fetch | None = None) -> None:
        self._fetch = fetch
        self._doubted = asyncio.Event()
        self.templates: tuple[Template, ...] = ()
        self.problem: str | None = (
            say("no WhatsApp Business account is configured") if fetch is None else say("not read yet")
        )
        """Why what is known may not be what is, in words for people."""

    @property
    def offered(self) -> tuple[Template, ...]:
        """Templates that staff may choose, by name."""
        return tuple(template for template in self.templates if template.is_offered)

    def offer(self, id_: str) -> Template | None:
        """A template that staff may choose, by its id."""
        return next((template for template in self.offered if template.id == id_), None)

    def doubt(self) -> None:
        """WhatsApp has told of a change, or refused a template: ask again now."""
        self._doubted.set()

    async def read(self) -> None:
        """Ask WhatsApp; where that fails, what was known before stands."""
        if self._fetch is None:
            return
        try:
            found = await self._fetch()
        except PeerError as error:
            self.problem = error.text
        else:
            self.templates = tuple(sorted(found, key=lambda template: template.id))
            self.problem = None

    async def run(self) -> None:
        """Keep it in step, until cancelled."""
        while self._fetch is not None:
            self._doubted.clear()
            await self.read()
            pause = EVERY if self.problem is None else AGAIN
            with suppress(TimeoutError):
                await asyncio.wait_for(self._doubted.wait(), pause.total_seconds())
