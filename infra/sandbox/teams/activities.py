"""Knows the activities Teams sends to a bot, field by field; not when it sends them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from ..wire import JsonObject
from .people import Bot, Channel, Person, Place, Team
from .posts import HTML, Post
from .writing import Words

TIME_ZONE = "Europe/Berlin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scribe:
    """Writes the activities of one bot in one team; `service_url` is where the bot is to send its answers."""

    bot: Bot
    team: Team
    tenant_id: str
    service_url: str

    def message(self, person: Person, place: Place, post_id: str, now: datetime, said: Words) -> JsonObject:
        """A message of a person; `entities` ends with the client's own description of itself."""
        client = {
            "type": "clientInfo",
            "locale": person.locale,
            "country": "GB",
            "platform": "Web",
            "timezone": TIME_ZONE,
        }
        return self._envelope("message", person, place, now) | {
            "id": post_id,
            "text": said.text,
            "textFormat": "plain",
            "attachments": [*said.quoted, {"contentType": HTML, "content": said.html}],
            "entities": [*said.mentions, client],
        }

    def update(self, person: Person, place: Place, post: Post, now: datetime, said: Words) -> JsonObject:
        """A person edited a message: same id, new text."""
        activity: JsonObject = self.message(person, place, post.id, now, said) | {"type": "messageUpdate"}
        activity["channelData"]["eventType"] = "editMessage"
        return activity

    def deletion(self, person: Person, place: Place, post: Post, now: datetime) -> JsonObject:
        """A person deleted a message: the id is all that is left."""
        activity: JsonObject = self._envelope("messageDelete", person, place, now) | {"id": post.id}
        activity["channelData"]["eventType"] = "softDeleteMessage"
        return activity

    def reaction(
        self, person: Person, place: Place, post: Post, now: datetime, kind: str, *, is_taken_back: bool = False
    ) -> JsonObject:
        """A person reacted to a message (`like`, `heart`, ...), or took that back."""
        activity = self._envelope("messageReaction", person, place, now)
        change = "reactionsRemoved" if is_taken_back else "reactionsAdded"
        number = int(now.timestamp() * 1_000_000)
        return activity | {"id": f"r{post.id}-{number}-{change}", "replyToId": post.id, change: [{"type": kind}]}

    def execute(
        self, person: Person, place: Place, post: Post, now: datetime, *, verb: str, data: JsonObject
    ) -> JsonObject:
        """A person pressed an Action.Execute button of a card."""
        action = {"type": "Action.Execute", "verb": verb, "data": data}
        return self._envelope("invoke", person, place, now) | {
            "id": f"f:{post.id}-{person.aad_object_id}-{int(now.timestamp() * 1000)}",
            "name": "adaptiveCard/action",
            "replyToId": post.id,
            "value": {"action": action, "trigger": "manual"},
        }

    def installation(
        self, person: Person, channel: Channel, now: datetime, action: Literal["add", "remove"]
    ) -> JsonObject:
        """A person installed or removed the bot; the conversation is the channel the installer chose."""
        activity = self._envelope("installationUpdate", person, Place(kind="channel", base=channel.id), now)
        activity |= {"id": f"f:{int(now.timestamp() * 1000)}", "action": action}
        activity["channelData"] |= {"team": self._whole_team(), "settings": {"selectedChannel": {"id": channel.id}}}
        return activity

    def bot_joined(self, person: Person, now: datetime) -> JsonObject:
        """The bot became a member of the team; here, and with installationUpdate only, the team's GUID is told."""
        activity = self._envelope("conversationUpdate", person, Place(kind="channel", base=self.team.id), now)
        activity |= {"id": f"f:{int(now.timestamp() * 1000) + 1}", "membersAdded": [self.bot.account()]}
        activity["channelData"] |= {"team": self._whole_team(), "eventType": "teamMemberAdded"}
        return activity

    def happened(self, person: Person, channel: Channel | None, now: datetime, event: str) -> JsonObject:
        """A channel or (None) the team was changed: `channelDeleted`, `teamArchived` and so on, told in General."""
        activity = self._envelope("conversationUpdate", person, Place(kind="channel", base=self.team.id), now)
        activity |= {"id": f"f:{int(now.timestamp() * 1000)}-{event}"}
        about = {"id": self.team.id} if channel is None else {"id": channel.id, "name": channel.name}
        activity["channelData"] |= {"team": self._whole_team(), "channel": about, "eventType": event}
        return activity

    def _whole_team(self) -> JsonObject:
        return {"id": self.team.id, "name": self.team.name, "aadGroupId": self.team.aad_group_id}

    def _envelope(self, kind: str, person: Person, place: Place, now: datetime) -> JsonObject:
        local = now.astimezone(ZoneInfo(TIME_ZONE))
        conversation = {"id": place.id, "conversationType": place.kind, "tenantId": self.tenant_id}
        return {
            "type": kind,
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "localTimestamp": local.isoformat(timespec="milliseconds"),
            "localTimezone": TIME_ZONE,
            "locale": person.locale,
            "from": person.account(self.bot.app_id),
            "recipient": self.bot.account(),
            "conversation": conversation | ({"isGroup": True} if place.kind == "channel" else {}),
            "channelData": self._channel_data(person, place),
        }

    def _channel_data(self, person: Person, place: Place) -> JsonObject:
        tenant = {"tenant": {"id": person.tenant_id}}
        if place.kind == "personal":
            return tenant
        return tenant | {
            "teamsTeamId": self.team.id,
            "teamsChannelId": place.base,
            "team": {"id": self.team.id},
            "channel": {"id": place.base},
        }
