"""Metrics: what operators have to know of the service, and nothing of what is said in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from bot.observe import Metrics
from bridge.errors import PeerUnavailable, StoreUnavailable
from infra.sandbox.clouds import ADA, ADMIN, BILAL, NINA
from tests.bot.teams.build import NOON, Clock
from tests.inside import Hands, inner
from tests.stage import Stage, stage

README = Path(__file__).parents[2] / "bot" / "README.md"


def values(page: str) -> Mapping[str, float]:
    """Every sample by its name and labels, as Prometheus shows them."""
    return {
        sample.name + "".join(f" {label}" for _, label in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


async def page(play: Stage) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"{play.service.metrics}/metrics") as response:
        return await response.text()


async def seen(play: Stage) -> Mapping[str, float]:
    return values(await page(play))


def recorded(play: Stage, network: str) -> list[object]:
    """The records of items that came from a network."""
    records = [record for record in play.records() if isinstance(record.get("origin"), dict)]
    return [record for record in records if record["origin"]["network"] == network]


async def test_items_are_counted_by_how_they_ended(tmp_path: Path):
    """Law 6 can be watched: what came in is the sum of the ways in which it ended."""
    count = "waybill_item_seconds_count"
    async with stage(tmp_path) as play:
        await play.set_up()
        root = await play.approve_ada()
        await play.clouds.whatsapp.say(ADA.user_id, "and again")
        await play.clouds.whatsapp.say(BILAL.user_id, "who is there?")
        await play.reply(root, "not from me", NINA)
        await play.until(lambda: play.posts(ADMIN, "C-1002") and any("Not sent" in w for w in play.receipts(root)))
        await play.until(lambda: [text for text in play.shown(root) if "and again" in text])
        ends = [f"{count} {end}" for end in ("held whatsapp", "relayed whatsapp", "blocked teams")]
        found = await seen(play)
        while sum(found.get(end, 0) for end in ends) < 5:
            found = await seen(play)  # an item is counted after its commit, so an empty queue would say too little
    assert found[f"{count} held whatsapp"] == 2
    assert found[f"{count} relayed whatsapp"] == 2  # the first of Ada's was held, then released
    assert found[f"{count} blocked teams"] == 1
    assert found["waybill_archive_seconds_count"] == len(play.records()) - 1  # the first introduces the key
    for network in ("whatsapp", "teams"):
        came = recorded(play, network)
        assert found[f"waybill_recorded_seconds_count {network}"] == len(came) > 0


async def test_what_waits_for_the_archive_is_recorded_once_and_late(tmp_path: Path):
    """Each try while something else is away would count as a quick one, and hide how late the records are."""
    clock = Hands()
    async with inner(tmp_path, clock=clock) as play:
        await play.approve_ada()
        await play.idle()
        play.trouble.archive_away = True
        tries = play.trouble.count("create")
        await play.clouds.whatsapp.say(ADA.user_id, "late")
        await play.until(lambda: play.trouble.count("create") > tries + 1)
        clock.move(timedelta(minutes=4))
        play.trouble.standing["post"] = PeerUnavailable("Teams", "away")
        tries = play.trouble.count("post")
        play.trouble.archive_away = False
        await play.until(lambda: play.trouble.count("post") > tries + 3)
        play.trouble.standing.clear()
        await play.idle()
        play.service.metrics = play.inside.serving.metrics_address
        found = await seen(play)
        came = recorded(play, "whatsapp")
        slow = found["waybill_recorded_seconds_count whatsapp"] - found["waybill_recorded_seconds_bucket 60.0 whatsapp"]
        assert (found["waybill_recorded_seconds_count whatsapp"], slow) == (len(came), 1)


async def test_the_age_of_the_oldest_waiting_item_grows_while_nothing_can_cross(tmp_path: Path):
    """This is the number to raise an alarm on: whatever the reason, somebody's message is late."""
    async with stage(tmp_path) as play:
        await play.set_up()
        await play.approve_ada()
        play.clouds.teams.faults.unavailable = True
        await play.clouds.whatsapp.say(ADA.user_id, "late")
        before = (await seen(play))["waybill_oldest_waiting_seconds"]
        after = (await seen(play))["waybill_oldest_waiting_seconds"]
        assert 0 < before < after


async def test_while_the_store_cannot_be_read_the_age_is_not_called_nothing():
    """A zero would end the alarm that is needed."""

    async def away() -> datetime | None:
        raise StoreUnavailable("away")

    async def since() -> datetime | None:
        return NOON - timedelta(minutes=2)

    metrics = Metrics(Clock())
    assert values((await metrics.page(since)).decode())["waybill_oldest_waiting_seconds"] == 120
    age = values((await metrics.page(away)).decode())["waybill_oldest_waiting_seconds"]
    assert age != pytest.approx(age, nan_ok=False)


async def nothing() -> None:
    """No item waits."""


async def test_a_refused_sign_in_is_counted_and_logged_with_its_code():
    """Messages wait and nobody is at fault: operators are the only ones who can mend it."""
    metrics = Metrics(Clock())
    with capture_logs() as lines:
        metrics.sign_in_refused("Entra", "AADSTS7000215")
    assert lines == [{"event": "sign-in refused", "log_level": "error", "peer": "Entra", "kind": "AADSTS7000215"}]
    assert values((await metrics.page(nothing)).decode())["waybill_sign_ins_refused_total Entra"] == 1


async def test_the_page_lists_every_metric(tmp_path: Path):
    """Somebody builds an alarm on a name that does not exist, or misses the one that matters."""
    async with stage(tmp_path) as play:
        await play.set_up()
        shown = {family.name for family in text_string_to_metric_families(await page(play))}
    listed = {
        name for line in README.read_text().splitlines() if line.startswith("| `waybill_") for name in named(line)
    }
    assert listed == {name for name in shown if not name.endswith("_created")}  # the library's own company


def named(line: str) -> list[str]:
    return re.findall(r"`(waybill_\w+)`", line)
