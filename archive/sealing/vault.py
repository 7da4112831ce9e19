"""Knows how to have data keys wrapped by an RSA key in Azure Key Vault, which never leaves it; the SDK comes when used.

The identity needs `wrapKey` and `unwrapKey` on the key (role Key Vault Crypto Service Encryption User). With `get`,
which that role has too, the SDK wraps by itself with the public half. A vault does 2,000 to 4,000 operations in ten
seconds (Microsoft, read 2026-07); we need one for a conversation and month, and one for each key read after a start.
"""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import KeyWithheld, StoreRefused, StoreUnavailable
from ..store.deadline import within
from ..store.port import DEADLINE
from .wrapping import WrappedKey

if TYPE_CHECKING:
    from azure.keyvault.keys.crypto.aio import CryptographyClient

RSA_WRAP = "RSA-OAEP-256"
_URL = re.compile(r"(?P<key>https://[^/?#@\s]+/keys/[0-9A-Za-z-]{1,127}/)[0-9a-f]{32}")


class VaultKey:
    """A version of a key in Key Vault. It wraps; what an earlier version of the same key has wrapped it unwraps too."""

    def __init__(
        self,
        url: str,
        *,
        client: "Callable[[str], CryptographyClient] | None" = None,
        deadline: timedelta = DEADLINE,
    ) -> None:
        """`url` is the key identifier with its version; `client` connects to one. Raises ValueError for another URL."""
        match = _URL.fullmatch(url)
        if match is None:
            raise ValueError(
                "not a Key Vault key with its version: https://<vault>/keys/<name>/<32 hexadecimal digits>"
            )
        self._url = url
        self._key = match["key"]
        self._client = client or self._with_identity
        self._deadline = deadline
        self._clients: dict[str, CryptographyClient] = {}
        self._open = AsyncExitStack()

    async def wrap(self, secret: bytes) -> WrappedKey:
        """As `WrappingKey.wrap`."""
        from azure.keyvault.keys.crypto import KeyWrapAlgorithm  # noqa: PLC0415 — half a second; only this key needs it

        async with self._answer("wrap"):
            result = await self._at(self._url).wrap_key(KeyWrapAlgorithm.rsa_oaep_256, secret)
        return WrappedKey(algorithm=RSA_WRAP, by=self._url, key=result.encrypted_key)

    async def unwrap(self, wrapped: WrappedKey) -> bytes:
        """As `WrappingKey.unwrap`. Asks no other vault or key than ours, whatever the key ring says."""
        from azure.keyvault.keys.crypto import KeyWrapAlgorithm  # noqa: PLC0415 — see above

        match = _URL.fullmatch(wrapped.by)
        if wrapped.algorithm != RSA_WRAP or match is None or match["key"] != self._key:
            raise KeyWithheld(f"the data key is wrapped by {wrapped.by}, not by the wrapping key at hand, {self._key}…")
        async with self._answer("unwrap"):
            result = await self._at(wrapped.by).unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.key)
        return result.key

    async def close(self) -> None:
        """As `WrappingKey.close`."""
        self._clients.clear()
        await self._open.aclose()

    def _at(self, url: str) -> "CryptographyClient":
        client = self._clients.get(url)
        if client is None:
            client = self._clients[url] = self._client(url)
            self._open.push_async_callback(client.close)
        return client

    def _with_identity(self, url: str) -> "CryptographyClient":
        from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 — see above
        from azure.keyvault.keys.crypto.aio import CryptographyClient  # noqa: PLC0415 — see above

        credential = DefaultAzureCredential()
        self._open.push_async_callback(credential.close)
        return CryptographyClient(url, credential)

    @asynccontextmanager
    async def _answer(self, verb: str) -> AsyncGenerator[None]:
        """Wait for one answer within the deadline, and say what went wrong in the archive's terms."""
        from azure.core.exceptions import AzureError, HttpResponseError  # noqa: PLC0415 — see above

        try:
            async with within(self._deadline, f"Key Vault: {verb}"):
                yield
        except AzureError as error:
            status = error.status_code if isinstance(error, HttpResponseError) else None
            if status is None or status in {408, 429} or status >= 500:
                raise StoreUnavailable(f"Key Vault: {verb}: {status or type(error).__name__}") from error
            raise StoreRefused(f"Key Vault: {verb}: {status}") from error
