"""What holds for every file of the project: names that must not stand in one, and who may import whom."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.docs.readme import ROOT

OURS = ("archive", "bridge", "bot", "infra", "tests")

# in brackets, so that this file passes its own test
HOSTS = r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs[.]org|registry[.]yarnpkg[.]com"
PATHS = r"(?<![\w.})/-])/(?:work|root|home|Users)/"
FOREIGN = re.compile(f"{HOSTS}|{PATHS}".encode())


def files() -> list[Path]:
    """Every file that git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_file_names_a_package_host_or_a_path_of_one_machine():
    """It would work here and nowhere else, or send somebody's build to a host that they do not use."""
    seen = files()
    assert Path(__file__) in seen
    assert [
        (str(path.relative_to(ROOT)), found[0]) for path in seen if (found := FOREIGN.search(path.read_bytes()))
    ] == []


@pytest.mark.parametrize("name", OURS)
def test_a_package_of_ours_is_the_one_in_this_tree(name: str):
    """An installed package of the same name would be tested, or run, instead of this one."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert {Path(place).resolve() for place in spec.submodule_search_locations or ()} == {ROOT / name}


@pytest.mark.parametrize("name", OURS)
def test_no_other_distribution_provides_a_package_of_ours(name: str):
    """Which of the two is imported would depend on the order of a path."""
    assert set(packages_distributions().get(name, ())) <= {"waybill"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The full name of every module a file imports, wherever in the file it does so."""
    here = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (".".join(here[: -node.level]), node.module) if node.level else (node.module,)
            yield ".".join(part for part in base if part)


def importers(package: str, *names: str) -> list[str]:
    """The files of a package that import one of these."""
    return [
        str(path.relative_to(ROOT))
        for path in modules(package)
        if any(module == name or module.startswith(f"{name}.") for module in imported(path) for name in names)
    ]


@pytest.mark.parametrize(
    ("package", "above"),
    [
        ("archive", ("bridge", "bot", "infra", "tests")),
        ("bridge", ("bot", "infra", "tests")),
        ("bot", ("infra", "tests")),
    ],
)
def test_imports_run_downhill(package: str, above: tuple[str, ...]):
    """An auditor's copy of the archive would need the bot, and the production image the sandbox."""
    assert importers(package, *above) == []


def test_the_layers_are_seen_where_they_meet():
    """The test above would pass on anything if it could not see an import."""
    assert "bridge/journal.py" in importers("bridge", "archive")
    assert "bot/app.py" in importers("bot", "bridge")
    assert "bot/teams/adapter.py" in importers("bot", "bot.teams")


def test_only_bot_teams_imports_botbuilder():
    """It is at its end of life: what knows it has to be replaced one day."""
    found = [file for package in OURS[:4] for file in importers(package, "botbuilder", "botframework")]
    assert found
    assert [file for file in found if not file.startswith("bot/teams/")] == []


def test_the_environment_is_read_by_the_commands_only():
    """A setting read deep inside would be in no table and reported by nobody."""
    readers = [
        path.relative_to(ROOT).as_posix()
        for package in ("archive", "bridge", "bot")
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert set(readers) == {"archive/__main__.py", "bot/environment.py"}
