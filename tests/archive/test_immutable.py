"""What a store says of its immutability is proved or honestly unknown; who insists on proof is refused without it."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import NotImmutable, ObjectStore, StoreRefused, StoreUnavailable, open_store, require_retention
from archive.store import ContainerResource, FilesStore, Retention
from tests.archive.arm import POLICY, Arm, Identity, control_plane
from tests.azurite import ACCOUNT, Worm


@pytest.fixture
async def arm(worm: Worm) -> AsyncGenerator[Arm]:
    async with control_plane(ACCOUNT, worm.url.rpartition("/")[2]) as running:
        yield running


@pytest.fixture
async def store(worm: Worm, arm: Arm) -> AsyncGenerator[ObjectStore]:
    """The container behind the front, with its control plane."""
    opened = open_store(worm.url, worm.connection_string, Identity(), resource=arm.resource)
    yield opened
    await opened.close()


POLICIES: list[tuple[dict[str, Any], Retention, str]] = [
    (
        {},
        Retention(locked=True, period=timedelta(days=2588), appends="none"),
        "immutable: retention policy locked, period 2588 days from creation",
    ),
    (
        {"state": "Unlocked", "immutabilityPeriodSinceCreationInDays": 3, "allowProtectedAppendWrites": True},
        Retention(locked=False, period=timedelta(days=3), appends="append blobs"),
        "immutable: retention policy UNLOCKED (it can still be removed), period 3 days from creation",
    ),
    (
        {"state": "?", "allowProtectedAppendWritesAll": True},
        Retention(locked=None, period=timedelta(days=2588), appends="all blobs"),
        "immutable: retention policy locked or not: unknown, period 2588 days from creation",
    ),
]


@pytest.mark.parametrize(("said", "retention", "text"), POLICIES)
async def test_the_control_plane_says_whether_a_policy_is_locked_and_for_how_long(
    store: ObjectStore, arm: Arm, said: dict[str, Any], retention: Retention, text: str
):
    """Lost: the difference between a policy that holds and one that somebody removes on the day it matters."""
    arm.policy |= said
    found = await store.describe()
    assert (found.immutable, found.retention, found.text) == (True, retention, text)


async def forbid(arm: Arm) -> None:
    arm.forbidden.add(POLICY)


async def send_away(arm: Arm) -> None:
    arm.unavailable = True


async def forget(arm: Arm) -> None:
    arm.policy["immutabilityPeriodSinceCreationInDays"] = 0


UNKNOWN = [
    (forbid, "lacks Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/read"),
    (send_away, "answered 503"),
    (forget, "knows of none"),
]


@pytest.mark.parametrize(("happens", "why"), UNKNOWN)
async def test_what_the_control_plane_does_not_say_is_unknown_and_the_policy_still_there(
    store: ObjectStore, arm: Arm, happens: Any, why: str
):
    """Lost: honesty; a lock nobody has seen must not be reported, and the policy that was seen must."""
    await happens(arm)
    found = await require_retention(store)
    assert (found.immutable, found.retention) == (True, Retention())
    assert "whether it is locked is unknown" in found.text
    assert why in found.text


async def test_without_a_resource_id_the_lock_is_unknown(worm: Worm):
    """Lost: the same, for whoever did not give the id."""
    store = worm.open()
    found = await store.describe()
    assert (found.immutable, found.retention) == (True, Retention())
    assert "no resource id is set" in found.text
    await store.close()


async def test_a_token_is_had_from_the_identity_of_the_workload(worm: Worm, arm: Arm, monkeypatch: pytest.MonkeyPatch):
    """Lost: the control plane in production, where no credential is handed over."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{arm.url}/sign-in")
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    store = open_store(worm.url, worm.connection_string, resource=arm.resource)
    assert "locked" in (await store.describe()).text
    await store.close()


async def test_a_container_without_a_policy_or_with_a_hold_alone_is_refused_by_who_insists(
    store: ObjectStore, worm: Worm
):
    """Lost: the bank's first week of records, in a container that somebody forgot to protect."""
    assert (await require_retention(store)).immutable
    worm.front.has_policy = False
    with pytest.raises(NotImmutable, match="NOT immutable"):
        await require_retention(store)
    worm.front.has_hold = True
    found = await store.describe()
    assert (found.immutable, found.retention) == (True, None)
    with pytest.raises(NotImmutable, match="while a legal hold lasts"):
        await require_retention(store)


async def test_what_may_not_be_read_cannot_be_proved_and_the_missing_right_is_named(store: ObjectStore, worm: Worm):
    """Lost: the reason, for the one person who can grant it."""
    worm.front.may_read_container = False
    assert (await store.describe()).immutable is None
    with pytest.raises(
        NotImmutable, match=r"the identity needs Microsoft\.Storage/storageAccounts/blobServices/containers/read"
    ):
        await require_retention(store)


async def test_a_store_that_is_away_has_proved_nothing_either_way(store: ObjectStore, worm: Worm):
    """Lost: the waiting; an outage at the start must not look like a missing policy."""
    worm.front.unavailable = True
    with pytest.raises(StoreUnavailable) as away:
        await require_retention(store)
    assert not isinstance(away.value, StoreRefused)


async def test_a_directory_is_refused_by_who_insists(tmp_path: Path):
    """Lost: the truth about a disk."""
    with pytest.raises(NotImmutable, match="tamper-evident only: "):
        await require_retention(FilesStore(tmp_path))


BANK = "/subscriptions/1/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/bank"
ID = f"{BANK}/blobServices/default/containers/journal"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ((ID, "https://management.example"), (ID, "http://management.example")),
        ((ID, "http://127.0.0.1:1"), (ID, "http://127.0.0.1.example")),
        ((ID, "http://localhost:1"), (ID, "")),
        ((ID.lower(), "https://a"), (ID + "/x", "https://a")),
        ((ID, "https://a"), (BANK, "https://a")),
        ((ID, "https://a"), (ID.replace("/g/", "/g?x/"), "https://a")),
    ],
)
def test_a_token_goes_to_a_resource_id_over_a_private_line_only(good: tuple[str, str], bad: tuple[str, str]):
    """Lost: the identity's token, to whoever listens."""
    ContainerResource.parse(good[0], arm_url=good[1])
    with pytest.raises(ValueError, match=r"must be|https: only"):
        ContainerResource.parse(bad[0], arm_url=bad[1])


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://bank.blob.core.windows.net/journal", True),
        ("https://bank.blob.core.windows.net/journal/", True),
        ("http://127.0.0.1:10000/bank/journal", True),
        ("https://bank.blob.core.windows.net/other", False),
        ("https://other.blob.core.windows.net/journal", False),
        ("http://127.0.0.1:10000/other/journal", False),
    ],
)
def test_a_resource_id_is_that_of_the_archive_or_refused(url: str, *, same: bool):
    """Lost: the policy of one container, reported for another."""
    resource = ContainerResource.parse(ID)
    assert resource.is_at(url) is same
    if not same:
        with pytest.raises(ValueError, match="different containers"):
            open_store(url, "a connection string", resource=resource)
