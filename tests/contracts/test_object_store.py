"""What every object store must do, run on all of them: memory, files, Azure (Azurite), and Azure behind retention."""

import asyncio
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobClient, ContainerClient
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive import Conflict, Draft, InvalidName, Log, NotFound, Signer, StoreRefused, StoreUnavailable, open_store
from archive.store import FilesStore, MemoryStore, ObjectStore
from archive.store.client import API_VERSION
from archive.verify import verify
from tests.azurite import PATIENT, Azurite, Worm, running_azurite, worm_container

KINDS = ("memory", "files", "azure", "worm")
NAME = "log/main/seg/0000000000000000"


@pytest.fixture(scope="session")
def azurite() -> Generator[Azurite]:
    with running_azurite() as running:
        yield running


@pytest.fixture
async def worm(azurite: Azurite) -> AsyncGenerator[Worm]:
    async with worm_container(azurite) as running:
        yield running


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[ObjectStore]:
    async with AsyncExitStack() as stack:
        opened = await _open(request, tmp_path, stack)
        stack.push_async_callback(opened.close)
        yield opened


async def _open(request: pytest.FixtureRequest, tmp_path: Path, stack: AsyncExitStack) -> ObjectStore:
    if request.param == "memory":
        return MemoryStore()
    if request.param == "files":
        return FilesStore(tmp_path / "archive")
    azurite: Azurite = request.getfixturevalue("azurite")
    if request.param == "worm":
        return (await stack.enter_async_context(worm_container(azurite))).open()
    container = f"t{uuid4().hex}"
    azurite.make_container(container)
    return open_store(azurite.url(container), azurite.connection_string(), deadline=PATIENT)


async def names(store: ObjectStore, prefix: str, after: str | None = None) -> list[str]:
    return [name async for name in store.list(prefix, after)]


async def streamed(store: ObjectStore, name: str) -> list[bytes]:
    return [chunk async for chunk in store.stream(name)]


# every store


async def test_a_blob_reads_back_as_it_was_written(store: ObjectStore):
    """Lost: the archive itself."""
    await store.create(NAME, b"one\n\x00\xff")
    assert await store.read(NAME) == b"one\n\x00\xff"
    assert b"".join(await streamed(store, NAME)) == b"one\n\x00\xff"


async def test_the_same_bytes_again_succeed(store: ObjectStore):
    """Lost: the settling of a write whose answer never came."""
    await store.create(NAME, b"one")
    await store.create(NAME, b"one")
    assert await names(store, "") == [NAME]


@pytest.mark.parametrize("other", [b"two", b"on", b"ones", b""])
async def test_other_bytes_are_refused_and_change_nothing(store: ObjectStore, other: bytes):
    """Lost: the very immutability; also two replicas taking the same place in the log."""
    await store.create(NAME, b"one")
    with pytest.raises(Conflict) as refusal:
        await store.create(NAME, other)
    assert refusal.value.name == NAME
    assert await store.read(NAME) == b"one"


async def test_a_file_is_written_from_its_start_like_bytes(store: ObjectStore):
    """Lost: attachments, which come from temporary files that have just been written to their end."""
    content = bytes(range(256)) * 20_000
    file = io.BytesIO(content)
    file.seek(0, io.SEEK_END)
    await store.create("media/202601/ab/file", file)
    await store.create("media/202601/ab/file", file)
    await store.create("media/202601/ab/file", content)
    with pytest.raises(Conflict):
        await store.create("media/202601/ab/file", io.BytesIO(content[:-1] + b"\x00"))
    pieces = await streamed(store, "media/202601/ab/file")
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 4 << 20


async def test_an_empty_blob_is_a_blob(store: ObjectStore):
    """Lost: the empty file somebody sent."""
    await store.create("media/202601/e3/empty", b"")
    assert await store.read("media/202601/e3/empty") == b""
    assert await streamed(store, "media/202601/e3/empty") == []


