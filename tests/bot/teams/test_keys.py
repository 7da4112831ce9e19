"""Signing keys: asked for seldom, shared by everybody who waits, and kept when asking fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.teams.calls import open_session
from bot.teams.keys import SigningKeys
from bridge.errors import PeerUnavailable
from infra.sandbox.entra import Entra, SigningKey
from infra.sandbox.serving import serve
from infra.sandbox.tls import make_tls

from .build import TENANT, Clock


@pytest.fixture
def entra(clock: Clock) -> Entra:
    return Entra(tenant_id=TENANT, client_id="app", client_secret="secret", clock=clock)


@pytest.fixture
async def keys(entra: Entra, clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SigningKeys]:
    tls = make_tls(tmp_path_factory.mktemp("tls"), clock())
    async with serve(entra.app(), tls=tls.server) as port, open_session(tls=tls.client()) as session:
        entra.base_url = f"https://localhost:{port}"
        yield SigningKeys(session=session, metadata_url=entra.metadata_url, clock=clock)


async def test_sixty_four_first_requests_ask_once(keys: SigningKeys, entra: Entra):
    """A burst after a restart would otherwise be throttled by Microsoft."""
    found = await asyncio.gather(*(keys.find(entra.signing_key.kid) for _ in range(64)))
    assert all(found)
    assert (entra.requests.metadata, entra.requests.keys) == (1, 1)


async def test_a_new_key_is_found_after_rotation_and_a_made_up_one_asks_no_more(
    keys: SigningKeys, entra: Entra, clock: Clock
):
    """Without asking again a rotation would lock Teams out for a day; asking every time would be a stranger's tool."""
    await keys.find(entra.signing_key.kid)
    new = entra.rotate()
    assert await keys.find(new.kid) is None  # asked just now
    clock.advance(timedelta(minutes=5))
    assert await keys.find(new.kid) is not None
    for made_up in ("a", "b", "c"):
        assert await keys.find(made_up) is None
    assert entra.requests.keys == 2


async def test_everybody_who_comes_with_a_new_key_while_it_is_fetched_gets_it(
    keys: SigningKeys, entra: Entra, clock: Clock
):
    """After a rotation the whole traffic comes with the new key at once, and a 401 is final for each message."""
    await keys.find(entra.signing_key.kid)
    new = entra.rotate(keep_old=False)
    clock.advance(timedelta(minutes=5))
    assert all(await asyncio.gather(*(keys.find(new.kid) for _ in range(16))))
    assert entra.requests.keys == 2


async def test_keys_are_asked_for_once_a_day_and_withdrawn_ones_forgotten(
    keys: SigningKeys, entra: Entra, clock: Clock
):
    """A key that Microsoft has withdrawn must not open the door for ever."""
    old = entra.signing_key.kid
    assert await keys.find(old) is not None
    entra.rotate(keep_old=False)
    clock.advance(timedelta(hours=23))
    assert await keys.find(old) is not None
    clock.advance(timedelta(hours=1))
    assert await keys.find(old) is None


async def test_old_keys_stay_in_use_while_the_key_service_is_away(keys: SigningKeys, entra: Entra, clock: Clock):
    """Microsoft's outage would otherwise become ours."""
    await keys.find(entra.signing_key.kid)
    entra.unavailable = True
    clock.advance(timedelta(days=2))
    assert await keys.find(entra.signing_key.kid) is not None


async def test_not_knowing_is_told_apart_from_knowing_better(keys: SigningKeys, entra: Entra, clock: Clock):
    """A 401 is final: it may only be given when the published keys were really seen."""
    entra.unavailable = True
    with pytest.raises(PeerUnavailable):
        await keys.find("unknown")
    entra.unavailable = False
    with pytest.raises(PeerUnavailable):
        await keys.find("unknown")  # too soon to ask again
    clock.advance(timedelta(seconds=15))
    assert await keys.find("unknown") is None
    assert await keys.find(entra.signing_key.kid) is not None


async def test_a_key_too_short_to_trust_is_left_out(keys: SigningKeys, entra: Entra):
    """A key of 1024 bits can be computed by others."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 (the point)
    short = SigningKey(kid="short", private=private)
    entra._keys.append(short)
    assert await keys.find("short") is None
    assert await keys.find(entra._keys[0].kid) is not None
