"""Knows how to take pages apart: their tables, by the heading they stand under. Judges nothing."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
COMMANDS = ROOT / "bot" / "COMMANDS.md"
SETTINGS = ROOT / "infra" / "SETTINGS.md"

_CELL = re.compile(r"(?<!\\)\|")


def rows(first_column: str, page: Path = README) -> list[list[str]]:
    """The cells of the table whose first column is headed like this, its head left out."""
    lines = page.read_text().splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    body: list[list[str]] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        body.append([cell.strip().replace("\\|", "|") for cell in _CELL.split(line.strip().strip("|"))])
    return body


def code(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)
