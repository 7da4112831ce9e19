"""Where the commands have their settings from."""

from __future__ import annotations

import os


def environment() -> dict[str, str]:
    """The environment, with a `.env` file beneath it."""
    from dotenv import dotenv_values  # noqa: PLC0415 - `--help` does without

    return {**{name: value for name, value in dotenv_values(".env").items() if value is not None}, **os.environ}
