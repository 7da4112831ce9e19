"""Who may speak to `/api/messages`: the token, the tenant and the address behind it. Knows nothing of what is said.

Everything is checked before anything is stored or understood, in the order of the code below; the first thing wrong
decides. Source of the checks: Microsoft, "Authenticate requests from the Bot Connector service" (2026-11), and ours on
top: expiry is required, the algorithm is fixed, the service URL must be on a list, and the tenant is compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import jwt

from bridge.errors import PeerUnavailable
from bridge.ports import Clock
from bridge.wire import Json, WrongShape

from .hosts import ServiceHosts
from .keys import Key, SigningKeys

CHANNEL = "msteams"
ALGORITHM = "RS256"
LEEWAY = timedelta(minutes=5)

Kind = Literal[
    "token-missing",
    "token-malformed",
    "token-algorithm",
    "token-key",
    "token-signature",
    "token-claims",
    "token-audience",
    "token-issuer",
    "token-expired",
    "token-early",
    "keys-unavailable",
    "body-malformed",
    "channel",
    "service-url",
    "service-host",
    "endorsement",
    "tenant",
]

STATUS: Mapping[Kind, int] = {"tenant": 403, "keys-unavailable": 503}
"""HTTP statuses other than 401. Without keys nothing can be said about a token: 503 makes Teams deliver again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A request that comes from Teams, for this bot, in a tenant of ours."""

    activity: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that is turned away; nothing of it may be kept."""

    kind: Kind

    @property
    def status(self) -> int:
        """The HTTP status to answer with."""
        return STATUS.get(self.kind, 401)


class _Refused(Exception):
    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind: Kind = kind


class Gate:
    """Checks requests. Holds no state of its own: the same request gets the same answer until keys or time change.

    `rejected` is told the kind of each refusal. Refuses to be built without an app id or a tenant: the check against
    an empty one would let everybody in.
    """

    def __init__(
        self,
        *,
        app_id: str,
        issuer: str,
        tenants: Iterable[str],
        service_hosts: ServiceHosts,
        keys: SigningKeys,
        clock: Clock,
        rejected: Callable[[Kind], None],
    ) -> None:
        self._app_id, self._issuer = app_id, issuer
        self._tenants = frozenset(tenant.lower() for tenant in tenants if tenant)
        if not (app_id and issuer and self._tenants):
            raise ValueError("a gate needs an app id, an issuer and at least one tenant")
        self._hosts = service_hosts
        self._keys = keys
        self._clock = clock
        self._rejected = rejected

    async def admit(self, authorization: str | None, body: bytes) -> Admitted | Refusal:
        """Judge one request by its Authorization header and its raw body. Never raises; has no lasting effect."""
        try:
            return Admitted(activity=await self._checked(authorization, body))
        except _Refused as refused:
            self._rejected(refused.kind)
            return Refusal(kind=refused.kind)

    async def _checked(self, authorization: str | None, body: bytes) -> Json:
        token = _bearer(authorization)
        key = await self._key_of(token)
        claims = self._claims_of(token, key)
        activity = _parsed(body)
        self._check_service(activity, claims)
        if CHANNEL not in key.endorsements:
            raise _Refused("endorsement")
        self._check_tenants(activity)
        return activity

    async def _key_of(self, token: str) -> Key:
        header = _header(token)
        if header.get("alg").text_or("") != ALGORITHM:
            raise _Refused("token-algorithm")
        kid = header.get("kid").text_or_none()
        try:
            key = None if kid is None else await self._keys.find(kid)
        except PeerUnavailable as error:
            raise _Refused("keys-unavailable") from error
        if key is None:
            raise _Refused("token-key")
        return key

    def _claims_of(self, token: str, key: Key) -> Json:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],
                audience=self._app_id,
                issuer=self._issuer,
                options={
                    "require": ["exp", "iss", "aud"],
                    "strict_aud": True,  # a token for several audiences is not one for us
                    "verify_exp": False,  # against our own clock, below
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise _Refused(_kind_of(error)) from error
        self._check_times(Json(claims))
        return Json(claims)

    def _check_times(self, claims: Json) -> None:
        now, leeway = self._clock().timestamp(), LEEWAY.total_seconds()
        expires_at, starts_at = claims.get("exp").number(), claims.get("nbf")
        if expires_at is None:
            raise _Refused("token-claims")
        if not now < expires_at + leeway:
            raise _Refused("token-expired")
        if starts_at.present and not ((start := starts_at.number()) is not None and start - leeway <= now):
            raise _Refused("token-early")

    def _check_service(self, activity: Json, claims: Json) -> None:
        """The bot's own token will be sent to the service URL: the body's must be the token's, and a known one."""
        if activity.get("channelId").text_or("") != CHANNEL:
            raise _Refused("channel")
        claimed, url = claims.get("serviceurl").text_or_none(), activity.get("serviceUrl").text_or_none()
        if claimed is None or url is None or claimed.rstrip("/") != url.rstrip("/"):
            raise _Refused("service-url")
        if self._hosts.trusted(url) is None:
            raise _Refused("service-host")

    def _check_tenants(self, activity: Json) -> None:
        """Both places may name a tenant; whichever do must name one of ours, and one of them must."""
        named = [activity.get("channelData", "tenant", "id"), activity.get("conversation", "tenantId")]
        present = [tenant for tenant in named if tenant.present]
        if not present or any(tenant.text_or("").lower() not in self._tenants for tenant in present):
            raise _Refused("tenant")


_BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)", re.IGNORECASE | re.ASCII)


def _bearer(authorization: str | None) -> str:
    if not authorization:
        raise _Refused("token-missing")
    match = _BEARER.fullmatch(authorization)
    if match is None:
        raise _Refused("token-malformed")
    return match[1]


def _header(token: str) -> Json:
    try:
        return Json(jwt.get_unverified_header(token))
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise _Refused("token-malformed") from error


_KINDS: Mapping[type[Exception], Kind] = {
    jwt.MissingRequiredClaimError: "token-claims",
    jwt.InvalidSignatureError: "token-signature",
    jwt.InvalidAudienceError: "token-audience",
    jwt.InvalidIssuerError: "token-issuer",
}


def _kind_of(error: Exception) -> Kind:
    return _KINDS.get(type(error), "token-malformed")


def _parsed(body: bytes) -> Json:
    try:
        activity = Json.parse(body)
    except WrongShape as error:
        raise _Refused("body-malformed") from error
    if not activity.is_object:
        raise _Refused("body-malformed")
    return activity
