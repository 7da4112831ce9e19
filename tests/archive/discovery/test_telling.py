"""A message is told with its whole life, from the records that say so."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive.names import shard
from archive.store import FilesStore
from archive.walk import find_id
from tests.archive.builders import SHARD
from tests.archive.discovery.conftest import Told
from tests.archive.discovery.seeded import PICTURE


@pytest.fixture
def told(tell: Callable[..., Told]) -> Told:
    return tell("--zone", "Europe/Zurich")


def wordings(message: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(version["text"], version["crossed"]) for version in message["versions"]]


def test_an_edited_message_keeps_every_wording(told: Told):
    """Lost: what somebody had written before they thought better of it."""
    assert wordings(told["m1"]) == [("Good morning", True), ("Good day", True)]
    assert told["m1"]["text"] == "Good day"


def test_an_edit_that_stayed_inside_says_so(told: Told):
    """Lost: what the contact really read; an edit in Teams does not change it."""
    assert wordings(told["m3"]) == [("Good morning, Ada", True), ("too late", False)]
    assert told["m3"]["text"] == "Good morning, Ada"


def test_a_deleted_message_is_kept_with_who_deleted_it_and_when(told: Told):
    """Lost: everything that somebody wanted gone."""
    deleted = told["m5"]["deleted"]
    assert (told["m5"]["text"], deleted["by"], deleted["at"]) == ("Forget this", "C-1001", "2026-11-03T23:31:00.000Z")
    assert told["m1"]["deleted"] is None


def test_receipts_and_reactions_belong_to_the_message_that_the_network_means(told: Told):
    """Lost: whether they read it."""
    receipts = [(one["status"], one["from_network"]) for one in told["m3"]["receipts"]]
    assert receipts == [("accepted", False), ("delivered", True), ("read", True)]
    assert [(one["emoji"], one["by"]) for one in told["m3"]["reactions"]] == [("👍", "C-1001")]
    assert told["m1"]["reactions"] == []


@pytest.mark.parametrize(
    ("id_", "fate", "reason"),
    [
        ("m1", "crossed", None),
        ("m3", "crossed", None),
        ("m4", "blocked", "no-account-numbers"),
        ("b2", "failed", "131026"),
        ("n1", "internal", None),
    ],
)
def test_how_a_message_ended_is_told(told: Told, id_: str, fate: str, reason: str | None):
    """Lost: the difference between what was tried and what was said."""
    assert (told[id_]["fate"], told[id_]["reason"]) == (fate, reason)


def test_a_file_that_arrived_later_is_with_its_message(told: Told, export: Callable[..., Path]):
    """Lost: pictures; they are recorded after the message that they came with."""
    (file,) = told["m2"]["attachments"]
    assert (file["name"], file["sha256"]) == ("cat.jpg", sha256(PICTURE).hexdigest())
    assert (export(name="again") / file["path"]).read_bytes() == PICTURE


def test_moments_are_told_in_local_time_and_in_utc(told: Told):
    """Lost: which day it was for those who wrote."""
    assert told["m5"]["at"] == "2026-11-03T23:30:00.000Z"
    assert told["m5"]["at_local"] == "2026-11-04T00:30:00+01:00"


async def test_everything_told_cites_its_record(root: Path, told: Told):
    """Lost: the way from a line of a transcript to what was signed."""
    for message in told.values():
        parts = [
            message,
            *(one for name in ("versions", "reactions", "receipts", "attachments") for one in message[name]),
        ]
        for cited in (part["record"] for part in parts):
            _, record = await find_id(FilesStore(root), shard(SHARD), cited["record_id"])
            assert (record.index, sha256(record.line).hexdigest()) == (cited["log_index"], cited["record_sha256"])