async def test_of_many_writers_at_once_exactly_one_gets_the_name(store: ObjectStore):
    """Lost: the compare-and-swap that keeps several replicas from overwriting each other."""
    bodies = [f"writer {number}".encode() for number in range(8)]
    results = await asyncio.gather(*(store.create(NAME, body) for body in bodies), return_exceptions=True)
    winners = [body for body, result in zip(bodies, results, strict=True) if result is None]
    assert [type(result) for result in results if result is not None] == [Conflict] * 7
    assert await store.read(NAME) == winners[0]


async def test_tags_change_nothing_about_a_blob(store: ObjectStore):
    """Lost: blobs whose writer gave a hint that this store has no use for, or that no store could take."""
    await store.create(NAME, b"one", tags={"contact": "C-1001", "hour": "2026-01-02T03"})
    await store.create(NAME, b"one", tags={"contact": "another"})
    await store.create(NAME, b"one")
    with pytest.raises(Conflict):
        await store.create(NAME, b"two", tags={"contact": "C-1001"})
    assert await store.read(NAME) == b"one"
    await store.create("log/main/bundle/x", b"two", tags={"{not a tag}": "\n"})
    assert await store.read("log/main/bundle/x") == b"two"


async def test_a_missing_blob_is_not_found(store: ObjectStore):
    """Lost: the difference between a gap in the log and a store that is away."""
    with pytest.raises(NotFound) as missing:
        await store.read(NAME)
    assert missing.value.name == NAME
    with pytest.raises(NotFound):
        await streamed(store, NAME)


async def test_names_are_listed_in_byte_order_below_a_prefix(store: ObjectStore):
    """Lost: the walk through the log, which relies on names coming in the order of indexes."""
    every = ["a-b", "a/b", "a/b-c", "a/c/d", "a0", "ab/c"]
    for name in reversed(every):
        await store.create(name, b"x")
    assert await names(store, "") == every
    assert await names(store, "a/") == ["a/b", "a/b-c", "a/c/d"]
    assert await names(store, "a/b") == ["a/b", "a/b-c"]
    assert await names(store, "a") == every
    assert await names(store, "nothing/") == []


async def test_names_are_listed_above_a_name(store: ObjectStore):
    """Lost: following a log from where one left off."""
    for name in ["a/b-c", "a/b/c", "a/b/d", "a/c", "b"]:
        await store.create(name, b"x")
    assert await names(store, "a/", after="a/b-c") == ["a/b/c", "a/b/d", "a/c"]
    assert await names(store, "a/b/", after="a/b/c") == ["a/b/d"]
    assert await names(store, "a/", after="a/c") == []
    assert await names(store, "", after="a/b/zzz") == ["a/c", "b"]


BAD_NAMES = ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", ".part/x", "A", "a b", "a\x00", "a\\b", "ä", "x" * 600]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_names_outside_the_alphabet_are_refused_by_every_verb(store: ObjectStore, name: str):
    """Lost: the border of the archive's directory; a name must not lead anywhere else."""
    with pytest.raises(InvalidName):
        await store.create(name, b"x")
    with pytest.raises(InvalidName):
        await store.read(name)
    with pytest.raises(InvalidName):
        await streamed(store, name)
    if name not in {"", "a/"}:  # these two are prefixes
        with pytest.raises(InvalidName):
            await names(store, name)


ENFORCEMENT = {"memory": False, "files": False, "azure": False, "worm": True}


async def test_a_store_says_whether_it_enforces_anything(store: ObjectStore, request: pytest.FixtureRequest):
    """Lost: an honest report; a directory must never pass for immutable storage."""
    kind = request.node.callspec.params["store"]
    said = await store.describe()
    assert said.immutable is ENFORCEMENT[kind]
    if kind == "files":
        assert said.text.startswith("tamper-evident only")


def clock(start: datetime = datetime(2026, 1, 2, tzinfo=UTC)) -> Callable[[], datetime]:
    return lambda: start


async def test_a_log_on_this_store_verifies(store: ObjectStore):
    """Lost: the whole purpose, on the store at hand."""
    signer = Signer(Ed25519PrivateKey.generate())
    log = await Log.open(store, shard="main", origin="example.org/t", signer=signer, writer="w", clock=clock())
    file = await log.attach(b"attached", "text/plain")
    drafts = [Draft(kind="note", id=f"n{n}", fields={"attachments": [file.reference()]}) for n in range(40)]
    committed = await asyncio.gather(*map(log.append, drafts))
    await log.close()
    assert [one.record.index for one in committed] == list(range(1, 41))
    report = await verify(store, shard="main", key=signer.key("example.org/t"))
    assert report.findings.kept == []
    assert (report.size, report.attachments) == (41, 1)


