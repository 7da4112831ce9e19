"""Knows the activities Teams sends to a bot, field by field; not when it sends them."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from ..wire import JsonObject
from .people import Bot, Channel, Person, Place, Team
from .posts import HTML, Post

LOCALE = "en-GB"
TIME_ZONE = "Europe/Berlin"
_MENTION_SPAN = '<span itemscope="" itemtype="http://schema.skype.com/Mention" itemid="{at}">{name}</span>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text in the three forms Teams sends at once: with `<at>` tags, as HTML, and its mentions as entities."""

    text: str
    html: str
    mentions: list[JsonObject]


def words(text: str, *, bot: Bot, people: Sequence[Person], mention: bool) -> Words:
    """Turn typed text into its three forms: each `@Name` of a person or the bot becomes a mention.

    With `mention` the bot is mentioned first, unless the text does so itself.
    """
    ids = {person.name: person.id_for(bot.app_id) for person in people} | {bot.name: bot.id}
    if mention and not text.startswith(f"@{bot.name}"):
        text = f"@{bot.name} {text}"
    names = "|".join(re.escape(name) for name in sorted(ids, key=len, reverse=True))
    pieces = re.split(f"@({names})", text)
    plain, rich, entities = [pieces[0]], [_escape(pieces[0])], list[JsonObject]()
    for name, rest in zip(pieces[1::2], pieces[2::2], strict=True):
        tag = f"<at>{name}</at>"
        plain += [tag, rest]
        rich += [_MENTION_SPAN.format(at=len(entities), name=html.escape(name)), _escape(rest)]
        entities.append({"type": "mention", "mentioned": {"id": ids[name], "name": name}, "text": tag})
    return Words(text="".join(plain), html=f"<div><div>{''.join(rich)}</div></div>", mentions=entities)


def _escape(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scribe:
    """Writes the activities of one bot in one team; `service_url` is where the bot is to send its answers."""

    bot: Bot
    team: Team
    tenant_id: str
    service_url: str

    def message(self, person: Person, place: Place, post_id: str, now: datetime, said: Words) -> JsonObject:
        """A message of a person; `entities` ends with the client's own description of itself."""
        client = {"type": "clientInfo", "locale": LOCALE, "country": "GB", "platform": "Web", "timezone": TIME_ZONE}
        return self._envelope("message", person, place, now) | {
            "id": post_id,
            "text": said.text,
            "textFormat": "plain",
            "attachments": [{"contentType": HTML, "content": said.html}],
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

    def reaction(self, person: Person, place: Place, post: Post, now: datetime, kind: str) -> JsonObject:
        """A person reacted to a message (`like`, `heart`, ...)."""
        activity = self._envelope("messageReaction", person, place, now)
        return activity | {"id": f"r{post.id}", "replyToId": post.id, "reactionsAdded": [{"type": kind}]}

    def execute(
        self, person: Person, place: Place, post: Post, now: datetime, *, verb: str, data: JsonObject
    ) -> JsonObject:
        """A person pressed an Action.Execute button of a card."""
        action = {"type": "Action.Execute", "verb": verb, "data": data}
        return self._envelope("invoke", person, place, now) | {
            "id": f"f:{post.id}-{int(now.timestamp() * 1000)}",
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
            "locale": LOCALE,
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
