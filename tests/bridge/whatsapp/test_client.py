"""A message leaves once, and it is always said whether it did: yes, no, or nobody knows."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bridge.errors import OutcomeUnknown, PeerError, PeerRefused, PeerUnavailable
from bridge.model import Alias, LineId, MessageId, Wamid
from bridge.sendable import MediaOut, TextOut
from bridge.whatsapp import client as clients
from bridge.whatsapp.client import Graph, WhatsAppClient
from bridge.whatsapp.codes import CODES, describe
from infra.sandbox.serving import LOOPBACK, serve
from infra.sandbox.whatsapp import Handset, WhatsAppCloud
from infra.sandbox.whatsapp.errors import Problem
from tests.builders import ADA_BSUID, ADA_NUMBER, LINE, Clock, alias

REFERENCE = MessageId("M-ABCDEFGHIJKLMNOPQRSTUVWXYZ")
ACCEPTED = '{"messaging_product":"whatsapp","contacts":[],"messages":[{"id":"wamid.NEW"}]}'
SECRET = "sandbox-app-secret"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def cloud() -> AsyncIterator[WhatsAppCloud]:
    """WhatsApp, with Ada's phone; she has just written, so that her window is open."""
    async with WhatsAppCloud(
        phone_number_id=LINE,
        waba_id="200300400500600",
        display_phone_number="+44 20 7946 0100",
        access_token="EAAtoken",
        app_secret=SECRET,
        verify_token="verify",
        clock=Clock(),
    ) as cloud:
        cloud.add(Handset(name="Ada", user_id=ADA_BSUID.value, number=f"+{ADA_NUMBER.value}"))
        cloud.compose(ADA_NUMBER.value, "Hello")
        yield cloud


def graph(port: int, token: str = "EAAtoken", secret: str = SECRET) -> Graph:  # noqa: S107 - the stand-in's
    return Graph(url=f"http://{LOOPBACK}:{port}", version="v26.0", access_token=token, app_secret=secret)


@pytest.fixture
async def port(cloud: WhatsAppCloud) -> AsyncIterator[int]:
    async with serve(cloud.app()) as port:
        yield port


@pytest.fixture
def phone(session: aiohttp.ClientSession, port: int) -> WhatsAppClient:
    return WhatsAppClient(session, graph(port))


async def send(
    phone: WhatsAppClient,
    text: str = "Good morning",
    *,
    to: tuple[Alias, ...] = (ADA_BSUID, ADA_NUMBER),
    line: LineId = LINE,
) -> Wamid:
    return await phone.send(line, to, TextOut(text=text), reference=REFERENCE)


async def failure(phone: WhatsAppClient) -> PeerError:
    with pytest.raises(PeerError) as caught:
        await send(phone)
    return caught.value


# --- accepted ---------------------------------------------------------------------------------------------------------


async def test_an_accepted_message_is_named_by_whatsapps_id(cloud: WhatsAppCloud, phone: WhatsAppClient):
    """No status could be matched to the message."""
    wamid = await send(phone)
    (accepted,) = cloud.accepted
    assert accepted.wamid == wamid
    assert cloud.received(ADA_NUMBER.value) == ["Good morning"]


async def test_a_message_is_marked_as_read_with_all_before_it(cloud: WhatsAppCloud, phone: WhatsAppClient):
    """A contact would wait for a sign that somebody has read them."""
    wamid, _ = cloud.compose(ADA_NUMBER.value, "Are you there?")
    await phone.mark_read(LINE, Wamid(wamid))
    assert [message.status for message in cloud.chats[0].by("contact")] == ["read", "read"]
    with pytest.raises(PeerRefused):
        await phone.mark_read(LINE, Wamid("wamid.NOBODYS"))


async def test_the_request_carries_our_id_and_nothing_that_was_not_asked_for(
    cloud: WhatsAppCloud, phone: WhatsAppClient
):
    """A send whose answer is lost could never be settled: Meta has no idempotency key."""
    await send(phone)
    assert cloud.accepted[0].request == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+447700900001",
        "type": "text",
        "text": {"body": "Good morning", "preview_url": False},
        "biz_opaque_callback_data": REFERENCE,
    }


@pytest.mark.parametrize(
    ("to", "member", "value"),
    [
        ((ADA_BSUID, ADA_NUMBER), "to", "+447700900001"),
        ((alias("phone", "447700900001"),), "to", "+447700900001"),
        ((ADA_BSUID, alias("username", "@ada")), "recipient", ADA_BSUID.value),
    ],
    ids=["number and user id", "phone", "user id only"],
)
async def test_the_number_is_used_if_known_and_else_the_user_id(
    cloud: WhatsAppCloud, phone: WhatsAppClient, to: tuple[Alias, ...], member: str, value: str
):
    """People who hide their number could not be answered."""
    await send(phone, to=to)
    assert cloud.accepted[0].request[member] == value
    assert len({"to", "recipient"} & cloud.accepted[0].request.keys()) == 1


