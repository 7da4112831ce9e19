"""The bot's own access tokens: one request at a time, renewed before they expire. Knows no API that wants them."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import aiohttp
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity import CredentialUnavailableError
from azure.identity.aio import ClientSecretCredential, ManagedIdentityCredential

from bridge.errors import PeerError, PeerUnavailable
from bridge.ports import Clock

from .flight import Flight

BOT_SCOPE = "https://api.botframework.com/.default"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"
PEER = "Entra"

logging.getLogger("azure.identity").setLevel(logging.CRITICAL)
# It logs answers that it cannot read, tokens included. Everything it would say is in the errors raised here.

ASK_AGAIN_AFTER = timedelta(seconds=30)
"""Until a refused sign-in is tried again: whoever has to mend it takes longer, and Entra locks out those who hurry."""

RENEW_AFTER = 0.7
"""The part of a token's life after which a new one is fetched, while the old one still serves."""


class Credential(Protocol):
    """What azure-identity's asynchronous credentials have in common, as far as it is used here."""

    async def get_token(self, *scopes: str) -> AccessToken:
        """A token for the scopes."""
        ...

    async def close(self) -> None:
        """Give up what the credential holds."""
        ...


NewCredential = Callable[[], Credential]
"""Makes a credential for one request: a fresh one has no cache of its own that would answer with the old token."""


def client_secret(
    *, tenant: str, app_id: str, secret: str, login_url: str, session: aiohttp.ClientSession
) -> NewCredential:
    """Sign in as a SingleTenant bot with its secret; `session` decides which certificates are trusted."""

    def new() -> Credential:
        transport = AioHttpTransport(session=session, session_owner=False)
        return ClientSecretCredential(
            tenant,
            app_id,
            secret,
            authority=login_url,
            transport=transport,
            retry_total=1,
            disable_instance_discovery=True,
        )

    return new


def managed_identity(*, app_id: str) -> NewCredential:
    """Sign in as a UserAssignedMSI bot: the platform vouches for it and there is no secret."""

    def new() -> Credential:
        return ManagedIdentityCredential(client_id=app_id, retry_total=1)

    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    token: str
    renew_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    code: str
    until: datetime

    def error(self, now: datetime) -> PeerUnavailable:
        """What callers are told until it is tried again."""
        return PeerUnavailable(PEER, f"the bot's sign-in was refused ({self.code})", retry_after=self.until - now)


class Tokens:
    """Access tokens by scope, shared by everyone who calls out. One request is under way per scope at most.

    azure-identity alone makes one request per cold caller; measured, 64 callers made 64. `refused` is told the peer
    and its code when a sign-in is refused: no message is at fault, so all of them wait until somebody has mended it.
    """

    def __init__(
        self,
        new_credential: NewCredential,
        *,
        clock: Clock,
        refused: Callable[[str, str], None] = lambda _peer, _code: None,
        deadline: timedelta = timedelta(seconds=15),
    ) -> None:
        self._new_credential = new_credential
        self._clock = clock
        self._refused = refused
        self._deadline = deadline
        self._held: dict[str, _Held] = {}
        self._flights: dict[str, Flight[_Held]] = {}
        self._refusals: dict[str, _Refusal] = {}

    async def get(self, scope: str) -> str:
        """A token that is valid now. Raises `PeerUnavailable`; a repeat is safe."""
        held, now = self._held.get(scope), self._clock()
        if held is None or held.expires_at <= now:
            return (await self._flight(scope).join()).token
        if held.renew_at <= now and not self._flight(scope).is_under_way:
            return await self._renewed_early(scope, held)
        return held.token

    async def replace(self, scope: str, refused: str) -> str:
        """A token other than the one that a peer has just refused; fetched only if nobody else has done so already."""
        held = self._held.get(scope)
        if held is not None and held.token != refused:
            return held.token
        return (await self._flight(scope).join()).token

    async def _renewed_early(self, scope: str, held: _Held) -> str:
        """The caller who finds a token ageing renews it; if that fails, the old one is still good."""
        try:
            return (await self._flight(scope).join()).token
        except PeerError:
            pause = (held.expires_at - self._clock()) / 4
            self._held[scope] = _Held(token=held.token, renew_at=self._clock() + pause, expires_at=held.expires_at)
            return held.token

    def _flight(self, scope: str) -> Flight[_Held]:
        if scope not in self._flights:
            self._flights[scope] = Flight(lambda: self._fetch(scope))
        return self._flights[scope]

    async def _fetch(self, scope: str) -> _Held:
        asked_at = self._clock()
        refusal = self._refusals.get(scope)
        if refusal is not None and asked_at < refusal.until:
            raise refusal.error(asked_at)
        credential = self._new_credential()
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                token = await credential.get_token(scope)
        except CredentialUnavailableError as error:
            raise PeerUnavailable(PEER, "no managed identity answers here") from error
        except ClientAuthenticationError as error:
            raise self._translated(scope, error) from error
        except (AzureError, TimeoutError, OSError, LookupError, ValueError, TypeError) as error:
            # the last three: azure-identity takes an answer apart without looking at its shape first
            raise PeerUnavailable(PEER, "no token could be fetched") from error
        finally:
            await credential.close()
        expires_at = datetime.fromtimestamp(token.expires_on, UTC)
        renew_at = asked_at + (expires_at - asked_at) * RENEW_AFTER
        self._held[scope] = _Held(token=token.token, renew_at=renew_at, expires_at=expires_at)
        return self._held[scope]

    def _translated(self, scope: str, error: ClientAuthenticationError) -> PeerUnavailable:
        """Entra says no (wrong secret, unknown app), or says that it cannot say anything now."""
        status = getattr(error.response, "status_code", None)
        if status is None or status == 429 or not 400 <= status < 500:
            return PeerUnavailable(PEER, "sign-in is unavailable")
        found = re.search(r"AADSTS\d+", error.message)
        refusal = _Refusal(code=found[0] if found else str(status), until=self._clock() + ASK_AGAIN_AFTER)
        self._refusals[scope] = refusal
        self._refused(PEER, refusal.code)
        return refusal.error(self._clock())
