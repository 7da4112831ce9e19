"""The Bot Connector's REST operations that we use, in raw JSON. Knows paths and answers, not what is posted or why.

Source: Microsoft, "Bot Connector REST API reference" (2026-11), and for threads the `;messageid=` form of a channel's
conversation id; `replyToId` does not route in Teams.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from yarl import URL

from bridge.errors import OutcomeUnknown, PeerRefused
from bridge.model import ActivityId
from bridge.wire import Json

from .calls import Calls
from .hosts import ServiceHosts
from .pace import Pace

PEER = "Teams"

_NOT_FOUND = frozenset({"404", "NotFound", "MemberNotFoundInConversation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new conversation: the id as Teams gave it, and the id of its first activity."""

    conversation: str
    activity: ActivityId


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in a conversation's roster."""

    object_id: str
    name: str


class Connector:
    """One bot's calls, to whichever trusted service host a conversation lives on. Errors as in `Calls.call`.

    `calls` carries the bot's token: a service URL that is not on the list of hosts is refused before anything is sent,
    also when it comes from our own store. New posts keep to `pace`.
    """

    def __init__(self, *, calls: Calls, service_hosts: ServiceHosts, pace: Pace) -> None:
        self._calls = calls
        self._pace = pace
        self._hosts = service_hosts

    async def create(self, service_url: str, channel: str, parameters: Mapping[str, object]) -> Created:
        """Start a conversation in a channel. Not repeatable."""
        url = self._url(service_url, "conversations")
        await self._pace.turn(channel)
        answer = await self._calls.call("POST", url, parameters)
        conversation = answer.get("id").text_or_none()
        if conversation is None:
            raise OutcomeUnknown(PEER, "started a conversation without naming it")
        activity = answer.get("activityId").text_or_none() or conversation.partition(";messageid=")[2]
        if not activity:
            raise OutcomeUnknown(PEER, "started a conversation without naming its first message")
        return Created(conversation=conversation, activity=ActivityId(activity))

    async def send(self, service_url: str, conversation: str, activity: Mapping[str, object]) -> ActivityId:
        """Post into a conversation. Not repeatable: there is no idempotency key."""
        url = self._url(service_url, "conversations", conversation, "activities")
        await self._pace.turn(conversation)
        id_ = (await self._calls.call("POST", url, activity)).get("id").text_or_none()
        if id_ is None:
            raise OutcomeUnknown(PEER, "took a post without naming it")
        return ActivityId(id_)

    async def update(
        self, service_url: str, conversation: str, id_: ActivityId, activity: Mapping[str, object]
    ) -> None:
        """Replace one of the bot's own posts; a repeat is harmless."""
        url = self._url(service_url, "conversations", conversation, "activities", id_)
        await self._calls.call("PUT", url, activity)

    async def member(self, service_url: str, conversation: str, user: str) -> Member | None:
        """Who a `29:` id is, None when they are not in the conversation or have no directory identity."""
        url = self._url(service_url, "conversations", conversation, "members", user)
        try:
            found = await self._calls.call("GET", url)
        except PeerRefused as refused:
            if refused.code in _NOT_FOUND:
                return None
            raise
        object_id = found.get("aadObjectId").text_or_none() or found.get("objectId").text_or_none()
        return None if object_id is None else Member(object_id=object_id, name=found.get("name").text_or(""))

    async def team(self, service_url: str, team: str) -> Json:
        """A team's own description, with its `aadGroupId`."""
        return await self._calls.call("GET", self._url(service_url, "teams", team))

    def _url(self, service_url: str, *parts: str) -> URL:
        base = self._hosts.trusted(service_url)
        if base is None:
            raise PeerRefused(PEER, "this service address is not on the list of Teams' hosts", code="ServiceHost")
        path = "/".join(quote(part, safe="") for part in parts)
        return URL(f"{str(base).rstrip('/')}/v3/{path}", encoded=True)
