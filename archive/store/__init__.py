"""Knows which place for blobs a URL means. The cloud's packages are imported only for a URL in the cloud."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .files import FilesStore
from .memory import MemoryStore
from .port import DEADLINE, Body, Enforcement, ObjectStore, Retention
from .resource import ContainerResource

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

__all__ = [
    "DEADLINE",
    "Body",
    "ContainerResource",
    "Enforcement",
    "FilesStore",
    "MemoryStore",
    "ObjectStore",
    "Retention",
    "open_store",
]


def open_store(
    url: str,
    connection_string: str | None = None,
    credential: "AsyncTokenCredential | None" = None,
    *,
    resource: ContainerResource | None = None,
    deadline: timedelta = DEADLINE,
) -> ObjectStore:
    """The store a URL means; nothing is contacted or created yet. Raises ValueError for a URL of no known kind.

    `memory:` | `file:<directory>` | `https://<account>.blob.core.windows.net/<container>`, with Entra identity from
    `credential` (default: whatever azure-identity finds), or any blob URL with a connection string. With `resource`
    Azure's control plane, asked with that identity, says what only it knows of the container.
    """
    scheme = urlsplit(url).scheme
    if scheme == "memory":
        return MemoryStore()
    if scheme == "file":
        return FilesStore(Path(url.removeprefix("file:")), deadline=deadline)
    if scheme == "https" or (scheme == "http" and connection_string):
        from .azure import AzureStore  # noqa: PLC0415 — takes a second; only the cloud needs it

        return AzureStore.connect(url, connection_string, credential, resource, deadline=deadline)
    raise ValueError("an archive URL begins with file:, https: or memory: (http: only with a connection string)")
