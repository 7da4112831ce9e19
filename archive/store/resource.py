"""Knows how Azure's control plane names a container and where it is asked; asks nothing."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

ARM_URL = "https://management.azure.com"
"""The public cloud's control plane (Azure Resource Manager); sovereign clouds have their own."""

_ID = re.compile(
    r"(/subscriptions/[^/?#\s]+/resourceGroups/[^/?#\s]+/providers/Microsoft\.Storage/storageAccounts/([a-z0-9]{3,24}))"
    r"/blobServices/default/containers/([a-z0-9-]{3,63})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerResource:
    """A container as the control plane knows it. `account_id` is the id of its storage account."""

    arm_url: str
    account_id: str
    account: str
    container: str

    @classmethod
    def parse(cls, text: str, *, arm_url: str = ARM_URL) -> "ContainerResource":
        """Read a container's resource id; raises ValueError, also for a place where a token must not be sent."""
        found = _ID.fullmatch(text)
        if found is None:
            raise ValueError("must be a container's resource id: /subscriptions/…/blobServices/default/containers/…")
        if not _is_private(arm_url):
            raise ValueError("the control plane is asked over https: only (http: on this machine)")
        account_id, account, container = found.groups()
        return cls(arm_url=arm_url.rstrip("/"), account_id=account_id, account=account, container=container)

    @property
    def container_id(self) -> str:
        """The resource id it was read from."""
        return f"{self.account_id}/blobServices/default/containers/{self.container}"

    def is_at(self, url: str) -> bool:
        """Whether this blob URL, with the account in the host's name or in the path, is that of the container."""
        place = urlsplit(url)
        *before, container = place.path.strip("/").split("/")
        account = before[0] if before else (place.hostname or "").partition(".")[0]
        return (account.lower(), container) == (self.account.lower(), self.container)


def _is_private(url: str) -> bool:
    place = urlsplit(url)
    return place.scheme == "https" or (place.scheme == "http" and _is_loopback(place.hostname or ""))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
