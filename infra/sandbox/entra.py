"""Stands in for Entra sign-in and the Bot Framework's OpenID metadata: who may call whom, with keys made at start."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from .wire import JsonObject

BOT_SCOPE: Final = "https://api.botframework.com/.default"
GRAPH_SCOPE: Final = "https://graph.microsoft.com/.default"
BOT_ISSUER: Final = "https://api.botframework.com"
TOKEN_LIFE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """An RSA key under the name it is published with."""

    kid: str
    private: rsa.RSAPrivateKey

    @classmethod
    def generate(cls) -> "SigningKey":
        """Make a 2048-bit key named after the hash of its public part."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        modulus = private.public_key().public_numbers().n.to_bytes(256, "big")
        kid = base64.urlsafe_b64encode(hashlib.sha256(modulus).digest()[:20]).rstrip(b"=").decode()
        return cls(kid=kid, private=private)

    def published(self, endorsements: Collection[str]) -> JsonObject:
        """The entry of this key in a JWKS; `endorsements` are the channels that may use it."""
        entry = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "x5t": self.kid,
            "n": entry["n"],
            "e": entry["e"],
            "endorsements": list(endorsements),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an access token we issued stands for."""

    client_id: str
    scope: str
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class Requests:
    """How often each endpoint was asked: a client that caches asks rarely."""

    token: int = 0
    metadata: int = 0
    keys: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Entra:
    """One tenant with one registered application (the bot), and the Bot Framework's token issuer.

    `base_url` is set once the server listens. Access tokens are opaque: only `grant_of` knows what they mean.
    """

    tenant_id: str
    client_id: str
    client_secret: str
    clock: Callable[[], datetime]
    issuer: str = BOT_ISSUER
    base_url: str = "https://localhost"
    endorsements: tuple[str, ...] = ("msteams", "webchat", "emulator")
    unavailable: bool = False
    requests: Requests = field(default_factory=Requests)
    _keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.generate()])
    _grants: dict[str, Grant] = field(default_factory=dict[str, Grant])

    @property
    def metadata_url(self) -> str:
        """Where the Bot Framework's OpenID document lies."""
        return f"{self.base_url}/v1/.well-known/openidconfiguration"

    def app(self) -> web.Application:
        """The sign-in and metadata endpoints; azure-identity insists on TLS for them."""
        app = web.Application(middlewares=[self._outage])
        app.router.add_get("/v1/.well-known/openidconfiguration", self._bot_metadata)
        app.router.add_get("/v1/.well-known/keys", self._bot_keys)
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._tenant_metadata)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        return app

    # Tokens towards the bot -------------------------------------------------------------------------------------

    @property
    def signing_key(self) -> SigningKey:
        """The key in use: the newest published one."""
        return self._keys[-1]

    def rotate(self, *, keep_old: bool = True) -> SigningKey:
        """Publish a new key and sign with it from now on; without `keep_old` earlier tokens become unverifiable."""
        if not keep_old:
            self._keys.clear()
        self._keys.append(SigningKey.generate())
        return self.signing_key

    def sign(
        self,
        claims: Mapping[str, object] | None = None,
        *,
        service_url: str = "",
        without: Collection[str] = (),
        key: SigningKey | None = None,
        kid: str | None = None,
        algorithm: str = "RS256",
    ) -> str:
        """A token as the Bot Connector sends it, except for what is overridden.

        `claims` replaces single claims, `without` leaves claims out, `key` signs with another (unpublished) key, `kid`
        names another key than the one that signed, and HS256 abuses the public key's bytes as a shared secret.
        """
        now = int(self.clock().timestamp())
        content: JsonObject = {
            "iss": self.issuer,
            "aud": self.client_id,
            "nbf": now - 300,
            "exp": now + int(TOKEN_LIFE.total_seconds()),
            "serviceurl": service_url,
        }
        content |= claims or {}
        content = {name: value for name, value in content.items() if name not in without}
        signer = key or self.signing_key
        secret = signer.private if algorithm.startswith(("RS", "PS")) else hashlib.sha256(signer.kid.encode()).digest()
        headers = {"kid": kid or signer.kid, "x5t": kid or signer.kid}
        return jwt.encode(content, secret, algorithm=algorithm, headers=headers)

    # Tokens from the bot ----------------------------------------------------------------------------------------

    def grant_of(self, authorization: str | None, scope: str) -> Grant | None:
        """The grant behind an Authorization header; None when it is missing, unknown, expired or for another API."""
        kind, _, token = (authorization or "").partition(" ")
        grant = self._grants.get(token)
        if kind.lower() != "bearer" or grant is None or grant.scope != scope or grant.expires_at <= self.clock():
            return None
        return grant

    def issue(self, scope: str) -> str:
        """Hand out an access token for the bot's own application, as the token endpoint does."""
        token = f"sandbox.{secrets.token_urlsafe(48)}"
        self._grants[token] = Grant(client_id=self.client_id, scope=scope, expires_at=self.clock() + TOKEN_LIFE)
        return token

    def revoke_all(self) -> None:
        """Forget every access token handed out: the next call with one is answered 401."""
        self._grants.clear()

    # Endpoints --------------------------------------------------------------------------------------------------

    @web.middleware
    async def _outage(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        if self.unavailable:
            return web.json_response({"error": "temporarily_unavailable"}, status=503)
        return cast("web.StreamResponse", await handler(request))

    async def _bot_metadata(self, _: web.Request) -> web.Response:
        self.requests.metadata += 1
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": f"{self.base_url}/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        )

    async def _bot_keys(self, _: web.Request) -> web.Response:
        self.requests.keys += 1
        return web.json_response({"keys": [key.published(self.endorsements) for key in self._keys]})

    async def _tenant_metadata(self, request: web.Request) -> web.Response:
        tenant = f"{self.base_url}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "issuer": f"{tenant}/v2.0",
                "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
                "token_endpoint": f"{tenant}/oauth2/v2.0/token",
                "jwks_uri": f"{tenant}/discovery/v2.0/keys",
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        self.requests.token += 1
        form = await request.post()
        refusal = self._token_refusal(request.match_info["tenant"], form)
        if refusal is not None:
            return refusal
        life = int(TOKEN_LIFE.total_seconds())
        token = self.issue(str(form["scope"]))
        return web.json_response(
            {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}
        )

    def _token_refusal(self, tenant: str, form: Mapping[str, object]) -> web.Response | None:
        if tenant not in (self.tenant_id, "botframework.com"):
            return _oauth_error(400, "invalid_request", "AADSTS90002: Tenant not found.")
        if form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "AADSTS70003: The grant type is not supported.")
        if form.get("client_id") != self.client_id:
            return _oauth_error(400, "unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if not secrets.compare_digest(str(form.get("client_secret", "")).encode(), self.client_secret.encode()):
            return _oauth_error(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        if form.get("scope") not in (BOT_SCOPE, GRAPH_SCOPE):
            return _oauth_error(400, "invalid_scope", "AADSTS70011: The provided scope is not valid.")
        return None


def _oauth_error(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
