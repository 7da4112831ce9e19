"""Settings are read once, all problems are told together, and nothing secret is shown."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from archive import Settings
from tests.archive.builders import ORIGIN

CONTAINER = "https://bank.blob.core.windows.net/journal"
RESOURCE = (
    "/subscriptions/1/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/bank"
    "/blobServices/default/containers/journal"
)
IN_CLOUD = {"WAYBILL_ARCHIVE_RESOURCE_ID": RESOURCE, "WAYBILL_ARCHIVE_URL": CONTAINER}


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    path = tmp_path / "key.pem"
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem)
    return str(path)


def read(env: dict[str, str]) -> tuple[Settings | None, list[str]]:
    problems: list[str] = []
    return Settings.from_env(env, problems), problems


def test_only_the_signing_key_has_no_default(key_file: str):
    """Lost: the newcomer's first minute; and a secret must never have a default."""
    settings, problems = read({"WAYBILL_ARCHIVE_SIGNING_KEY": key_file})
    assert problems == []
    assert settings is not None
    assert (settings.url, settings.shard, settings.origin) == ("file:./archive-data", "main", "waybill/main")
    assert settings.signer.key(ORIGIN).name == ORIGIN
    assert str(settings.classes) == "standard=2557d"
    nothing, problems = read({})
    assert nothing is None
    assert len(problems) == 1
    assert "openssl genpkey -algorithm ed25519" in problems[0]


def test_all_problems_are_told_at_once(tmp_path: Path):
    """Lost: the afternoon of somebody who mends one variable after the other."""
    (tmp_path / "bad.pem").write_text("not a key")
    settings, problems = read(
        {
            "WAYBILL_ARCHIVE_URL": "ftp://x",
            "WAYBILL_ARCHIVE_SHARD": "Main!",
            "WAYBILL_ARCHIVE_CLASSES": "standard=7y",
            "WAYBILL_ARCHIVE_SIGNING_KEY": str(tmp_path / "bad.pem"),
        }
    )
    assert settings is None
    named = [problem.split()[0].rstrip(":") for problem in problems]
    assert named == [
        "WAYBILL_ARCHIVE_URL",
        "WAYBILL_ARCHIVE_SHARD",
        "WAYBILL_ARCHIVE_CLASSES",
        "WAYBILL_ARCHIVE_SIGNING_KEY",
    ]


def test_problems_of_others_are_kept_and_do_not_spoil_ours(key_file: str):
    """Lost: the composition with the other packages' settings."""
    problems = ["somebody else's"]
    assert Settings.from_env({"WAYBILL_ARCHIVE_SIGNING_KEY": key_file}, problems) is not None
    assert problems == ["somebody else's"]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"WAYBILL_ARCHIVE_URL": "file:/tmp/x"}, {"WAYBILL_ARCHIVE_URL": "file:"}),
        (
            {"WAYBILL_ARCHIVE_URL": "http://127.0.0.1:1/a/b", "WAYBILL_ARCHIVE_CONNECTION_STRING": "x"},
            {"WAYBILL_ARCHIVE_URL": "http://127.0.0.1:1/a/b"},
        ),
        (
            {"WAYBILL_ARCHIVE_REQUIRE_WORM": "true", "WAYBILL_ARCHIVE_URL": CONTAINER},
            {"WAYBILL_ARCHIVE_REQUIRE_WORM": "true", "WAYBILL_ARCHIVE_URL": "file:/tmp/x"},
        ),
        ({"WAYBILL_ARCHIVE_REQUIRE_WORM": "false"}, {"WAYBILL_ARCHIVE_REQUIRE_WORM": "no"}),
        (
            {"WAYBILL_ARCHIVE_RESOURCE_ID": RESOURCE, "WAYBILL_ARCHIVE_URL": CONTAINER},
            {"WAYBILL_ARCHIVE_RESOURCE_ID": RESOURCE, "WAYBILL_ARCHIVE_URL": f"{CONTAINER}x"},
        ),
        (
            {"WAYBILL_ARCHIVE_RESOURCE_ID": RESOURCE, "WAYBILL_ARCHIVE_URL": CONTAINER},
            {"WAYBILL_ARCHIVE_RESOURCE_ID": f"{RESOURCE}/x", "WAYBILL_ARCHIVE_URL": CONTAINER},
        ),
        (
            {**IN_CLOUD, "WAYBILL_ARCHIVE_ARM_URL": "http://127.0.0.1:8"},
            {**IN_CLOUD, "WAYBILL_ARCHIVE_ARM_URL": "http://arm.example"},
        ),
        ({"WAYBILL_ARCHIVE_ORIGIN": "example.org/x"}, {"WAYBILL_ARCHIVE_ORIGIN": "example.org/x y"}),
        ({"WAYBILL_ARCHIVE_ORIGIN": "example.org/x"}, {"WAYBILL_ARCHIVE_ORIGIN": "a+b"}),
        ({"WAYBILL_ARCHIVE_TIMESTAMP_URL": "http://tsa"}, {"WAYBILL_ARCHIVE_TIMESTAMP_URL": "tsa.example.org"}),
        ({"WAYBILL_ARCHIVE_CLASSES": "standard=10d,short=1d"}, {"WAYBILL_ARCHIVE_CLASSES": "standard=10d,standard=1d"}),
    ],
)
def test_a_setting_is_refused_beside_one_that_is_taken(key_file: str, good: dict[str, str], bad: dict[str, str]):
    """Lost: a clear answer at the start instead of a strange one at the first message."""
    assert read({"WAYBILL_ARCHIVE_SIGNING_KEY": key_file, **good})[0] is not None
    settings, problems = read({"WAYBILL_ARCHIVE_SIGNING_KEY": key_file, **bad})
    assert settings is None
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("env", "required"),
    [
        ({"WAYBILL_ARCHIVE_URL": CONTAINER}, True),
        ({"WAYBILL_ARCHIVE_URL": CONTAINER, "WAYBILL_ARCHIVE_REQUIRE_WORM": "false"}, False),
        ({"WAYBILL_ARCHIVE_URL": CONTAINER, "WAYBILL_ARCHIVE_CONNECTION_STRING": "x"}, False),
        (
            {
                "WAYBILL_ARCHIVE_URL": CONTAINER,
                "WAYBILL_ARCHIVE_CONNECTION_STRING": "x",
                "WAYBILL_ARCHIVE_REQUIRE_WORM": "true",
            },
            True,
        ),
        ({}, False),
    ],
)
def test_a_policy_is_insisted_on_in_the_cloud_unless_somebody_says_otherwise(
    key_file: str, env: dict[str, str], *, required: bool
):
    """Lost: production's protection, to a variable that nobody knew of."""
    settings, _ = read({"WAYBILL_ARCHIVE_SIGNING_KEY": key_file, **env})
    assert settings is not None
    assert settings.require_worm is required


def test_a_missing_key_file_is_told_and_secrets_are_not_shown(key_file: str, tmp_path: Path):
    """Lost: law 7 for keys and connection strings."""
    assert "cannot be read" in read({"WAYBILL_ARCHIVE_SIGNING_KEY": str(tmp_path / "nothing")})[1][0]
    env = {
        "WAYBILL_ARCHIVE_SIGNING_KEY": key_file,
        "WAYBILL_ARCHIVE_URL": "https://a.blob.core.windows.net/b",
        "WAYBILL_ARCHIVE_CONNECTION_STRING": "AccountKey=canary",
    }
    shown = repr(read(env)[0])
    assert "canary" not in shown
    assert "signing_key" in shown
