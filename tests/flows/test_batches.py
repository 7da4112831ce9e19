"""What comes in bulk: large batches, large bodies, the same again and again. Each item ends in exactly one way."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from bridge.whatsapp.webhook import MAX_BODY
from infra.sandbox.clouds import BILAL
from tests.builders import encode, text_item, value_of, webhook, webhook_json
from tests.inside import Inner, inner

SEED = 20261123


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Inner]:
    """The service inside, Ada approved; whatever came, its archive verifies."""
    async with inner(tmp_path) as play:
        await play.approve_ada()
        await play.idle()
        yield play
        await play.idle()
        report = await play.verify()
        assert report["status"] == 0, report


async def worked_off(play: Inner) -> None:
    """Wait until nothing that was accepted is without its end."""
    async with asyncio.timeout(120):
        while True:
            if await play.bridge.tools.store.oldest_waiting() is None:
                return
            await asyncio.sleep(0.05)


def ends(play: Inner) -> Counter[str]:
    """How many items of WhatsApp ended in which way."""
    path = play.inside.environment["WAYBILL_STORE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        items = store.execute("select coalesce(disposition, state) from intake where network = 'whatsapp'")
        return Counter(end for (end,) in items)


def lines(play: Inner) -> list[str]:
    """The words of contacts that are on record, in the order of the archive."""
    texts = [str(each["body"].get("text", "")) for each in play.records("message")]
    return [text for text in texts if text.startswith("line")]


def from_bilal(number: int, body: str) -> dict[str, Any]:
    """Nobody knows him: what he writes is held."""
    return text_item(number, body, **{"from": "447700900002", "from_user_id": BILAL.user_id})


async def test_each_of_a_thousand_items_of_one_batch_ends_in_one_way(play: Inner):
    """After an outage Meta sends up to a thousand at once: one of them would be lost among the others."""
    before = ends(play)
    ours = [text_item(n, f"line {n}") for n in range(250)]
    held = [from_bilal(1000 + n, f"line {n}") for n in range(250)]
    odd: list[object] = [{"id": f"wamid.odd{n}", "type": ["not", "a", "type"]} for n in range(250)]
    status = value_of(webhook_json("status_read"))["statuses"][0]
    statuses = [status | {"id": f"wamid.unknown{n}"} for n in range(250)]
    mixed = [item for items in zip(ours, held, odd, strict=True) for item in items]
    assert await play.clouds.whatsapp.deliver(encode(webhook(mixed, statuses=statuses))) == 200
    await worked_off(play)
    after = ends(play) - before
    assert after.total() == 1000, after
    assert (after["relayed"], after["held"]) == (250, 250), after
    assert sorted(lines(play)) == sorted(2 * [f"line {n}" for n in range(250)])
    root = play.thread_of("Hello, this is Ada.")[0].id
    shown = [text.rpartition("line ")[2] for text in play.shown(root) if "line " in text]
    assert shown == [str(n) for n in range(250)]


async def test_a_body_of_three_megabytes_is_taken_whole_and_a_larger_one_refused(play: Inner):
    """Meta's largest bodies would be refused for seven days, or anybody could fill our memory."""
    body = encode(webhook([from_bilal(n, f"line {n} " + "x" * 4000) for n in range(700)]))
    assert 2_800_000 < len(body) <= MAX_BODY
    assert await play.clouds.whatsapp.deliver(body + b" " * (MAX_BODY - len(body))) == 200
    await worked_off(play)
    assert ends(play)["held"] == 700
    assert len(set(lines(play))) == 700
    assert await play.clouds.whatsapp.deliver(body + b" " * (MAX_BODY + 1 - len(body))) == 413


async def test_what_comes_fifty_times_in_any_order_is_one_message_and_every_delivery_is_on_record(play: Inner):
    """Meta delivers at least once: the contact's words would stand there fifty times, or an item nowhere at all."""
    bodies = [encode(webhook([text_item(n, f"line {n}")])) for n in range(5)] * 50
    random.Random(SEED).shuffle(bodies)  # noqa: S311 - an order, no secret
    before = ends(play)
    answers = await asyncio.gather(*(play.clouds.whatsapp.deliver(body) for body in bodies))
    assert set(answers) == {200}
    await worked_off(play)
    assert ends(play) - before == {"relayed": 5, "duplicate": 5 * 49}
    assert sorted(lines(play)) == [f"line {n}" for n in range(5)]
    assert len({each["id"] for each in play.outcomes("duplicate")}) == 5 * 49
