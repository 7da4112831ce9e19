"""What a bridge may rely on about WhatsApp's refusals: limits, windows, and every code of the error table."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from infra.sandbox.clouds import ADA, BILAL, MIRA, Clouds
from infra.sandbox.whatsapp import Problem, contents
from infra.sandbox.whatsapp.catalogue import ERRORS
from tests.infra.conftest import Api, Clock, Endpoint, Reply
from tests.infra.test_whatsapp import text


def code(reply: Reply) -> int | None:
    return reply.body.get("error", {}).get("code")


async def test_a_pair_gets_45_at_once_and_then_one_every_six_seconds(
    clouds: Clouds, endpoint: Endpoint, api: Api, clock: Clock
) -> None:
    """A bridge without its own bucket finds the wall in the middle of a conversation."""
    clouds.whatsapp.limits.is_on = True
    await clouds.whatsapp.say(ADA.user_id, "hello")
    assert {code(await api.whatsapp(text())) for _ in range(45)} == {None}
    assert code(await api.whatsapp(text())) == 131056
    assert code(await api.whatsapp(text(to=BILAL.number))) is None
    clock.advance(timedelta(seconds=6))
    assert [code(await api.whatsapp(text())) for _ in range(2)] == [None, 131056]


@pytest.mark.parametrize(("is_coexistence", "most"), [(False, 80), (True, 20)])
async def test_a_number_takes_so_many_a_second(
    clouds: Clouds,
    endpoint: Endpoint,
    api: Api,
    clock: Clock,
    is_coexistence: bool,
    most: int,
) -> None:
    """Numbers that the Business app uses, too, are four times slower."""
    cloud = clouds.whatsapp
    cloud.limits.is_on = True
    if is_coexistence:
        cloud.share_with_business_app()
    numbers = [f"+44 7700 9{at:05}" for at in range(most + 1)]
    assert [code(await api.whatsapp(text(to=number))) for number in numbers] == [None] * most + [130429]
    clock.advance(timedelta(seconds=1))
    assert code(await api.whatsapp(text(to=numbers[0]))) is None


@pytest.mark.parametrize("told", sorted(ERRORS))
async def test_every_code_of_the_table_can_be_the_answer(clouds: Clouds, api: Api, told: int) -> None:
    """An error that no test can provoke is one whose handling nobody has seen."""
    clouds.whatsapp.faults.fail_next(Problem(code=told, retry_after=30))
    reply = await api.whatsapp(text())
    assert (code(reply), reply.status) == (told, ERRORS[told].http_status)
    assert reply.headers["Retry-After"] == "30"
    assert reply.body["error"].get("is_transient", False) == ERRORS[told].is_transient
    assert reply.body["error"]["fbtrace_id"] == reply.headers["x-fb-trace-id"]
    assert clouds.whatsapp.accepted == []
    assert (await api.whatsapp(text())).status == 200


async def test_all_sends_can_fail_at_once_or_by_a_status_until_all_is_well(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """Most errors come after the yes."""
    faults = clouds.whatsapp.faults
    await clouds.whatsapp.say(ADA.user_id, "hello")
    faults.fail_all = Problem(code=131049)
    faults.fail_next_status(Problem(code=130472))
    assert [(await api.whatsapp(text())).status for _ in range(3)] == [200] * 3
    await clouds.whatsapp.idle()
    assert sorted(status["errors"][0]["code"] for status in endpoint.statuses_told) == [130472, 131049, 131049]
    faults.refuse_all = Problem(code=131042)
    assert [code(await api.whatsapp(text())) for _ in range(2)] == [131042] * 2
    faults.clear()
    await api.whatsapp(text("well again"))
    assert clouds.whatsapp.received(ADA.user_id) == ["well again"]


async def test_an_expired_token_is_190_for_every_call(clouds: Clouds, api: Api) -> None:
    """The line must stop, not hammer on."""
    clouds.whatsapp.faults.is_token_expired = True
    reply = await api.whatsapp(text())
    assert (reply.status, code(reply), reply.body["error"]["error_subcode"]) == (401, 190, 463)


async def test_a_slow_answer_comes_after_the_message_was_taken(clouds: Clouds, api: Api) -> None:
    """A caller that gives up first must not believe that nothing happened."""
    clouds.whatsapp.faults.slow = timedelta(hours=1)
    sending = asyncio.ensure_future(api.whatsapp(text()))
    await clouds.whatsapp.until(lambda: len(clouds.whatsapp.accepted) == 1)
    assert not sending.done()
    sending.cancel()


async def outcome(clouds: Clouds, endpoint: Endpoint, api: Api, body: Any) -> str:
    await api.whatsapp(body)
    await clouds.whatsapp.idle()
    return endpoint.statuses_told[-1]["status"]


@pytest.mark.parametrize(("hours", "told"), [(23, "delivered"), (24, "failed")])
async def test_a_call_opens_the_window(
    clouds: Clouds, endpoint: Endpoint, api: Api, clock: Clock, hours: int, told: str
) -> None:
    """A contact who only called may be written to."""
    assert await outcome(clouds, endpoint, api, text()) == "failed"
    await clouds.whatsapp.call(ADA.user_id, seconds=30)
    events = [call["event"] for value in endpoint.values for call in value.get("calls", [])]
    assert events == ["connect", "terminate"]
    clock.advance(timedelta(hours=hours))
    assert await outcome(clouds, endpoint, api, text()) == told


@pytest.mark.parametrize(
    ("answered_after", "hours", "told"), [(1, 71, "delivered"), (1, 72, "failed"), (25, 71, "failed")]
)
async def test_an_ad_opens_the_window_for_72_hours_if_it_is_answered_within_24(
    clouds: Clouds, endpoint: Endpoint, api: Api, clock: Clock, answered_after: int, hours: int, told: str
) -> None:
    """Counting 24 hours here would offer templates where none is needed; counting 72 always would lose messages."""
    await clouds.whatsapp.send(ADA.user_id, contents.through_ad(contents.text("I saw your ad")))
    clock.advance(timedelta(hours=answered_after))
    await api.whatsapp(text("welcome"))
    clock.advance(timedelta(hours=hours - answered_after))
    assert await outcome(clouds, endpoint, api, text()) == told


async def test_the_window_can_be_enforced_at_once(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """131047 mostly comes by a status, but not always."""
    clouds.whatsapp.window_answers = True
    assert code(await api.whatsapp(text())) == 131047
    assert clouds.whatsapp.accepted == []


async def test_the_business_cannot_write_to_itself_or_a_former_number(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """A changed number is somebody else's, or nobody's."""
    assert code(await api.whatsapp(text(to="+44 20 7946 0100"))) == 131021
    await clouds.whatsapp.say(ADA.user_id, "hello")
    await clouds.whatsapp.change_number(ADA.user_id, "+44 7700 900555", "GB.555")
    assert await outcome(clouds, endpoint, api, text()) == "failed"
    assert await outcome(clouds, endpoint, api, text(to="+44 7700 900555")) == "delivered"
    assert await outcome(clouds, endpoint, api, text(to=None, recipient="GB.555")) == "delivered"


async def test_a_message_for_another_identity_is_not_delivered(clouds: Clouds, endpoint: Endpoint, api: Api) -> None:
    """137000 is how a stolen SIM shows."""
    await clouds.whatsapp.change_identity(MIRA.user_id)
    await clouds.whatsapp.say(MIRA.user_id, "hello")
    known = endpoint.values[-1]["contacts"][0]["identity_key_hash"]
    good = text(to=None, recipient=MIRA.user_id, recipient_identity_key_hash=known)
    assert await outcome(clouds, endpoint, api, good) == "delivered"
    await clouds.whatsapp.change_identity(MIRA.user_id)
    assert await outcome(clouds, endpoint, api, good) == "failed"
    assert endpoint.statuses_told[-1]["errors"][0]["code"] == 137000
