"""Whoever waits is told once that something waits, and once that it goes on, also across a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bridge.errors import ArchiveUnavailable, BridgeError, NeedsSomebody, PeerUnavailable, StoreUnavailable
from bridge.model import ActivityId, Place, StaffMessage
from bridge.outage import Outage
from bridge.ports import Enclosure, Upload
from bridge.reach import Reached
from bridge.shown import Notice, Shown
from bridge.store import Store
from bridge.tools import Rooms
from tests.bridge.store.opening import opened
from tests.builders import CHANNEL, CONVERSATION, OFFICE, TENANT, THREAD, Clock

AWAY = ArchiveUnavailable("away")


@dataclass
class Wall:
    """Where notices are posted; others may run in the middle of each post."""

    posted: list[tuple[Place, str]] = field(default_factory=list[tuple[Place, str]])
    updated: list[tuple[Place, str]] = field(default_factory=list[tuple[Place, str]])
    away: bool = False

    async def open(self, channel: Place, shown: Shown) -> Place:
        raise NotImplementedError

    async def post(self, place: Place, shown: Shown) -> ActivityId:
        await self._there()
        assert isinstance(shown, Notice)
        self.posted.append((place, shown.text))
        return ActivityId(str(len(self.posted)))

    async def update(self, place: Place, activity: ActivityId, shown: Shown) -> None:  # noqa: ARG002 - the port's signature
        await self._there()
        assert isinstance(shown, Notice)
        self.updated.append((place, shown.text))

    async def find(self, place: Place, marker: str) -> ActivityId | None:
        raise NotImplementedError

    async def upload(self, place: Place, file: Upload) -> str:
        raise NotImplementedError

    async def enclosures(self, message: StaffMessage) -> tuple[Enclosure, ...]:
        raise NotImplementedError

    def read(self, enclosure: Enclosure) -> AsyncGenerator[bytes]:
        raise NotImplementedError

    async def person_name(self, place: Place, user: str) -> tuple[str, str] | None:
        raise NotImplementedError

    async def _there(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise PeerUnavailable("Teams", "away")

    def places(self) -> list[Place]:
        return [place for place, _ in self.posted]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Store]:
    async with opened(tmp_path / "waybill.db") as store:
        await store.set_place(CONVERSATION, THREAD, opening=False)
        yield store


def outage(store: Store, wall: Wall) -> Outage:
    return Outage(store, wall, Clock(), office=lambda: OFFICE)


async def test_many_lanes_tell_each_place_once(store: Store):
    """A channel would fill with one line for every message that waits."""
    wall = Wall()
    told = outage(store, wall)
    for _ in range(2):
        await asyncio.gather(*(told.begin(CONVERSATION, AWAY) for _ in range(5)))
    assert wall.places() == [THREAD, OFFICE]
    await asyncio.gather(*(told.end(CONVERSATION, AWAY) for _ in range(5)))
    assert [place for place, _ in wall.updated] == [THREAD, OFFICE]


async def test_administrators_are_told_whatever_waits(store: Store):
    """An outage that only commands or buttons meet would be nobody's business."""
    wall = Wall()
    told = outage(store, wall)
    await told.begin(None, StoreUnavailable("away"))
    assert wall.places() == [OFFICE]


async def test_what_needs_somebody_is_told_to_administrators_in_its_own_words(store: Store):
    """A sign-in that has lapsed would hold messages back until a client complains."""
    wall = Wall()
    told = outage(store, wall)
    await told.begin(CONVERSATION, NeedsSomebody("WhatsApp", "Sign-in is broken."))
    ((place, text),) = wall.posted
    assert place == OFFICE
    assert "Sign-in is broken." in text


async def test_while_a_peer_is_away_nobody_is_told(store: Store):
    """Teams cannot be told that Teams is away; what WhatsApp does not take stands under the message."""
    wall = Wall()
    await outage(store, wall).begin(CONVERSATION, PeerUnavailable("Teams", "away"))
    assert wall.posted == []


@pytest.mark.parametrize("error", [None, StoreUnavailable("away")])
async def test_an_outage_is_not_over_because_something_else_went_through(store: Store, error: BridgeError | None):
    """The notice would come and go while messages still wait."""
    wall = Wall()
    told = outage(store, wall)
    await told.begin(None, AWAY)
    await told.end(CONVERSATION, error)
    assert wall.updated == []
    assert told.archive_away_since is not None


async def test_a_notice_is_found_again_after_a_restart(store: Store):
    """It would say for ever that messages wait; and the next outage would post another one beside it."""
    wall = Wall()
    await outage(store, wall).begin(CONVERSATION, AWAY)
    again = outage(store, wall)
    await again.load()
    await again.begin(CONVERSATION, AWAY)
    assert wall.places() == [THREAD, OFFICE]
    await again.end(None, None)
    assert {place for place, _ in wall.updated} == {THREAD, OFFICE}
    assert await store.noticed() == {}


async def test_an_end_that_could_not_be_said_is_said_with_the_next(store: Store):
    """Teams is away too: the notice would stand for ever."""
    wall = Wall()
    told = outage(store, wall)
    await told.begin(None, AWAY)
    wall.away = True
    await told.end(None, AWAY)
    wall.away = False
    await told.end(None, AWAY)
    assert [place for place, _ in wall.updated] == [OFFICE]


# --- where they are told ---------------------------------------------------------------------------------------------


async def test_a_place_is_reached_where_it_was_heard_of_last():
    """Teams moves tenants: receipts and threads would be sent to an address that does not answer any more."""
    rooms = Rooms(admin_channel=OFFICE.conversation, default_service_url="https://old.example/", tenant=TENANT)
    wall = Wall()
    threads = Reached(wall, rooms)
    moved = replace(CHANNEL, service_url="https://smba.example/new/", root=None)
    rooms.places[CHANNEL.conversation] = rooms.learnt(replace(moved, root=ActivityId("1"), team=None))
    assert rooms.places[CHANNEL.conversation].root is None
    await threads.post(THREAD, Notice(text="a"))
    await threads.update(THREAD, ActivityId("1"), Notice(text="a"))
    await threads.post(OFFICE, Notice(text="a"))
    assert wall.places() == [replace(THREAD, service_url=moved.service_url), OFFICE]
    assert [place for place, _ in wall.updated] == [replace(THREAD, service_url=moved.service_url)]


def test_what_is_known_of_a_place_is_kept_when_a_later_activity_does_not_tell_it():
    """Only some activities name the team, and without it a channel cannot be read back."""
    rooms = Rooms(admin_channel=OFFICE.conversation, default_service_url="https://old.example/", tenant=TENANT)
    rooms.places[CHANNEL.conversation] = rooms.learnt(CHANNEL)
    assert rooms.learnt(replace(THREAD, team=None, group=None, name=None)) == CHANNEL
