"""Knows how to ask Azure's control plane what holds for a container and its account; it reads, and changes nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import aiohttp
from azure.core.exceptions import AzureError

from ..errors import StoreRefused, StoreUnavailable
from ..record import Json
from .deadline import within
from .facts import Account, Recovery
from .port import Retention
from .resource import ContainerResource

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

API_VERSION = "2025-06-01"
_ACTION = "Microsoft.Storage/storageAccounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """The control plane, asked about one container with one identity. Holds no connection.

    Every verb raises StoreUnavailable when there was no answer, StoreRefused when the answer was no.
    """

    resource: ContainerResource
    credential: "AsyncTokenCredential"
    deadline: timedelta

    async def retention(self) -> Retention | None:
        """The container's time-based policy; None when the control plane knows of none."""
        path = f"{self.resource.container_id}/immutabilityPolicies/default"
        try:
            found = await self._properties(path, f"{_ACTION}/blobServices/containers/immutabilityPolicies/read")
        except _Nothing:
            return None
        days = found.get("immutabilityPeriodSinceCreationInDays")
        if not isinstance(days, int) or not days:  # what is asked about a container without a policy has 0 days
            return None
        return Retention(locked=_locked(found.get("state")), period=timedelta(days=days), appends=_appends(found))

    async def recovery(self) -> Recovery:
        """What the account's blob service keeps of deleted and replaced blobs."""
        path = f"{self.resource.account_id}/blobServices/default"
        found = await self._properties(path, f"{_ACTION}/blobServices/read")
        soft = _object(found.get("deleteRetentionPolicy"))
        days = soft.get("days")
        kept = timedelta(days=days) if soft.get("enabled") is True and isinstance(days, int) else None
        return Recovery(versioning=found.get("isVersioningEnabled") is True, soft_delete=kept)

    async def account(self) -> Account:
        """The account's redundancy, and whether its keys work (which they do unless it says no)."""
        found = await self._get(self.resource.account_id, f"{_ACTION}/read")
        sku = _object(found.get("sku")).get("name")
        keys = _object(found.get("properties")).get("allowSharedKeyAccess")
        return Account(redundancy=str(sku or "unknown"), shared_keys=keys is not False)

    async def replicas(self) -> tuple[str, ...]:
        """The accounts that object replication copies this container's blobs to."""
        found = await self._get(
            f"{self.resource.account_id}/objectReplicationPolicies", f"{_ACTION}/objectReplicationPolicies/read"
        )
        listed = found.get("value")
        policies = [_object(_object(item).get("properties")) for item in listed] if isinstance(listed, list) else []
        return tuple(str(policy.get("destinationAccount")) for policy in policies if self._copies(policy))

    def _copies(self, policy: Mapping[str, Json]) -> bool:
        # a policy names accounts by name or by resource id
        if str(policy.get("sourceAccount")).rpartition("/")[2].lower() != self.resource.account.lower():
            return False
        rules = policy.get("rules")
        sources = [_object(rule).get("sourceContainer") for rule in rules] if isinstance(rules, list) else []
        return self.resource.container in sources

    async def _properties(self, path: str, right: str) -> Mapping[str, Json]:
        return _object((await self._get(path, right)).get("properties"))

    async def _get(self, path: str, right: str) -> Mapping[str, Json]:
        """One answer; `right` is the action the identity needs for it."""
        url = f"{self.resource.arm_url}{path}?api-version={API_VERSION}"
        try:
            async with within(self.deadline, "the control plane"):
                token = await self.credential.get_token(f"{self.resource.arm_url}/.default")
                headers = {"Authorization": f"Bearer {token.token}"}
                async with (
                    aiohttp.ClientSession(headers=headers) as session,
                    session.get(url, allow_redirects=False) as answer,
                ):
                    body = await answer.read()
        except AzureError as error:
            raise StoreUnavailable(f"the control plane: no token ({type(error).__name__})") from error
        except aiohttp.ClientError as error:
            raise StoreUnavailable(f"the control plane: {type(error).__name__}") from error
        return _answer(answer.status, body, right)


class _Nothing(StoreRefused):
    """The control plane knows nothing under this id."""


def _answer(status: int, body: bytes, right: str) -> Mapping[str, Json]:
    if status == 404:
        raise _Nothing("the control plane knows no such resource (404)")
    if status in {401, 403}:
        raise StoreRefused(f"the control plane refused ({status}): the identity lacks {right}")
    if status != 200:
        raise StoreUnavailable(f"the control plane answered {status}")
    try:
        return _object(json.loads(body))
    except ValueError as error:
        raise StoreUnavailable("the control plane's answer is not JSON") from error


def _object(value: Json) -> Mapping[str, Json]:
    """The value if it is an object, else an empty one: what is missing in an answer is unknown, not an error."""
    return value if isinstance(value, Mapping) else {}


def _locked(state: Json) -> bool | None:
    return {"Locked": True, "Unlocked": False}.get(state) if isinstance(state, str) else None


def _appends(found: Mapping[str, Json]) -> Literal["none", "append blobs", "all blobs"]:
    if found.get("allowProtectedAppendWritesAll") is True:
        return "all blobs"
    return "append blobs" if found.get("allowProtectedAppendWrites") is True else "none"
