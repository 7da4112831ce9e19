"""The doctor names what is wrong with an archive's place, calls nothing fine that it could not ask, changes nothing."""

import json
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import generate_account_sas
from azure.storage.blob.aio import ContainerClient
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from archive import ObjectStore, StoreUnavailable, open_store
from archive.__main__ import main
from archive.doctor import Check, Name, Verdict, examine
from archive.store import Enforcement, FilesStore, MemoryStore
from archive.store.arm import ControlPlane
from archive.store.azure import AzureStore
from archive.store.client import API_VERSION, container_client
from infra.sandbox.blobs import WormFront
from tests.archive.arm import ACCOUNT as ACCOUNT_PART
from tests.archive.arm import POLICY, REPLICATION, SERVICE, Arm, Identity, control_plane
from tests.archive.builders import FIRST, SHARD, START, Ticking, draft, key, open_log, written
from tests.azurite import ACCOUNT, KEY, PATIENT, Azurite, Worm

YEARS = timedelta(days=2557)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — the services' clocks are real


@pytest.fixture
async def arm(worm: Worm) -> AsyncGenerator[Arm]:
    async with control_plane(ACCOUNT, worm.url.rpartition("/")[2]) as running:
        yield running


@pytest.fixture
async def store(worm: Worm, arm: Arm) -> AsyncGenerator[ObjectStore]:
    """A container as it should be: policy, narrow rights, a log, and a control plane that may be asked."""
    worm.front.may_only_create = True
    opened = AzureStore(
        container_client(worm.url, worm.connection_string, None),
        deadline=PATIENT,
        access="identity",
        control=ControlPlane(resource=arm.resource, credential=Identity(), deadline=PATIENT),
    )
    log = await open_log(opened, clock=now)
    await log.append(draft(1))
    await log.close()
    yield opened
    await opened.close()


async def examined(store: ObjectStore, **more: Any) -> dict[Name, Check]:
    given: dict[str, Any] = {"retain": YEARS, "key": key(), "recent": timedelta(hours=2), "require_worm": True, **more}
    return {check.name: check for check in await examine(store, shard=SHARD, clock=now, **given)}


async def test_a_place_as_it_should_be_has_nothing_to_mend(store: ObjectStore):
    """Lost: the meaning of every warning, if there were some always."""
    found = await examined(store)
    assert {check.verdict for check in found.values()} == {"ok"}, found
    assert list(found) == [
        "store", "policy", "lock", "period", "appends", "rights", "credential", "clock", "recovery", "replication",
        "newest", "signing-key",
    ]  # fmt: skip


Ill = Callable[[WormFront, Arm], object]

ILLS: list[tuple[Ill, Name, Verdict, str]] = [
    (lambda front, _: vars(front).update(unavailable=True), "store", "fail", "ServerBusy"),
    (lambda front, _: vars(front).update(has_policy=False), "policy", "fail", "NOT immutable"),
    (lambda front, _: vars(front).update(may_read_container=False), "policy", "fail", "containers/read"),
    (lambda _, arm: arm.policy.update(state="Unlocked"), "lock", "warn", "can be removed"),
    (lambda _, arm: arm.forbidden.add(POLICY), "lock", "warn", "unknown"),
    (lambda _, arm: arm.forbidden.add(POLICY), "period", "warn", "unknown"),
    (lambda _, arm: arm.forbidden.add(POLICY), "appends", "warn", "unknown"),
    (
        lambda _, arm: arm.policy.update(immutabilityPeriodSinceCreationInDays=2556),
        "period",
        "fail",
        "2556 days from their creation, records have to be for 2557",
    ),
    (
        lambda _, arm: arm.policy.update(immutabilityPeriodSinceCreationInDays=2587),
        "period",
        "warn",
        "attachments can be a month older than their record",
    ),
    (lambda _, arm: arm.policy.update(allowProtectedAppendWrites=True), "appends", "warn", "append blobs may grow"),
    (lambda _, arm: arm.policy.update(allowProtectedAppendWritesAll=True), "appends", "fail", "all blobs may grow"),
    (
        lambda front, _: vars(front).update(may_only_create=False),
        "rights",
        "fail",
        "delete blobs, replace and change blobs, change the container",
    ),
    (
        lambda _, arm: arm.account.update(properties={"allowSharedKeyAccess": True}),
        "credential",
        "warn",
        "shared keys still open",
    ),
    (lambda _, arm: arm.account.update(properties={}), "credential", "warn", "shared keys still open"),
    (lambda _, arm: arm.forbidden.add(ACCOUNT_PART), "credential", "warn", "Microsoft.Storage/storageAccounts/read"),
    (lambda front, _: vars(front).update(clock_ahead=timedelta(seconds=20)), "clock", "warn", "s apart"),
    (lambda front, _: vars(front).update(clock_ahead=timedelta(seconds=-20)), "clock", "warn", "s apart"),
    (lambda front, _: vars(front).update(clock_ahead=timedelta(minutes=-3)), "clock", "fail", "s apart"),
    (lambda _, arm: arm.service.update(isVersioningEnabled=False), "recovery", "warn", "versioning is off"),
    (
        lambda _, arm: arm.service.update(deleteRetentionPolicy={"enabled": False}),
        "recovery",
        "warn",
        "a deleted blob is gone at once",
    ),
    (lambda _, arm: arm.forbidden.add(SERVICE), "recovery", "warn", "lacks Microsoft.Storage/storageAccounts/blobS"),
    (lambda _, arm: arm.account.update(sku={"name": "Standard_LRS"}), "replication", "warn", "one region only"),
    (lambda _, arm: arm.forbidden.add(REPLICATION), "replication", "warn", "lacks Microsoft.Storage/storageAccounts/"),
    (lambda _, arm: vars(arm).update(unavailable=True), "replication", "warn", "answered 503"),
]


