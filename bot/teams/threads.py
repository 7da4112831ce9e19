"""`bridge.ports.Threads` for Teams: threads of a channel as the bridge thinks of them. Knows no HTTP and no cards."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from bridge.errors import PeerRefused
from bridge.model import ActivityId, Place, StaffMessage
from bridge.ports import Enclosure, Upload
from bridge.shown import Shown
from bridge.wire import Json

from .connector import PEER, Connector
from .drive import Drive
from .enclosures import Enclosures
from .graph import Graph
from .rendered import Render, carries_marker

GROUPS_REMEMBERED = 10_000


class TeamsThreads:
    """Posts, updates and finds what `render` makes of a `Shown`. Errors are those of the port."""

    def __init__(
        self,
        *,
        connector: Connector,
        graph: Graph,
        drive: Drive,
        enclosures: Enclosures,
        render: Render,
        app_id: str,
    ) -> None:
        self._connector = connector
        self._graph = graph
        self._drive = drive
        self._enclosures = enclosures
        self._render = render
        self._app_id = app_id
        self._groups: dict[str, str] = {}

    async def open(self, channel: Place, shown: Shown) -> Place:
        """Start a thread. Not repeatable."""
        created = await self._connector.create(
            channel.service_url,
            channel.conversation,
            {
                "isGroup": True,
                "bot": {"id": f"28:{self._app_id}"},
                "tenantId": channel.tenant,
                "channelData": {"channel": {"id": channel.conversation}, "tenant": {"id": channel.tenant}},
                "activity": self._activity(shown),
            },
        )
        _, _, root = created.conversation.partition(";messageid=")
        return replace(channel, root=ActivityId(root) if root else created.activity)

    async def post(self, place: Place, shown: Shown) -> ActivityId:
        """Post into a thread, a channel or a chat. Not repeatable."""
        return await self._connector.send(place.service_url, conversation_of(place), self._activity(shown))

    async def update(self, place: Place, activity: ActivityId, shown: Shown) -> None:
        """Replace one of our posts; a repeat is harmless."""
        await self._connector.update(place.service_url, conversation_of(place), activity, self._activity(shown))

    async def find(self, place: Place, marker: str) -> ActivityId | None:
        """The newest of our own posts that carries `marker`, among the newest thousand messages of the place.

        The root of a thread is found in the channel (`place.root` None), replies in their thread. Graph may show a post
        some seconds after it was made. Raises `PeerRefused` where reading back is not granted, and for chats always.
        """
        if not marker:
            return None
        group = await self._group(place)
        async for message in self._graph.messages(group, place.conversation, place.root):
            if self._is_ours(message) and carries_marker(message, marker):
                return ActivityId(message.get("id").text_or(""))
        return None

    async def upload(self, place: Place, file: Upload) -> str:
        """Put a file into the folder of this place's channel; the address people open it at. A repeat is harmless."""
        return await self._drive.upload(await self._group(place), place.conversation, file)

    async def enclosures(self, message: StaffMessage) -> tuple[Enclosure, ...]:
        """The files and pictures in a message of a channel. In a chat there is nobody to send them to."""
        if message.place.kind != "channel":
            return ()
        return await self._enclosures.of(await self._group(message.place), message)

    def read(self, enclosure: Enclosure) -> AsyncGenerator[bytes]:
        """The bytes of one, in pieces."""
        return self._enclosures.read(enclosure)

    async def person_name(self, place: Place, user: str) -> tuple[str, str] | None:
        """(Entra object id, display name) of a `29:` id in this place's roster, None when it is not in there."""
        member = await self._connector.member(place.service_url, place.conversation, user)
        return None if member is None else (member.object_id, member.name)

    def _activity(self, shown: Shown) -> dict[str, Any]:
        return {"type": "message", **self._render(shown)}

    def _is_ours(self, message: Json) -> bool:
        return (
            message.get("from", "application", "id").text_or_none() == self._app_id
            and not message.get("deletedDateTime").text_or_none()
        )

    async def _group(self, place: Place) -> str:
        """The team's Entra group, which Graph wants; Bot Connector ids (`19:…`) mean nothing to it."""
        if place.group is not None:
            return place.group
        if place.kind != "channel" or place.team is None:
            raise PeerRefused(PEER, "only a team's channels can be read back", code="NotAChannel")
        if place.team not in self._groups:
            self._remember(place.team, await self._connector.team(place.service_url, place.team))
        return self._groups[place.team]

    def _remember(self, team: str, description: Json) -> None:
        group = description.get("aadGroupId").text_or_none()
        if group is None:
            raise PeerRefused(PEER, "does not tell this team's group", code="NoGroup")
        if len(self._groups) >= GROUPS_REMEMBERED:
            self._groups.clear()
        self._groups[team] = group


def conversation_of(place: Place) -> str:
    """The Bot Connector's conversation id of a place."""
    return place.conversation if place.root is None else f"{place.conversation};messageid={place.root}"
