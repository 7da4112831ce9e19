"""The app as a Teams administrator uploads it: a zip with the manifest and two icons. Pure; a repeat gives the same.

Microsoft's schema of the manifest, version 1.25, is the first with shared channels and twelve commands a list.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.commands import BY_VERB, Command
from bridge.language import ENGLISH, languages, mark, say, speaking

from .icons import COLOUR, icon

Scope = Literal["team", "personal"]
Json = dict[str, object]

SCHEMA = "1.25"
PERMISSIONS = ("ChannelMessage.Read.Group",)
"""What the owner of a team grants by adding the app: to hear what is said in threads, and to find an own post again."""

MENUS: dict[Scope, tuple[str, ...]] = {
    "team": (
        "conversation.take",
        "conversation.assign",
        "conversation.handover",
        "conversation.release",
        "conversation.close",
        "conversation.reopen",
        "conversation.remind",
        "conversation.note",
        "conversation.quick",
        "template.list",
        "why",
        "help",
    ),
    "personal": (
        "contact.request",
        "contact.approve",
        "contact.list",
        "contact.show",
        "staff.list",
        "staff.attest",
        "staff.away",
        "review.list",
        "policy.show",
        "why",
        "status",
        "help",
    ),
}
"""What Teams offers while somebody types to the bot: twelve of the commands at most, by where they are said."""

NAME = "Waybill"
FULL_NAME = mark("Waybill: WhatsApp in Teams, recorded")
SHORT = mark("Write with your WhatsApp contacts in Teams; everything is recorded first.")
FULL = mark(
    "Each WhatsApp contact has a thread in your channel. Mention Waybill in it to write to them; everything else stays "
    "inside. Every message is checked against the register and the firm's policy, and recorded before it crosses."
)
TRANSLATED = tuple(each for each in languages() if each != ENGLISH)

_EPOCH = (2026, 1, 1, 0, 0, 0)


class Unpackable(ValueError):
    """Something about the firm that Teams does not take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """Who gives the app to their people, and the bot's application id. Addresses are https."""

    app: str
    name: str
    website: str
    privacy: str
    terms: str
    version: str = "1.0.0"


def packaged(firm: Firm) -> bytes:
    """The zip to upload. Raises `Unpackable`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in (
            ("manifest.json", _json(manifest(firm))),
            *((f"{language}.json", _json(translated(language))) for language in TRANSLATED),
            ("color.png", icon("color")),
            ("outline.png", icon("outline")),
        ):
            package.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return out.getvalue()


def manifest(firm: Firm) -> Json:
    """What Teams is told of the app. Raises `Unpackable` for what its schema would refuse."""
    for what, address in (("website", firm.website), ("privacy", firm.privacy), ("terms", firm.terms)):
        if not address.startswith("https://"):
            msg = f"{what} must be an https address, and is {address}"
            raise Unpackable(msg)
    if not 0 < len(firm.name) <= 32:
        msg = "the firm's name has 1 to 32 characters"
        raise Unpackable(msg)
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": firm.version,
        "id": firm.app,
        "developer": {
            "name": firm.name,
            "websiteUrl": firm.website,
            "privacyUrl": firm.privacy,
            "termsOfUseUrl": firm.terms,
        },
        "localizationInfo": {
            "defaultLanguageTag": ENGLISH,
            "additionalLanguages": [{"languageTag": each, "file": f"{each}.json"} for each in TRANSLATED],
        },
        "name": {"short": NAME, "full": FULL_NAME},
        "description": {"short": SHORT, "full": FULL},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": COLOUR.upper(),
        "defaultInstallScope": "team",
        "bots": [
            {
                "botId": firm.app,
                "scopes": ["team", "personal"],
                "supportsFiles": True,
                "isNotificationOnly": False,
                "commandLists": [_menu(scope, [BY_VERB[verb] for verb in verbs]) for scope, verbs in MENUS.items()],
            }
        ],
        "supportsChannelFeatures": "tier1",
        "validDomains": [],
        "webApplicationInfo": {"id": firm.app, "resource": f"api://{firm.app}"},
        "authorization": {
            "permissions": {"resourceSpecific": [{"name": name, "type": "Application"} for name in PERMISSIONS]}
        },
    }


def translated(language: str) -> Json:
    """What Teams shows of the app in another language, by its place in the manifest."""
    with speaking(language):
        commands = {
            f"bots[0].commandLists[{list_}].commands[{row}].description": say(BY_VERB[verb].help)
            for list_, verbs in enumerate(MENUS.values())
            for row, verb in enumerate(verbs)
        }
        return {
            "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.Localization.schema.json",
            "name.short": NAME,
            "name.full": say(FULL_NAME),
            "description.short": say(SHORT),
            "description.full": say(FULL),
            **commands,
        }


def _json(document: Json) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def _menu(scope: Scope, commands: Sequence[Command]) -> Json:
    shown: list[Json] = [{"title": command.title, "description": command.help} for command in commands]
    return {"scopes": [scope], "commands": shown}
