"""The package's border: botbuilder is behind it, and nothing of it is loaded before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import bot.teams

ROOT = Path(__file__).parents[3]


def test_the_gate_works_without_loading_botbuilder():
    """botbuilder takes a second to load and is at its end of life; the gate must outlive it."""
    program = "import sys, bot.teams.gate, bot.teams.routes, bot.teams.threads; sys.exit('botbuilder' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_only_the_adapter_imports_botbuilder():
    """A successor's SDK replaces one module; every further import would be one more to replace."""
    importing = {
        path.relative_to(ROOT).as_posix()
        for package in ("archive", "bridge", "bot")
        for path in (ROOT / package).rglob("*.py")
        if any(name.startswith(("botbuilder", "botframework")) for name in imports(path))
    }
    assert importing == {"bot/teams/adapter.py"}


def imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


@pytest.mark.parametrize("name", bot.teams.__all__)
def test_every_exported_name_can_be_had(name: str):
    """The names are loaded on first use, where a misspelt one would only show then."""
    assert getattr(bot.teams, name) is not None


def test_a_name_that_is_not_exported_is_an_attribute_error():
    """`hasattr` and `from … import` depend on it."""
    with pytest.raises(AttributeError):
        _ = bot.teams.nothing  # pyright: ignore[reportAttributeAccessIssue] (it is not there, which is the point)
