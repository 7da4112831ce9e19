"""Meta's door: only signed bytes come in, 200 means durable, and nobody ever sees a 500."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.errors import StoreUnavailable
from bridge.model import Delivery
from bridge.whatsapp.routes import PATH, WebhookRoutes
from bridge.whatsapp.signature import sign
from bridge.whatsapp.webhook import MAX_BODY, arrivals
from infra.sandbox.serving import LOOPBACK, serve
from tests.builders import NOON, Clock, encode, text_item, webhook, webhook_bytes

TOKEN = "verify-töken"
SECRETS = ["old-secret", "new-secret"]
BODY = webhook_bytes("text")
PATIENCE = 10


@dataclass
class Door:
    """The two routes on a real server, a store that can be away, and what has come through."""

    port: int = 0
    away: bool = False
    accepted: list[Delivery] = field(default_factory=list[Delivery])
    counted: list[str] = field(default_factory=list[str])

    async def accept(self, delivery: Delivery) -> None:
        if self.away:
            raise StoreUnavailable("disk full")
        self.accepted.append(delivery)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}{PATH}"

    async def post(self, body: bytes, **headers: str) -> tuple[int, str]:
        """A body as Meta sends it; `headers` go over the right ones."""
        right = {"X-Hub-Signature-256": sign(body, "new-secret"), "Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, data=io.BytesIO(body), headers=right | named) as response,
        ):
            return response.status, await response.text()

    async def raw(self, request: bytes) -> bytes:
        """Any bytes at all, and all that comes back."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        writer.write(request)
        await writer.drain()
        try:
            return await asyncio.wait_for(reader.readuntil(b"\r\n"), PATIENCE)
        except asyncio.IncompleteReadError as error:
            return error.partial
        finally:
            writer.close()

    async def get(self, query: bytes) -> bytes:
        """The status line for a verification with this query, as it stands on the wire."""
        return await self.raw(b"GET /whatsapp/webhook?" + query + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")


@asynccontextmanager
async def opened() -> AsyncGenerator[Door]:
    door = Door()
    app = web.Application(client_max_size=MAX_BODY)
    routes = WebhookRoutes(
        secrets=SECRETS, verify_token=TOKEN, accept=door.accept, count=door.counted.append, clock=Clock()
    )
    routes.add_to(app)
    async with serve(app) as door.port:
        yield door


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened() as door:
        yield door


# --- webhooks --------------------------------------------------------------------------------------------------------


async def test_signed_bytes_are_made_durable_and_answered_200(door: Door):
    """Meta would repeat every message for seven days, or one would be acknowledged that we do not have."""
    assert await door.post(BODY) == (200, "")
    assert door.accepted == [
        Delivery(
            network="whatsapp", raw=BODY, received_at=NOON, signature=sign(BODY, "new-secret"), items=arrivals(BODY)
        )
    ]
    assert door.counted == ["accepted"]


async def test_either_secret_opens_while_one_is_rotated(door: Door):
    """Changing the app secret would cost messages."""
    for secret in SECRETS:
        assert (await door.post(BODY, X_Hub_Signature_256=sign(BODY, secret)))[0] == 200
    assert (await door.post(BODY, X_Hub_Signature_256=sign(BODY, "another")))[0] == 401


@pytest.mark.parametrize(
    "header",
    ["", "sha256=", sign(BODY, "another"), sign(BODY + b" ", "new-secret"), sign(BODY, "new-secret")[:-1], "sha256=ä"],
    ids=["empty", "prefix", "other secret", "other body", "cut", "no ascii"],
)
async def test_what_meta_did_not_sign_stays_outside(door: Door, header: str):
    """Anybody on the internet could write in a client's name."""
    assert await door.post(BODY, X_Hub_Signature_256=header) == (401, "signature missing or wrong")
    assert (door.accepted, door.counted) == ([], ["unsigned"])


async def test_without_a_signature_nothing_comes_in(door: Door):
    """Leaving the header out would be the way in."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
    assert b" 401 " in await door.raw(head + BODY)
    assert door.accepted == []


@pytest.mark.parametrize("header", [b"sha256=\xff\xfe", b"\xc3\xa4", b"sha256=" + b"\xd9\xa3" * 64])
async def test_a_header_of_any_bytes_is_only_wrong(door: Door, header: bytes):
    """One crafted header would be answered with a traceback."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n".encode()
    answer = await door.raw(head + b"X-Hub-Signature-256: " + header + b"\r\n\r\n" + BODY)
    assert answer.split(b" ")[1] in {b"400", b"401"}
    assert door.accepted == []


async def test_while_the_store_is_away_meta_is_asked_to_come_back(door: Door):
    """A message would be acknowledged and lost."""
    door.away = True
    async with aiohttp.ClientSession() as session:
        signed = {"X-Hub-Signature-256": sign(BODY, "new-secret")}
        async with session.post(door.url, data=BODY, headers=signed) as response:
            assert (response.status, response.headers["Retry-After"]) == (503, "5")
            assert "disk" not in await response.text()
    door.away = False
    assert (await door.post(BODY))[0] == 200
    assert door.counted == ["store unavailable", "accepted"]


async def test_signed_bytes_that_are_no_webhook_are_accepted_as_they_are(door: Door):
    """Meta would repeat for seven days what we merely do not understand, and then it would be gone."""
    for body in (b"", b"{", b"\xff", b"[" * 100_000):
        assert (await door.post(body))[0] == 200
    assert [delivery.raw for delivery in door.accepted] == [b"", b"{", b"\xff", b"[" * 100_000]
    assert all(len(delivery.items) == 1 for delivery in door.accepted)


# --- size ------------------------------------------------------------------------------------------------------------


async def test_the_largest_body_that_meta_sends_comes_in_and_a_larger_one_does_not(door: Door):
    """A legal batch would be refused for seven days and lost; or anybody could fill our memory."""
    largest = encode(webhook([text_item()])).ljust(MAX_BODY)
    assert (await door.post(largest))[0] == 200
    assert await door.post(largest + b" ") == (413, f"at most {MAX_BODY} bytes")
    assert [len(delivery.raw) for delivery in door.accepted] == [MAX_BODY]
    assert door.counted == ["accepted", "too large"]


async def test_a_body_without_a_length_is_measured_as_it_comes(door: Door):
    """Leaving the length out would be the way around the limit."""

    async def chunks(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b" " * 1024 * 1024

    signed = {"X-Hub-Signature-256": sign(b" " * 4 * 1024 * 1024, "new-secret")}
    async with aiohttp.ClientSession() as session:
        async with session.post(door.url, data=chunks(4), headers=signed) as response:
            assert response.status == 200
        async with session.post(door.url, data=chunks(5), headers=signed) as response:
            assert response.status == 413
    assert door.counted == ["accepted", "too large"]


async def test_a_body_without_an_end_is_cut(door: Door):
    """Somebody who goes on sending would hold a connection, or fill our memory."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1024 * 1024

    async with aiohttp.ClientSession() as session:
        try:
            async with asyncio.timeout(PATIENCE), session.post(door.url, data=endless()) as response:
                assert response.status == 413
        except aiohttp.ClientConnectionError:
            pass  # cut while it was still sending
    assert door.counted == ["too large"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "nonsense", "identity"])
@pytest.mark.parametrize("body", [b"not compressed", gzip.compress(b" " * (MAX_BODY * 4))], ids=["false", "bomb"])
async def test_a_compressed_body_stays_outside(door: Door, body: bytes, encoding: str):
    """Four kilobytes on the wire would become gigabytes in our memory, or a false header end in a traceback."""
    status, _ = await door.post(body, Content_Encoding=encoding)
    assert status in {400, 415}
    assert door.accepted == []


@pytest.mark.parametrize(
    "rest",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 99999999999999999999999999\r\n\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
    ],
    ids=["bad chunk", "cut chunk", "negative", "huge", "two lengths", "length and chunks"],
)
async def test_a_body_that_breaks_the_protocol_is_never_our_fault(door: Door, rest: bytes):
    """A hostile client would see a 500, and count as a defect of ours."""
    reader, writer = await asyncio.open_connection(LOOPBACK, door.port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode() + rest)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    assert answer.split(b" ")[1:2] in ([], [b"400"], [b"401"], [b"413"])
    assert door.accepted == []


# --- verification ----------------------------------------------------------------------------------------------------

RIGHT = {"hub.mode": "subscribe", "hub.verify_token": TOKEN, "hub.challenge": "1158201444"}


@pytest.mark.parametrize("challenge", ["1158201444", "", "0007", "a+b c/ä", "<script>alert(1)</script>"])
async def test_the_challenge_comes_back_as_it_was_sent(door: Door, challenge: str):
    """Meta would not accept our address; or a browser would run what somebody put into it."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(door.url, params=RIGHT | {"hub.challenge": challenge}) as response,
    ):
        assert (response.status, await response.text()) == (200, challenge)
        assert response.content_type == "text/plain"


@pytest.mark.parametrize(
    "change",
    [
        {"hub.verify_token": "wrong"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "verify-token"},
        {"hub.verify_token": TOKEN + " "},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
    ],
    ids=repr,
)
async def test_a_wrong_token_or_mode_is_refused_and_nothing_reflected(door: Door, change: dict[str, str]):
    """Somebody else could claim our address, or use it to show people their own text."""
    async with aiohttp.ClientSession() as session:
        async with session.get(door.url, params=RIGHT) as response:
            assert response.status == 200
        async with session.get(door.url, params=RIGHT | change) as response:
            assert response.status == 403
            assert "1158201444" not in await response.text()
    assert door.counted == ["verification refused"]


@pytest.mark.parametrize("missing", sorted(RIGHT.keys() - {"hub.challenge"}))
async def test_a_verification_without_token_or_mode_is_refused(door: Door, missing: str):
    """Leaving the token out would be the way in."""
    query = {name: value for name, value in RIGHT.items() if name != missing}
    async with aiohttp.ClientSession() as session, session.get(door.url, params=query) as response:
        assert response.status == 403


@pytest.mark.parametrize("token", [b"%ED%A0%80", b"%FF%FE", b"\xff\xfe", b"%00", b"\xed\xa0\x80", b"%", b"+"])
async def test_a_token_of_any_bytes_is_only_wrong(door: Door, token: bytes):
    """One crafted address would be answered with a traceback."""
    answer = await door.get(b"hub.mode=subscribe&hub.challenge=1&hub.verify_token=" + token)
    assert answer.split(b" ")[1] in {b"400", b"403"}


@pytest.mark.parametrize("challenge", [b"%ED%A0%80", b"%FF%FE", b"\xff\xfe", b"%00", b"\xed\xa0\x80", b"%"])
async def test_a_challenge_of_any_bytes_is_no_defect(door: Door, challenge: bytes):
    """Whoever knows the token could show a defect of ours in the counters."""
    answer = await door.get(b"hub.mode=subscribe&hub.verify_token=verify-t%C3%B6ken&hub.challenge=" + challenge)
    assert answer.split(b" ")[1] in {b"200", b"400"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_there_is_nothing_else_behind_the_door(door: Door, method: str):
    """An unguarded way in would go unnoticed."""
    async with aiohttp.ClientSession() as session, session.request(method, door.url, data=BODY) as response:
        assert response.status == 405


# --- whatever comes --------------------------------------------------------------------------------------------------

HEADER_BYTES = st.binary(max_size=90).map(lambda value: value.translate(None, b"\r\n\x00"))


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.binary(max_size=300), HEADER_BYTES, st.booleans(), st.booleans()), max_size=8))
def test_nothing_that_comes_is_answered_with_a_500(requests: list[tuple[bytes, bytes, bool, bool]]):
    """Some bytes would bring out a defect of ours, and Meta would repeat them for seven days."""

    async def story() -> None:
        async with opened() as door:
            for body, header, signed, away in requests:
                door.away = away
                value = sign(body, "old-secret").encode() if signed else header
                head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
                answer = await door.raw(head.encode() + b"X-Hub-Signature-256: " + value + b"\r\n\r\n" + body)
                expected = {b"503" if away else b"200"} if signed else {b"400", b"401"}
                assert answer.split(b" ")[1] in expected

    asyncio.run(story())
