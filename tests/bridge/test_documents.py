"""What the bridge's documents say is what its code does."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import bridge
from bridge import absence, attesting, authority, confirming, joining, policy, reviewing, rights
from bridge.campaigns import orders as campaigns
from bridge.firm.rules import NOTHING
from bridge.policy import POLICY_VERSION, RULES, Draft, inbound, outbound, reaction, template
from bridge.window import Window, heard
from bridge.work import orders
from tests.builders import ADA, LINE, MARC, NOON, working_registry

FOLDER = Path(inspect.getfile(bridge)).parent
REFERENCE = re.compile(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`")


def table(heading: str) -> list[list[str]]:
    """The cells of the table below a heading of RULES.md, its head left out."""
    section = (FOLDER / "RULES.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def ids(heading: str) -> list[str]:
    return [row[0].strip("`") for row in table(heading)]


IN, OUT, ORDERS = "From a contact to staff", "From staff to a contact", "Orders"
TEMPLATE = "A template from staff to a contact"
LEAVING = "When a message leaves"
REACTION = "A reaction from staff to a contact"
ANSWER = "An answer of the service to a contact"
POLICY = (IN, OUT, TEMPLATE, REACTION, ANSWER, LEAVING)


def test_every_rule_of_the_policy_stands_in_the_document_as_it_is_in_the_code():
    """A compliance officer would sign off rules that the service does not follow."""
    rows = [row for heading in POLICY for row in table(heading)]
    written = {row[0].strip("`"): tuple(row[1:4]) for row in rows}
    assert written == {name: (rule.outcome, rule.text, rule.remedy) for name, rule in RULES.items()}
    assert len(written) == len(rows)


def test_the_rules_are_checked_in_the_order_of_the_document():
    """Two rules apply, and the document would name another one than the service."""
    registry = working_registry()
    came = inbound(registry, NOTHING, registry.contacts[ADA], LINE, ambiguous=False)
    draft = Draft(author=MARC, text="x")
    went = outbound(registry, NOTHING, draft, registry.contacts[ADA], window=heard(Window(), NOON), now=NOON)
    assert [name for name, _ in came.checks] + [came.rule] == ids(IN)
    assert [name for name, _ in went.checks] + [went.rule] == ids(OUT)
    sent = template(registry, NOTHING, MARC.staff, registry.contacts[ADA], offered=True, complete=True, now=NOON)
    assert [name for name, _ in sent.checks if name not in ids(OUT)] + [sent.rule] == ids(TEMPLATE)
    window = heard(Window(), NOON)
    reacted = reaction(registry, NOTHING, MARC.staff, registry.contacts[ADA], is_emoji=True, window=window, now=NOON)
    assert [name for name, _ in reacted.checks if name not in ids(OUT)] + [reacted.rule] == ids(REACTION)


def test_the_document_names_the_policy_version():
    """A record's policy version would lead to the rules of another one."""
    assert f"policy {POLICY_VERSION}\n" in (FOLDER / "RULES.md").read_text()


REFUSING = (rights, authority, orders, campaigns, reviewing, attesting, joining, absence, confirming)
"""Where orders are refused."""


def refusals() -> list[tuple[str, str, str]]:
    """Each `Refused(...)` in the code: rule, text with "…" for what is filled in, whether it names people."""
    sources = "\n".join(
        inspect.getsource(module).replace("from __future__ import annotations", "") for module in REFUSING
    )
    calls = [node for node in ast.walk(ast.parse(sources)) if isinstance(node, ast.Call)]
    found: list[tuple[str, str, str]] = []
    for call in calls:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if isinstance(call.func, ast.Name) and call.func.id == "Refused":
            found.append((_text(given["rule"]), _text(given["text"]), "yes" if "ask" in given else ""))
    return found


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Call):  # say("{name} is …", name=…)
        return re.sub(r"\{\w+[^}]*\}", "…", _text(node.args[0]))
    assert isinstance(node, ast.Constant)
    return str(node.value)


def test_every_refused_order_stands_in_the_document_as_it_is_in_the_code():
    """People would read a refusal that nobody can explain."""
    written = sorted((row[0].strip("`"), row[1], row[2]) for row in table(ORDERS))
    assert written == sorted(refusals())
    assert len(refusals()) > 10


@pytest.mark.parametrize("heading", [*POLICY, ORDERS])
def test_every_rule_that_stops_something_says_why_it_is_there(heading: str):
    """Nobody could tell whether a rule may be changed."""
    for row in table(heading):
        assert row[-1].endswith(".") != (row[1] == "relay"), row[0]


def references() -> list[str]:
    text = (FOLDER / "README.md").read_text() + (FOLDER / "RULES.md").read_text()
    return sorted(name for name in set(REFERENCE.findall(text)) if not name.endswith(".py"))


@pytest.mark.parametrize("name", references())
def test_everything_the_documents_name_exists(name: str):
    """A newcomer would look for a function that was renamed long ago."""
    parts = name.removeprefix("bridge.").split(".")
    module = ".".join(["bridge", *(part for part in parts[: _depth(parts)])])
    here: object = importlib.import_module(module)
    for part in parts[_depth(parts) :]:
        assert hasattr(here, part), f"{part} in {name}"
        here = getattr(here, part)


def _depth(parts: list[str]) -> int:
    """How many of the parts are packages and modules."""
    depth = 0
    while depth < len(parts) and (
        (FOLDER.joinpath(*parts[: depth + 1])).is_dir()
        or FOLDER.joinpath(*parts[: depth + 1]).with_suffix(".py").is_file()
    ):
        depth += 1
    return depth


def test_the_document_names_at_least_what_a_message_goes_through():
    """The check of the names would pass because it found none."""
    assert {"inbound.Inbound.receive", "dispatch.Dispatch.send", "store.Store.accept"} <= set(references())
    assert policy.__doc__
    assert "RULES.md" in policy.__doc__
