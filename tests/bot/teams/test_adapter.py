"""botbuilder's part: it dispatches and cannot send."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.teams.adapter import _DISPATCHER, _NoConnector, _SendingRefused, interpret

from .build import fixture, item


@pytest.mark.parametrize("method", ["send_activities", "update_activity", "delete_activity"])
async def test_nothing_can_be_sent_through_botbuilder(method: str):
    """Its own way fetches a token for each message on the event loop, and loses what it does not know."""
    send: Any = getattr(_DISPATCHER, method)
    with pytest.raises(_SendingRefused):
        await send(None, None)


def test_the_connector_that_botbuilder_is_given_has_nothing_to_send_with():
    """Whatever botbuilder does with it, it ends in an error and not in a post."""
    assert not hasattr(_NoConnector(), "conversations")


async def test_activities_are_read_side_by_side_without_mixing():
    """One dispatcher serves all conversations; an event of one must never come out of another."""
    names = ["channel_reply", "personal_message", "card_action", "message_deleted"] * 8
    events = await asyncio.gather(*(interpret(item(fixture(name))) for name in names))
    alone = [await interpret(item(fixture(name))) for name in names]
    assert list(events) == alone
