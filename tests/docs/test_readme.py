"""What README.md and its two tables beside say is what the code does, and everything named there exists."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive.note import Signer
from bot.__main__ import app
from bot.commands import commands_table
from bot.settings import Settings, SettingsError
from tests.docs.readme import COMMANDS, README, ROOT, SETTINGS, code, rows

REQUIRED, OPTIONAL = "required", "optional"


class Watched(Mapping[str, str]):
    """An environment that remembers which variables it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: str | None = None) -> str | None:  # pyright: ignore[reportIncompatibleMethodOverride] - narrower, as the readers use it
        self.asked.add(key)
        return self._values.get(key, default)

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("settings are asked for by name")

    def __len__(self) -> int:
        return len(self._values)


@pytest.fixture
def needed(tmp_path: Path) -> dict[str, str]:
    """A valid value for every variable that the table calls required, and nothing else."""
    key = tmp_path / "key.pem"
    key.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    guid = "3f1b8a52-6c0d-4e0e-9d3c-0a7c7f4f2b11"
    return {
        "WAYBILL_ARCHIVE_SIGNING_KEY": str(key),
        "WHATSAPP_PHONE_NUMBER_ID": "1",
        "WHATSAPP_ACCESS_TOKEN": "a",
        "WHATSAPP_APP_SECRET": "b",
        "WHATSAPP_VERIFY_TOKEN": "c",
        "MicrosoftAppId": guid,
        "MicrosoftAppType": "SingleTenant",
        "MicrosoftAppTenantId": guid,
        "MicrosoftAppPassword": "d",
        "TEAMS_ADMIN_CHANNEL": "19:e@thread.tacv2",
        "TEAMS_OWNERS": guid,
    }


def defaults() -> dict[str, str]:
    """Variable and what the table says of its default."""
    return {code(name)[0]: default for name, _, default in rows("variable", SETTINGS)}


def facts(value: object) -> object:
    """Everything in a settings object, to compare by; the key, which has no equality, by its public half."""
    if isinstance(value, Signer):
        return str(value.key("x"))
    if is_dataclass(value):
        return {field.name: facts(getattr(value, field.name)) for field in fields(value)}
    return value


def test_the_settings_table_lists_exactly_the_variables_that_are_read(needed: dict[str, str]):
    """A setting nobody knows of is not set, and one that nobody reads is trusted in vain."""
    environment = Watched(needed)
    Settings.from_env(environment)
    assert set(defaults()) == environment.asked


def test_every_default_in_the_settings_table_is_what_is_taken_without_it(needed: dict[str, str]):
    """Somebody relies on the default that is written there."""
    without = facts(Settings.from_env(needed))
    for name, said in defaults().items():
        if said.startswith("`"):
            assert facts(Settings.from_env(needed | {name: code(said)[0]})) == without, name
        else:
            assert said in {REQUIRED, OPTIONAL} or said.startswith("derived: "), name


def test_exactly_the_variables_called_required_are_missed(needed: dict[str, str]):
    """The first start would be refused for something that the page calls optional, or run without something vital."""
    assert {name for name, said in defaults().items() if said == REQUIRED} == set(needed)
    for name in needed:
        rest = {other: value for other, value in needed.items() if other != name}
        with pytest.raises(SettingsError, match=name):
            Settings.from_env(rest)


def test_the_commands_table_is_the_one_of_the_code():
    """What people type in Teams is looked up here."""
    assert f"\n{commands_table()}" in COMMANDS.read_text()


def test_every_subcommand_is_listed_with_its_help():
    """The command line is looked up here too."""
    listed = {code(name)[0].removeprefix("waybill "): help_ for name, help_ in rows("command")}
    functions = [command.callback for command in app.registered_commands if command.callback is not None]
    found = {function.__name__: " ".join((function.__doc__ or "").split()) for function in functions}
    assert {name: help_ for name, help_ in listed.items() if " " not in name} == found
    for name in found:
        assert f" {name} " in help_of("-m", "bot")


def help_of(*arguments: str) -> str:
    """What a program of ours says about itself, unwrapped."""
    done = subprocess.run(
        [sys.executable, *arguments, "--help"],
        cwd=ROOT, env=os.environ | {"COLUMNS": "200"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_every_subcommand_of_the_archive_is_listed_with_its_help():
    """An auditor who has only this page finds out what can be asked."""
    listed = {code(name)[0].split()[-1]: help_ for name, help_ in rows("command") if " archive " in name}
    told = help_of("-m", "archive").partition("  command\n")[2].partition("\n\n")[0]
    assert listed == dict(re.findall(r"^    (\S+) +(.+)$", told, re.MULTILINE))


@pytest.mark.parametrize("program", [("-m", "bot"), ("-m", "archive"), ("-m", "bot", "sandbox")])
def test_every_option_in_a_line_of_the_readme_exists(program: tuple[str, ...]):
    """A command copied from this page must not end in a usage error."""
    known = " ".join(help_of(*program, *more) for more in subcommands(program))
    name = "waybill sandbox" if "sandbox" in program else "python -m archive" if "archive" in program else "waybill"
    lines = re.findall(rf"(?:`|^|run ){re.escape(name)}[^`\n#]*", README.read_text(), re.MULTILINE)
    assert lines
    for option in re.findall(r"--[a-z-]+", " ".join(lines)):
        assert option in known, option


def subcommands(program: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [("verify",), ("show",), ("stats",)] if program[-1] == "archive" else [()]


def test_every_law_names_tests_and_every_named_test_exists():
    """A guarantee without a test is a wish, and a test that was renamed shows nothing."""
    table = rows("law")
    assert [int(row[0]) for row in table] == list(range(1, 11))
    for number, _, _, shown_by in table:
        named = code(shown_by)
        assert named, number
        for path, _, name in (test.partition("::") for test in named):
            assert name in named_in(ROOT / path), f"{path}::{name}"


def named_in(path: Path) -> set[str]:
    """The names of the tests in a file."""
    tree = ast.parse(path.read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_map_of_folders_is_complete_and_true():
    """Somebody new finds their way by it."""
    table = rows("folder")
    for name in [name for row in table for cell in row for name in code(cell) if name.endswith("/")]:
        assert (ROOT / name).is_dir(), name
    first = {code(row[0])[0].rstrip("/") for row in table}
    tracked = {path.name for path in ROOT.iterdir() if path.is_dir() and is_ours(path)}
    assert first == tracked


def is_ours(folder: Path) -> bool:
    """Whether git knows a file in it."""
    done = subprocess.run(["git", "ls-files", "--", folder.name], cwd=ROOT, capture_output=True, text=True, check=True)
    return bool(done.stdout)


def test_every_link_leads_to_a_file():
    """A broken link on the front page is the first thing an evaluator sees."""
    for page in (README, COMMANDS, SETTINGS):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), target


def test_the_pictures_are_small_enough_for_a_front_page():
    """They load before anybody has decided to stay."""
    for name in ("screenshot.png", "screenshot-media.png"):
        assert (ROOT / "infra/sandbox" / name).stat().st_size < 400_000


def test_the_two_commands_come_first_and_the_page_stays_short():
    """Whoever has to scroll for the first command has gone."""
    lines = README.read_text().splitlines()
    assert len(lines) <= 130
    first = next(at for at, line in enumerate(lines) if line == "```sh")
    assert first < 20
    block = "\n".join(lines[first : lines.index("```", first)])
    assert "\nuv run waybill sandbox" in block
    assert "\nuv run pytest" in block
