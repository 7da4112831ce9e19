"""Knows how to keep blobs in an Azure container that people made and locked; it never makes, deletes or changes one.

The identity needs only `blobs/add/action` and `blobs/read`. For such an identity a name that is taken is answered 403,
not 409 (seen: azure-cli #19203, azure-storage-node #485), also when the SDK repeats a write that had succeeded. So
every answer in `_TAKEN` means the same: read the name and compare.
"""

import asyncio
import io
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob.aio import ContainerClient, LinearRetry

from ..errors import ArchiveError, Conflict, NotFound, StoreRefused, StoreUnavailable
from ..names import check, check_prefix
from .deadline import within
from .port import CHUNK, Body, Enforcement, reader

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.identity.aio import DefaultAzureCredential

API_VERSION = "2025-11-05"
"""The newest service version that Azurite 3.35 (the last for Node 20) accepts; it answers newer ones, and so the SDK's
default, with InvalidHeaderValue. Nothing here needs a newer one."""

_SINGLE_PUT = 256 << 20
"""Larger bodies would go up in blocks, which an identity that may only add blobs cannot commit."""
_MD5_UP_TO = 4 << 20
"""The SDK hashes on the event loop; TLS and the verifier cover what is larger."""
_BYTES_PER_SECOND = 1 << 20
_LARGE_AT_ONCE = 2
_PIECE = 256 << 10
_LARGE = 8 << 20
_TAKEN = {
    (409, "BlobAlreadyExists"),
    (409, "BlobImmutableDueToPolicy"),
    (409, "BlobImmutableDueToLegalHold"),
    (403, "UnauthorizedBlobOverwrite"),
    (403, "AuthorizationPermissionMismatch"),
    (412, "BlobAlreadyExists"),  # the service says ConditionNotMet; the SDK gives it this code and keeps the status
}
_PERHAPS_FOR_TAGS = {400, 403, 409}
"""What a request may be answered for its tags: malformed, without `blobs/tags/write`, or in an account without them
(hierarchical namespace). The same blob without tags then says whether it was them."""


