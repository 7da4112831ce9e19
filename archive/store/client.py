"""Knows how to make a client for one container: who it speaks as, how often it repeats, how it sends; no blobs."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any, cast

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.transport import AioHttpTransport, HttpRequest
from azure.storage.blob.aio import ContainerClient, LinearRetry

from .facts import Access
from .port import Body, reader, size_of

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.identity.aio import DefaultAzureCredential

API_VERSION = "2025-11-05"
"""The newest service version that Azurite 3.35 (the last for Node 20) accepts; it answers newer ones, and so the SDK's
default, with InvalidHeaderValue. Nothing here needs a newer one."""

_SINGLE_GET = 4 << 20
"""What is fetched, and held, at once. The SDK's default for the first part of a blob is 32 MiB."""
_PIECE = 256 << 10


def container_client(
    url: str, connection_string: str | None, credential: "AsyncTokenCredential | None"
) -> ContainerClient:
    """A client for the container at `url`, by connection string or else with tokens from `credential`.

    Raises ValueError when the connection string names another place.
    """
    options: dict[str, Any] = {
        "api_version": API_VERSION,
        "retry_policy": _retry(),
        "max_single_get_size": _SINGLE_GET,
        "max_chunk_get_size": _SINGLE_GET,
        "transport": _InPieces(),
    }
    if not connection_string:
        return ContainerClient.from_container_url(url, credential=credential, **options)
    name = url.rstrip("/").rpartition("/")[2]
    client = ContainerClient.from_connection_string(connection_string, name, **options)
    if client.url.partition("?")[0].rstrip("/") != url.rstrip("/"):  # behind the question mark stands a signature
        raise ValueError("the archive URL and the connection string name different places")
    return client


def access(connection_string: str | None) -> Access:
    """What requests are authorised by."""
    if connection_string is None:
        return "identity"
    return "shared key" if "accountkey=" in connection_string.lower() else "shared access signature"


def default_credential() -> "DefaultAzureCredential":
    """Whatever identity azure-identity finds; to be closed by whoever asked for it."""
    from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 — Azurite and keys do without

    return DefaultAzureCredential()


def _retry() -> LinearRetry:
    # two repeats within a second each, for a connection that died idle; anything longer is the caller's to wait out
    return LinearRetry(backoff=0, retry_total=2, random_jitter_range=1)


def instead(data: Body) -> Callable[[PipelineRequest[HttpRequest]], None]:
    """A hook that lets an upload of nothing send this body instead, from its file and in one request.

    Given the file, the SDK would read all of it into memory, or send blocks, which need more than the right to add.
    """

    def swap(request: PipelineRequest[HttpRequest]) -> None:
        request.http_request.headers["Content-Length"] = str(size_of(data))
        cast("Any", request.http_request).data = _Lent(data)

    return swap


class _Lent:
    """A body that the SDK cannot take for a file, which it would give up repeating."""

    def __init__(self, body: Body) -> None:
        self.body = body


class _InPieces(AioHttpTransport):
    """Sends large bodies in pieces: aiohttp would copy bytes to the socket in one go and hold up the event loop."""

    async def send(self, request: Any, **config: Any) -> Any:  # two overloads in one: the types stay the parent's
        whole: object = request.data
        if isinstance(whole, _Lent):
            request.data = _pieces(whole.body)
        elif isinstance(whole, bytes) and len(whole) > _PIECE:
            request.data = _pieces(whole)
        try:
            return await super().send(request, **config)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        finally:
            request.data = whole  # for the SDK's own repeat


async def _pieces(body: Body) -> AsyncGenerator[bytes]:
    file = reader(body)
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece
