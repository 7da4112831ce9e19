"""The counters at the top of the page must be able to show the worst."""

import json

from infra.sandbox.clouds import ADA, CLIENTS, MARC, Clouds
from infra.sandbox.tally import Tally
from infra.sandbox.teams.people import Place
from infra.sandbox.whatsapp import Wamid
from tests.infra.conftest import Api, Endpoint
from tests.infra.test_whatsapp import text


def record(wamid: Wamid, decision: str = "relay") -> bytes:
    origin = {"network_id": f"wa:1:message:{wamid}"}
    return json.dumps(
        {"kind": "message", "id": f"M-{wamid}", "decision": {"outcome": decision}, "origin": origin}
    ).encode()


def outcome(wamid: Wamid, what: str) -> bytes:
    return json.dumps({"kind": "outcome", "outcome": what, "refers_to": {"id": f"M-{wamid}"}}).encode()


async def test_an_acknowledged_message_without_a_record_waits_until_it_is_overtaken(
    clouds: Clouds, endpoint: Endpoint
) -> None:
    """A counter that never leaves nought would show nothing."""
    lines: list[bytes] = []
    tally = Tally(clouds, lambda start: lines[start:])
    first, second = [await clouds.whatsapp.say(ADA.user_id, words) for words in ("one", "two")]
    await clouds.whatsapp.idle()
    assert (tally.count().received, tally.count().waiting, tally.count().lost) == (2, 2, 0)
    lines.append(record(second))
    assert (tally.count().waiting, tally.count().lost) == (0, 1)
    lines.append(record(first))
    assert (tally.count().waiting, tally.count().lost) == (0, 0)


async def test_a_message_that_meta_was_not_told_of_is_none_of_ours(clouds: Clouds, endpoint: Endpoint) -> None:
    """What was answered 503 is Meta's to repeat, and not lost."""
    endpoint.statuses = [503] * 10_000
    await clouds.whatsapp.say(ADA.user_id, "hello")
    assert Tally(clouds, lambda _: []).count().received == 0


async def test_what_was_held_is_counted_until_it_is_decided(clouds: Clouds, endpoint: Endpoint) -> None:
    """Held messages are somebody's work to do."""
    wamid = await clouds.whatsapp.say(ADA.user_id, "hello")
    lines = [record(wamid, "hold")]
    tally = Tally(clouds, lambda start: lines[start:])
    assert tally.count().held == 1
    lines += [outcome(wamid, "released"), outcome(wamid, "relayed"), b'{"kind": "mess~ge"', outcome(wamid, "failed")]
    counted = tally.count()
    assert (counted.held, counted.relayed, counted.failed) == (0, 1, 1)


async def test_a_message_that_stands_twice_or_left_twice_is_doubled(
    clouds: Clouds, endpoint: Endpoint, api: Api
) -> None:
    """The other half of the promise."""
    tally = Tally(clouds, lambda _: [])
    root = await clouds.teams.say(MARC, CLIENTS, "hello")
    place = Place(kind="channel", base=CLIENTS.id, root=root)
    for words in ("<em>#7</em> one", "<em>#8</em> two", "three, as in #7"):
        clouds.teams.bot_posts(place, {"type": "message", "text": words, "textFormat": "xml"})
    assert tally.count().doubled == 0
    clouds.teams.bot_posts(place, {"type": "message", "text": "<em>#7</em> one", "textFormat": "xml"})
    assert tally.count().doubled == 1
    for _ in range(2):
        assert (await api.whatsapp(text(biz_opaque_callback_data="M-1"))).status == 200
    assert tally.count().doubled == 2