# Azure behind a retention policy, with faults


async def test_a_write_whose_answer_is_lost_is_settled_by_reading_back(worm: Worm):
    """Lost: exactly-once journaling over a network that drops connections."""
    store = worm.open()
    worm.front.lose_next_responses(2)
    await store.create(NAME, b"one")
    assert await store.read(NAME) == b"one"
    await store.close()


@pytest.mark.parametrize("may_only_create", [False, True])
async def test_a_taken_name_is_compared_whatever_the_answer_says(worm: Worm, *, may_only_create: bool):
    """Lost: the least-privileged identity, which is told 403 where others are told 409."""
    worm.front.may_only_create = may_only_create
    store = worm.open()
    await store.create(NAME, b"one")
    await store.create(NAME, b"one")
    with pytest.raises(Conflict):
        await store.create(NAME, b"two")
    await store.close()


async def test_a_large_attachment_is_one_put(worm: Worm):
    """Lost: attachments over the SDK's default of 64 MiB, whose blocks an add-only identity may not commit."""
    worm.front.may_only_create = True
    store = worm.open()
    await store.create("media/202601/ab/large", io.BytesIO(bytes(65 << 20)))
    assert sum(map(len, await streamed(store, "media/202601/ab/large"))) == 65 << 20
    await store.close()


async def test_a_large_attachment_whose_answer_is_lost_is_settled_and_whole(worm: Worm):
    """Lost: a video, of which a repeat would have sent what was left of its file, or nothing."""
    content = bytes(range(256)) * (20 << 12)
    store = worm.open()
    for name, body in {"media/202601/ab/file": io.BytesIO(content), "media/202601/ab/bytes": content}.items():
        worm.front.lose_next_responses(1)
        await store.create(name, body)
        assert b"".join(await streamed(store, name)) == content
        with pytest.raises(Conflict):
            await store.create(name, io.BytesIO(content[:-1] + b"\x00"))
    await store.close()


async def found_by_tag(worm: Worm, where: str) -> list[str]:
    client = ContainerClient.from_connection_string(
        worm.connection_string, worm.url.rpartition("/")[2], api_version=API_VERSION
    )
    async with client:
        return [blob.name async for blob in client.find_blobs_by_tags(where)]


@pytest.mark.parametrize("may_only_create", [False, True])
async def test_a_blob_is_found_by_its_tag_where_the_store_indexes_tags(worm: Worm, *, may_only_create: bool):
    """Lost: the way from a day to its bundle without listing everything."""
    worm.front.may_only_create = may_only_create
    store = worm.open()
    await store.create(NAME, b"one", tags={"day": "2026-01-02"})
    await store.create("log/main/seg/0000000000000001", b"two", tags={"day": "2026-01-03"})
    assert await found_by_tag(worm, "day='2026-01-02'") == [NAME]
    await store.close()


@pytest.mark.parametrize("may_only_create", [False, True])
async def test_a_role_without_tags_writes_the_same_blob_without_them(worm: Worm, *, may_only_create: bool):
    """Lost: the record itself, for a hint."""
    worm.front.may_tag, worm.front.may_only_create = False, may_only_create
    store = worm.open()
    await store.create(NAME, b"one", tags={"day": "2026-01-02"})
    await store.create(NAME, b"one", tags={"day": "2026-01-02"})
    with pytest.raises(Conflict):
        await store.create(NAME, b"two", tags={"day": "2026-01-02"})
    assert await store.read(NAME) == b"one"
    assert await found_by_tag(worm, "day='2026-01-02'") == []
    await store.close()


