"""The token of a managed identity is the password, for a server that demands TLS, and it goes to nobody else."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.errors import StoreUnavailable
from bridge.store import Accepted, Store
from bridge.store.postgres import open_connection
from infra.sandbox.tls import Tls, make_tls
from tests.builders import delivery
from tests.postgres import OWNER, Server, running

from .opening import items, opened

ROLE = "id-waybill-service"


@dataclass
class Platform:
    """What Container Apps puts beside a service for its identity: an address that gives tokens."""

    token: str = "token-1"
    asked: list[str] = field(default_factory=list[str])

    async def give(self, request: web.Request) -> web.Response:
        """A token, as App Service's endpoint gives it (version 2019-08-01)."""
        assert request.headers["X-IDENTITY-HEADER"] == "its-header"
        self.asked.append(request.query["resource"])
        if not self.token:
            return web.json_response({"statusCode": 400, "message": "no identity"}, status=400)
        return web.json_response(
            {"access_token": self.token, "expires_on": "4102444800", "resource": "r", "token_type": "Bearer"}
        )


@pytest.fixture
async def platform(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Platform]:
    platform = Platform()
    app = web.Application()
    app.router.add_get("/token", platform.give)
    async with TestServer(app) as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", str(server.make_url("/token")))
        monkeypatch.setenv("IDENTITY_HEADER", "its-header")
        yield platform


def _tls(folder: Path) -> Tls:
    return make_tls(folder, datetime.now(UTC))  # noqa: TID251 - it is compared with the machine's clock


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Server, Path]]:
    """A server that lets the role in over TLS only and asks for a password in clear, as Azure's does; its authority."""
    folder = tmp_path_factory.mktemp("tls")
    tls = _tls(folder)
    with running() as server:
        data = server.folder / "data"
        pem = shutil.copy(folder / "localhost.pem", data)
        if OWNER is not None:
            shutil.chown(pem, OWNER, OWNER)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write("ssl = on\nssl_cert_file = 'localhost.pem'\nssl_key_file = 'localhost.pem'\n")
        rules = data / "pg_hba.conf"
        own = f"hostssl all {ROLE} 127.0.0.1/32 password\nhost all {ROLE} 127.0.0.1/32 reject\n"
        rules.write_text(own + rules.read_text())
        server.stop()
        server.start()
        yield server, tls.ca_file


@pytest.fixture
async def administrator(guarded: tuple[Server, Path]) -> AsyncGenerator[Any]:
    """Somebody who may make roles, in a database of this test."""
    connection = await open_connection(guarded[0].new_database())
    yield connection
    await connection.close()


@pytest.fixture
async def url(guarded: tuple[Server, Path], administrator: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[str]:
    """A database in which the role may make tables, and whose password is the first token."""
    server, authority = guarded
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    await administrator.execute(f"""create role "{ROLE}" login password 'token-1'""")
    await administrator.execute(f"""grant create on schema public to "{ROLE}" """)
    database = await administrator.fetchval("select current_database()")
    yield f"postgresql+entra://{ROLE}@127.0.0.1:{server.port}/{database}"
    await administrator.execute(f"""drop owned by "{ROLE}" cascade; drop role "{ROLE}" """)


async def test_the_service_signs_in_with_a_token_of_its_identity(platform: Platform, url: str):
    """A deployment in Azure could not open its store: the server there takes no password."""
    async with opened(url) as store:
        assert await store.accept(delivery("one")) == Accepted(items=1, duplicates=0)
    assert set(platform.asked) == {"https://ossrdbms-aad.database.windows.net"}


async def test_a_connection_that_is_made_later_signs_in_with_the_token_of_that_time(
    platform: Platform, url: str, administrator: Any
):
    """After an hour every new connection would be refused, and the service with them, until it is started again."""
    async with opened(url) as store:
        await store.accept(delivery("one"))
        platform.token = "token-2"
        await administrator.execute(f"""alter role "{ROLE}" password 'token-2'""")
        await administrator.fetch("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", ROLE)
        with pytest.raises(StoreUnavailable):  # the one that notices it
            await store.accept(delivery("two"))
        await store.accept(delivery("two"))
        assert [item.key for item in await items(store)] == ["one", "two"]


async def test_an_identity_that_gets_no_token_is_trouble_that_passes(platform: Platform, url: str):
    """A minute without the platform's answer would end the service with a stranger's error."""
    platform.token = ""
    with pytest.raises(StoreUnavailable, match="PostgreSQL: "):
        async with Store.connect(url):
            pass


@pytest.mark.parametrize(
    ("user", "options", "says"),
    [
        (ROLE, "?sslmode=disable", "sslmode is verify-full or verify-ca"),
        (ROLE, "?sslmode=require", "sslmode is verify-full or verify-ca"),
        (f"{ROLE}:secret", "", "holds no password"),
    ],
)
async def test_a_token_is_not_sent_where_it_could_be_read(platform: Platform, user: str, options: str, says: str):
    """Whoever reads a token has the whole store for an hour."""
    with pytest.raises(ValueError, match=says):
        async with Store.connect(f"postgresql+entra://{user}@127.0.0.1:1/waybill{options}"):
            pass
    assert platform.asked == []


async def test_a_server_with_a_stranger_s_certificate_gets_no_token(
    platform: Platform, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever stands in the server's place would be handed the key to it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(_tls(tmp_path).ca_file))
    with pytest.raises(StoreUnavailable, match="SSLCertVerificationError"):
        async with Store.connect(url):
            pass
