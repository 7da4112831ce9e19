"""Words are found where they were said, counted per custodian, and every search is on record."""

import asyncio
import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive.__main__ import main
from archive.store import FilesStore
from tests.archive.builders import open_log
from tests.archive.discovery.conftest import BY, ran
from tests.archive.discovery.seeded import PICTURE, inbound
from tests.archive.retention.builders import NOW, environment

Search = Callable[..., dict[str, Any]]


@pytest.fixture
def search(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Search:
    """Runs `search`, and gives its answer."""

    def run(*options: str, archive: Path = root) -> dict[str, Any]:
        index = str(tmp_path / "case.db")
        assert ran(archive, "search", *options, "--index", index, "--list", "50", "--json", *BY) == 0
        return json.loads(capsys.readouterr().out)

    return run


def ids(answer: dict[str, Any]) -> list[str]:
    return [hit["id"] for hit in answer["hits"]]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["good morning"], ["m1", "m3"]),
        (['"good morning, ada"'], ["m3"]),
        (["morn*"], ["m1", "m3"]),
        (["good NOT ada"], ["m1", "e1"]),
        (["NEAR(good ada, 2)"], ["m3"]),
        (["iban OR forget"], ["m4", "m5"]),
        (["cat"], ["m2", "m2:attached"]),
        (["jpeg"], ["m2:attached"]),
        (["here", "--contact", "+44 7700 900002"], ["b1", "b2"]),
        (["here", "--direction", "outbound"], ["b2"]),
        (["here", "--from", "2026-11-03"], []),
        (["--type", "image"], ["m2"]),
        (["--custodian", "Tom Tester"], ["b1", "b2"]),
        (["nothing"], []),
    ],
)
def test_words_are_found_within_a_scope(search: Search, options: list[str], found: list[str]):
    """Lost: what a subpoena is about."""
    assert ids(search(*options)) == found


def test_a_file_is_found_by_its_hash(search: Search):
    """Lost: where else a known file went."""
    assert ids(search(sha256(PICTURE).hexdigest())) == ["m2:attached"]


def test_counts_come_per_custodian_and_without_content(search: Search, root: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: a decision on the scope, by somebody who must not read it yet."""
    answer = search("good OR here")
    assert (answer["records"], answer["conversations"]) == (5, 2)
    assert [(one["id"], one["records"]) for one in answer["custodians"]] == [("tenant/ruth", 3), ("tenant/tom", 2)]
    assert "morning" not in json.dumps(answer)


def test_what_is_new_is_found_the_next_time(search: Search, root: Path, tmp_path: Path):
    """Lost: trust in an index that is older than the archive."""
    grown = tmp_path / "grown"
    shutil.copytree(root, grown)
    assert ids(search("hello", archive=grown)) == []

    async def grow() -> None:
        log = await open_log(FilesStore(grown))
        await log.append(inbound("new", "2026-11-09T09:00:00", "hello again"))
        await log.close()

    asyncio.run(grow())
    assert ids(search("hello", archive=grown)) == ["new"]
    assert len(ids(search("good", archive=grown))) == 3


@pytest.mark.parametrize("words", ['"open', "AND", "no:column", "NEAR("])
def test_words_that_ask_nothing_are_a_usage_error(root: Path, tmp_path: Path, words: str):
    """Lost: the difference between no hits and no question."""
    assert ran(root, "search", words, "--index", str(tmp_path / "case.db"), *BY) == 2


def test_a_file_that_is_no_index_of_this_log_is_refused(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: hits of another archive, told as this one's."""
    place = tmp_path / "other.db"
    place.write_text("not a database at all, but a text of some length" * 20)
    assert ran(root, "search", "x", "--index", str(place), *BY) == 1
    assert str(place) in capsys.readouterr().err

    async def another() -> None:
        log = await open_log(FilesStore(tmp_path / "another"), origin="another.example/log")
        await log.append(inbound("o1", "2026-11-02T09:00:00"))
        await log.close()

    asyncio.run(another())
    index = str(tmp_path / "case.db")
    assert ran(root, "search", "x", "--index", index, *BY) == 0
    assert ran(tmp_path / "another", "search", "x", "--index", index, *BY) == 1
    assert "is the index of" in capsys.readouterr().err


def test_a_search_is_on_record_before_its_answer_is_shown(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Lost: who looked for what, and why."""
    shutil.copytree(root, tmp_path / "archive")
    options = ["search", "iban", "--index", str(tmp_path / "case.db"), "--matter", "M-7", *BY, "--json"]
    assert main(options, env=environment(tmp_path), clock=lambda: NOW) == 0
    size = json.loads(capsys.readouterr().out)["size"]
    assert main(["show", str(size)], env=environment(tmp_path)) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["kind"], record["by"], record["reason"]) == ("search", "Ruth Meier", "subpoena")
    assert (record["matter"], record["asked"]["words"], record["records"]) == ("M-7", "iban", 1)
