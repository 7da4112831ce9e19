"""The files and pictures in a person's message: where they are, and their bytes. Knows what Teams tells of them, and
which token goes where; not what becomes of them.

In a channel the bot is told of a file by a tag only (msteams-docs#1470): MS Graph names it, and hands it out by its
shared address. A pasted picture is at the Bot Connector, which refuses requests now and then for no reason
(botbuilder-js#4887), and among the message's hosted contents in Graph. Sources: Microsoft Graph v1.0, "Get
chatMessage", "Get shared driveItem", "Get chatMessageHostedContent" (2026-11). Messages need ChannelMessage.Read.Group,
files Files.Read.All or more with an administrator's consent.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing

from yarl import URL

from bridge.errors import PeerGone, PeerRefused, PeerUnavailable
from bridge.model import StaffMessage
from bridge.ports import Enclosure
from bridge.wire import Json

from .downloads import Downloads
from .graph import Graph
from .hosts import ServiceHosts

PEER = "Teams"
VIEWS = 3
"""How often a picture is asked for at the Bot Connector before Graph is asked."""

PAUSE = 0.5
REFERENCE = "reference"
MOST = 50
"""Enclosures that are looked at: Teams takes ten files in a message."""

_HOSTED = re.compile(r'src="[^"]*/hostedContents/([A-Za-z0-9_=-]{1,1000})/\$value"')


class Enclosures:
    """`service` and `graph_files` download with the token of the Bot Connector and of Graph."""

    def __init__(
        self,
        *,
        graph: Graph,
        service: Downloads,
        graph_files: Downloads,
        service_hosts: ServiceHosts,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._graph = graph
        self._service, self._graph_files = service, graph_files
        self._hosts = service_hosts
        self._sleep = sleep

    async def of(self, group: str, message: StaffMessage) -> tuple[Enclosure, ...]:
        """What a message of a channel has beside its words, files before pictures.

        Raises `PeerRefused` where reading back is not granted, unless everything is known without it.
        """
        try:
            told = await self._graph.message(group, message.place, message.activity)
        except PeerGone as error:  # shown some seconds late
            raise PeerUnavailable(PEER, "does not show a message yet") from error
        except PeerRefused:
            if len(message.pictures) < message.attachments:
                raise
            return tuple(Enclosure(name=None, addresses=(view,)) for view in message.pictures)
        here = self._graph.address(group, message.place, message.activity)
        hosted = [
            f"{here}/hostedContents/{id_}/$value" for id_ in _HOSTED.findall(told.get("body", "content").text_or(""))
        ]
        return (*self._files(told), *_pictures(message.pictures, hosted))[:MOST]

    def _files(self, told: Json) -> Iterator[Enclosure]:
        for item in told.get("attachments").elements():
            address = item.get("contentUrl").text_or_none()
            if item.get("contentType").text_or("") == REFERENCE and address is not None:
                yield Enclosure(name=item.get("name").text_or("file"), addresses=(self._graph.shared(address),))

    async def read(self, enclosure: Enclosure) -> AsyncGenerator[bytes]:
        """The bytes, from the first of its addresses that hands them out; errors as in `Downloads.read`."""
        refused: PeerRefused | None = None
        for downloads, url in self._tries(enclosure):
            if refused is not None:
                await self._sleep(PAUSE)
            try:
                async with aclosing(downloads.read(url)) as pieces:
                    async for piece in pieces:
                        yield piece
            except PeerRefused as error:  # before the first piece
                refused = error
            else:
                return
        raise refused or PeerRefused(PEER, "the address of a file is on no host of Teams", code="ServiceHost")

    def _tries(self, enclosure: Enclosure) -> Iterator[tuple[Downloads, URL]]:
        """Whom to ask, in order: each host gets its own token and no other."""
        for address in enclosure.addresses:
            if self._graph.is_own(address):
                yield self._graph_files, URL(address, encoded=True)
            elif (url := self._hosts.trusted(address)) is not None:
                for _ in range(VIEWS):
                    yield self._service, url


def _pictures(views: Sequence[str], hosted: Sequence[str]) -> Iterator[Enclosure]:
    """The pictures of a message by both their addresses, where each is known by as many; else as Graph knows them."""
    if len(views) == len(hosted):
        yield from (Enclosure(name=None, addresses=both) for both in zip(views, hosted, strict=True))
    else:
        yield from (Enclosure(name=None, addresses=(each,)) for each in hosted or views)
