"""The bytes in FORMAT.md are those our code makes; Go, which has never seen it, opens them and sees every change."""

import base64
import json
import os
import re
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

import archive
from archive import Draft, Opener, Record
from archive.record import template
from archive.sealing import Ring, references
from archive.sealing.box import DataKey, seal, sealed
from archive.sealing.files import CHUNK, FileKey, FileSealer, SealedAttachment, named
from archive.sealing.wrapping import LocalKey, WrappedKey
from archive.store import MemoryStore
from tests.archive.builders import START
from tests.archive.sealing.builders import CONVERSATION, WRAPPING, Clock
from tests.needs import needs

DOCUMENT = (Path(archive.__file__).parent / "FORMAT.md").read_text()
(LINE,) = re.findall(r'^\{"attachments".*"writer":"relay-1"\}$', DOCUMENT, re.MULTILINE)
(RING,) = re.findall(r'^\{"algorithm":"A256KW".*$', DOCUMENT, re.MULTILINE)
(FILE,) = re.findall(r"base64 -d <<< (\S+) > blob", DOCUMENT)
SECRET = bytes(range(0x20, 0x40))
NAME = f"key/{sha256(CONVERSATION.encode()).hexdigest()[:32]}/2026-01/{bytes(range(16)).hex()}"


def stored(data: bytes) -> tuple[bytes, SealedAttachment]:
    """A file sealed with the key 60, 61 … 7f, and what refers to it."""
    sealer = FileSealer(bytes(range(0x60, 0x80)))
    blob = sealer.seal(data) + sealer.finish()
    digest = sha256(blob).hexdigest()
    return blob, SealedAttachment(
        sha256=digest,
        size=len(blob),
        media_type="text/plain",
        blob=f"media/202601/{digest[:2]}/{digest}",
        sealed=FileKey(key=bytes(range(0x60, 0x80)), sha256=sealer.sha256, size=sealer.size),
    )


def line(attachment: SealedAttachment) -> bytes:
    """The record of the example, with this file."""
    draft = Draft(
        kind="message",
        id="m-1",
        fields={
            "conversation": CONVERSATION,
            "direction": "inbound",
            "occurred_at": "2026-01-02T03:04:05+00:00",
            "body": {"type": "text", "text": "Grüße"},
            "attachments": [attachment.reference("hello.txt")],
        },
    )
    box = seal(draft, DataKey(name=NAME, secret=SECRET), bytes(range(0x40, 0x4C)))
    return template(sealed(draft, box, named(draft.fields).references), writer="relay-1").stamp(3, START).line


async def test_our_code_makes_the_bytes_of_the_example():
    """Lost: agreement between the page and the program."""
    blob, attachment = stored(b"hello world")
    assert base64.b64encode(blob).decode() == FILE
    assert line(attachment).decode() == LINE
    assert (await LocalKey(WRAPPING).wrap(SECRET)).encode().decode() == f"{RING}\n"


async def test_our_code_opens_the_bytes_of_the_example():
    """Lost: the same, the other way round."""
    keys = MemoryStore({NAME: f"{RING}\n".encode()})
    record = Record.parse(LINE.encode())
    blobs = MemoryStore({json.loads(LINE)["attachments"][0]["blob"]: base64.b64decode(FILE)})
    opener = Opener(blobs, Ring(keys, LocalKey(WRAPPING), clock=Clock()))
    opened = await opener.record(record)
    assert opened.get("body") == {"type": "text", "text": "Grüße"}
    (reference,) = references(opened.fields)
    assert b"".join([piece async for piece in opener.file(reference)]) == b"hello world"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in tests/archive/sealing/interop, built with Go and nothing else."""
    go, folder = needs("go", "apt-get install golang-go"), tmp_path_factory.mktemp("interop")
    environment = {
        "GO111MODULE": "off", "GOCACHE": str(folder / "cache"), "GOPATH": str(folder), "GOFLAGS": "",
        "HOME": str(folder), "PATH": os.environ["PATH"],
    }  # fmt: skip
    source = Path(__file__).parent / "interop" / "open.go"
    command = [go, "build", "-o", str(folder / "open"), str(source)]
    built = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder / "open"


def run(program: Path, folder: Path, ring: bytes, record: bytes, file: bytes) -> subprocess.CompletedProcess[bytes]:
    for name, data in (("ring", ring), ("record", record), ("file", file)):
        (folder / name).write_bytes(data)
    paths = [str(folder / name) for name in ("ring", "record", "file")]
    return subprocess.run([str(program), WRAPPING.hex(), *paths], capture_output=True, check=False)


@pytest.mark.parametrize("size", [0, 11, CHUNK, 2 * CHUNK + 5])
def test_go_opens_what_we_sealed(program: Path, tmp_path: Path, size: int):
    """Lost: the way to the content without any of our code, tags and all."""
    data = (b"hello world" * (size // 11 + 1))[:size]
    blob, attachment = stored(data)
    ran = run(program, tmp_path, RING.encode(), line(attachment), blob)
    assert ran.returncode == 0, ran.stdout
    box, _, file = ran.stdout.partition(b"\n")
    assert json.loads(box)["body"] == {"type": "text", "text": "Grüße"}
    assert file == data


@pytest.mark.parametrize(
    ("which", "part", "what"),
    [(0, b'"key":"', b"wrapped key"), (1, b'"box":"', b"box"), (1, b'inbound', b"box"), (2, b"", b"file")],
)  # fmt: skip
def test_go_refuses_what_was_changed(program: Path, tmp_path: Path, which: int, part: bytes, what: bytes):
    """Lost: the other half of its word."""
    evidence = [RING.encode(), LINE.encode(), base64.b64decode(FILE)]
    at = evidence[which].index(part) + len(part)
    at -= 1 if part == b"inbound" else 0
    changed = b"A" if evidence[which][at : at + 1] != b"A" else b"B"
    evidence[which] = evidence[which][:at] + changed + evidence[which][at + 1 :]
    ran = run(program, tmp_path, *evidence)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (3, b"refused: " + what)


async def test_a_wrapped_key_reads_as_it_was_written():
    """Lost: a key ring that another version wrote."""
    wrapped = await LocalKey(WRAPPING).wrap(SECRET)
    assert WrappedKey.parse(NAME, wrapped.encode()) == wrapped
