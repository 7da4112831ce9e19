"""Which formats there are. Their modules are imported when they are asked for: some need a package of their own."""

from importlib import import_module

from ..formats.port import Format

_MODULES = {
    "jsonl": "lines",
    "csv": "table",
    "html": "html",
    "rsmf": "rsmf",
    "eml": "eml",
    "slack": "slack",
    "dat": "concordance",
}

NAMES = tuple(_MODULES)


def format_of(name: str) -> Format:
    """The format of this name, one of `NAMES`."""
    found: Format = import_module(f"..formats.{_MODULES[name]}", __package__).write
    return found
