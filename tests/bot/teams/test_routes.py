"""The endpoint: what Teams is told, and that it is told so only when it is true."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.cards import render
from bot.teams.activities import place_of
from bot.teams.gate import Gate
from bot.teams.hosts import ServiceHosts
from bot.teams.keys import SigningKeys
from bot.teams.routes import LARGEST_ACTIVITY, PATH, Messages, key_of
from bot.teams.threads import conversation_of
from bridge.errors import StoreUnavailable
from bridge.model import Delivery, MessageId
from bridge.shown import Answer, Notice, Receipt, Shown
from bridge.wire import Json
from infra.sandbox.clouds import APP_ID, CLIENTS, OLIVIA, TENANT, Clouds
from infra.sandbox.serving import serve

from .build import Activity, body, changed, fixture, without

RECEIPT = Receipt(marker="#2", message=MessageId("M-A"), contact="Ada", state="queued", may_undo=True)


@dataclass(slots=True, kw_only=True)
class Service:
    """The endpoint with an intake that a test decides about."""

    clouds: Clouds
    url: str = ""
    accepted: list[Delivery] = field(default_factory=list[Delivery])
    asked: list[str] = field(default_factory=list[str])
    rejected: list[str] = field(default_factory=list[str])
    answer: Shown | None = None
    store_is_away: bool = False
    answers_late: bool = False

    async def accept(self, delivery: Delivery) -> None:
        if self.store_is_away:
            raise StoreUnavailable("away")
        self.accepted.append(delivery)

    async def ask(self, delivery: Delivery, key: str) -> Shown | None:
        await self.accept(delivery)
        self.asked.append(key)
        if self.answers_late:
            await asyncio.Event().wait()
        return self.answer

    async def send(self, activity: Activity | bytes, **headers: str) -> tuple[int, Mapping[str, object] | None]:
        """Post an activity with a good token, and a changed header perhaps; status and JSON body."""
        raw = activity if isinstance(activity, bytes) else body(activity)
        token = self.clouds.entra.sign(service_url=self.clouds.teams.service_url)
        good = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        given = good | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.clouds.teams.post_raw(raw, given)
        return answer.status, json.loads(answer.body) if answer.body else None

    def valid(self, name: str = "channel_reply") -> Activity:
        """A stored activity, addressed from this Teams."""
        return fixture(name) | {"serviceUrl": self.clouds.teams.service_url}


@pytest.fixture
async def service(clouds: Clouds, session: aiohttp.ClientSession, hosts: ServiceHosts) -> AsyncIterator[Service]:
    service = Service(clouds=clouds)
    gate = Gate(
        app_id=APP_ID,
        issuer=clouds.entra.issuer,
        tenants=[TENANT],
        service_hosts=hosts,
        keys=SigningKeys(session=session, metadata_url=clouds.entra.metadata_url, clock=clouds.clock),
        clock=clouds.clock,
        rejected=service.rejected.append,
    )
    messages = Messages(
        gate=gate,
        accept=service.accept,
        ask=service.ask,
        render=render,
        clock=clouds.clock,
        rejected=service.rejected.append,
        answer_budget=timedelta(milliseconds=100),
        read_deadline=timedelta(milliseconds=100),
    )
    app = web.Application(client_max_size=8 * LARGEST_ACTIVITY)
    app.add_routes([messages.route()])
    async with serve(app) as port:
        service.url = f"http://127.0.0.1:{port}"
        clouds.bot_at(service.url)
        yield service


async def test_a_message_is_accepted_as_the_bytes_that_came(service: Service):
    """These bytes are the evidence: nothing may have parsed and rewritten them."""
    raw = json.dumps(service.valid(), indent=7).encode()
    assert await service.send(raw) == (202, None)
    delivery = service.accepted[0]
    assert (delivery.raw, delivery.network, delivery.signature) == (raw, "teams", None)
    assert [item.pointer for item in delivery.items] == [""]


async def test_nothing_is_acknowledged_while_the_store_is_away(service: Service):
    """Teams repeats what is answered 503; what is acknowledged and not durable is lost."""
    service.store_is_away = True
    assert (await service.send(service.valid()))[0] == 503
    assert (await service.send(service.valid("card_action")))[0] == 503
    service.store_is_away = False
    assert (await service.send(service.valid()))[0] == 202


async def test_what_the_gate_refuses_leaves_nothing_but_a_line_and_a_count(service: Service):
    """Strangers must not be able to store anything, nor to write into the log."""
    foreign = changed(service.valid(), "canary-tenant", "conversation", "tenantId")
    with capture_logs() as logs:
        assert (await service.send(foreign))[0] == 403
        assert (await service.send(service.valid(), Authorization="Bearer canary.canary.canary"))[0] == 401
    assert service.accepted == []
    assert service.rejected == ["tenant", "token-malformed"]
    assert [(line["kind"], line["status"]) for line in logs] == [("tenant", 403), ("token-malformed", 401)]
    assert "canary" not in str(logs)


async def test_a_refusal_says_its_kind_and_asks_for_a_token(service: Service, session: aiohttp.ClientSession):
    """Whoever sets a bot up sees at once which of the settings is wrong."""
    async with session.post(service.url + PATH, json=service.valid()) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert await response.json() == {"error": {"code": "token-missing"}}


async def test_keys_that_cannot_be_fetched_make_teams_try_again(service: Service):
    """Our inability to check is not the sender's fault, and a 401 would be final."""
    service.clouds.entra.unavailable = True
    assert (await service.send(service.valid()))[0] == 503
    assert service.accepted == []


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
async def test_another_content_type_is_refused(service: Service, content_type: str):
    """A browser can be made to send these from anywhere."""
    assert (await service.send(service.valid(), Content_Type=content_type))[0] == 415


