"""Which service URLs the bot talks to: whoever names one of them is sent the bot's token. Knows no paths of the API."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from yarl import URL

PUBLIC_SERVICE_HOSTS = (
    "smba.trafficmanager.net",
    "smba.onyx.prod.teams.trafficmanager.net",
    "smba.infra.gcc.teams.microsoft.com",
)
"""Hosts of the public cloud's and the GCC's Bot Connector (seen in the history of Microsoft's teams.py, July 2026).

The first is where a bot begins that has not been spoken to yet.
"""


class ServiceHosts:
    """A literal list of `host` or `host:port`; no wildcards, because `trafficmanager.net` is open to everybody.

    Without a port an entry means 443, and any port of this machine itself.
    """

    def __init__(self, hosts: Iterable[str] = PUBLIC_SERVICE_HOSTS) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)

    def trusted(self, url: str) -> URL | None:
        """The URL as the HTTP client will understand it, or None when the bot must not talk to it.

        Parsed by the client's own parser, so that the host judged here is the host connected to.
        """
        try:
            parsed = URL(url)
            host, port = (parsed.host or "").lower(), parsed.port
        except ValueError:
            return None
        if parsed.user or parsed.password or parsed.query_string or parsed.fragment:
            return None
        is_safe = parsed.scheme == "https" or (parsed.scheme == "http" and is_loopback(host))
        is_listed = f"{host}:{port}" in self._hosts or (host in self._hosts and (port == 443 or is_loopback(host)))
        return parsed if is_safe and is_listed else None


def is_loopback(host: str) -> bool:
    """Whether a host name stays on this machine, so that plain HTTP to it shows nobody anything."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
