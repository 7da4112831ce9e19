"""What tests of discovery share: a seeded archive, which no test changes, and the command line on it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.__main__ import main
from tests.archive.discovery.seeded import seed

Told = dict[str, dict[str, Any]]
BY = ("--by", "Ruth Meier", "--reason", "subpoena")


def ran(archive: Path, *command: str) -> int:
    """The exit code of a command on an archive."""
    try:
        return main(command, env={"WAYBILL_ARCHIVE_URL": f"file:{archive}"})
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("seeded") / "archive"
    asyncio.run(seed(root))
    return root


@pytest.fixture
def export(root: Path, tmp_path: Path) -> Callable[..., Path]:
    """Runs `export` with these options, and gives the folder."""

    def run(*options: str, archive: Path = root, name: str = "out", code: int = 0) -> Path:
        out = tmp_path / name
        assert ran(archive, "export", "--out", str(out), *BY, *options) == code
        return out

    return run


@pytest.fixture
def tell(export: Callable[..., Path]) -> Callable[..., Told]:
    """Runs `export`, and gives its messages by their ids."""

    def run(*options: str) -> Told:
        lines = (export("--format", "jsonl", *options) / "jsonl/messages.jsonl").read_text().splitlines()
        return {told["id"]: told for told in map(json.loads, lines)}

    return run