@pytest.mark.parametrize("to", [(), (alias("username", "@ada"),), (alias("parent_bsuid", "GB.ENT.1"),)])
async def test_somebody_without_an_address_is_refused_before_anything_leaves(
    cloud: WhatsAppCloud, phone: WhatsAppClient, to: tuple[Alias, ...]
):
    """A message would go to whoever has that user name today."""
    with pytest.raises(PeerRefused) as caught:
        await send(phone, to=to)
    assert caught.value.code == "no-address"
    assert cloud.accepted == []


@pytest.mark.parametrize("text", ["ä👍\n\u202e\"'<>&", "x" * 4096])
async def test_a_text_arrives_as_it_was_written(cloud: WhatsAppCloud, phone: WhatsAppClient, text: str):
    """The contact would read something else than what is on record."""
    await send(phone, text)
    assert cloud.received(ADA_NUMBER.value) == [text]


FILE = MediaOut(kind="document", reference={}, name="Angebot für Ada.pdf", media_type="application/pdf")


async def uploaded(phone: WhatsAppClient, path: Path, data: bytes, media_type: str = "application/pdf") -> str:
    await asyncio.to_thread(path.write_bytes, data)
    return await phone.upload(LINE, path, name="Angebot für Ada.pdf", media_type=media_type)


async def test_a_file_is_uploaded_and_sent_by_its_id(cloud: WhatsAppCloud, phone: WhatsAppClient, tmp_path: Path):
    """The contact would get a message without the file it is about."""
    data = b"%PDF-1.7" + bytes(300_000)
    id_ = await uploaded(phone, tmp_path / "a", data)
    await phone.send(LINE, (ADA_NUMBER,), replace(FILE, id=id_, caption="The offer"), reference=REFERENCE)
    message = cloud.chat(ADA_NUMBER.value)[-1]
    assert (message.kind, message.text) == ("document", "The offer")
    assert message.content is not None
    assert message.content["document"]["filename"] == FILE.name
    assert cloud.media.content(id_) == data


async def test_a_file_that_whatsapp_does_not_take_is_refused(phone: WhatsAppClient, tmp_path: Path):
    """It would be tried for ever."""
    with pytest.raises(PeerRefused):
        await uploaded(phone, tmp_path / "a", b"PK\x03\x04", "application/zip")


async def test_an_upload_whose_answer_is_lost_may_be_made_again(
    cloud: WhatsAppCloud, phone: WhatsAppClient, tmp_path: Path
):
    """Nobody saw it: it is not uncertain, and no person has to be asked."""
    cloud.media.upload_troubles.append(None)
    with pytest.raises(PeerUnavailable):
        await uploaded(phone, tmp_path / "a", b"%PDF-1.7")
    assert await uploaded(phone, tmp_path / "a", b"%PDF-1.7")


async def test_the_proof_shows_that_the_caller_knows_the_app_secret(
    cloud: WhatsAppCloud, session: aiohttp.ClientSession, port: int
):
    """Every send would be refused by an app that requires the proof."""
    assert cloud.require_proof
    assert await send(WhatsAppClient(session, graph(port)))
    with pytest.raises(PeerRefused) as caught:
        await send(WhatsAppClient(session, graph(port, secret="another")))
    assert caught.value.code == "100"


def test_a_token_or_secret_is_never_printed():
    """Whoever reads a log could send in the bank's name."""
    shown = repr(graph(1, token="canary-token", secret="canary-secret"))
    assert "canary" not in shown


# --- refused: it did not happen and will not --------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(code for code, known in CODES.items() if known.kind == "never"))
async def test_a_refused_message_says_why_and_does_not_leave(cloud: WhatsAppCloud, phone: WhatsAppClient, code: int):
    """Staff would believe that a message is on its way, or not learn what to do."""
    cloud.faults.fail_next(Problem(code=code))
    error = await failure(phone)
    assert isinstance(error, PeerRefused)
    assert (error.code, error.text) == (str(code), describe(code))
    assert cloud.accepted == []


async def test_an_unknown_code_is_a_refusal_with_its_number(cloud: WhatsAppCloud, phone: WhatsAppClient):
    """A new code of Meta's would be repeated for ever."""
    cloud.faults.fail_next(Problem(code=999_999))
    error = await failure(phone)
    assert isinstance(error, PeerRefused)
    assert (error.code, error.text) == ("999999", "WhatsApp refused the message. (WhatsApp 999999)")


