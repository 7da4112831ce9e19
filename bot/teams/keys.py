"""The keys that sign the Bot Framework's tokens: where they come from and when to ask again. Knows no tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bridge.errors import PeerUnavailable
from bridge.ports import Clock
from bridge.wire import Json, WrongShape

from .calls import read_at_most
from .flight import Flight

PEER = "the Bot Framework's key service"
LARGEST_DOCUMENT = 1024 * 1024
SMALLEST_KEY_BITS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A public signing key and the channels it may speak for."""

    public: RSAPublicKey
    endorsements: frozenset[str]


class SigningKeys:
    """The published keys by id, asked for when they are needed: at first use, once a day, and for an unknown key id.

    Strangers can make up key ids, so an unknown one leads to a request at most every `pause` (`pause_after_failure`
    when the last request failed). When asking fails, the keys known so far stay in use.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        metadata_url: str,
        clock: Clock,
        max_age: timedelta = timedelta(days=1),
        pause: timedelta = timedelta(minutes=5),
        pause_after_failure: timedelta = timedelta(seconds=15),
        deadline: timedelta = timedelta(seconds=5),
    ) -> None:
        self._session = session
        self._metadata_url = metadata_url
        self._clock = clock
        self._max_age = max_age
        self._pause, self._pause_after_failure = pause, pause_after_failure
        self._timeout = aiohttp.ClientTimeout(total=deadline.total_seconds())
        self._keys: Mapping[str, Key] = {}
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._flight = Flight(self._refresh)

    async def find(self, kid: str) -> Key | None:
        """The key of that id, None when it is not published.

        Raises `PeerUnavailable` when that cannot be known: the key is not among those held, and asking failed.
        """
        if self._should_ask(kid):
            await self._flight.join()
        key = self._keys.get(kid)
        if key is None and self._asked_at != self._fetched_at:
            raise PeerUnavailable(PEER, "the signing keys could not be fetched")
        return key

    def _should_ask(self, kid: str) -> bool:
        now = self._clock()
        if kid in self._keys:  # good enough to go on with, while somebody else asks for newer ones
            is_old = self._fetched_at is None or now - self._fetched_at >= self._max_age
            return is_old and self._may_ask(now) and not self._flight.is_under_way
        return self._may_ask(now)

    def _may_ask(self, now: datetime) -> bool:
        if self._asked_at is None:
            return True
        pause = self._pause if self._asked_at == self._fetched_at else self._pause_after_failure
        return now - self._asked_at >= pause

    async def _refresh(self) -> bool:
        """Whether new keys came. A failure is remembered, not raised: keys known so far are still good."""
        keys = await self._fetch()
        self._asked_at = self._clock()  # afterwards, so that whoever comes meanwhile joins instead of going without
        if keys:
            self._keys, self._fetched_at = keys, self._asked_at
        return bool(keys)

    async def _fetch(self) -> Mapping[str, Key]:
        """The keys now published; none when they could not be had."""
        try:
            metadata = await self._document(self._metadata_url)
            location = metadata.get("jwks_uri").text_or_none()
            return {} if location is None else _keys_in(await self._document(location))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, WrongShape):
            return {}

    async def _document(self, url: str) -> Json:
        async with self._session.get(url, timeout=self._timeout, allow_redirects=False) as response:
            if response.status != 200:
                return Json(None)
            return Json.parse(await read_at_most(response.content, LARGEST_DOCUMENT))


def _keys_in(document: Json) -> Mapping[str, Key]:
    """Every usable key of a JWKS (RFC 7517) by its id; the Bot Framework adds `endorsements` to each."""
    found: dict[str, Key] = {}
    for entry in document.get("keys").elements():
        kid, public = entry.get("kid").text_or_none(), _rsa_key(entry)
        if kid is not None and public is not None:
            endorsements = frozenset(item.text_or("") for item in entry.get("endorsements").elements())
            found[kid] = Key(public=public, endorsements=endorsements)
    return found


def _rsa_key(entry: Json) -> RSAPublicKey | None:
    if entry.get("kty").text_or("") != "RSA" or entry.get("use").text_or_none() not in (None, "sig"):
        return None
    try:
        key = jwt.PyJWK(
            {"kty": "RSA", "n": entry.get("n").text_or_none(), "e": entry.get("e").text_or_none()}, algorithm="RS256"
        ).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_KEY_BITS else None
