"""All settings of the service, composed from the three packages' own and reported on in one go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self, cast

import archive
import bridge.settings
from bridge.settings import Reader

from .teams.hosts import PUBLIC_SERVICE_HOSTS

GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class SettingsError(Exception):
    """The settings cannot be used; `problems` has one line for each reason, and never a value."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"The settings are not complete:\n{lines}")
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsSettings:
    """The Teams side, under the names that the Bot Framework uses."""

    app_id: str
    app_password: str = field(repr=False)
    app_type: Literal["SingleTenant", "UserAssignedMSI"]
    tenant: str
    openid_metadata_url: str
    token_issuer: str
    login_url: str
    graph_url: str
    service_hosts: tuple[str, ...]
    allowed_tenants: tuple[str, ...]
    admin_channel: str
    owners: tuple[str, ...]

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read every variable. An empty app id is refused, always: the SDK would take it as "no authentication"."""
        app_type = reader.matching(
            "MicrosoftAppType", "SingleTenant|UserAssignedMSI", "SingleTenant or UserAssignedMSI"
        )
        tenant = reader.matching("MicrosoftAppTenantId", GUID, "a GUID")
        owners = reader.listed("TEAMS_OWNERS")
        if any(not re.fullmatch(GUID, owner) for owner in owners):
            reader.problems.append("TEAMS_OWNERS must be Entra object ids (GUIDs), separated by commas")
        return cls(
            app_id=reader.matching("MicrosoftAppId", GUID, "a GUID"),
            app_password="" if app_type == "UserAssignedMSI" else reader.text("MicrosoftAppPassword"),
            app_type=cast("Literal['SingleTenant', 'UserAssignedMSI']", app_type),
            tenant=tenant,
            openid_metadata_url=reader.url(
                "TEAMS_OPENID_METADATA_URL", "https://login.botframework.com/v1/.well-known/openidconfiguration"
            ),
            token_issuer=reader.text("TEAMS_TOKEN_ISSUER", "https://api.botframework.com"),
            login_url=reader.url("TEAMS_LOGIN_URL", "https://login.microsoftonline.com"),
            graph_url=reader.url("TEAMS_GRAPH_URL", "https://graph.microsoft.com"),
            service_hosts=reader.listed("TEAMS_SERVICE_HOSTS", PUBLIC_SERVICE_HOSTS),
            allowed_tenants=reader.listed("TEAMS_ALLOWED_TENANTS", (tenant,)),
            admin_channel=reader.text("TEAMS_ADMIN_CHANNEL"),
            owners=owners,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything `waybill serve` needs to know."""

    host: str
    port: int
    metrics_host: str
    metrics_port: int
    archive: archive.Settings
    bridge: bridge.settings.Settings
    teams: TeamsSettings

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the environment; raises `SettingsError` with every problem of every package."""
        problems: list[str] = []
        reader = Reader(env, problems)
        host = reader.text("WAYBILL_HOST", "127.0.0.1")
        port = reader.port("WAYBILL_PORT", 3978)
        metrics_host = reader.text("WAYBILL_METRICS_HOST", "127.0.0.1")  # wherever the public one listens
        metrics_port = reader.port("WAYBILL_METRICS_PORT", 9464)
        of_archive = archive.Settings.from_env(env, problems)
        of_bridge = bridge.settings.Settings.from_env(env, problems)
        teams = TeamsSettings.read(reader)
        if problems or of_archive is None or of_bridge is None:
            raise SettingsError(tuple(problems))
        return cls(
            host=host,
            port=port,
            metrics_host=metrics_host,
            metrics_port=metrics_port,
            archive=of_archive,
            bridge=of_bridge,
            teams=teams,
        )
