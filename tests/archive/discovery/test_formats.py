"""Every format says all of a case, as its readers expect it, and hostile content does nothing in any of them."""

import asyncio
import csv
import email
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from archive.discovery.catalogue import NAMES
from archive.formats.concordance import COLUMNS
from tests.archive.builders import key
from tests.archive.discovery.conftest import BY, ran
from tests.archive.discovery.seeded import PICTURE, inbound, outcome, registry, seed

HOSTILE = [
    "<script>fetch('//evil.example')</script>",
    '"><img src=x onerror=alert(1)>',
    "</article></body><iframe src=//evil.example>",
    '=HYPERLINK("http://evil.example")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "＝1+1",
    "\tTAB=1",
    "../../../etc/passwd",
    "C:\\Windows\\system32\\evil.exe",
    "evil\u202egpj.exe",
    "\u2066hidden\u2069 \u200frtl",
    "one\r\nBcc: evil@evil.example\r\n\r\nbody",
    "\x1b[31mred\x00null\x07",
    "a\u2028b\u2029c",
    "þfield\x14þnext®line",
    "<!channel> <@U1> <http://evil.example|bank>",
    "--=_waybill_=_part_=_--",
    "]]></text><!DOCTYPE x>",
    "Jürg Müller, Zürich; 测试 👩‍👧",
]
CONTACT = "C-9{:02d}"


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of an archive in which every text that people can give is one of the hostile ones."""
    folder = tmp_path_factory.mktemp("hostile")
    asyncio.run(seed(folder / "archive", list(_drafts())))
    assert ran(folder / "archive", "export", "--out", str(folder / "out"), *BY) == 0
    return folder / "out"


def _drafts() -> Iterator[Any]:
    digest = sha256(PICTURE).hexdigest()
    for number, text in enumerate(HOSTILE):
        contact, id_ = CONTACT.format(number), f"h{number}"
        yield registry(contact, "contact.approve", ("username", text), name=text)
        body = {"type": "document", "name": text, "caption": text, "media_type": text}
        about: dict[str, Any] = {"refers_to": {"network_id": text, "as": "quoted"}}
        yield inbound(id_, "2026-11-05T10:00:00", contact=contact, body=body, **about)
        yield inbound(f"{id_}t", "2026-11-05T10:01:00", text, contact=contact)
        file = {"blob": f"media/202601/{digest[:2]}/{digest}", "sha256": digest, "size": len(PICTURE)}
        yield outcome(id_, "attached", attachments=[{**file, "name": text, "media_type": text}])
        yield outcome(id_, "failed", code=text)


def files(folder: Path, *suffixes: str) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in suffixes]


def mails(folder: Path) -> list[EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=default)  # pyright: ignore[reportArgumentType] — typeshed knows Message only
        for path in files(folder, ".eml", ".rsmf")
    ]


def test_no_name_in_an_export_is_a_path_a_device_or_hidden(hostile: Path):
    """Lost: the analyst's own files, when an export is unpacked."""
    names = [path.relative_to(hostile).as_posix() for path in hostile.rglob("*")]
    with zipfile.ZipFile(hostile / "slack/export.zip") as packed:
        names += packed.namelist()
    assert all(re.fullmatch(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*", name, re.ASCII) for name in names)


def test_no_text_for_people_hides_or_turns_anything(hostile: Path):
    """Lost: that what an analyst reads is what is there; a bidi mark makes `exe` read as `jpg`."""
    told = [
        path.read_text("utf-8-sig")
        for path in files(hostile, ".html", ".csv", ".jsonl", ".txt")
        if "evidence" not in path.parts
    ]
    told += [str(value) for one in mails(hostile) for value in one.values()]
    told += [str(one.get_body().get_content()) for one in mails(hostile)]  # pyright: ignore[reportOptionalMemberAccess]
    hidden = {"Cc", "Zl", "Zp"}
    for text in told:
        bad = {one for one in text if unicodedata.category(one) in hidden or one in "\u202e\u2066\u2069\u200f"}
        assert bad <= {"\n", "\r"}


def test_no_page_runs_or_fetches_anything(hostile: Path):
    """Lost: the analyst's browser, to whoever wrote a message."""
    allowed = {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "p", "table", "tr", "td", "th", "article",
        "header", "bdi", "time", "div", "del", "ul", "li", "a", "img",
    }  # fmt: skip
    pages = files(hostile / "html", ".html")
    assert len(pages) == 1 + 2 + len(HOSTILE)
    for page in pages:
        parser = _Tags()
        parser.feed(page.read_text())
        assert {tag for tag, _ in parser.found} <= allowed
        for _, attributes in parser.found:
            assert not [name for name in attributes if name.startswith("on")]
            for address in (attributes.get("href"), attributes.get("src")):
                assert address is None or re.fullmatch(r"(\.\./attachments/)?[\w.-]+", address)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_no_cell_is_a_formula(hostile: Path):
    """Lost: the analyst's machine, to `=cmd|…` in a message."""
    for table in files(hostile, ".csv"):
        for row in csv.reader(io.StringIO(table.read_text("utf-8-sig"), newline="")):
            assert not [cell for cell in row if re.match(r"[=+@\-\t\r＝＋－＠]", cell)]


def test_no_header_of_a_mail_is_anybodys_but_ours(hostile: Path):
    """Lost: a mail's receivers and its text, to a line break in a name."""
    for one in mails(hostile):
        assert one.defects == []
        assert {name for name in one if not name.startswith("X-")} <= {
            "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
        }  # fmt: skip
        assert "evil.example" not in str(one["To"]).partition("@")[2]


def test_nothing_ends_a_field_or_line_of_a_load_file(hostile: Path):
    """Lost: the columns of every document after it."""
    lines = (hostile / "dat/load.dat").read_bytes().decode("utf-8-sig").split("\r\n")[:-1]
    assert {len(line.split("\x14")) for line in lines} == {len(COLUMNS)}
    assert {line.count("þ") for line in lines} == {2 * len(COLUMNS)}
    assert len(lines) == 1 + 8 + 1 + 3 * len(HOSTILE)


def test_slack_finds_no_mention_or_link(hostile: Path):
    """Lost: that a message calls nobody and leads nowhere."""
    with zipfile.ZipFile(hostile / "slack/export.zip") as packed:
        days = [json.loads(packed.read(name)) for name in packed.namelist() if "/" in name]
    texts = [message["text"] for day in days for message in day]
    assert len(texts) == 8 + 2 * len(HOSTILE)
    assert not [text for text in texts if "<" in text or ">" in text]


def test_programs_get_every_text_as_it_was_said(hostile: Path):
    """Lost: the evidence itself; only what people read is shown with its hidden parts spelt out."""
    lines = (hostile / "jsonl/messages.jsonl").read_text().splitlines()
    told = {message["id"]: message["text"] for message in map(json.loads, lines)}
    assert [told[f"h{number}t"] for number in range(len(HOSTILE))] == HOSTILE


@pytest.mark.parametrize("name", NAMES)
def test_every_format_holds_every_message(export: Callable[..., Path], name: str):
    """Lost: a message, in the one format that somebody chose."""
    manifest = json.loads((export("--format", name) / "manifest.json").read_bytes())
    assert manifest["counts"]["written"] == {name: 8}


def events(folder: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for place in files(folder / "rsmf", ".rsmf"):
        packed = attached(place)
        found |= {one["id"]: one for one in json.loads(packed.read("rsmf_manifest.json"))["events"]}
    return found


def attached(place: Path) -> zipfile.ZipFile:
    """The one attachment of an RSMF file."""
    (part,) = email.message_from_bytes(place.read_bytes(), policy=default).iter_attachments()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue, reportUnknownVariableType]
    assert part.get_filename() == "rsmf.zip"  # pyright: ignore[reportUnknownMemberType]
    return zipfile.ZipFile(io.BytesIO(part.get_content()))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def test_rsmf_has_a_file_for_each_day_of_the_zone(export: Callable[..., Path]):
    """Lost: the unit in which chats are reviewed."""
    folder = export("--contact", "C-1001", "--zone", "Europe/Zurich")
    assert [path.name for path in files(folder, ".rsmf")] == ["2026-11-02.rsmf", "2026-11-04.rsmf"]
    first, second = (email.message_from_bytes(path.read_bytes()) for path in files(folder, ".rsmf"))  # not decoded
    assert first["X-RSMF-EventCollectionID"] == second["X-RSMF-EventCollectionID"]
    assert (first["X-RSMF-Version"], first["X-RSMF-EventCount"], first["X-RSMF-AttachmentCount"]) == ("2.0.0", "4", "1")


def test_rsmf_keeps_edits_deletions_reactions_receipts_and_refusals(export: Callable[..., Path]):
    """Lost: a message's life, in the format that reviewers use."""
    told = events(export())
    assert [(one["previous"], one["new"]) for one in told["m1"]["edits"]] == [("Good morning", "Good day")]
    assert [(one["action"], one["participant"]) for one in told["m3"]["read_receipts"]] == [
        ("delivered", "C-1001"),
        ("read", "C-1001"),
    ]
    assert told["m3"]["reactions"] == [{"value": "👍", "count": 1, "participants": ["C-1001"]}]
    assert (told["m4"]["type"], told["m1"]["type"]) == ("disclaimer", "message")
    assert (told["m5"]["deleted"], told["m1"]["deleted"]) == (True, False)
    assert (told["m1"]["direction"], told["m3"]["direction"]) == ("incoming", "outgoing")


def test_rsmf_refers_only_to_what_is_in_the_file(export: Callable[..., Path]):
    """Lost: the import; Relativity refuses a file with somebody or something that it does not list."""
    for place in files(export(), ".rsmf"):
        packed = attached(place)
        manifest = json.loads(packed.read("rsmf_manifest.json"))
        people, talks = ({one["id"] for one in manifest[name]} for name in ("participants", "conversations"))
        for one in manifest["events"]:
            who = [one["participant"], *(each["participant"] for each in one.get("edits", []))]
            assert {*who, *(each["participant"] for each in one.get("read_receipts", []))} <= people
            assert one["conversation"] in talks
            assert {each["id"] for each in one.get("attachments", [])} <= set(packed.namelist())
            assert all(each["value"] for each in one["custom"])


def test_an_events_proof_proves_its_record(export: Callable[..., Path], root: Path, tmp_path: Path):
    """Lost: the way from a reviewed message to what was signed."""
    told = events(export())["m1"]
    facts = {one["name"]: one["value"] for one in told["custom"]}
    proof, record = tmp_path / "m1.tlog-proof", tmp_path / "m1.json"
    proof.write_text(facts["proof"])
    lines = (tmp_path / "out/evidence/records.jsonl").read_bytes().splitlines(keepends=True)
    record.write_bytes(next(line for line in lines if json.loads(line)["index"] == int(facts["log_index"])))
    check = ("verify", "--proof", str(proof), "--record", str(record), "--key", str(key()))
    assert ran(root, *check) == 0
