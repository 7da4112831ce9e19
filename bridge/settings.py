"""The bridge's settings, read once from the environment. Every problem is collected; none is guessed around."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from .language import ENGLISH, languages
from .manners import Manners

LONGEST_NOTICE = 1_000
"""Characters of a firm's own notice: it stands before a message, which is to be read too."""

META_HOSTS = ("lookaside.fbsbx.com",)
"""Where Meta keeps attachments (seen in Meta's own samples, November 2025)."""


class Reader:
    """Reads variables of one environment and collects what is wrong with them, so that it can be said in one go.

    A getter returns a harmless stand-in for a bad value: whoever composes settings checks `problems` before using them.
    """

    def __init__(self, env: Mapping[str, str], problems: list[str]) -> None:
        self._env = env
        self.problems = problems

    def text(self, name: str, default: str | None = None) -> str:
        """A non-empty string; missing without a default is a problem."""
        value = self._env.get(name, "").strip()
        if value:
            return value
        if default is None:
            self.problems.append(f"{name} is not set")
        return default or ""

    def optional(self, name: str) -> str | None:
        """A string that may be left out."""
        return self._env.get(name, "").strip() or None

    def listed(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A comma-separated list with at least one element."""
        values = tuple(part.strip() for part in self._env.get(name, "").split(",") if part.strip())
        if values:
            return values
        if default is None:
            self.problems.append(f"{name} is not set")
        return default or ()

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number between two limits, both allowed."""
        text = self._env.get(name, "").strip()
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            self.problems.append(f"{name} must be a number from {least:g} to {most:g}")
            return default
        return value

    def port(self, name: str, default: int) -> int:
        """A TCP port; 0 lets the system choose."""
        return int(self.number(name, default, least=0, most=65535))

    def url(self, name: str, default: str | None = None) -> str:
        """An https URL; plain http only on a loopback address."""
        value = self.text(name, default)
        if not value:
            return value
        parts = urlsplit(value)
        local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and local)):
            self.problems.append(f"{name} must be an https URL")
        return value.rstrip("/")

    def matching(self, name: str, pattern: str, what: str, default: str | None = None) -> str:
        """A string of a known form."""
        value = self.text(name, default)
        if value and not re.fullmatch(pattern, value):
            self.problems.append(f"{name} must be {what}")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The WhatsApp side and the store."""

    phone_number_id: str
    business_account_id: str | None
    access_token: str = field(repr=False)
    app_secrets: tuple[str, ...] = field(repr=False)
    verify_token: str = field(repr=False)
    api_url: str
    api_version: str
    media_hosts: tuple[str, ...]
    store_url: str = field(repr=False)
    undo: timedelta
    remind: timedelta
    """How long before the window closes staff are reminded of a message without an answer; 0 never."""

    patience: timedelta
    """How long a contact's message may have no answer before staff are told so; 0 for ever."""

    directory: timedelta
    """How often the directory is asked whose account is gone; 0 never."""

    reports: bool
    """Whether administrators are told every morning what was unusual."""

    language: str
    """What is spoken in channels."""

    manners: Manners

    @classmethod
    def from_env(cls, env: Mapping[str, str], problems: list[str]) -> Self | None:
        """Read the settings; None when something is wrong, and then `problems` has a sentence for each thing."""
        before = len(problems)
        reader = Reader(env, problems)
        settings = cls(
            phone_number_id=reader.matching("WHATSAPP_PHONE_NUMBER_ID", r"\d+", "digits only"),
            business_account_id=reader.matching("WHATSAPP_BUSINESS_ACCOUNT_ID", r"\d+", "digits only", default="")
            or None,
            access_token=reader.text("WHATSAPP_ACCESS_TOKEN"),
            app_secrets=reader.listed("WHATSAPP_APP_SECRET"),
            verify_token=reader.text("WHATSAPP_VERIFY_TOKEN"),
            api_url=reader.url("WHATSAPP_API_URL", "https://graph.facebook.com"),
            api_version=reader.matching("WHATSAPP_API_VERSION", r"v\d+\.\d+", "like v26.0", "v26.0"),
            media_hosts=reader.listed("WHATSAPP_MEDIA_HOSTS", META_HOSTS),
            store_url=reader.matching(
                "WAYBILL_STORE_URL",
                r"sqlite:///.+|postgresql(\+entra)?://.+",
                "a sqlite:///, postgresql:// or postgresql+entra:// URL",
                "sqlite:///waybill.db",
            ),
            undo=timedelta(seconds=reader.number("WAYBILL_UNDO_SECONDS", 5, least=0, most=300)),
            remind=timedelta(hours=reader.number("WAYBILL_REMIND_HOURS", 1, least=0, most=23)),
            patience=timedelta(minutes=reader.number("WAYBILL_UNANSWERED_MINUTES", 60, least=0, most=7 * 24 * 60)),
            directory=timedelta(minutes=reader.number("WAYBILL_DIRECTORY_MINUTES", 4, least=0, most=60)),
            reports=reader.matching("WAYBILL_DAILY_REPORT", "on|off", "on or off", "on") == "on",
            language=reader.matching("WAYBILL_LANGUAGE", "|".join(languages()), " or ".join(languages()), ENGLISH),
            manners=_manners(reader),
        )
        return settings if len(problems) == before else None


def _manners(reader: Reader) -> Manners:
    notice = reader.text("WAYBILL_NOTICE", "on")
    if len(notice) > LONGEST_NOTICE:
        reader.problems.append(f"WAYBILL_NOTICE must be on, off, or at most {LONGEST_NOTICE} characters")
    return Manners(
        tells_of_recording=notice != "off",
        own_notice=None if notice in {"on", "off"} else notice,
        names_writer=reader.matching("WAYBILL_WRITER_NAME", "on|off", "on or off", "on") == "on",
        marks_read=reader.matching("WAYBILL_READ_MARKS", "reply|never", "reply or never", "reply") == "reply",
    )
