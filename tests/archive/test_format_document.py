"""FORMAT.md is true: its commands run, their output is what stands there, and our code makes the same bytes."""

import re
import subprocess
from hashlib import sha256
from pathlib import Path

import archive
from archive.head import Head, key_draft, seal
from archive.names import shard
from archive.note import VerifierKey
from archive.record import Draft, template
from archive.segment import Segment
from tests.archive.builders import ORIGIN, START, key, signer

DOCUMENT = (Path(archive.__file__).parent / "FORMAT.md").read_text()
EXAMPLES = re.findall(r"```sh\n(.*?)```\n\n```text\n(.*?)```", DOCUMENT, re.DOTALL)
MARK = "@@@@\n"


def test_the_worked_example_runs_and_says_what_stands_there(tmp_path: Path):
    """Lost: a specification that someone else can implement from."""
    script = "set -euo pipefail\n" + "".join(f"{commands}\nprintf '{MARK}'\n" for commands, _ in EXAMPLES)
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert len(EXAMPLES) == 5
    assert ran.stdout.split(MARK)[:-1] == [shown for _, shown in EXAMPLES]


def test_our_code_makes_the_bytes_of_the_example():
    """Lost: agreement between the page and the program."""
    head = Head()
    first, judged = seal(
        head, [template(key_draft(key(), shard("main")), writer="relay-1")], origin=ORIGIN, signer=signer(), at=START
    )
    head.advance(first, judged)
    drafts = [
        Draft(kind="note", id="n-1", fields={"body": "Grüße, “Ada”\t\x01 😀", "tags": ["b", "a"], "n": -1}),
        Draft(kind="note", id="n-2", fields={"body": None}),
    ]
    second, _ = seal(
        head, [template(draft, writer="relay-1") for draft in drafts], origin=ORIGIN, signer=signer(), at=START
    )
    assert str(VerifierKey.parse(str(key()))) in DOCUMENT
    for segment in (first, second):
        data = segment.encode()
        assert sha256(data).hexdigest() in DOCUMENT
        assert Segment.parse(segment.first, data) == segment
