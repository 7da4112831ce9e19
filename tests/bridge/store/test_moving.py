"""A store that outgrows its machine moves whole: what waits still waits, and a duplicate stays one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import StoreUnavailable
from bridge.model import ActivityId, MessageId, Wamid
from bridge.store import Conversation, Sent, Store, StoredChange, moving
from bridge.store.moving import move
from infra.sandbox.clouds import Clouds
from tests.builders import ADA, CHANNEL, CONVERSATION, NOON, THREAD, delivery, outgoing, sighting
from tests.postgres import Server
from tests.stage import ran

from .opening import accepted, items, opened, seen


@pytest.fixture
def source(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'waybill.db'}"


@pytest.fixture
def target(postgres: Server) -> str:
    return postgres.new_database()


async def fill(store: Store) -> None:
    """Something in every table, in every state."""
    waiting, held, done, queued = await accepted(store, "waiting", "held", "done", "queued")
    await store.hold(held, ADA)
    sent = Sent(
        id=MessageId("M-1"), conversation=CONVERSATION, wamid=Wamid("w"), activity=ActivityId("p"), record=2**40
    )
    await store.settle(done, "relayed", also=[store.inbound_seen(CONVERSATION, NOON), store.mapped(sent)])
    await store.queue(queued, [outgoing()])
    await store.set_place(CONVERSATION, THREAD, opening=False)
    await store.remember_place(CHANNEL)
    await store.add_changes([StoredChange(revision=1, record="R-1", position=7, change=sighting())])
    assert waiting.key == "waiting"


async def test_everything_is_there_and_goes_on(source: str, target: str):
    """Messages would be lost, threads opened twice, and repeats relayed, by the move to a better machine."""
    async with opened(source) as old:
        await fill(old)
        expected = await items(old), await old.held(ADA), await old.open_outgoing(), await old.changes()
    await move(source, target)
    async with opened(target) as new:
        assert (await items(new), await new.held(ADA), await new.open_outgoing(), await new.changes()) == expected
        assert (await new.conversation(CONVERSATION)).place == THREAD
        sent = await new.message_of(Wamid("w"))
        assert sent is not None
        assert sent.record == 2**40
        assert (await new.accept(delivery("done"))).duplicates == 1
        (*_, newest) = await items(new)
        assert newest.seq == 5


async def test_the_old_file_is_refused_afterwards(source: str, target: str):
    """A service that is started with the old setting would relay again what the new one has relayed."""
    async with opened(source) as old:
        await fill(old)
    await move(source, target)
    with pytest.raises(ValueError, match="has schema moved"):
        async with opened(source):
            pass


async def test_a_database_in_use_is_left_alone(source: str, target: str):
    """Two stores would be mixed, and neither could be told from the other again."""
    async with opened(source) as old, opened(target) as new:
        await fill(old)
        await new.accept(delivery("theirs"))
    with pytest.raises(ValueError, match="holds a store already"):
        await move(source, target)
    async with opened(source) as old:
        assert [item.key for item in await items(old)] == ["waiting"]
    assert await seen(target, "select key from intake") == [("theirs",)]


async def test_a_move_that_broke_off_is_begun_again(source: str, target: str, monkeypatch: pytest.MonkeyPatch):
    """A lost connection in the middle would leave half a store here and half a store there."""
    async with opened(source) as old:
        await fill(old)
    with monkeypatch.context() as broken:
        broken.setattr(moving, "_finish", lost)
        with pytest.raises(StoreUnavailable):
            await move(source, target)
    async with opened(source) as old:
        assert await old.conversation(CONVERSATION) != Conversation(id=CONVERSATION)
    await move(source, target)
    async with opened(target) as new:
        assert [item.key for item in await items(new)] == ["waiting"]


def lost(*_: object) -> None:
    raise OSError


@pytest.mark.parametrize(
    ("file", "code", "words"), [("old.db", 0, "rows moved"), ("typo.db", 1, "no such file"), (None, 2, "A store moves")]
)
async def test_the_command_moves_or_says_why_not(tmp_path: Path, target: str, file: str | None, code: int, words: str):
    """A slip of the pen would be taken for a move of nothing, and the old messages be missed days later."""
    async with opened(tmp_path / "old.db") as old:
        await fill(old)
    source = f"sqlite:///{tmp_path / file}" if file else target
    async with Clouds() as clouds:
        environment = clouds.environment(tmp_path, WAYBILL_STORE_URL=target)
        status, out, err = await ran("-m", "bot", "store", "migrate", source, environment=environment)
    assert (status, words in out + err) == (code, True), out + err
    assert not (tmp_path / "typo.db").exists()
