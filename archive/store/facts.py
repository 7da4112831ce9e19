"""Knows what a store in a cloud can tell about itself and about our rights; not how it is asked, nor what is good."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

Access = Literal["identity", "shared key", "shared access signature"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What our identity may do to this container besides creating and reading blobs; None: the answer did not say."""

    delete: bool | None
    """Delete blobs."""
    change: bool | None
    """Replace blobs and change their metadata, tier and leases (`blobs/write`)."""
    manage: bool | None
    """Change the container itself, legal holds among it (`containers/write`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What the account keeps of a blob that is deleted or replaced."""

    versioning: bool
    soft_delete: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How the account keeps copies, and whether its shared keys open it. `redundancy` is the name of its SKU."""

    redundancy: str
    shared_keys: bool


@runtime_checkable
class Examinable(Protocol):
    """A store that can be asked for more than an `ObjectStore`. Every verb raises StoreUnavailable or StoreRefused."""

    @property
    def access(self) -> Access:
        """What our requests are authorised by."""
        ...

    async def rights(self) -> Rights:
        """What we may do, asked in ways that can neither change nor create anything."""
        ...

    async def server_time(self) -> datetime:
        """The service's own clock, to the second."""
        ...

    async def recovery(self) -> Recovery:
        """From the control plane."""
        ...

    async def account(self) -> Account:
        """From the control plane."""
        ...

    async def replicas(self) -> tuple[str, ...]:
        """The accounts this container's blobs are copied to by object replication, from the control plane."""
        ...