async def test_an_unavailable_service_is_unavailable_and_then_is_not(worm: Worm):
    """Lost: the relay's waiting, which needs to know that the store is away and not that the record is bad."""
    store = worm.open(timedelta(seconds=2))
    worm.front.unavailable = True
    for attempt in (store.create(NAME, b"one"), store.read(NAME), streamed(store, NAME), names(store, "")):
        with pytest.raises(StoreUnavailable) as away:
            await attempt
        assert not isinstance(away.value, StoreRefused)
    worm.front.unavailable = False
    await store.create(NAME, b"one")
    await store.close()


async def test_an_answer_after_the_deadline_counts_as_none(worm: Worm):
    """Lost: a bound on how long a message can hang in an archive that accepts and never answers."""
    hasty = worm.open(timedelta(seconds=0.2))
    worm.front.latency = timedelta(seconds=5)
    with pytest.raises(StoreUnavailable):
        await hasty.create(NAME, b"one")
    await hasty.close()
    worm.front.latency = timedelta()
    patient = worm.open()
    await patient.create(NAME, b"one")
    await patient.close()


async def test_a_missing_container_and_a_wrong_key_are_refusals(worm: Worm, azurite: Azurite):
    """Lost: the difference between waiting for a store and calling the person who set it up."""
    nowhere = open_store(azurite.url("nowhere"), azurite.connection_string())
    with pytest.raises(StoreRefused):
        await nowhere.create(NAME, b"one")
    with pytest.raises(StoreRefused):
        await names(nowhere, "")
    with pytest.raises(StoreRefused):
        await nowhere.read(NAME)
    await nowhere.close()
    stranger = open_store(worm.url, worm.connection_string.replace("AccountKey=Eby8", "AccountKey=Xby8"))
    with pytest.raises(StoreRefused):
        await stranger.create(NAME, b"one")
    await stranger.close()


def test_a_url_and_a_connection_string_must_agree(azurite: Azurite):
    """Lost: certainty about where the archive is when two settings say so."""
    with pytest.raises(ValueError, match="different places"):
        open_store("https://elsewhere.blob.core.windows.net/archive", azurite.connection_string())


async def overwrite(blob: BlobClient) -> None:
    await blob.upload_blob(b"other", overwrite=True)


async def delete(blob: BlobClient) -> None:
    await blob.delete_blob()


async def set_metadata(blob: BlobClient) -> None:
    await blob.set_blob_metadata({"a": "b"})


async def set_headers(blob: BlobClient) -> None:
    await blob.set_http_headers()


async def snapshot(blob: BlobClient) -> None:
    await blob.create_snapshot()


async def commit_blocks(blob: BlobClient) -> None:
    await blob.commit_block_list([])


CHANGES = [overwrite, delete, set_metadata, set_headers, snapshot, commit_blocks]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(("may_only_create", "status"), [(False, 409), (True, 403)])
async def test_the_front_refuses_what_retention_refuses(
    worm: Worm, change: Callable[[BlobClient], Awaitable[None]], *, may_only_create: bool, status: int
):
    """Lost: trust in every test above; Azurite itself would let all of these through."""
    worm.front.may_only_create = may_only_create
    client = ContainerClient.from_connection_string(
        worm.connection_string, worm.url.rpartition("/")[2], api_version=API_VERSION, retry_total=0
    )
    async with client, client.get_blob_client(NAME) as blob:
        await blob.upload_blob(b"one", overwrite=False)
        with pytest.raises(HttpResponseError) as refusal:
            await change(blob)
        assert refusal.value.status_code == status
        assert may_only_create or "ErrorCode:BlobImmutableDueToPolicy" in str(refusal.value)
        assert await (await blob.download_blob()).readall() == b"one"


async def test_a_log_survives_lost_answers_on_immutable_storage(worm: Worm):
    """Lost: the chain of guarantees where it matters, with the real client against refusals and dropped connections."""
    store = worm.open()
    signer = Signer(Ed25519PrivateKey.generate())
    log = await Log.open(store, shard="main", origin="example.org/t", signer=signer, writer="w", clock=clock())
    for number in range(6):
        worm.front.may_only_create = number % 2 == 0
        worm.front.lose_next_responses(1)
        await log.append(Draft(kind="note", id=f"n{number}", fields={}))
    await log.close()
    report = await verify(store, shard="main", key=signer.key("example.org/t"))
    assert report.findings.kept == []
    assert report.size == 7
    await store.close()
