"""The WhatsApp Cloud API on loopback, with the contacts' phones."""

from . import contents
from .cloud import Accepted, WhatsAppCloud
from .errors import Problem
from .phone import ChatMessage, Handset, Wamid
from .sender import META
from .templates import Template
from .webhooks import proof, sign

__all__ = [
    "META",
    "Accepted",
    "ChatMessage",
    "Handset",
    "Problem",
    "Template",
    "Wamid",
    "WhatsAppCloud",
    "contents",
    "proof",
    "sign",
]