async def test_the_usual_content_type_with_a_charset_is_fine(service: Service):
    """Teams writes it with one."""
    assert (await service.send(service.valid(), Content_Type="application/json; charset=utf-8"))[0] == 202


async def test_a_compressed_body_is_refused(service: Service):
    """A kilobyte can unpack to a gigabyte, and the bytes that came would not be the bytes that were read."""
    assert (await service.send(service.valid(), Content_Encoding="identity"))[0] == 415


async def test_a_body_of_one_mebibyte_is_read_and_a_larger_one_is_not(service: Service, session: aiohttp.ClientSession):
    """The limit protects the memory; a legal message just below it must pass."""
    raw = body(service.valid())
    assert (await service.send(raw + b" " * (LARGEST_ACTIVITY - len(raw))))[0] == 202
    larger = io.BytesIO(raw + b" " * (LARGEST_ACTIVITY + 1 - len(raw)))
    async with session.post(service.url + PATH, data=larger, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 413
    assert service.rejected == ["too-large"]


async def test_a_body_that_does_not_say_its_length_is_limited_too(service: Service, session: aiohttp.ClientSession):
    """Chunked bodies have no length to look at."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (LARGEST_ACTIVITY // 16)

    headers = {"Content-Type": "application/json"}
    async with session.post(service.url + PATH, data=endless(), headers=headers) as response:
        assert response.status == 413


async def test_a_body_that_does_not_come_is_not_waited_for(service: Service, session: aiohttp.ClientSession):
    """Open connections cost memory; a thousand slow ones would stop the service."""
    rest = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await rest.wait()

    headers = {"Content-Type": "application/json"}
    async with session.post(service.url + PATH, data=slow(), headers=headers) as response:
        assert response.status == 408
    rest.set()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
async def test_there_is_nothing_but_posting(service: Service, session: aiohttp.ClientSession, method: str):
    """Every other door is one to guard."""
    async with session.request(method, service.url + PATH) as response:
        assert response.status == 405


async def test_a_pressed_button_of_a_receipt_is_answered_with_the_receipt_as_it_is_now(service: Service):
    """The published adapter answers 500 here, and people see an error under every button."""
    service.answer = Receipt(marker="#7", message=MessageId("M-1"), contact="Ada", state="undone")
    status, answer = await service.send(service.valid("card_action"))
    assert (status, Json(answer).get("type").text_or_none()) == (200, "application/vnd.microsoft.card.adaptive")
    assert (Json(answer).get("statusCode").number(), Json(answer).get("value", "type").text_or_none()) == (
        200,
        "AdaptiveCard",
    )
    assert service.asked == [service.accepted[0].items[0].key]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Notice(text="Only authorised staff can do that."), "Only authorised staff can do that."),
        (Answer(title="Not done", text="That needs the role compliance."), "Not done. That needs the role compliance."),
    ],
)
async def test_a_refused_press_is_answered_in_words_and_leaves_the_card_to_others(
    service: Service, answer: Notice | Answer, words: str
):
    """A refusal in place of the card would take the buttons from the colleague who may press them."""
    service.answer = answer
    _, said = await service.send(service.valid("card_action"))
    assert Json(said).get("type").text_or("") == "application/vnd.microsoft.activity.message"
    assert Json(said).get("value").text_or_none() == words


async def test_a_press_with_nothing_to_show_is_acknowledged_in_words(service: Service):
    """An empty answer is an error in Teams."""
    assert (await service.send(service.valid("card_action")))[1] == {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "Noted.",
    }


async def test_an_answer_that_takes_long_is_promised(service: Service):
    """Teams gives up after some seconds and tells people that it went wrong, which it did not."""
    service.answers_late = True
    status, answer = await service.send(service.valid("card_action"))
    assert (status, Json(answer).get("value").text_or_none()) == (200, "Still working on it.")
    assert len(service.accepted) == 1


async def test_an_unknown_invoke_is_kept_although_it_is_not_understood(service: Service):
    """Nothing disappears, and the client is told the protocol's word for it."""
    assert (await service.send(changed(service.valid("card_action"), "task/fetch", "name")))[0] == 501
    assert len(service.accepted) == 1
    assert service.asked == []


async def test_people_in_teams_reach_the_service(service: Service):
    """The whole way once: written, signed, sent, checked, accepted."""
    await service.clouds.teams.say(OLIVIA, CLIENTS, "hello")
    await service.clouds.teams.idle()
    assert service.clouds.teams.refused == []
    assert Json.parse(service.accepted[0].raw).get("from", "name").text_or("") == "Olivia Brandt"


# --- what makes a second delivery a duplicate -------------------------------------------------------------------------


def key(activity: Activity) -> str:
    return key_of(Json(activity), body(activity))


def test_the_same_activity_has_the_same_key_however_often_it_comes():
    """Teams sends again what is not acknowledged within 15 seconds."""
    again = fixture("channel_reply") | {"serviceUrl": "https://smba.trafficmanager.net/amer/", "timestamp": "later"}
    assert key(fixture("channel_reply")) == key(again)
    assert key(fixture("channel_reply")).startswith("teams:19:clients0a1b2c3d4e5f@thread.tacv2;messageid=")


@pytest.mark.parametrize(
    "other",
    [
        changed(fixture("message_edited"), "1", "id"),
        changed(fixture("message_edited"), "messageDelete", "type"),
        changed(fixture("message_edited"), "undeleteMessage", "channelData", "eventType"),
        changed(fixture("message_edited"), "a:1", "conversation", "id"),
        changed(fixture("message_edited"), "2026-11-22T12:00:05Z", "timestamp"),
        without(fixture("message_edited"), "id"),
    ],
    ids=["id", "type", "event", "conversation", "second edit", "no id"],
)
def test_activities_that_differ_have_different_keys(other: Activity):
    """A second edit of a message has the same id as the first; taking it for a repeat would lose it."""
    assert key(other) != key(fixture("message_edited"))


def test_activities_without_an_id_are_told_apart_by_their_bytes():
    """Two of them must not become one."""
    one = without(fixture("reaction_added"), "id")
    assert key(one) == key(one)
    assert key(one) != key(one | {"reactionsAdded": [{"type": "heart"}]})


def test_no_part_of_a_key_can_pass_for_another():
    """Ids are opaque and may hold the separator."""
    one = {"conversation": {"id": "a/b"}, "id": "c", "type": "message"}
    two = {"conversation": {"id": "a"}, "id": "b/c", "type": "message"}
    assert key(one) != key(two)


def test_a_places_conversation_is_the_one_its_activities_name():
    """What was split when it came in is put together again when something goes out."""
    for name in ("channel_reply", "personal_message", "bot_installed"):
        activity = Json(fixture(name))
        assert conversation_of(place_of(activity)) == activity.get("conversation", "id").text_or_none()
