"""The locked requirements are what `pyproject.toml` asks for, and infra/README.md says how they are made."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.readme import ROOT
from tests.needs import lacking, needs

LOCKS = ("infra/requirements.lock", "infra/requirements-dev.lock", "infra/image/build.lock")
OFFLINE = re.compile(r"failed to fetch|dns error|error sending request|network|timed out", re.IGNORECASE)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_made_again_is_the_same(lock: str, tmp_path: Path):
    """The image and CI would run on other packages than those that were asked for."""
    uv = needs("uv", "pip install uv")
    made = tmp_path / "made.lock"
    shutil.copy(ROOT / lock, made)
    command = [uv, *documented(lock)[1:-1], str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    if done.returncode != 0 and OFFLINE.search(done.stderr):
        lacking("no package index can be reached")
    assert done.returncode == 0, done.stderr
    assert made.read_text() == (ROOT / lock).read_text(), f"make it again: {shlex.join(documented(lock))}"


def documented(lock: str) -> list[str]:
    """The command that infra/README.md gives for a lock; its last word is the lock."""
    lines = (ROOT / "infra/README.md").read_text().splitlines()
    return shlex.split(next(line for line in lines if line.startswith("uv pip compile") and line.endswith(f" {lock}")))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str):
    """A package without one could be exchanged on its way."""
    text = (ROOT / lock).read_text()
    packages = re.findall(r"^[a-z0-9][^\n]*?(?:\\\n[^\n]*)*$", text, re.MULTILINE | re.IGNORECASE)
    assert packages
    assert [package for package in packages if "--hash=sha256:" not in package] == []
