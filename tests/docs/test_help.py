"""`--help` answers at once: it loads nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.docs.readme import ROOT

HEAVY = {"aiohttp", "azure", "botbuilder", "msal", "phonenumbers", "prometheus_client", "sqlalchemy"}


def loaded(*arguments: str) -> set[str]:
    """The packages that a run of our programs imported."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("program", [("bot",), ("archive",), ("bot", "archive")])
def test_help_loads_no_heavy_package(program: tuple[str, ...]):
    """Whoever asks for help waits for a cloud's SDK instead."""
    found = loaded("-m", *program, "--help")
    assert program[0] in found
    assert found & HEAVY == set()


def test_the_heavy_packages_are_seen_where_they_are_used():
    """The test above would pass on anything if it could not see an import."""
    assert loaded("-c", "import bot.app") >= {"aiohttp", "azure", "botbuilder", "sqlalchemy"}
