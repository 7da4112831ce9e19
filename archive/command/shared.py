"""Knows what all commands share: exit codes, reading options, writing answers; not what any command does."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ..note import NoteError, VerifierKey
from ..record import Json
from ..stamp import Stamps
from ..store import ObjectStore

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] — argparse gives its type no public name

FINE, FAILED, USAGE, BROKEN = 0, 1, 2, 3

Command = Callable[[argparse.Namespace, ObjectStore], Awaitable[int]]
"""What a subparser's `command` default is: it works on an open store and returns the exit code."""


class Usage(Exception):
    """The options ask for what cannot be done; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Where commands are added, and the options they have in common."""

    parsers: "Subparsers"
    common: argparse.ArgumentParser

    def group(self, name: str, summary: str) -> "Commands":
        """A command that has commands of its own: where these are added."""
        parser = self.parsers.add_parser(name, help=summary, description=summary)
        inside = parser.add_subparsers(required=True, metavar="command")
        return Commands(parsers=inside, common=self.common)

    def add(
        self, name: str, command: Command, summary: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        """A new command, with the common options and those of `parents`."""
        parser = self.parsers.add_parser(name, parents=[self.common, *parents], help=summary)
        parser.set_defaults(command=command)
        return parser


def key(text: str) -> VerifierKey:
    """A verifier key, or the one in a file when `text` is `@file`; as an argparse type."""
    try:
        if text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8").strip()
        return VerifierKey.parse(text)
    except (NoteError, OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def moment(text: str) -> datetime:
    """A date, which begins at midnight UTC, or a time with its offset; as an argparse type."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a date like 2026-11-23, or a time like 2026-11-23T10:00:00Z") from error
    return found.replace(tzinfo=found.tzinfo or UTC)


def end(text: str) -> datetime:
    """The first moment after a day, or after nothing when a time is given; as an argparse type."""
    return moment(text) + (timedelta(days=1) if len(text) == len("2026-11-23") else timedelta())


def stamps(path: str) -> Stamps:
    """Those who vouch for time stamps, from a PEM file; as an argparse type."""
    try:
        return Stamps.trusting(content(path))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{path}: no PEM certificates") from error


def content(path: str) -> bytes:
    """What a file holds; as an argparse type."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path}: {error.strerror}") from error


def file(path: str) -> tuple[str, bytes]:
    """A file's name and what it holds; as an argparse type."""
    return path, content(path)


async def write(path: str, data: bytes) -> bool:
    """Write a file that a person named; False, and why on standard error, when it cannot be."""
    try:
        await asyncio.to_thread(Path(path).write_bytes, data)
    except OSError as error:
        say(f"{path}: {error.strerror}")
        return False
    return True


def answer(options: argparse.Namespace, data: Json, text: str) -> None:
    """The answer on standard output: `data` when `--json` was asked for, else `text`."""
    put(json.dumps(data, ensure_ascii=False, indent=2) if options.json else text)


def put(text: str) -> None:
    """Data, to standard output."""
    sys.stdout.write(f"{text}\n")


def say(text: str) -> None:
    """Words, to standard error."""
    sys.stderr.write(f"{text}\n")
