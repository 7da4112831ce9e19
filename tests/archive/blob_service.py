"""A blob service on this machine that answers as Azure's does on a bad day; it knows Put, Get and List and no more."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from xml.sax.saxutils import escape

from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.storage.blob.aio import ContainerClient, LinearRetry

from archive.store.azure import AzureStore

ACCOUNT_KEY = "a2V5"
TAKEN = [
    (409, "BlobAlreadyExists"),
    (409, "BlobImmutableDueToPolicy"),
    (403, "UnauthorizedBlobOverwrite"),
    (412, "ConditionNotMet"),
]
"""How the service says that a name is taken; which, depends on rights and policies."""
BUSY = [(429, "TooManyRequests"), (500, "InternalError"), (503, "ServerBusy")]


class BlobService:
    """Blobs in a dictionary behind HTTP. `faults` is the chance that a request meets one, `met` counts which."""

    def __init__(self, luck: random.Random, faults: float, taken: Sequence[tuple[int, str]] = TAKEN) -> None:
        self.blobs: dict[str, bytes] = {}
        self.met: Counter[str] = Counter()
        self.faults = faults
        self._luck = luck
        self._taken = taken

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer, or do what a network and a service do instead."""
        fate = (
            self._luck.choice(["busy", "busy", "lost", "cut", "late"]) if self._luck.random() < self.faults else "fine"
        )
        if fate == "cut":
            return self._end(request, "cut")
        if fate == "busy":
            return self._say(*self._luck.choice(BUSY))
        await asyncio.sleep(0)
        answer = await self._answer(request)
        if fate == "late":
            self.met["late"] += 1
            await asyncio.sleep(3_600)  # the caller's deadline ends this
        return self._end(request, "lost") if fate == "lost" else answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("comp") == "list":
            return self._listed(request.query.get("prefix", ""))
        name = request.path.removeprefix("/account/container/")
        if request.method == "PUT":
            body = await request.read()
            if name in self.blobs:
                return self._say(*self._luck.choice(self._taken))
            self.blobs[name] = body
            return web.Response(status=201, headers={"ETag": '"1"', "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT"})
        if name not in self.blobs:
            return self._say(404, "BlobNotFound")
        data = self.blobs[name]
        headers = {
            "ETag": '"1"',
            "Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}",
            "x-ms-blob-type": "BlockBlob",
        }
        return web.Response(status=206, body=data, headers=headers)

    def _listed(self, prefix: str) -> web.Response:
        names = [escape(name) for name in sorted(self.blobs) if name.startswith(prefix)]
        blobs = "".join(f"<Blob><Name>{name}</Name><Properties/></Blob>" for name in names)
        text = f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker/></EnumerationResults>"
        return web.Response(text=text, content_type="application/xml")

    def _say(self, status: int, code: str) -> web.Response:
        self.met[f"{status} {code}"] += 1
        return web.Response(status=status, headers={"x-ms-error-code": code})

    def _end(self, request: web.Request, what: str) -> web.Response:
        self.met[what] += 1
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


@asynccontextmanager
async def serving(service: BlobService) -> AsyncGenerator[str]:
    """Serve it; yields the connection string."""
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", service.handle)
    async with TestServer(app) as server:
        endpoint = f"BlobEndpoint={server.make_url('/account')}"
        yield f"DefaultEndpointsProtocol=http;AccountName=account;AccountKey={ACCOUNT_KEY};{endpoint}"


def azure(connection: str, *, deadline: timedelta) -> AzureStore:
    """The real store for it. The SDK repeats as ever, but without pauses."""
    policy = LinearRetry(backoff=0, retry_total=1, random_jitter_range=0)
    client = ContainerClient.from_connection_string(connection, "container", retry_policy=policy)
    return AzureStore(client, deadline=deadline)
