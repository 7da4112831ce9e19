"""An Azure control plane on this machine: one container and its account, as ARM describes them, and a sign-in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.credentials import AccessToken

from archive.store import ContainerResource
from archive.store.arm import API_VERSION

TOKEN = "control-plane-token"
GROUP = "/subscriptions/6c0d/resourceGroups/bank/providers/Microsoft.Storage/storageAccounts"
POLICY, SERVICE, ACCOUNT, REPLICATION = "policy", "service", "account", "replication"


class Identity:
    """A credential whose one token is good for this control plane."""

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes[0].endswith("/.default")
        return AccessToken(TOKEN, 2**40)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> "Identity":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        pass


class Arm:
    """What the control plane says. Tests change what it says, forbid parts of it or send it away."""

    def __init__(self, account: str, container: str) -> None:
        self.resource_id = f"{GROUP}/{account}/blobServices/default/containers/{container}"
        self.url = ""
        self.forbidden: set[str] = set()
        self.unavailable = False
        self.policy: dict[str, Any] = {
            "immutabilityPeriodSinceCreationInDays": 2588,
            "state": "Locked",
            "allowProtectedAppendWrites": False,
            "allowProtectedAppendWritesAll": False,
        }
        self.service: dict[str, Any] = {
            "isVersioningEnabled": True,
            "deleteRetentionPolicy": {"enabled": True, "days": 30},
        }
        self.account: dict[str, Any] = {
            "sku": {"name": "Standard_GZRS"},
            "properties": {"allowSharedKeyAccess": False},
        }
        self.replication: list[dict[str, Any]] = []
        self._parts = {
            f"{self.resource_id}/immutabilityPolicies/default": POLICY,
            f"{GROUP}/{account}/blobServices/default": SERVICE,
            f"{GROUP}/{account}": ACCOUNT,
            f"{GROUP}/{account}/objectReplicationPolicies": REPLICATION,
        }

    @property
    def resource(self) -> ContainerResource:
        """The container, with this server as its control plane."""
        return ContainerResource.parse(self.resource_id, arm_url=self.url)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer, or refuse as ARM does. A workload in App Service or a container app gets its token here too."""
        if request.path == "/sign-in":
            assert request.query["resource"] == self.url
            return web.json_response({"access_token": TOKEN, "expires_on": str(2**40), "resource": self.url})
        if self.unavailable:
            return web.Response(status=503)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": {"code": "AuthenticationFailed"}}, status=401)
        assert request.method == "GET"
        assert request.query["api-version"] == API_VERSION
        part = self._parts.get(request.path)
        if part is None:
            return web.json_response({"error": {"code": "ResourceNotFound"}}, status=404)
        if part in self.forbidden:
            return web.json_response({"error": {"code": "AuthorizationFailed"}}, status=403)
        return web.json_response(self._said(part))

    def _said(self, part: str) -> dict[str, Any]:
        return {
            POLICY: {"properties": self.policy},
            SERVICE: {"properties": self.service},
            ACCOUNT: self.account,
            REPLICATION: {"value": [{"properties": policy} for policy in self.replication]},
        }[part]


@asynccontextmanager
async def control_plane(account: str, container: str) -> AsyncGenerator[Arm]:
    """Serve one on loopback."""
    arm = Arm(account, container)
    app = web.Application()
    app.router.add_get("/{path:.*}", arm.handle)
    async with TestServer(app) as server:
        arm.url = str(server.make_url("")).rstrip("/")
        yield arm
