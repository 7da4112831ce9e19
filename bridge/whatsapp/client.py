"""Graph calls: pooled, with deadlines, errors translated once. Knows nothing of rules or queues."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, assert_never

import aiohttp

from ..errors import OutcomeUnknown, PeerGone, PeerRefused, PeerUnavailable
from ..language import say
from ..model import Alias, LineId, MessageId, Wamid
from ..ports import Found
from ..sendable import MediaOut, ReactionOut, Sendable, TemplateOut, TextOut
from ..templates import Template
from ..wire import Json, WrongShape
from . import media
from .answers import PEER, checked
from .code_table import UNREACHABLE
from .signature import app_secret_proof
from .templates import FIELDS, template_body, template_of

ANSWER_WITHIN = timedelta(seconds=15)
CONNECT_WITHIN = timedelta(seconds=5)
MAX_ANSWER = 1024 * 1024
"""Bytes of an answer that are read: a page of a hundred templates takes some 200 KB."""

MOST_PAGES = 100
"""Pages of templates that are read: Meta allows 6,000 templates at most."""

MEDIA_GONE = frozenset({"33", "100", "HTTP 404"})
"""What a look-up is answered when the id is dead (100, subcode 33), or never was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """How to reach the Cloud API. `app_secret` is the newest of those configured."""

    url: str
    version: str
    access_token: str = field(repr=False)
    app_secret: str = field(repr=False)
    media_hosts: tuple[str, ...] = ()


class WhatsAppClient:
    """Implements `bridge.ports.Phone`. The session is the caller's; one is enough for the whole service."""

    def __init__(self, session: aiohttp.ClientSession, graph: Graph) -> None:
        self._session = session
        self._graph = graph
        self._media_hosts = media.Hosts(graph.url, graph.media_hosts)
        self._deadline = aiohttp.ClientTimeout(
            total=ANSWER_WITHIN.total_seconds(), connect=CONNECT_WITHIN.total_seconds()
        )

    async def send(self, line: LineId, to: tuple[Alias, ...], what: Sendable, *, reference: MessageId) -> Wamid:
        """See `bridge.ports.Phone.send`."""
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **_recipient(to),
            **_message(what),
            "biz_opaque_callback_data": reference,
        }
        answer = await self._call("POST", f"{line}/messages", body)
        try:
            return Wamid(next(answer.get("messages").items()).get("id").text())
        except (WrongShape, StopIteration) as error:
            raise OutcomeUnknown(PEER, "accepted without a message id") from error

    async def mark_read(self, line: LineId, wamid: Wamid) -> None:
        """See `bridge.ports.Phone.mark_read`."""
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
        await self._call("POST", f"{line}/messages", body)

    async def upload(self, line: LineId, path: Path, *, name: str, media_type: str) -> str:
        """See `bridge.ports.Phone.upload`."""
        with await asyncio.to_thread(path.open, "rb") as file:
            form = media.form(file, name=name, media_type=media_type)
            try:
                answer = await self._call("POST", f"{line}/media", form=form, deadline=media.DEADLINE)
            except OutcomeUnknown as error:  # at most there is a file that nothing refers to
                raise PeerUnavailable(PEER, error.text, facts=error.facts) from error
        id_ = answer.get("id").text_or_none()
        if id_ is None:
            raise PeerUnavailable(PEER, "took a file without naming it")
        return id_

    async def find_media(self, line: LineId, id_: str) -> Found:
        """See `bridge.ports.Phone.find_media`."""
        try:
            return media.found(await self._call("GET", f"{media.path_of(id_)}?phone_number_id={line}"))
        except PeerRefused as error:
            if error.code in MEDIA_GONE:
                raise PeerGone(PEER, "the attachment is not there any more", code=error.code) from error
            raise
        except OutcomeUnknown as error:  # looking changes nothing
            raise PeerUnavailable(PEER, error.text) from error

    def download(self, found: Found) -> AsyncGenerator[bytes]:
        """See `bridge.ports.Phone.download`."""
        return media.downloaded(self._session, self._media_hosts, self._graph.access_token, found.url)

    async def probe(self, line: LineId) -> None:
        """Ask for the number itself; raises what sending from it would for a wrong token or number. Changes nothing."""
        answer = await self._call("GET", line)
        if answer.get("id").text_or("") != line:
            raise PeerUnavailable(PEER, "answers something else than its API would")

    async def templates(self, account: str) -> tuple[Template, ...]:
        """All templates of a WhatsApp Business account, whatever their status; errors as in `bridge.ports.Phone`."""
        found: list[Template] = []
        after = ""
        for _ in range(MOST_PAGES):
            query = {"fields": FIELDS, "limit": "100"} | ({"after": after} if after else {})
            answer = await self._call("GET", f"{account}/message_templates", query=query)
            try:
                found += [template_of(item) for item in answer.get("data").items()]
            except WrongShape as error:
                raise PeerUnavailable(PEER, "lists templates that cannot be read") from error
            after = answer.get("paging", "cursors", "after").text_or("")
            if not after or not answer.get("paging", "next").present:
                break
        return tuple(found)

    async def _call(
        self,
        method: Literal["GET", "POST"],
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        form: aiohttp.FormData | None = None,
        deadline: aiohttp.ClientTimeout | None = None,
    ) -> Json:
        graph = self._graph
        try:
            async with self._session.request(
                method,
                f"{graph.url.rstrip('/')}/{graph.version}/{path}",
                json=body,
                data=form,
                params={**(query or {}), "appsecret_proof": app_secret_proof(graph.access_token, graph.app_secret)},
                headers={"Authorization": f"Bearer {graph.access_token}"},
                timeout=deadline or self._deadline,
                allow_redirects=False,
            ) as response:
                return checked(response.status, await _read(response), response.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise PeerUnavailable(PEER, say(UNREACHABLE.text)) from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise OutcomeUnknown(PEER, f"no answer ({type(error).__name__})") from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The answer, in however many pieces it comes; of one that is absurdly long, only as much as shows that."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MAX_ANSWER:
            break
    return bytes(body)


def _message(what: Sendable) -> Mapping[str, Any]:
    match what:
        case TemplateOut():
            return template_body(what)
        case ReactionOut():
            return {"type": "reaction", "reaction": {"message_id": what.target, "emoji": what.emoji}}
        case TextOut():
            return {"type": "text", "text": {"body": what.text, "preview_url": False}, **_quoted(what.quotes)}
        case MediaOut():
            return {"type": what.kind, what.kind: media.body(what), **_quoted(what.quotes)}
        case _:
            assert_never(what)


def _quoted(message: Wamid | None) -> Mapping[str, Any]:
    return {} if message is None else {"context": {"message_id": message}}


def _recipient(to: Sequence[Alias]) -> dict[str, str]:
    """A phone number goes into `to`, a BSUID into `recipient`; the number wins because every message type takes it."""
    known = {alias.kind: alias.value for alias in to}
    number = known.get("wa_id") or known.get("phone")
    if number is not None:
        return {"to": f"+{number}"}
    if "bsuid" in known:
        return {"recipient": known["bsuid"]}
    raise PeerRefused(PEER, "the contact has no address to send to", code="no-address")
