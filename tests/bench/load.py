"""A load generator that costs little: prepared requests over kept-alive raw connections. Knows just enough HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a run went: rate over the whole run, and each answer's seconds, sorted."""

    requests: int
    seconds: float
    answers: Sequence[float]
    refused: int

    @property
    def rate(self) -> float:
        """Answered requests per second."""
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        return 1000 * self.answers[min(len(self.answers) - 1, int(share * len(self.answers)))]


def webhook(line: str, number: str, wamid: str, text: str, secret: str) -> bytes:
    """A whole signed request: one text message from one contact."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "442079460100", "phone_number_id": line},
        "contacts": [{"profile": {"name": f"Contact {number}"}, "wa_id": number}],
        "messages": [
            {"from": number, "id": wamid, "timestamp": str(int(time.time())), "type": "text", "text": {"body": text}}  # noqa: TID251
        ],
    }
    entry = {"id": "200300400500600", "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    head = (
        "POST /whatsapp/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def drive(port: int, requests: Iterator[bytes], *, connections: int, rate: float | None = None) -> Result:
    """Send every request; as fast as answers come, or at `rate` requests a second whatever the answers do."""
    loop = asyncio.get_running_loop()
    answers: list[float] = []
    refused = 0
    start = loop.time()
    sent = 0

    async def worker() -> None:
        nonlocal refused, sent
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in requests:
            due = start + sent / rate if rate else loop.time()
            sent += 1
            if (pause := due - loop.time()) > 0:
                await asyncio.sleep(pause)
            began = due if rate else loop.time()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if length:
                await reader.readexactly(length)
            answers.append(loop.time() - began)
            refused += not head.startswith(b"HTTP/1.1 200")
        writer.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(worker())
    return Result(requests=len(answers), seconds=loop.time() - start, answers=sorted(answers), refused=refused)
