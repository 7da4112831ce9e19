"""Knows which place for blobs a URL means. The cloud's packages are imported only for a URL in the cloud."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .files import FilesStore
from .memory import MemoryStore
from .port import DEADLINE, Body, Enforcement, ObjectStore

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

__all__ = ["DEADLINE", "Body", "Enforcement", "FilesStore", "MemoryStore", "ObjectStore", "open_store"]


def open_store(
    url: str,
    connection_string: str | None = None,
    credential: "AsyncTokenCredential | None" = None,
    *,
    deadline: timedelta = DEADLINE,
) -> ObjectStore:
    """The store a URL means; nothing is contacted or created yet. Raises ValueError for a URL of no known kind.

    `memory:` | `file:<directory>` | `https://<account>.blob.core.windows.net/<container>`, with Entra identity from
    `credential` (default: whatever azure-identity finds), or any blob URL with a connection string.
    """
    scheme = urlsplit(url).scheme
    if scheme == "memory":
        return MemoryStore()
    if scheme == "file":
        return FilesStore(Path(url.removeprefix("file:")), deadline=deadline)
    if scheme == "https" or (scheme == "http" and connection_string):
        from .azure import AzureStore  # noqa: PLC0415 — takes a second; only the cloud needs it

        if connection_string:
            return AzureStore.with_connection_string(url, connection_string, deadline=deadline)
        return AzureStore.with_identity(url, credential, deadline=deadline)
    raise ValueError("an archive URL begins with file:, https: or memory: (http: only with a connection string)")
