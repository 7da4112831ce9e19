"""Sealing is off unless asked for; what is wrong with its settings is told at once, and nothing secret is shown."""

from pathlib import Path

import pytest

from archive import Settings
from archive.sealing import SealingSettings
from tests.archive.sealing.builders import WRAPPING, Clock

VAULT = "https://v.vault.azure.net/keys/waybill/" + "0" * 32


@pytest.fixture
def key(tmp_path: Path) -> str:
    (tmp_path / "wrapping.key").write_bytes(WRAPPING)
    return str(tmp_path / "wrapping.key")


def read(classes: str = "", url: str = "", key: str = "", **more: str) -> tuple[SealingSettings | None, list[str]]:
    problems: list[str] = []
    env = {
        "WAYBILL_ARCHIVE_SEALED_CLASSES": classes,
        "WAYBILL_ARCHIVE_KEYS_URL": url,
        "WAYBILL_ARCHIVE_WRAPPING_KEY": key,
        **more,
    }
    return SealingSettings.from_env(env, "file:./archive-data", more.get("CONNECTION_STRING"), problems), problems


def test_nothing_is_sealed_unless_asked_for():
    """Lost: an archive that can be read without keys, for whoever wants that."""
    assert read() == (None, [])


@pytest.mark.parametrize("classes", ["standard", " standard , short,", ""])
def test_the_classes_are_a_list_and_without_one_what_is_sealed_is_still_opened(classes: str, key: str):
    """Lost: sealing the one class that wants it; and the records of last year, when it is switched off."""
    settings, problems = read(classes, "file:./keys", key)
    assert problems == []
    assert settings is not None
    assert settings.classes == {part.strip() for part in classes.split(",") if part.strip()}
    settings.ring(Clock())


def test_a_key_in_key_vault_is_named_by_its_address():
    """Lost: the choice between a file and a vault."""
    assert read("standard", "https://a.blob.core.windows.net/keys", VAULT)[1] == []
    assert "with its version" in read("standard", "file:./keys", VAULT[:-33])[1][0]


def test_all_problems_are_told_at_once():
    """Lost: the afternoon of somebody who mends one variable after the other."""
    settings, problems = read("Standard!", "", "")
    assert settings is None
    named = [problem.split()[0] for problem in problems]
    assert named == ["WAYBILL_ARCHIVE_SEALED_CLASSES", "WAYBILL_ARCHIVE_WRAPPING_KEY", "WAYBILL_ARCHIVE_KEYS_URL"]
    problems = ["somebody else's"]
    env = {"WAYBILL_ARCHIVE_SEALED_CLASSES": "standard", "WAYBILL_ARCHIVE_URL": "ftp://x"}
    assert Settings.from_env(env, problems) is None
    assert len(problems) == 5  # ours are told beside the archive's own


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("file:./keys", "ftp://keys"),
        ("https://a.blob.core.windows.net/keys", "http://a.blob.core.windows.net/keys"),
        ("file:./archive-data-keys", "file:./archive-data"),
        ("file:./archive", "file:./archive-data/keys"),
    ],
)
def test_a_place_for_keys_is_refused_beside_one_that_is_taken(good: str, bad: str, key: str):
    """Lost: keys that can be destroyed, were they to lie in an archive where nothing can."""
    assert read("standard", good, key)[1] == []
    settings, problems = read("standard", bad, key)
    assert settings is None
    assert len(problems) == 1


def test_a_wrapping_key_that_cannot_be_had_is_told_and_none_is_shown(key: str, tmp_path: Path):
    """Lost: law 7 for the key of keys."""
    assert "cannot be read" in read("standard", "file:./keys", str(tmp_path / "nothing"))[1][0]
    Path(key).write_bytes(b"short")
    assert "32 bytes" in read("standard", "file:./keys", key)[1][0]
    Path(key).write_bytes(b"canary--" * 4)
    shown = repr(read("standard", "file:./keys", key)[0])
    assert "classes" in shown
    assert "canary" not in shown
