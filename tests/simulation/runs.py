"""One schedule from its seed to its verdict, and how to play it again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from .invariants import violations
from .world import Bug, World, prepare


def play(seed: int, template: Path, bug: Bug | None = None) -> list[str]:
    """What one schedule broke."""
    with TemporaryDirectory() as folder:
        world = World(seed=seed, folder=Path(folder), bug=bug)
        try:
            world.run(template)
        except BaseExceptionGroup as group:
            if group.subgroup(TimeoutError) is None:
                raise
            return [*world.wrong, "something waits for ever"]
        return violations(world)


def make_template(folder: Path) -> Path:
    """The store that every schedule starts with."""
    template = folder / "template.db"
    asyncio.run(prepare(template))
    return template
