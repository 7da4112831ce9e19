"""Knows how to keep blobs in an Azure container that people made and locked; it never makes, deletes or changes one.

The identity needs only `blobs/add/action` and `blobs/read`. For such an identity a name that is taken is answered 403,
not 409 (seen: azure-cli #19203, azure-storage-node #485), also when the SDK repeats a write that had succeeded. So
every answer in `_TAKEN` means the same: read the name and compare.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from ..errors import ArchiveError, Conflict, NotFound, StoreRefused, StoreUnavailable
from ..names import check, check_prefix
from .arm import ControlPlane
from .client import access, container_client, default_credential, instead
from .deadline import to_send, within
from .facts import Access, Account, Recovery, Rights
from .port import CHUNK, Body, Enforcement, Retention, reader, size_of
from .resource import ContainerResource
from .rights import ask_rights

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

_WHOLE = 4 << 20
"""Up to this size a body is sent with an MD5 of it, which the SDK makes on the event loop. TLS, the sender's length and
the verifier cover what is larger, which is read from its file while it is sent."""
_TAKEN = {
    (409, "BlobAlreadyExists"),
    (409, "BlobImmutableDueToPolicy"),
    (409, "BlobImmutableDueToLegalHold"),
    (403, "UnauthorizedBlobOverwrite"),
    (403, "AuthorizationPermissionMismatch"),
    (412, "BlobAlreadyExists"),  # the service says ConditionNotMet; the SDK gives it this code and keeps the status
}
_READ_PROPERTIES = "the identity needs Microsoft.Storage/storageAccounts/blobServices/containers/read"
_PERHAPS_FOR_TAGS = {400, 403, 409}
"""What a request may be answered for its tags: malformed, without `blobs/tags/write`, or in an account without them
(hierarchical namespace). The same blob without tags then says whether it was them."""


class AzureStore:
    """Blobs in one container, each written by a single Put Blob with `If-None-Match: *`.

    Of a body of any size some 4 MiB are in memory while it is sent or read.
    """

    def __init__(
        self,
        container: ContainerClient,
        *,
        owned: AbstractAsyncContextManager[object] | None = None,
        deadline: timedelta,
        access: Access = "identity",
        control: ControlPlane | None = None,
    ) -> None:
        self._container = container
        self._owned = owned
        self._deadline = deadline
        self.access: Access = access
        self._control = control

    @classmethod
    def connect(
        cls,
        url: str,
        connection_string: str | None,
        credential: "AsyncTokenCredential | None",
        resource: ContainerResource | None,
        *,
        deadline: timedelta,
    ) -> "AzureStore":
        """The container at `url`. With `resource` its control plane is asked too; ValueError if that names another.

        Who speaks: the connection string, `credential`, or an identity that is found, and closed, by the store.
        """
        if resource is not None and not resource.is_at(url):
            raise ValueError("the archive URL and the resource id name different containers")
        owned = default_credential() if credential is None and (resource or not connection_string) else None
        who = credential or owned
        return cls(
            container_client(url, connection_string, who),
            owned=owned,
            deadline=deadline,
            access=access(connection_string),
            control=ControlPlane(resource=resource, credential=who, deadline=deadline) if resource and who else None,
        )

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
        """As `ObjectStore.create`, tags as headers of the same request; a second more time for each mebibyte."""
        check(name)
        async with self._answer("create", name, to_send(size_of(data), self._deadline)):
            try:
                await self._put(name, data, tags)
            except HttpResponseError as error:
                if not tags or error.status_code not in _PERHAPS_FOR_TAGS:
                    raise
                await self._put(name, data, None)

    async def _put(self, name: str, data: Body, tags: Mapping[str, str] | None) -> None:
        sent: dict[str, Any] = {"tags": dict(tags) if tags else None, "overwrite": False}
        try:
            if size_of(data) <= _WHOLE:
                await self._container.upload_blob(name, reader(data).read(), validate_content=True, **sent)
            else:
                await self._container.upload_blob(name, b"", raw_request_hook=instead(data), **sent)
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
        """As `ObjectStore.describe`: the container's properties, and what the control plane knows of its policy."""
        try:
            async with self._answer("describe", ""):
                found = await self._container.get_container_properties()
        except StoreRefused as error:
            why = f"unknown: the container's properties cannot be read ({error}); {_READ_PROPERTIES}"
            return Enforcement(store="azure", immutable=None, text=why)
        if found.has_immutability_policy:
            return await self._retained()
        if found.has_legal_hold:
            why = "immutable while a legal hold lasts: the container has no retention policy"
            return Enforcement(store="azure", immutable=True, text=why)
        return Enforcement(store="azure", immutable=False, text="NOT immutable: the container has no retention policy")

    async def _retained(self) -> Enforcement:
        """There is a policy; the control plane knows which."""
        unknown = "the control plane knows of none"
        try:
            policy = await self._plane.retention()
        except StoreUnavailable as error:
            policy, unknown = None, str(error)
        if policy is None:
            why = f"immutable: the container has a retention policy; whether it is locked is unknown ({unknown})"
            return Enforcement(store="azure", immutable=True, retention=Retention(), text=why)
        return Enforcement(store="azure", immutable=True, retention=policy, text=f"immutable: {policy}")

    async def rights(self) -> Rights:
        """As `Examinable.rights`."""
        async with self._answer("rights", "", 3 * self._deadline):
            return await ask_rights(self._container)

    async def server_time(self) -> datetime:
        """As `Examinable.server_time`: the `Date` of an answer."""
        dates: list[str] = []

        def note(response: Any) -> None:
            dates.append(response.http_response.headers.get("Date", ""))

        async with self._answer("list", ""):
            listed = self._container.list_blob_names(
                name_starts_with="log/", results_per_page=1, raw_response_hook=note
            )
            await anext(aiter(listed.by_page()), None)
        try:
            return parsedate_to_datetime(dates[-1])
        except (ValueError, IndexError) as error:
            raise StoreUnavailable("the service's answer has no date") from error

    async def recovery(self) -> Recovery:
        """As `Examinable.recovery`."""
        return await self._plane.recovery()

    async def account(self) -> Account:
        """As `Examinable.account`."""
        return await self._plane.account()

    async def replicas(self) -> tuple[str, ...]:
        """As `Examinable.replicas`."""
        return await self._plane.replicas()

    @property
    def _plane(self) -> ControlPlane:
        if self._control is None:
            raise StoreRefused("the control plane was not asked: no resource id is set")
        return self._control

    async def close(self) -> None:
        """As `ObjectStore.close`."""
        await self._container.close()
        if self._owned is not None:
            await self._owned.__aexit__(None, None, None)

    @asynccontextmanager
    async def _answer(self, verb: str, name: str, deadline: timedelta | None = None) -> AsyncGenerator[None]:
        """Wait for one answer within the deadline, and say what went wrong in the archive's terms."""
        try:
            async with within(deadline or self._deadline, verb):
                yield
        except AzureError as error:
            raise _translated(error, verb, name) from error


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