@pytest.mark.parametrize(("ill", "name", "verdict", "words"), ILLS)
async def test_each_ill_is_named(
    store: ObjectStore, worm: Worm, arm: Arm, ill: Ill, name: Name, verdict: Verdict, words: str
):
    """Lost: this one, until the day on which it matters."""
    ill(worm.front, arm)
    check = (await examined(store))[name]
    assert check.verdict == verdict
    assert words in check.what
    assert check.remedy


async def test_a_container_that_is_replicated_by_rule_is_copied(store: ObjectStore, arm: Arm):
    """Lost: the second copy under another subscription, which no SKU has; a neighbour's must not be taken for it."""
    arm.account["sku"] = {"name": "Standard_LRS"}
    mine = {"sourceContainer": arm.resource.container, "destinationContainer": "copy"}
    arm.replication = [
        {"sourceAccount": ACCOUNT, "destinationAccount": "elsewhere", "rules": [{"sourceContainer": "another"}]},
        {"sourceAccount": "another", "destinationAccount": "elsewhere", "rules": [mine]},
    ]
    assert (await examined(store))["replication"].verdict == "warn"
    arm.replication.append({"sourceAccount": ACCOUNT, "destinationAccount": "vault", "rules": [mine]})
    assert "copied to account vault" in (await examined(store))["replication"].what


async def test_without_a_resource_id_the_control_plane_is_missed_and_nothing_called_fine(worm: Worm):
    """Lost: the honesty of a doctor who has not looked."""
    worm.front.may_only_create = True
    opened = worm.open()
    found = await examined(opened)
    asked = {name: found[name].verdict for name in ("lock", "period", "appends", "recovery", "replication")}
    assert set(asked.values()) == {"warn"}
    assert (found["credential"].verdict, "shared key" in found["credential"].what) == ("warn", True)
    await opened.close()


# rights, asked of a service that is not ours


def signature(azurite: Azurite, permission: str) -> str:
    """A connection string with a shared access signature for these rights alone."""
    sas = generate_account_sas(ACCOUNT, KEY, "co", permission, now() + timedelta(hours=1), services="b")
    return f"BlobEndpoint={azurite.endpoint}/{ACCOUNT};SharedAccessSignature={sas}"


RIGHTS = [
    ("rcl", "ok", "neither delete nor change"),
    ("rcld", "fail", "we may delete blobs"),
    ("rclw", "fail", "we may replace and change blobs, change the container"),
]


@pytest.mark.parametrize(("permission", "verdict", "words"), RIGHTS)
async def test_rights_are_told_apart_by_a_service_that_is_not_ours(
    azurite: Azurite, worm: Worm, permission: str, verdict: Verdict, words: str
):
    """Lost: law 9; a role that somebody widened would be noticed by whoever uses it."""
    url = azurite.url(worm.url.rpartition("/")[2])
    opened = open_store(url, signature(azurite, permission), deadline=PATIENT)
    found = await examined(opened)
    assert (found["rights"].verdict, words in found["rights"].what) == (verdict, True), found["rights"]
    assert "shared access signature" in found["credential"].what
    await opened.close()


async def test_who_may_not_read_has_no_store(azurite: Azurite, worm: Worm):
    """Lost: the settling of lost answers, which has to read back."""
    opened = open_store(azurite.url(worm.url.rpartition("/")[2]), signature(azurite, "cl"), deadline=PATIENT)
    found = await examined(opened)
    assert (list(found), found["store"].verdict) == (["store"], "fail")
    await opened.close()


async def test_an_examination_with_every_right_changes_and_creates_nothing(azurite: Azurite):
    """Lost: evidence, to the one who was asked to look after it."""
    azurite.make_container("examined")
    opened = open_store(azurite.url("examined"), azurite.connection_string(), deadline=PATIENT)
    log = await open_log(opened, clock=now)
    await log.attach(b"attached", "text/plain")
    await log.close()
    before = await everything(azurite)
    found = await examined(opened)
    assert found["rights"].verdict == "fail"
    assert await everything(azurite) == before
    await opened.close()


async def everything(azurite: Azurite) -> list[object]:
    """All that a container and its blobs can show of a change."""
    client = ContainerClient.from_connection_string(azurite.connection_string(), "examined", api_version=API_VERSION)
    async with client:
        container = await client.get_container_properties()
        blobs = [blob async for blob in client.list_blobs(include=["metadata", "deleted", "uncommittedblobs"])]
        seen = [(blob.name, blob.etag, blob.last_modified, blob.metadata) for blob in blobs]
        return [container.etag, container.last_modified, container.metadata, container.lease.state, *seen]


