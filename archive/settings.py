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
from .note import NoteError, Signer, VerifierKey
from .retention.classes import Classes, ClassesError
from .sealing.settings import SealingSettings
from .store.resource import ARM_URL, ContainerResource

URL = "WAYBILL_ARCHIVE_URL"
CONNECTION_STRING = "WAYBILL_ARCHIVE_CONNECTION_STRING"
SIGNING_KEY = "WAYBILL_ARCHIVE_SIGNING_KEY"
SHARD = "WAYBILL_ARCHIVE_SHARD"
ORIGIN = "WAYBILL_ARCHIVE_ORIGIN"
TIMESTAMP_URL = "WAYBILL_ARCHIVE_TIMESTAMP_URL"
CLASSES = "WAYBILL_ARCHIVE_CLASSES"
REQUIRE_WORM = "WAYBILL_ARCHIVE_REQUIRE_WORM"
RESOURCE_ID = "WAYBILL_ARCHIVE_RESOURCE_ID"
CONTROL_PLANE = "WAYBILL_ARCHIVE_ARM_URL"

DEFAULT_URL = "file:./archive-data"
DEFAULT_SHARD = "main"
DEFAULT_CLASSES = "standard=2557d"
"""Seven years, and the two leap days in them at most: the longest period that common rules ask for."""


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
    resource: ContainerResource | None
    require_worm: bool
    """Whether the service refuses to run on a store that cannot prove a retention policy."""
    shard: str
    origin: str
    signing_key: Path
    signer: Signer = field(repr=False)
    timestamp_url: str | None
    """An RFC 3161 authority that stamps the hourly anchors, if any."""
    classes: Classes
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
        timestamp_url = env.get(TIMESTAMP_URL) or None
        problems += _place_problems(url, connection_string, shard)
        if timestamp_url and urlsplit(timestamp_url).scheme not in {"http", "https"}:
            problems.append(f"{TIMESTAMP_URL} must be the http: or https: address of an RFC 3161 authority")
        classes = read_classes(env, problems)
        known_as = resource(env, url, problems)
        require_worm = requires_worm(env, url, problems)
        sealing = SealingSettings.from_env(env, url, connection_string, problems)
        path = Path(env.get(SIGNING_KEY) or "")
        signer = _signer(env.get(SIGNING_KEY) or "", problems)
        if signer is not None:
            problems += _origin_problems(origin, signer)
        if signer is None or classes is None or len(problems) > before:
            return None
        return cls(
            url=url,
            connection_string=connection_string,
            resource=known_as,
            require_worm=require_worm,
            shard=shard,
            origin=origin,
            signing_key=path,
            signer=signer,
            timestamp_url=timestamp_url,
            classes=classes,
            sealing=sealing,
        )


def read_classes(env: Mapping[str, str], problems: list[str]) -> Classes | None:
    """The retention classes alone, for whoever needs no key; None and a problem when they cannot be read."""
    try:
        return Classes.parse(env.get(CLASSES) or DEFAULT_CLASSES)
    except ClassesError as error:
        problems.append(f"{CLASSES}: {error}")
        return None


def resource(env: Mapping[str, str], url: str, problems: list[str]) -> ContainerResource | None:
    """The container as the control plane knows it; None when it is not named, or the archive is not in the cloud."""
    text, arm_url = env.get(RESOURCE_ID), env.get(CONTROL_PLANE) or ARM_URL
    if not text or not _is_in_cloud(url):
        return None
    try:
        found = ContainerResource.parse(text, arm_url=arm_url)
    except ValueError as error:
        problems.append(f"{RESOURCE_ID} and {CONTROL_PLANE}: {error}")
        return None
    if not found.is_at(url):
        problems.append(f"{RESOURCE_ID} names another container than {URL}")
    return found


def verifier_key(env: Mapping[str, str], problems: list[str]) -> VerifierKey | None:
    """The public half of the signing key, under the log's origin; None when no key is named."""
    origin = env.get(ORIGIN) or default_origin(env.get(SHARD) or DEFAULT_SHARD)
    path = env.get(SIGNING_KEY)
    signer = _signer(path, problems) if path else None
    if signer is None or _origin_problems(origin, signer):
        return None
    return signer.key(origin)


def requires_worm(env: Mapping[str, str], url: str, problems: list[str]) -> bool:
    """Whether a retention policy is insisted on: in the cloud yes, unless a connection string says it is a trial."""
    said = env.get(REQUIRE_WORM) or ("true" if url.startswith("https:") and not env.get(CONNECTION_STRING) else "false")
    if said not in {"true", "false"}:
        problems.append(f"{REQUIRE_WORM} must be true or false")
    elif said == "true" and not _is_in_cloud(url):
        problems.append(
            f"{REQUIRE_WORM} is true, but no retention policy can hold in {URL} here: it must be a container"
        )
    return said == "true"


def _is_in_cloud(url: str) -> bool:
    return urlsplit(url).scheme in {"https", "http"}


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
