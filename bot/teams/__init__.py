"""Microsoft Teams at the wire: activities in, posts out. The only package that imports botbuilder.

Names are loaded when they are first used, so that the gate can be imported without botbuilder.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .adapter import interpret
    from .calls import Calls, open_session
    from .connector import Connector
    from .gate import Gate
    from .graph import Graph
    from .hosts import PUBLIC_SERVICE_HOSTS, ServiceHosts
    from .keys import SigningKeys
    from .routes import Messages
    from .threads import TeamsThreads
    from .tokens import BOT_SCOPE, GRAPH_SCOPE, Tokens, client_secret, managed_identity

__all__ = [
    "BOT_SCOPE",
    "GRAPH_SCOPE",
    "PUBLIC_SERVICE_HOSTS",
    "Calls",
    "Connector",
    "Gate",
    "Graph",
    "Messages",
    "ServiceHosts",
    "SigningKeys",
    "TeamsThreads",
    "Tokens",
    "client_secret",
    "interpret",
    "managed_identity",
    "open_session",
]

_HOMES = {
    "adapter": ("interpret",),
    "calls": ("Calls", "open_session"),
    "connector": ("Connector",),
    "gate": ("Gate",),
    "graph": ("Graph",),
    "hosts": ("PUBLIC_SERVICE_HOSTS", "ServiceHosts"),
    "keys": ("SigningKeys",),
    "routes": ("Messages",),
    "threads": ("TeamsThreads",),
    "tokens": ("BOT_SCOPE", "GRAPH_SCOPE", "Tokens", "client_secret", "managed_identity"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