class AzureStore:
    """Blobs in one container, each written by a single Put Blob with `If-None-Match: *`.

    A body larger than 8 MiB is in memory while it is sent, two of them at a time at most.
    """

    def __init__(
        self,
        container: ContainerClient,
        *,
        owned: AbstractAsyncContextManager[object] | None = None,
        deadline: timedelta,
    ) -> None:
        self._container = container
        self._owned = owned
        self._deadline = deadline
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    @classmethod
    def with_identity(cls, url: str, credential: "AsyncTokenCredential | None", *, deadline: timedelta) -> "AzureStore":
        """The container at `url`, reached with `credential`, or with an identity found and closed by the store."""
        owned = None if credential else _default_credential()
        client = ContainerClient.from_container_url(
            url,
            credential=credential or owned,
            api_version=API_VERSION,
            retry_policy=_retry(),
            max_single_put_size=_SINGLE_PUT,
            transport=_InPieces(),
        )
        return cls(client, owned=owned, deadline=deadline)

    @classmethod
    def with_connection_string(cls, url: str, connection_string: str, *, deadline: timedelta) -> "AzureStore":
        """The container at `url`, reached with a connection string; ValueError when that names another place."""
        client = ContainerClient.from_connection_string(
            connection_string,
            url.rstrip("/").rpartition("/")[2],
            api_version=API_VERSION,
            retry_policy=_retry(),
            max_single_put_size=_SINGLE_PUT,
            transport=_InPieces(),
        )
        if client.url.rstrip("/") != url.rstrip("/"):
            raise ValueError("the archive URL and the connection string name different places")
        return cls(client, deadline=deadline)

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
        """As `ObjectStore.create`, tags as headers of the same request; a second more time for each mebibyte."""
        check(name)
        if _size(data) <= _LARGE:
            return await self._create(name, data, tags)
        async with self._large:
            return await self._create(name, data, tags)

    async def _create(self, name: str, data: Body, tags: Mapping[str, str] | None) -> None:
        async with self._answer("create", name, more=timedelta(seconds=_size(data) // _BYTES_PER_SECOND)):
            try:
                await self._put(name, data, tags)
            except HttpResponseError as error:
                if not tags or error.status_code not in _PERHAPS_FOR_TAGS:
                    raise
                await self._put(name, data, None)

    async def _put(self, name: str, data: Body, tags: Mapping[str, str] | None) -> None:
        size = _size(data)
        try:
            await self._container.upload_blob(
                name,
                reader(data),
                length=size,
                overwrite=False,
                validate_content=size <= _MD5_UP_TO,
                tags=dict(tags) if tags else None,
            )
        except HttpResponseError as error:
            if (error.status_code, _code(error)) not in _TAKEN:
                raise
            await self._settle(name, data, error)

    async def _settle(self, name: str, data: Body, refusal: HttpResponseError) -> None:
        """The name seems taken: ours (an answer got lost), another's, or nobody's and we lack the right to write."""
        try:
            if not await self._holds(name, data):
                raise Conflict(name)
        except NotFound:
            raise refusal from None

    async def _holds(self, name: str, data: Body) -> bool:
        ours = reader(data)
        async for chunk in self.stream(name):
            if ours.read(len(chunk)) != chunk:
                return False
        return not ours.read(1)

    async def read(self, name: str) -> bytes:
        """As `ObjectStore.read`."""
        check(name)
        async with self._answer("read", name):
            download = await self._container.download_blob(name)
            return await download.readall()

    async def stream(self, name: str) -> AsyncGenerator[bytes]:
        """As `ObjectStore.stream`; the deadline is for each piece."""
        check(name)
        async with self._answer("read", name):
            download = await self._container.download_blob(name)
        while True:
            async with self._answer("read", name):
                chunk = await download.read(CHUNK)
            if not chunk:
                return
            yield chunk

    async def list(self, prefix: str, after: str | None = None) -> AsyncGenerator[str]:
        """As `ObjectStore.list`; a page of 5,000 names at a time."""
        names = self._container.list_blob_names(name_starts_with=check_prefix(prefix))
        pages = aiter(names.by_page())
        while True:
            try:
                async with self._answer("list", prefix):
                    page = [name async for name in await anext(pages)]
            except StopAsyncIteration:
                return
            for name in page:
                if name > (after or ""):
                    yield name

    async def describe(self) -> Enforcement:
        """As `ObjectStore.describe`, from the container's properties; whether a policy is locked only ARM tells."""
        try:
            async with self._answer("describe", ""):
                found = await self._container.get_container_properties()
        except StoreRefused:
            return Enforcement(store="azure", immutable=None, text="unknown: the identity may not read the container")
        if found.has_immutability_policy or found.has_legal_hold:
            why = "a retention policy" if found.has_immutability_policy else "a legal hold"
            return Enforcement(store="azure", immutable=True, text=f"immutable: the container has {why}")
        return Enforcement(store="azure", immutable=False, text="NOT immutable: the container has no retention policy")

    async def close(self) -> None:
        """As `ObjectStore.close`."""
        await self._container.close()
        if self._owned is not None:
            await self._owned.__aexit__(None, None, None)

    @asynccontextmanager
    async def _answer(self, verb: str, name: str, *, more: timedelta = timedelta()) -> AsyncGenerator[None]:
        """Wait for one answer within the deadline, and say what went wrong in the archive's terms."""
        try:
            async with within(self._deadline + more, verb):
                yield
        except AzureError as error:
            raise _translated(error, verb, name) from error


def _retry() -> LinearRetry:
    # two repeats within a second each, for a connection that died idle; anything longer is the caller's to wait out
    return LinearRetry(backoff=0, retry_total=2, random_jitter_range=1)


def _default_credential() -> "DefaultAzureCredential":
    from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 — Azurite and keys do without

    return DefaultAzureCredential()


class _InPieces(AioHttpTransport):
    """Sends large bodies in pieces: aiohttp would copy bytes to the socket in one go and hold up the event loop."""

    async def send(self, request: Any, **config: Any) -> Any:  # two overloads in one: the types stay the parent's
        whole: object = request.data
        if not isinstance(whole, bytes) or len(whole) <= _PIECE:
            return await self._send(request, config)
        request.data = io.BytesIO(whole)
        try:
            return await self._send(request, config)
        finally:
            request.data = whole  # for the SDK's own repeat

    async def _send(self, request: Any, config: dict[str, Any]) -> Any:
        return await super().send(request, **config)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _translated(error: AzureError, verb: str, name: str) -> ArchiveError:
    code = _code(error)
    if isinstance(error, ResourceNotFoundError) and code in {"BlobNotFound", ""} and name:
        return NotFound(name)
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if status is None or status in {408, 429} or status >= 500:
        return StoreUnavailable(f"{verb}: {code or type(error).__name__}")
    return StoreRefused(f"{verb}: {status} {code}".rstrip())


def _code(error: AzureError) -> str:
    code = getattr(error, "error_code", None)  # the SDK sets it on its own HttpResponseErrors, as an enum of strings
    return str(getattr(code, "value", code)) if code else ""


def _size(data: Body) -> int:
    return len(data) if isinstance(data, bytes) else data.seek(0, os.SEEK_END)