async def test_a_wrong_number_of_ours_is_a_refusal(phone: WhatsAppClient):
    """A mistyped setting would look like an outage of WhatsApp."""
    with pytest.raises(PeerRefused) as caught:
        await send(phone, line=LineId("999"))
    assert caught.value.code == "33"


async def test_all_that_whatsapp_says_of_an_error_is_kept_for_the_record(cloud: WhatsAppCloud, phone: WhatsAppClient):
    """Meta's support asks for their reference first, and nobody would have it."""
    cloud.faults.fail_next(Problem(code=131026, details="Message undeliverable."))
    facts = dict((await failure(phone)).facts)
    assert facts.keys() >= {"http_status", "message", "type", "code", "details", "fbtrace_id", "x-fb-trace-id"}
    assert (facts["code"], facts["details"]) == ("131026", "Message undeliverable.")
    assert facts["facebook-api-version"] == "v26.0"


async def test_an_absurdly_long_error_is_cut_for_the_record():
    """A record takes 60,000 bytes; the refusal would stop the conversation."""
    async with graph_answering(answering(400, json.dumps({"error": {"code": 100, "message": "x" * 90_000}}))) as phone:
        assert len(dict((await failure(phone)).facts)["message"]) == 500


# --- unavailable: it did not happen, try again ------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(code for code, known in CODES.items() if known.kind != "never"))
async def test_a_message_that_certainly_did_not_leave_may_be_tried_again(
    cloud: WhatsAppCloud, phone: WhatsAppClient, code: int
):
    """A short fault at WhatsApp would fail messages for good."""
    cloud.faults.fail_next(Problem(code=code, http_status=500))
    error = await failure(phone)
    assert isinstance(error, PeerUnavailable)
    assert error.text == describe(code)
    assert await send(phone)
    assert len(cloud.accepted) == 1


async def test_too_many_messages_is_a_matter_of_time(cloud: WhatsAppCloud, phone: WhatsAppClient):
    """A busy morning would fail messages for good."""
    cloud.faults.throttled = True
    assert isinstance(await failure(phone), PeerUnavailable)
    cloud.faults.throttled = False
    assert await send(phone)


async def test_an_outage_is_a_matter_of_time(cloud: WhatsAppCloud, phone: WhatsAppClient):
    """An outage of WhatsApp would fail messages for good."""
    cloud.faults.unavailable = True
    assert isinstance(await failure(phone), PeerUnavailable)
    assert cloud.accepted == []


async def test_a_bad_token_lets_messages_wait(session: aiohttp.ClientSession, port: int):
    """An expired token would fail every message until somebody notices."""
    error = await failure(WhatsAppClient(session, graph(port, token="expired")))
    assert isinstance(error, PeerUnavailable)
    assert "190" in error.text


async def test_a_refused_connection_did_not_happen(session: aiohttp.ClientSession):
    """Every message during an outage would be uncertain and need a person."""
    with socket.socket() as unused:
        unused.bind((LOOPBACK, 0))
        error = await failure(WhatsAppClient(session, graph(unused.getsockname()[1])))
    assert isinstance(error, PeerUnavailable)


async def test_a_name_that_does_not_resolve_did_not_happen(session: aiohttp.ClientSession):
    """Every message during a fault of the name service would be uncertain and need a person."""
    nowhere = Graph(url="http://graph.invalid", version="v26.0", access_token="t", app_secret="s")
    assert isinstance(await failure(WhatsAppClient(session, nowhere)), PeerUnavailable)


# --- unknown: nobody can tell -----------------------------------------------------------------------------------------