# the log


async def test_a_key_that_the_log_does_not_know_is_named():
    """Lost: the start of the service after somebody put the wrong key in its place."""
    await written(blobs := {}, 1)
    found = await examined(MemoryStore(blobs), key=key(9))
    assert (found["signing-key"].verdict, str(key(9)) in found["signing-key"].what) == ("fail", True)
    blobs[f"log/{SHARD}/key/{key(9).hash.hex()}"] = b"another"
    assert (await examined(MemoryStore(blobs), key=key(9)))["signing-key"].verdict == "fail"
    log = await open_log(MemoryStore(other := {}))
    await log.introduce(key(9))
    await log.close()
    found = await examined(MemoryStore(other), key=key(9))
    assert (found["signing-key"].verdict, "others signed since" in found["signing-key"].what) == ("ok", True)
    assert "signing-key" not in await examined(MemoryStore(other), key=None)


@pytest.mark.parametrize(("hours", "verdict"), [(2, "ok"), (1, "fail"), (None, "ok")])
async def test_a_log_that_has_fallen_silent_is_named(hours: int | None, verdict: Verdict):
    """Lost: a weekend of messages, behind a service that looks alive."""
    await written(blobs := {}, 1)
    recent = None if hours is None else timedelta(hours=hours)
    clock = Ticking(START + timedelta(minutes=90))
    checks = await examine(MemoryStore(blobs), shard=SHARD, clock=clock, recent=recent)
    assert next(check for check in checks if check.name == "newest").verdict == verdict


async def test_no_log_and_a_broken_one_are_told_apart():
    """Lost: the difference between the first day and the worst."""
    assert (await examined(MemoryStore()))["newest"].verdict == "warn"
    found = await examined(MemoryStore({FIRST: b"rubbish"}))
    assert (found["newest"].verdict, found["newest"].remedy) == ("fail", "run verify")


class GoingAway(MemoryStore):
    async def describe(self) -> Enforcement:
        raise StoreUnavailable("gone")


async def test_a_store_that_goes_away_meanwhile_is_a_check_and_not_an_error():
    """Lost: the report, for whoever runs this every night."""
    found = await examined(GoingAway())
    assert (found["store"].verdict, found["store"].what) == ("fail", "it went away: gone")


# the command


def run(root: Path, *arguments: str, **env: str) -> int:
    return main(["doctor", *arguments], env={"WAYBILL_ARCHIVE_URL": f"file:{root}", **env})


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    path = tmp_path / "key.pem"
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(path)


def test_a_directory_is_called_what_it_is(tmp_path: Path, key_file: str, capsys: pytest.CaptureFixture[str]):
    """Lost: the first thing an officer has to know of a trial on somebody's disk."""
    assert run(tmp_path / "archive", WAYBILL_ARCHIVE_SIGNING_KEY=key_file) == 0
    shown = capsys.readouterr()
    assert "warn  policy       tamper-evident only" in shown.out
    assert shown.err == ""


def test_a_failure_is_exit_code_one_and_json_says_which(
    tmp_path: Path, key_file: str, capsys: pytest.CaptureFixture[str]
):
    """Lost: machines as readers, and the alarm."""
    root = tmp_path / "archive"
    (root / FIRST).parent.mkdir(parents=True)
    (root / FIRST).write_bytes(b"rubbish")
    assert run(root, "--json", "--recent", "2", "--retain", "2557", WAYBILL_ARCHIVE_SIGNING_KEY=key_file) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["fine"] is False
    (failed,) = [check for check in report["checks"] if check["verdict"] == "fail"]
    assert (failed["name"], failed["remedy"]) == ("newest", "run verify")


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (["--retain", "seven years"], {}),
        (["--recent", "-1"], {}),
        ([], {"WAYBILL_ARCHIVE_REQUIRE_WORM": "true"}),
        ([], {"WAYBILL_ARCHIVE_SIGNING_KEY": "/nowhere"}),
        (["--archive", "https://bank.blob.core.windows.net/x"], {"WAYBILL_ARCHIVE_RESOURCE_ID": "x"}),
    ],
)
def test_a_question_that_cannot_be_asked_is_a_usage_error(
    tmp_path: Path, arguments: list[str], env: dict[str, str], capsys: pytest.CaptureFixture[str]
):
    """Lost: the answer to a typing mistake; it must not look like a verdict."""
    with pytest.raises(SystemExit) as usage:
        run(tmp_path / "archive", *arguments, **env)
    assert usage.value.code == 2
    assert capsys.readouterr().out == ""


async def test_a_directory_fails_who_insists(tmp_path: Path):
    """Lost: the same answer as the service gives at its start."""
    assert (await examined(FilesStore(tmp_path), require_worm=True))["policy"].verdict == "fail"
    assert (await examined(FilesStore(tmp_path), require_worm=False))["policy"].verdict == "warn"
