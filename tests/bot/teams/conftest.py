"""The local Teams, Entra and a session that trusts them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.teams.calls import open_session
from bot.teams.hosts import ServiceHosts
from bot.teams.tokens import Tokens, client_secret
from infra.sandbox.clouds import APP_ID, TENANT, Clouds

from .build import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def clouds() -> AsyncIterator[Clouds]:
    async with Clouds() as clouds:
        yield clouds


@pytest.fixture
async def session(clouds: Clouds) -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session(tls=clouds.tls.client()) as session:
        yield session


@pytest.fixture
def hosts(clouds: Clouds) -> ServiceHosts:
    return ServiceHosts([f"127.0.0.1:{clouds.ports.teams}"])


@pytest.fixture
def tokens(clouds: Clouds, session: aiohttp.ClientSession) -> Tokens:
    sign_in = client_secret(
        tenant=TENANT,
        app_id=APP_ID,
        secret=clouds.entra.client_secret,
        login_url=clouds.entra.base_url,
        session=session,
    )
    return Tokens(sign_in, clock=clouds.clock)
