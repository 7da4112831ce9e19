"""Knows who and what exists in the stand-in tenant: people, the team, its channels, the bot; not what is said there."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Literal

from ..wire import JsonObject

BOT_NAME = "Waybill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of Teams. `aad_object_id` is the stable identity; the `29:` id is only good for one bot."""

    name: str
    aad_object_id: str
    upn: str
    tenant_id: str
    locale: str = "en-GB"
    """Of their Teams."""

    def id_for(self, app_id: str) -> str:
        """The `29:` id this person has towards one bot."""
        digest = hashlib.sha256(f"{app_id}/{self.aad_object_id}".encode()).digest()
        return "29:1" + base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def account(self, app_id: str) -> JsonObject:
        """How an activity names the person in `from`."""
        return {"id": self.id_for(app_id), "name": self.name, "aadObjectId": self.aad_object_id}

    def member(self, app_id: str) -> JsonObject:
        """How the roster describes the person."""
        given, _, family = self.name.partition(" ")
        return {
            "id": self.id_for(app_id),
            "name": self.name,
            "aadObjectId": self.aad_object_id,
            "objectId": self.aad_object_id,
            "givenName": given,
            "surname": family,
            "email": self.upn,
            "userPrincipalName": self.upn,
            "tenantId": self.tenant_id,
            "userRole": "user",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The bot as Teams names it."""

    app_id: str
    name: str = BOT_NAME

    @property
    def id(self) -> str:
        """The `28:` id."""
        return f"28:{self.app_id}"

    def account(self) -> JsonObject:
        """How an activity names the bot."""
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A standard channel; `id` has the form `19:...@thread.tacv2`."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team. Activities name it by `id` (`19:...`), Graph only by `aad_group_id` (a GUID): mixing them up is a 404."""

    id: str
    name: str
    aad_group_id: str
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere a message can stand: a thread of a channel (`root` set), a channel itself, or a personal chat."""

    kind: Literal["channel", "personal"]
    base: str
    root: str | None = None

    @property
    def id(self) -> str:
        """The conversation id on the wire; threads carry the root's id in it."""
        return f"{self.base};messageid={self.root}" if self.root else self.base
