"""Knows which environment variables the archive reads and what they mean; opens nothing but the signing key's file.

The pattern every package follows: `Settings.from_env(env, problems)` adds one sentence to `problems` for everything
that is wrong and then returns None. Whoever composes packages passes one list through all and reports it whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from . import names
from .errors import InvalidName
from .note import NoteError, Signer
from .sealing.settings import SealingSettings

URL = "WAYBILL_ARCHIVE_URL"
CONNECTION_STRING = "WAYBILL_ARCHIVE_CONNECTION_STRING"
SIGNING_KEY = "WAYBILL_ARCHIVE_SIGNING_KEY"
SHARD = "WAYBILL_ARCHIVE_SHARD"
ORIGIN = "WAYBILL_ARCHIVE_ORIGIN"

DEFAULT_URL = "file:./archive-data"
DEFAULT_SHARD = "main"


def default_origin(shard: str) -> str:
    """The origin of a log nobody has named: C2SP wants a name without a scheme, and no default can know a domain.

    It tells a house's own logs apart. Whoever shows checkpoints outside the house sets one below a domain of its own.
    """
    return f"waybill/{shard}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the archive is and who signs it. The signing key is read once, here, and never printed."""

    url: str
    connection_string: str | None = field(repr=False)
    shard: str
    origin: str
    signing_key: Path
    signer: Signer = field(repr=False)
    sealing: SealingSettings | None
    """None: nothing is sealed."""

    @classmethod
    def from_env(cls, env: Mapping[str, str], problems: list[str]) -> "Settings | None":
        """Read the settings; None when something is wrong, and then `problems` has a sentence for each thing."""
        before = len(problems)
        shard = env.get(SHARD) or DEFAULT_SHARD
        url = env.get(URL) or DEFAULT_URL
        connection_string = env.get(CONNECTION_STRING) or None
        origin = env.get(ORIGIN) or default_origin(shard)
        problems += _place_problems(url, connection_string, shard)
        sealing = SealingSettings.from_env(env, url, connection_string, problems)
        path = Path(env.get(SIGNING_KEY) or "")
        signer = _signer(env.get(SIGNING_KEY) or "", problems)
        if signer is not None:
            problems += _origin_problems(origin, signer)
        if signer is None or len(problems) > before:
            return None
        return cls(
            url=url,
            connection_string=connection_string,
            shard=shard,
            origin=origin,
            signing_key=path,
            signer=signer,
            sealing=sealing,
        )


def _place_problems(url: str, connection_string: str | None, shard: str) -> list[str]:
    problems: list[str] = []
    scheme = urlsplit(url).scheme
    if scheme not in {"file", "https", "memory"} and not (scheme == "http" and connection_string):
        problems.append(f"{URL} must begin with file:, https: or memory: (http: only with {CONNECTION_STRING})")
    if scheme == "file" and not url.removeprefix("file:"):
        problems.append(f"{URL} names no directory after file:")
    try:
        names.shard(shard)
    except InvalidName:
        problems.append(f"{SHARD} must be up to 63 lower-case letters, digits and hyphens")
    return problems


def _origin_problems(origin: str, signer: Signer) -> list[str]:
    try:
        signer.key(origin)
    except NoteError:
        return [f"{ORIGIN} must have no spaces and no plus sign"]
    return []


def _signer(path: str, problems: list[str]) -> Signer | None:
    if not path:
        make = "openssl genpkey -algorithm ed25519 -out key.pem"
        problems.append(f"{SIGNING_KEY} must name the file of an Ed25519 private key (make one: {make})")
        return None
    try:
        return Signer.from_pem(Path(path).read_bytes())
    except OSError as error:
        problems.append(f"{SIGNING_KEY}: the file cannot be read: {error.strerror}")
    except NoteError as error:
        problems.append(f"{SIGNING_KEY}: {error}")
    return None
