"""Knows which environment variables sealing reads and what they mean; opens nothing but the wrapping key's file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..sequencer import Clock
from ..store import open_store
from .ring import Ring
from .vault import VaultKey
from .wrapping import LocalKey, WrappingKey

CLASSES = "WAYBILL_ARCHIVE_SEALED_CLASSES"
KEYS_URL = "WAYBILL_ARCHIVE_KEYS_URL"
WRAPPING_KEY = "WAYBILL_ARCHIVE_WRAPPING_KEY"

_CLASS = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingSettings:
    """Which classes are sealed, and where their keys are. Without a class, only what was sealed earlier is opened."""

    classes: frozenset[str]
    keys_url: str
    connection_string: str | None = field(repr=False)
    wrapping: WrappingKey = field(repr=False)

    def ring(self, clock: Clock) -> Ring:
        """The key ring; nothing is contacted yet."""
        return Ring(open_store(self.keys_url, self.connection_string), self.wrapping, clock=clock)

    @classmethod
    def from_env(
        cls, env: Mapping[str, str], archive_url: str, connection_string: str | None, problems: list[str]
    ) -> "SealingSettings | None":
        """Read the settings; None when sealing is off, or when something is wrong and `problems` says what.

        The archive's connection string, where there is one, is the key ring's as well.
        """
        before = len(problems)
        classes = _classes(env.get(CLASSES) or "", problems)
        url, key = env.get(KEYS_URL) or "", env.get(WRAPPING_KEY) or ""
        if not classes and not url and not key:
            return None
        wrapping = _wrapping(key, problems)
        problems += _place_problems(url, archive_url, connection_string)
        if wrapping is None or len(problems) > before:
            return None
        return cls(classes=classes, keys_url=url, connection_string=connection_string, wrapping=wrapping)


def wrapping_key(text: str) -> WrappingKey:
    """The wrapping key a setting means: a file's or Key Vault's. Raises OSError or ValueError."""
    return VaultKey(text) if text.startswith("https:") else LocalKey.read(text)


def _classes(text: str, problems: list[str]) -> frozenset[str]:
    names = [part.strip() for part in text.split(",") if part.strip()]
    if any(not _CLASS.fullmatch(name) for name in names):
        problems.append(f"{CLASSES} must be retention classes, separated by commas, like standard,short")
    return frozenset(names)


def _wrapping(text: str, problems: list[str]) -> WrappingKey | None:
    if not text:
        make = "openssl rand -out wrapping.key 32"
        problems.append(f"{WRAPPING_KEY} must name a file of 32 random bytes (make one: {make}) or a Key Vault key")
        return None
    try:
        return wrapping_key(text)
    except OSError as error:
        problems.append(f"{WRAPPING_KEY}: the file cannot be read: {error.strerror}")
    except ValueError as error:
        problems.append(f"{WRAPPING_KEY}: {error}")
    return None


def _place_problems(url: str, archive_url: str, connection_string: str | None) -> list[str]:
    if not url:
        return [f"{KEYS_URL} must name the place of the data keys, like file:./archive-keys"]
    if urlsplit(url).scheme not in {"file", "https", "memory"} and not (url.startswith("http:") and connection_string):
        return [f"{KEYS_URL} must begin with file:, https: or memory:"]
    if f"{url.rstrip('/')}/".startswith(f"{archive_url.rstrip('/')}/"):
        return [f"{KEYS_URL} must be another place than the archive: keys must be destroyable, and records must not"]
    return []