async def test_a_lost_answer_is_not_taken_for_a_failure(cloud: WhatsAppCloud, phone: WhatsAppClient):
    """The message would be sent again although the contact has it."""
    cloud.faults.drop_next_response()
    assert isinstance(await failure(phone), OutcomeUnknown)
    assert cloud.received(ADA_NUMBER.value) == ["Good morning"]


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def graph_answering(handler: Handler, *traces: aiohttp.TraceConfig) -> AsyncGenerator[WhatsAppClient]:
    """A Graph that answers in ways the stand-in does not; `traces` hear what the client's connection does."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with serve(app) as port, aiohttp.ClientSession(trace_configs=list(traces)) as session:
        yield WhatsAppClient(session, graph(port))


def answering(status: int, text: str, **headers: str) -> Handler:
    async def handler(_: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    return handler


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, "[]"),
        (200, '{"messages":[]}'),
        (200, '{"messages":[{"id":7}]}'),
        (200, '{"messages":"none"}'),
        (200, ACCEPTED[:-5]),
        (302, ACCEPTED[:-5]),
        (500, "<html>oops</html>"),
        (502, ""),
        (504, "{}"),
    ],
)
async def test_an_answer_that_says_neither_yes_nor_no_is_not_guessed(status: int, text: str):
    """A message would be sent twice, or be called sent although it is not."""
    async with graph_answering(answering(status, text)) as phone:
        assert isinstance(await failure(phone), OutcomeUnknown)


async def test_an_answer_that_comes_in_pieces_is_read_to_its_end():
    """A message that WhatsApp accepted would be called uncertain whenever the network splits the answer."""
    begun = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(ACCEPTED[:30].encode())
        await begun.wait()
        await response.write(ACCEPTED[30:].encode())
        return response

    async def on_headers(*_: object) -> None:
        begun.set()

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(on_headers)
    async with graph_answering(handler, trace) as phone:
        assert await send(phone) == "wamid.NEW"


async def test_an_endless_answer_is_cut():
    """A broken proxy could fill our memory."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 65_536)
        except ConnectionError:
            return response

    async with graph_answering(handler) as phone:
        assert isinstance(await asyncio.wait_for(failure(phone), 10), OutcomeUnknown)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status: int):
    """The token and a client's message would go wherever somebody points."""
    visited: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        visited.append(request.path)
        raise _redirect(status)

    async with graph_answering(handler) as phone:
        assert isinstance(await failure(phone), OutcomeUnknown)
    assert visited == [f"/v26.0/{LINE}/messages"]


def _redirect(status: int) -> web.HTTPException:
    kinds = {
        301: web.HTTPMovedPermanently,
        302: web.HTTPFound,
        307: web.HTTPTemporaryRedirect,
        308: web.HTTPPermanentRedirect,
    }
    return kinds[status]("/elsewhere")


# --- whatever an answer says ------------------------------------------------------------------------------------------

BUSY = '{"error":{"code":130429}}'


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("7", timedelta(seconds=7)),
        ("0", None),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("1.5", None),
        ("²", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
async def test_the_time_that_whatsapp_names_is_passed_on(header: str, pause: timedelta | None):
    """We would come back too early and prolong the throttling; or a strange header would stop the relay."""
    async with graph_answering(answering(429, BUSY, Retry_After=header)) as phone:
        error = await failure(phone)
    assert isinstance(error, PeerUnavailable)
    assert error.retry_after == pause


@pytest.mark.parametrize("header", ["999999999", "9" * 20, "9" * 5_000])
async def test_no_answer_makes_messages_wait_for_years(header: str):
    """One strange header would hold a conversation until the next restart, or stop it with a defect."""
    async with graph_answering(answering(429, BUSY, Retry_After=header)) as phone:
        error = await failure(phone)
    assert isinstance(error, PeerUnavailable)
    assert error.retry_after in {None, timedelta(hours=1)}


@pytest.mark.parametrize(
    "code", ['"131047"', "131047.5", "null", '""', "true", "{}", "[1]", '"²"', '"--5"', "-1", "9" * 4_000, '"x"']
)
@pytest.mark.parametrize("status", [400, 403])
async def test_an_error_with_a_strange_code_is_still_a_refusal(status: int, code: str):
    """An answer of a proxy would be a defect of ours, and its message stay in mid-air for ever."""
    async with graph_answering(answering(status, f'{{"error":{{"code":{code}}}}}')) as phone:
        assert isinstance(await failure(phone), PeerRefused)


@pytest.mark.parametrize("text", ["", "<html>", "[]", '{"error":"no"}', '{"error":null}', "\x00", "9" * 5_000])
@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, PeerRefused), (404, PeerRefused), (401, PeerUnavailable), (429, PeerUnavailable), (503, PeerUnavailable)],
)
async def test_without_a_code_the_status_decides(status: int, kind: type[PeerError], text: str):
    """A load balancer's error page would fail messages that need only wait."""
    async with graph_answering(answering(status, text)) as phone:
        assert isinstance(await failure(phone), kind)


async def test_every_wait_for_whatsapp_has_an_end():
    """One request without an answer would hold its conversation for ever."""
    assert timedelta(0) < clients.CONNECT_WITHIN < clients.ANSWER_WITHIN <= timedelta(seconds=60)


async def test_a_request_without_an_answer_is_given_up(session: aiohttp.ClientSession):
    """One request without an answer would hold its conversation for ever."""
    gate = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        await gate.wait()
        return web.Response()

    async with graph_answering(silent) as phone:
        phone._deadline = aiohttp.ClientTimeout(total=0.05)
        assert isinstance(await failure(phone), OutcomeUnknown)
        gate.set()
