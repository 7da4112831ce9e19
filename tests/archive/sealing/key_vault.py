"""Knows how to stand in for Azure Key Vault on loopback: one RSA key with versions, a challenge, and bad days."""

import base64
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AioHttpTransport
from azure.keyvault.keys.crypto.aio import CryptographyClient
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from infra.sandbox.serving import serve
from infra.sandbox.tls import make_tls

OAEP = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
TOKEN = "a token of the stand-in"


class Identity:
    """A credential that always has the same token."""

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(TOKEN, 4_102_444_800)

    async def close(self) -> None: ...

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None: ...


@dataclass
class KeyVault:
    """A vault with the key `waybill`, each version made when it is first asked for."""

    ca: Path
    url: str = ""
    may_get: bool = True
    status: int | None = None
    """What every operation is answered with, if anything."""
    asked: Counter[str] = field(default_factory=Counter[str])
    versions: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict[str, rsa.RSAPrivateKey])

    def key(self, version: int = 1) -> str:
        """The identifier of a version of the key."""
        return f"{self.url}/keys/waybill/{version:032x}"

    def client(self, key: str) -> CryptographyClient:
        """A client that trusts this vault's certificate and its challenge."""
        return CryptographyClient(
            key,
            Identity(),
            verify_challenge_resource=False,
            transport=AioHttpTransport(connection_verify=str(self.ca)),
            retry_total=0,
        )

    async def handle(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            challenge = 'Bearer authorization="https://login.example/tenant", resource="https://vault.azure.net"'
            return web.json_response({}, status=401, headers={"WWW-Authenticate": challenge})
        version = request.match_info["version"]
        verb = request.match_info.get("verb", "get")
        self.asked[verb] += 1
        if self.status is not None:
            return web.json_response({"error": {"code": "Unlucky"}}, status=self.status)
        private = self.versions.get(version) or rsa.generate_private_key(65_537, 2_048)
        self.versions[version] = private
        kid = f"{self.url}/keys/waybill/{version}"
        if verb == "get":
            return self._public(private, kid)
        asked: dict[str, str] = await request.json()
        assert asked["alg"] == "RSA-OAEP-256"
        value = base64.urlsafe_b64decode(asked["value"] + "==")
        done = private.decrypt(value, OAEP) if verb == "unwrapkey" else private.public_key().encrypt(value, OAEP)
        return web.json_response({"kid": kid, "value": _spelled(done)})

    def _public(self, private: rsa.RSAPrivateKey, kid: str) -> web.Response:
        if not self.may_get:
            return web.json_response({"error": {"code": "Forbidden"}}, status=403)
        numbers = private.public_key().public_numbers()
        n, e = (_spelled(number.to_bytes(-(-number.bit_length() // 8), "big")) for number in (numbers.n, numbers.e))
        key = {"kid": kid, "kty": "RSA", "key_ops": ["wrapKey", "unwrapKey"], "n": n, "e": e}
        return web.json_response({"key": key, "attributes": {"enabled": True}})


@asynccontextmanager
async def key_vault(folder: Path) -> AsyncGenerator[KeyVault]:
    """A vault on loopback, over TLS, as long as the block runs."""
    tls = make_tls(folder, datetime.now(UTC))  # noqa: TID251 — the client compares it with the machine's clock
    vault = KeyVault(ca=tls.ca_file)
    app = web.Application()
    app.router.add_get("/keys/waybill/{version}", vault.handle)
    app.router.add_post("/keys/waybill/{version}/{verb}", vault.handle)
    async with serve(app, tls=tls.server) as port:
        vault.url = f"https://localhost:{port}"
        yield vault


def _spelled(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
