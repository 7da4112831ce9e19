"""Knows how Meta delivers webhooks: signed, repeated until 200, steps of one message in a row; not what they report."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import aiohttp

from ..courier import Answer, Courier, Manners
from ..watch import PATIENCE
from . import webhooks
from .webhooks import Line, StatusReport

META: Final = Manners(
    deadline=timedelta(seconds=10),
    pauses=[timedelta(seconds=seconds) for seconds in (0.1, 0.5, 2, 5, 15, 60, 300, 3600)],
    accepts=lambda status: status == 200,
    gives_up=lambda _: False,
)
"""Only 200 counts; anything else is repeated with falling frequency, for days."""


@dataclass(slots=True, kw_only=True, eq=False)
class WebhookSender:
    """Meta's side of one webhook. `url` may be None or change at any time: what cannot be delivered waits.

    With `repeats` everything is delivered once more after it was acknowledged, as Meta does when it missed that.
    """

    line: Line
    app_secret: str
    verify_token: str
    manners: Manners = META
    repeats: bool = False
    courier: Courier = field(init=False)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        self.courier = Courier(self.manners)

    async def send(self, body: bytes, *, on_accepted: Callable[[], None] = lambda: None) -> Answer:
        """Deliver until acknowledged; returns the answer to the first attempt."""

        def accepted(_: Answer) -> None:
            on_accepted()
            if self.repeats:
                self.courier.start(self._deliver(body))

        return await self.courier.hand_over(body, lambda: self._headers(body), on_end=accepted)

    async def attempt(self, body: bytes, signature: str | None = None) -> int:
        """Post arbitrary bytes once; returns the HTTP status, 0 without an answer.

        `signature` None means the right one, the empty string means no signature header at all.
        """
        headers = {"Content-Type": "application/json"}
        if signature != "":
            headers["X-Hub-Signature-256"] = webhooks.sign(body, self.app_secret) if signature is None else signature
        return (await self.courier.attempt(body, headers)).status

    def report(self, steps: Sequence[StatusReport]) -> None:
        """Report the steps of one message, each after the one before was acknowledged; other messages do not wait."""
        self.courier.start(self._report(steps))

    async def verify(self, token: str | None = None) -> bool:
        """Ask the webhook to prove itself, as Meta does when its address is set; True when it echoed the challenge."""
        challenge = str(secrets.randbelow(10**10))
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token or self.verify_token}
        limit = aiohttp.ClientTimeout(total=PATIENCE.total_seconds())
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.get(self.courier.url or "", params=query) as response,
        ):
            return response.status == 200 and await response.text() == challenge

    async def _report(self, steps: Sequence[StatusReport]) -> None:
        for step in steps:
            body = webhooks.encode(self.line.envelope(contacts=step.contacts(), statuses=[step.item()]))
            await self._deliver(body)
            if self.repeats:
                await self._deliver(body)

    async def _deliver(self, body: bytes) -> None:
        await self.courier.deliver(body, lambda: self._headers(body))

    def _headers(self, body: bytes) -> Mapping[str, str]:
        signature = webhooks.sign(body, self.app_secret)
        return {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": signature,
            "User-Agent": "facebookexternalua",
        }

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.courier)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
