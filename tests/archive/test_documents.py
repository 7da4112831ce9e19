"""FORMAT.md and README.md are true: what they show is run, and what they list is what the code has."""

import re
import subprocess
import textwrap
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import archive
from archive.discovery.catalogue import NAMES
from archive.doctor import Name
from archive.head import Head, key_draft, seal
from archive.merkle import leaf_hash
from archive.names import shard
from archive.note import VerifierKey
from archive.proof import Proof
from archive.proving import check_proof
from archive.record import Draft, template
from archive.report import Code
from archive.segment import Segment
from archive.store import MemoryStore
from tests.archive.builders import ORIGIN, START, Ticking, key, signer

FOLDER = Path(archive.__file__).parent
DOCUMENT = (FOLDER / "FORMAT.md").read_text()
README = (FOLDER / "README.md").read_text()
EXAMPLES = re.findall(r"```sh\n(.*?)```\n\n```text\n(.*?)```", DOCUMENT, re.DOTALL)
MARK = "@@@@\n"


def test_the_worked_example_runs_and_says_what_stands_there(tmp_path: Path):
    """Lost: a specification that someone else can implement from."""
    script = "set -euo pipefail\n" + "".join(f"{commands}\nprintf '{MARK}'\n" for commands, _ in EXAMPLES)
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert len(EXAMPLES) == 10
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
    proof = Proof(
        index=1,
        path=(leaf_hash(first.lines[0]), leaf_hash(second.lines[1])),
        note=second.note,
        checkpoint=second.checkpoint,
        line=second.lines[0],
    )
    assert sha256(proof.encode()).hexdigest() in DOCUMENT
    assert check_proof(proof.encode(), place="p", key=key()).is_intact


async def test_the_readmes_example_runs():
    """Lost: the first thing anybody copies."""
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    body = textwrap.indent(example + "await log.close()\nreturn committed\n", "    ")
    names: dict[str, Any] = {"Log": archive.Log, "Draft": archive.Draft}
    exec(f"async def example(store, signer, clock, picture):\n{body}", names)  # noqa: S102
    committed = await names["example"](MemoryStore(), signer(), Ticking(), b"picture")
    assert (committed.record.index, committed.record.kind) == (1, "message")


def test_every_code_of_a_finding_is_explained():
    """Lost: the meaning of what a verifier says, for whoever has to act on it."""
    table = README.partition("## Codes of `verify`")[2]
    explained = [
        code for row in table.splitlines() if row.startswith("| `") for code in re.findall(r"`([a-z-]+)`", row)
    ]
    assert sorted(explained) == sorted(get_args(Code))


def test_every_check_of_the_doctor_is_explained():
    """Lost: what to make of a warning."""
    table = README.partition("## Checks of `doctor`")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == list(get_args(Name))


def test_every_format_of_an_export_is_explained():
    """Lost: which format to ask for."""
    table = (FOLDER / "DISCOVERY.md").read_text().partition("## Formats")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z]+)` \|", table, re.MULTILINE) == list(NAMES)


def test_every_module_stands_in_the_table_of_layers_and_imports_downwards():
    """Lost: the border that lets the pure parts be read, and run, without a store."""
    rows = [
        row for row in README.partition("## Layers")[2].partition("## Keys")[0].splitlines() if row.startswith("| ")
    ]
    layers = [re.findall(r"`([a-z_]+)/?`", row) for row in rows[1:]]
    depth = {module: level for level, modules in enumerate(layers) for module in modules}
    modules = {path.parent.relative_to(FOLDER).name or path.stem for path in FOLDER.rglob("*.py")} - {"__init__"}
    assert sorted(depth) == sorted(modules)
    for path in FOLDER.rglob("*.py"):
        inside = path.parent.relative_to(FOLDER).name
        outer, source = "." if not inside else "..", path.read_text()
        siblings = ", ".join(re.findall(rf"^from {re.escape(outer)} import (.*)$", source, re.MULTILINE))
        imported = re.findall(rf"^from {re.escape(outer)}([a-z_]+)[. ]", source, re.MULTILINE)
        for module in [*imported, *filter(None, siblings.split(", "))] if path != FOLDER / "__init__.py" else ():
            assert depth[inside or path.stem] <= depth[module], f"{path.relative_to(FOLDER)} imports {module}"
