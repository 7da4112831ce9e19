"""Signs in to Azure Database for PostgreSQL: a token of the service's own identity is the password. Knows no statement.

The role is made once by an Entra administrator and has the identity's name (Microsoft, Azure Database for PostgreSQL,
Microsoft Entra authentication). A token holds for an hour and is looked at when a connection is made, not later.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure.identity.aio import DefaultAzureCredential

SCHEME = "postgresql+entra"
SCOPE = "https://ossrdbms-aad.database.windows.net/.default"

VERIFIED = frozenset({"verify-ca", "verify-full"})
"""The values of sslmode with which a password goes to nobody but the server."""


def plain(url: str) -> str:
    """The URL without what only we understand."""
    scheme, _, rest = url.partition("://")
    return f"postgresql://{rest}" if scheme == SCHEME else url


def sign_in(url: str) -> Mapping[str, Any]:
    """What asyncpg has to be told besides the URL; raises `ValueError` where the token would not be safe."""
    address = urlsplit(url)
    if address.scheme != SCHEME:
        return {}
    if address.password:
        msg = f"{SCHEME}: stands for a token, so the store's URL holds no password"
        raise ValueError(msg)
    mode = parse_qs(address.query).get("sslmode")
    if mode is None:
        return {"password": _token, "ssl": ssl.create_default_context()}
    if not VERIFIED.issuperset(mode):
        msg = f"{SCHEME}: sends a token, so sslmode is verify-full or verify-ca"
        raise ValueError(msg)
    return {"password": _token}


async def _token() -> str:
    """A token of the identity that `DefaultAzureCredential` finds.

    Asked for anew for each connection: there are few, and the platform keeps its tokens itself.
    """
    async with DefaultAzureCredential() as credential:
        return (await credential.get_token(SCOPE)).token
