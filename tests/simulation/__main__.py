"""`python -m tests.simulation`: one schedule again, or as many as there is time for."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from .runs import make_template, play


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=0, help="the first schedule")
    parser.add_argument("--schedules", type=int, default=1, help="how many, counted up from there")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        template = make_template(Path(folder))
        for seed in range(asked.seed, asked.seed + asked.schedules):
            if broken := play(seed, template):
                sys.stdout.write("\n".join((f"seed {seed} breaks:", *broken, "")))
                return 1
    sys.stdout.write(f"{asked.schedules} schedules, nothing broken\n")
    return 0


sys.exit(main())
