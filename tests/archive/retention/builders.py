"""Knows how to run the commands that write, on a log in a directory; the test says what they do."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from archive.__main__ import main
from tests.archive.builders import ORIGIN, signer

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
WHO = ("--by", "Ruth Meier", "--reason", "subpoena")


def pem(folder: Path, seed: int = 0) -> Path:
    """The file of the private key of `signer(seed)`."""
    path = folder / f"key{seed}.pem"
    path.write_bytes(signer(seed)._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def environment(folder: Path) -> dict[str, str]:
    """The settings to write to the log in `folder`/archive."""
    return {
        "WAYBILL_ARCHIVE_URL": f"file:{folder / 'archive'}",
        "WAYBILL_ARCHIVE_SIGNING_KEY": str(pem(folder)),
        "WAYBILL_ARCHIVE_ORIGIN": ORIGIN,
    }


def run(env: dict[str, str], *arguments: str, now: datetime = NOW) -> int:
    """One command; its exit code."""
    return main(arguments, env=env, clock=lambda: now)
