"""The WhatsApp Cloud API on loopback, with the contacts' phones."""

from .cloud import Accepted, WhatsAppCloud
from .errors import Problem
from .phone import ChatMessage, Handset, Wamid
from .sender import META
from .webhooks import proof, sign

__all__ = ["META", "Accepted", "ChatMessage", "Handset", "Problem", "Wamid", "WhatsAppCloud", "proof", "sign"]
