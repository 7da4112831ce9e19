"""What a bridge may rely on when it was tested against the WhatsApp stand-in."""

import asyncio
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.sandbox.clouds import ADA, BILAL, MIRA, Clouds
from infra.sandbox.whatsapp import Problem
from infra.sandbox.whatsapp.webhooks import encode, sign
from tests.infra.conftest import Api, Clock, Endpoint

NUMBER = "+44 7700 900001"


def text(body: str = "hello", **overrides: object) -> dict[str, Any]:
    message = {"messaging_product": "whatsapp", "to": NUMBER, "type": "text", "text": {"body": body}}
    return message | {"biz_opaque_callback_data": "out-1"} | overrides


async def test_a_contacts_message_arrives_signed_over_its_exact_bytes(clouds: Clouds, endpoint: Endpoint) -> None:
    """Otherwise a bridge that re-serialises before it verifies would look healthy here and fail at Meta."""
    wamid = await clouds.whatsapp.say(NUMBER, "Grüße a/b")
    digest = hmac.new(b"sandbox-app-secret", endpoint.bodies[0], hashlib.sha256).hexdigest()
    assert endpoint.headers[0]["X-Hub-Signature-256"] == f"sha256={digest}"
    assert rb"Gr\u00fc\u00dfe a\/b" in endpoint.bodies[0]
    message = endpoint.values[0]["messages"][0]
    assert (message["id"], message["from"], message["from_user_id"]) == (wamid, "447700900001", ADA.user_id)
    assert endpoint.values[0]["contacts"][0]["wa_id"] == "447700900001"


async def test_a_username_contact_arrives_without_any_number(clouds: Clouds, endpoint: Endpoint) -> None:
    """Bridges that key contacts by number break on these people; the stand-in must contain one."""
    await clouds.whatsapp.say(MIRA.user_id, "hi")
    assert "from" not in endpoint.values[0]["messages"][0]
    assert "wa_id" not in endpoint.values[0]["contacts"][0]


async def test_a_webhook_is_repeated_until_the_answer_is_200(clouds: Clouds, endpoint: Endpoint) -> None:
    """Acknowledging only what is durable makes sense only if the sender really comes back."""
    endpoint.statuses = [503, 202, 200]
    await clouds.whatsapp.say(NUMBER, "again")
    await clouds.whatsapp.idle()
    assert len(endpoint.bodies) == 3
    assert len(set(endpoint.bodies)) == 1


async def test_idle_times_out_while_the_service_refuses(clouds: Clouds, endpoint: Endpoint) -> None:
    """A test that waits for acknowledgements must fail, not pass, when there are none."""
    endpoint.statuses = [500] * 1000
    await clouds.whatsapp.say(NUMBER, "never")
    with pytest.raises(TimeoutError):
        await clouds.whatsapp.idle(within=timedelta(milliseconds=200))


