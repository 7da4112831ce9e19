"""What the items of a webhook say."""

from __future__ import annotations

from bridge.model import Alias, ContactMessage, Event
from bridge.whatsapp.webhook import arrivals, read

ADA = (Alias(kind="wa_id", value="447700900001"), Alias(kind="bsuid", value="GB.10000000000000001"))


def events(body: bytes) -> list[Event]:
    """All of them."""
    return [read(body, arrival.pointer) for arrival in arrivals(body)]


def only(body: bytes) -> Event:
    """The only one."""
    (event,) = events(body)
    return event


def message(body: bytes) -> ContactMessage:
    """The only one, a contact's message."""
    event = only(body)
    assert isinstance(event, ContactMessage)
    return event
