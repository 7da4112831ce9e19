"""Knows what to do when a program that a test drives is not on this machine: skip, but fail where `CI` is `true`."""

import os
import shutil
from typing import NoReturn

import pytest


def needs(program: str, remedy: str) -> str:
    """The path of a program on this machine; without it the test is skipped and says the remedy, in CI it fails."""
    path = shutil.which(program)
    return path if path is not None else lacking(f"{program} is not installed ({remedy})")


def lacking(why: str) -> NoReturn:
    """Skip for want of something this machine does not have; in CI, where everything has to run, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