async def test_an_accepted_text_is_delivered_and_each_step_echoes_our_reference(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """The reference in the statuses is the only way to settle an uncertain send."""
    await clouds.whatsapp.say(NUMBER, "question")
    reply = await api.whatsapp(text("answer"))
    await clouds.whatsapp.idle()
    wamid = reply.body["messages"][0]["id"]
    assert reply.body["contacts"] == [{"input": NUMBER, "wa_id": "447700900001"}]
    assert [(s["id"], s["status"], s["biz_opaque_callback_data"]) for s in endpoint.statuses_told] == [
        (wamid, "sent", "out-1"),
        (wamid, "delivered", "out-1"),
    ]
    assert clouds.whatsapp.received(NUMBER) == ["answer"]


async def test_opening_the_chat_reports_read(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """Staff rely on the second tick turning blue."""
    await clouds.whatsapp.say(NUMBER, "question")
    await api.whatsapp(text("answer"))
    clouds.whatsapp.open(NUMBER)
    await clouds.whatsapp.idle()
    assert sorted(status["status"] for status in endpoint.statuses_told) == ["delivered", "read", "sent"]


async def test_a_phone_without_network_shows_nothing_until_it_is_back(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """`sent` and `delivered` must be told apart: that is what the receipt line says."""
    await clouds.whatsapp.say(NUMBER, "question")
    clouds.whatsapp.switch_off(NUMBER)
    await api.whatsapp(text("answer"))
    await clouds.whatsapp.idle()
    assert [status["status"] for status in endpoint.statuses_told] == ["sent"]
    assert clouds.whatsapp.received(NUMBER) == []
    clouds.whatsapp.switch_on(NUMBER)
    await clouds.whatsapp.idle()
    assert [status["status"] for status in endpoint.statuses_told] == ["sent", "delivered"]
    assert clouds.whatsapp.received(NUMBER) == ["answer"]


@pytest.mark.parametrize(("hours", "outcome"), [(23, "delivered"), (24, "failed")])
async def test_free_text_is_only_delivered_inside_the_24_hour_window(
    clouds: Clouds, endpoint: Endpoint, api: Api, clock: Clock, hours: int, outcome: str
) -> None:
    """A bridge that ignores the window loses messages it was told were accepted."""
    await clouds.whatsapp.say(NUMBER, "question")
    clock.advance(timedelta(hours=hours))
    reply = await api.whatsapp(text())
    await clouds.whatsapp.idle()
    assert reply.status == 200
    assert endpoint.statuses_told[-1]["status"] == outcome
    assert ("recipient_user_id" in endpoint.statuses_told[-1]) == (outcome == "delivered")
    assert [e["code"] for e in endpoint.statuses_told[-1].get("errors", [])] == (
        [131047] if outcome == "failed" else []
    )
    assert clouds.whatsapp.received(NUMBER) == (["hello"] if outcome == "delivered" else [])


async def test_a_number_without_whatsapp_is_accepted_and_then_fails(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """HTTP 200 promises nothing; a failed status names no contact and no BSUID."""
    reply = await api.whatsapp(text(to="+44 7700 900999"))
    await clouds.whatsapp.idle()
    assert reply.status == 200
    status = endpoint.statuses_told[0]
    assert (status["status"], status["errors"][0]["code"], status["recipient_id"]) == ("failed", 131026, "447700900999")
    assert "recipient_user_id" not in status
    assert "contacts" not in endpoint.values[0]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text(messaging_product="sms"), 100),
        (text(""), 100),
        (text("x" * 4097), 100),
        (text(text={"body": 7}), 100),
        (text(txet={}), 100),
        (text(to=None), 131008),
        (text(text={}), 131008),
        (text(type="poll", poll={}), 131051),
        (text(context={"message_id": "wamid.unknown"}), 131009),
        (text(biz_opaque_callback_data="x" * 513), 100),
        ({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.unknown"}, 131009),
        (["not", "an", "object"], 100),
    ],
)
async def test_a_malformed_send_is_refused_at_once(clouds: Clouds, api: Api, body: object, code: int) -> None:
    """Leniency here would hide from every test what Meta refuses in production."""
    reply = await api.whatsapp(body)
    assert (reply.status, reply.body["error"]["code"]) == (400, code)
    assert clouds.whatsapp.accepted == []


@pytest.mark.parametrize("length", [1, 4096])
async def test_a_text_of_a_permitted_length_is_accepted(clouds: Clouds, api: Api, length: int) -> None:
    """The refusals beside this test mean something only if its neighbours pass."""
    assert (await api.whatsapp(text("x" * length))).status == 200


async def test_a_wrong_token_is_190_and_a_missing_proof_is_refused(clouds: Clouds, api: Api) -> None:
    """Both are how a broken deployment first shows."""
    wrong = await api.whatsapp(text(), token="stolen")
    assert (wrong.status, wrong.body["error"]["code"]) == (401, 190)
    without = await api.whatsapp(text(), query={})
    assert (without.status, without.body["error"]["code"]) == (400, 100)
    clouds.whatsapp.require_proof = False
    assert (await api.whatsapp(text(), query={})).status == 200


async def test_a_dropped_response_leaves_the_message_on_the_phone(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """This is the uncertain send: a blind repeat would show the contact the same message twice."""
    await clouds.whatsapp.say(NUMBER, "question")
    clouds.whatsapp.faults.drop_next_response()
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.whatsapp(text("answer"))
    await clouds.whatsapp.idle()
    assert clouds.whatsapp.received(NUMBER) == ["answer"]
    assert endpoint.statuses_told[-1]["biz_opaque_callback_data"] == "out-1"
    assert (await api.whatsapp(text("next"))).status == 200


async def test_faults_refuse_without_accepting(clouds: Clouds, api: Api) -> None:
    """A retry after a refusal must not double a message, so the stand-in must not have kept the first."""
    faults = clouds.whatsapp.faults
    faults.fail_next(Problem(code=131016, http_status=503))
    assert (await api.whatsapp(text())).body["error"]["code"] == 131016
    faults.throttled = True
    assert (await api.whatsapp(text())).body["error"]["code"] == 130429
    faults.throttled = False
    faults.unavailable = True
    assert (await api.whatsapp(text())).status == 503
    faults.unavailable = False
    assert clouds.whatsapp.accepted == []
    assert (await api.whatsapp(text())).status == 200


async def test_a_held_send_is_neither_accepted_nor_answered_until_released(clouds: Clouds, api: Api) -> None:
    """Crash tests stop the service exactly between its request and its answer."""
    hold = clouds.whatsapp.faults.hold()
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(api.whatsapp(text()))
        await hold.reached()
        assert clouds.whatsapp.accepted == []
        assert not sending.done()
        hold.release()
    assert sending.result().status == 200


async def test_one_webhook_carries_several_messages_of_several_people(clouds: Clouds, endpoint: Endpoint) -> None:
    """Libraries that look only at the first item lose the rest."""
    ids = await clouds.whatsapp.say_many([(NUMBER, "1"), (BILAL.user_id, "2"), (NUMBER, "3")], backwards=True)
    assert [message["id"] for message in endpoint.values[0]["messages"]] == ids[::-1]
    assert len(endpoint.values[0]["contacts"]) == 2


async def test_a_composed_webhook_may_come_late_twice_and_forged(clouds: Clouds, endpoint: Endpoint) -> None:
    """Duplicates, reordering and bad signatures are everyday input."""
    _, first = clouds.whatsapp.compose(NUMBER, "first")
    _, second = clouds.whatsapp.compose(NUMBER, "second")
    assert [await clouds.whatsapp.deliver(body) for body in (second, first, first)] == [200, 200, 200]
    await clouds.whatsapp.deliver(first, signature="sha256=00")
    assert endpoint.headers[-1]["X-Hub-Signature-256"] == "sha256=00"
    await clouds.whatsapp.deliver(first, signature="")
    assert "X-Hub-Signature-256" not in endpoint.headers[-1]


async def test_reactions_and_read_marks_reach_only_messages_the_contact_wrote(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """The API refuses both on the business's own messages."""
    wamid = await clouds.whatsapp.say(NUMBER, "question")
    ours = (await api.whatsapp(text("answer"))).body["messages"][0]["id"]
    reaction = {"messaging_product": "whatsapp", "to": NUMBER, "type": "reaction"}
    good = await api.whatsapp(reaction | {"reaction": {"message_id": wamid, "emoji": "👍"}})
    bad = await api.whatsapp(reaction | {"reaction": {"message_id": ours, "emoji": "👍"}})
    assert (good.status, bad.body["error"]["code"]) == (200, 131009)
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    assert (await api.whatsapp(read)).body == {"success": True}
    shown = clouds.whatsapp.chat(NUMBER)[0]
    assert (shown.reaction, shown.status) == ("👍", "read")


async def test_a_quote_is_shown_and_told_both_ways(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """Threads lose their meaning when quotes vanish on the way."""
    asked = await clouds.whatsapp.say(NUMBER, "question")
    reply = await api.whatsapp(text("answer", context={"message_id": asked}))
    ours = reply.body["messages"][0]["id"]
    assert clouds.whatsapp.chat(NUMBER)[1].quoted == asked
    await clouds.whatsapp.say(NUMBER, "thanks", quoted=ours)
    told = [message for value in endpoint.values for message in value.get("messages", [])]
    assert told[-1]["context"] == {"id": ours, "from": "442079460100"}


async def test_the_webhook_is_verified_like_meta_does(clouds: Clouds, endpoint: Endpoint) -> None:
    """Without the handshake Meta never starts to deliver."""
    assert await clouds.whatsapp.verify()
    assert not await clouds.whatsapp.verify("guess")


async def test_chats_survive_a_restart_of_the_stand_in(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """A sandbox that forgets its phones on restart would show an archive of messages nobody has."""
    await clouds.whatsapp.say(NUMBER, "question")
    await api.whatsapp(text("answer"))
    async with Clouds(clock=clouds.clock) as later:
        later.whatsapp.restore(clouds.whatsapp.snapshot())
        assert later.whatsapp.chat(NUMBER) == clouds.whatsapp.chat(NUMBER)


@given(st.text())
def test_webhook_bytes_are_ascii_and_mean_the_same(said: str) -> None:
    """Meta escapes everything outside ASCII and every slash; the content must survive that unchanged."""
    body = encode({"t": said})
    assert body.isascii()
    assert b"/" not in body.replace(b"\\/", b"")
    assert sign(body, "k") != sign(body + b" ", "k")
