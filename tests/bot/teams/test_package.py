"""What a Teams administrator uploads: valid by Microsoft's own schemas, and no more than the app needs."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image

from bot.commands import BY_VERB
from bot.teams.icons import SIDE, icon
from bot.teams.package import MENUS, SCHEMA, Firm, Unpackable, manifest, packaged
from tests.needs import lacking, needs

APP = "8e0c5d4a-52e4-4d36-9a4b-6f2a1c9d7e30"
FIRM = Firm(
    app=APP,
    name="Keller Bank",
    website="https://keller.example",
    privacy="https://keller.example/privacy",
    terms="https://keller.example/terms",
)
REMEDY = "npm install --global @microsoft/app-manifest@1.1.2"


def schema(version: str, name: str = "MicrosoftTeams") -> Mapping[str, Any]:
    """Microsoft's schema, from its own npm package."""
    root = subprocess.run([needs("npm", "Node"), "root", "--global"], capture_output=True, text=True, check=True)
    schemas = Path(root.stdout.strip()) / "@microsoft/app-manifest/build/json-schemas/teams"
    if not schemas.is_dir():
        lacking(f"Microsoft's schemas are not installed ({REMEDY})")
    return json.loads((schemas / f"v{version}" / f"{name}.schema.json").read_text())


def wrong(document: Mapping[str, Any], version: str = SCHEMA) -> list[str]:
    """What the schema finds, by place."""
    validator: Any = jsonschema.Draft4Validator(schema(version))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


@pytest.mark.parametrize("version", [SCHEMA, "1.29", "1.30"])
def test_the_manifest_is_what_microsofts_schema_allows(version: str):
    """The upload would be refused, on the day that everybody waits for."""
    said = json.dumps(manifest(FIRM)).replace(f'"{SCHEMA}"', f'"{version}"').replace(f"v{SCHEMA}", f"v{version}")
    spelt = json.loads(said)
    assert wrong(spelt, version) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("id", "waybill"),
        ("accentColor", "green"),
        ("defaultInstallScope", "everywhere"),
        ("supportsChannelFeatures", "tier9"),
        ("unheard", True),
    ],
)
def test_the_schema_would_find_what_is_wrong(place: str, value: object):
    """A check that finds nothing would say that everything is right."""
    assert wrong({**manifest(FIRM), place: value})


def test_the_menus_offer_commands_that_are_said_there():
    """Somebody would choose from a menu and be told that it does not work here."""
    for scope, verbs in MENUS.items():
        assert len(verbs) <= 12
        for verb in verbs:
            assert scope == "team" or not BY_VERB[verb].usage.startswith("/") or verb == "staff.away"
    (bot,) = json.loads(json.dumps(manifest(FIRM)))["bots"]
    titles = {menu["scopes"][0]: [each["title"] for each in menu["commands"]] for menu in bot["commandLists"]}
    assert titles["team"][0] == "/take"
    assert "contact request" in titles["personal"]


def test_the_app_asks_for_nothing_but_what_is_said_in_its_channels():
    """An owner would grant more than anybody needs, and compliance would have to explain it."""
    document = json.loads(json.dumps(manifest(FIRM)))
    asked = document["authorization"]["permissions"]["resourceSpecific"]
    assert asked == [{"name": "ChannelMessage.Read.Group", "type": "Application"}]
    assert (document["validDomains"], "permissions" in document) == ([], False)
    assert document["webApplicationInfo"]["id"] == document["bots"][0]["botId"] == APP


def test_the_zip_holds_the_manifest_its_languages_and_two_icons_and_is_the_same_each_time():
    """Teams refuses a folder inside, an empty icon, and one of another size."""
    data = packaged(FIRM)
    assert data == packaged(FIRM)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.namelist() == ["manifest.json", "de.json", "color.png", "outline.png"]
        for kind, side in SIDE.items():
            picture = Image.open(io.BytesIO(package.read(f"{kind}.png")))
            assert (picture.format, picture.size) == ("PNG", (side, side))


def pixels(picture: Image.Image) -> list[bytes]:
    """Red, green, blue and opacity of each, row by row."""
    data = picture.tobytes()
    return [data[start : start + 4] for start in range(0, len(data), 4)]


def test_the_icons_are_what_teams_asks_for():
    """A grey square would stand beside every message."""
    colour, outline = (Image.open(io.BytesIO(icon(kind))).convert("RGBA") for kind in SIDE)
    assert pixels(colour)[0] == pixels(colour)[-1] == bytes.fromhex("1b6b44ff")
    drawn = [pixel for pixel in pixels(outline) if pixel[3]]
    assert drawn
    assert len(drawn) < 32 * 32 / 2
    assert {pixel for pixel in drawn if pixel[3] == 255} == {b"\xff\xff\xff\xff"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"website": "http://keller.example"}, "website must be an https address"),
        ({"privacy": "keller.example"}, "privacy must be"),
        ({"name": "K" * 33}, "1 to 32 characters"),
        ({"name": ""}, "1 to 32 characters"),
    ],
)
def test_what_teams_would_refuse_is_refused_here_in_words(change: dict[str, str], words: str):
    """An administrator would read a schema's error."""
    facts = {name: getattr(FIRM, name) for name in FIRM.__slots__}
    with pytest.raises(Unpackable, match=words):
        manifest(Firm(**{**facts, **change}))


def test_the_command_writes_the_zip_or_says_why_not(tmp_path: Path):
    """Half a package would be uploaded."""
    out = tmp_path / "app.zip"

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", "teams", "package", str(out), "--name", "Keller", *options]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    refused = run("--website", "https://k.example", "--app-id", "no-guid")
    assert (refused.returncode, out.exists()) == (2, False)
    assert "is to be a GUID" in refused.stderr
    refused = run("--website", "http://k.example", "--app-id", APP)
    assert (refused.returncode, out.exists()) == (2, False)
    assert run("--website", "https://k.example", "--app-id", APP.upper()).returncode == 0
    with zipfile.ZipFile(out) as package:
        assert json.loads(package.read("manifest.json"))["developer"]["privacyUrl"] == "https://k.example"


def test_the_app_speaks_the_language_of_each_persons_teams():
    """A menu in English, for people who read German everywhere else."""
    with zipfile.ZipFile(io.BytesIO(packaged(FIRM))) as package:
        told = json.loads(package.read("manifest.json"))
        for each in told["localizationInfo"]["additionalLanguages"]:
            words = json.loads(package.read(each["file"]))
            validator: Any = jsonschema.Draft4Validator(schema(SCHEMA, "MicrosoftTeams.Localization"))
            assert [error.message for error in validator.iter_errors(words)] == []
            for list_, menu in enumerate(told["bots"][0]["commandLists"]):
                for row, command in enumerate(menu["commands"]):
                    place = f"bots[0].commandLists[{list_}].commands[{row}].description"
                    assert words[place] not in {"", command["description"]}, command["title"]
            for place, length in {"name.full": 100, "description.short": 80, "description.full": 4000}.items():
                assert len(words[place]) <= length, place
