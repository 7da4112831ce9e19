"""Knows how to ask a time stamp authority (RFC 3161) for a stamp over some bytes; not what they are.

Needs the packages aiohttp and rfc3161-client, imported when an authority is asked.
"""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import AuthorityUnavailable

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest

DEADLINE = timedelta(seconds=20)
MAX_RESPONSE = 65_536


class TimestampAuthority:
    """An authority behind a URL that takes requests by POST, as RFC 3161 section 3.4 has it."""

    def __init__(self, url: str, *, deadline: timedelta = DEADLINE) -> None:
        self._url = url
        self._deadline = deadline

    async def stamp(self, data: bytes) -> bytes:
        """The authority's response over SHA-512 of `data`, as it came: what `openssl ts -verify -in` reads.

        It grants a stamp over this hash with our nonce; whether its signer is to be believed is for those who verify.
        Raises AuthorityUnavailable; a repeat is safe and gives another stamp.
        """
        from rfc3161_client import TimestampRequestBuilder  # noqa: PLC0415 — optional

        request = TimestampRequestBuilder().data(data).build()
        response = await self._ask(request.as_bytes())
        _check(request, response)
        return response

    async def _ask(self, body: bytes) -> bytes:
        import aiohttp  # noqa: PLC0415 — verifying does without

        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        try:
            async with (
                asyncio.timeout(self._deadline.total_seconds()),
                aiohttp.ClientSession() as session,
                session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                response = await answer.content.read(MAX_RESPONSE + 1)
                if answer.status != 200 or len(response) > MAX_RESPONSE:
                    raise AuthorityUnavailable(f"the time stamp authority answered {answer.status}")
                return response
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AuthorityUnavailable(f"the time stamp authority: {type(error).__name__}") from error


def _check(request: "TimeStampRequest", response: bytes) -> None:
    from rfc3161_client import PKIStatus, decode_timestamp_response  # noqa: PLC0415 — optional

    try:
        stamp = decode_timestamp_response(response)
        status = PKIStatus(stamp.status)
        info = stamp.tst_info if status == PKIStatus.GRANTED else None
    except ValueError as error:
        raise AuthorityUnavailable("the time stamp authority's answer is no time stamp response") from error
    if info is None:
        raise AuthorityUnavailable(f"the time stamp authority refused: {status.name}")
    if (info.message_imprint.message, info.nonce) != (request.message_imprint.message, request.nonce):
        raise AuthorityUnavailable("the time stamp authority stamped something else")
