"""Sealing: what is confidential is encrypted before it is recorded, under keys that people can destroy."""

from .files import references
from .log import SealingLog
from .opening import Opener
from .ring import Ring
from .settings import SealingSettings
from .wrapping import WrappingKey

__all__ = ["Opener", "Ring", "SealingLog", "SealingSettings", "WrappingKey", "references"]
