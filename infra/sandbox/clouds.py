"""Starts both clouds and sign-in on loopback, and knows which settings make the real service talk to them."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .courier import Manners
from .entra import Entra
from .serving import LOOPBACK, serve
from .teams import TEAMS, Channel, Person, Team, TeamsCloud
from .tls import Tls, make_tls
from .whatsapp import META, Handset, WhatsAppCloud
from .wire import JsonObject

TENANT: Final = "3f1b8a52-6c0d-4e0e-9d3c-0a7c7f4f2b11"
APP_ID: Final = "8e0c5d4a-52e4-4d36-9a4b-6f2a1c9d7e30"

CLIENTS: Final = Channel(id="19:clients0a1b2c3d4e5f@thread.tacv2", name="Clients")
ADMIN: Final = Channel(id="19:admin0a1b2c3d4e5f60@thread.tacv2", name="Waybill admin")
TEAM: Final = Team(
    id="19:keller0a1b2c3d4e5f6@thread.tacv2",
    name="Keller & Partners",
    aad_group_id="b7d9e0f4-1d1f-4c58-8a63-2f5a9b0c4d21",
    channels=(CLIENTS, ADMIN),
)


def _colleague(name: str, number: int) -> Person:
    upn = f"{name.lower().replace(' ', '.')}@keller.example"
    return Person(name=name, aad_object_id=f"5a0e{number:04d}-7b1c-4f6e-8d2a-9c3b4e5f6a70", upn=upn, tenant_id=TENANT)


OLIVIA: Final = _colleague("Olivia Brandt", 1)
RUTH: Final = _colleague("Ruth Meier", 2)
JON: Final = _colleague("Jon Ames", 3)
MARC: Final = _colleague("Marc Weber", 4)
NINA: Final = _colleague("Nina Roth", 5)
PEOPLE: Final = (OLIVIA, RUTH, JON, MARC, NINA)

ADA: Final = Handset(name="Ada Keller", user_id="GB.10000000000000001", number="+44 7700 900001")
BILAL: Final = Handset(name="Bilal Haddad", user_id="GB.10000000000000002", number="+44 7700 900002")
MIRA: Final = Handset(name="Mira", user_id="DE.10000000000000003", username="mira.s")
HANDSETS: Final = (ADA, BILAL, MIRA)

QUICK: Final = tuple(timedelta(milliseconds=pause) for pause in (20, 50, 100, 400))
"""Pauses between repeats for tests."""


def utc_now() -> datetime:
    """The machine's clock; the one place where the stand-ins read it."""
    return datetime.now(UTC)  # noqa: TID251 (everything else gets a clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the stand-ins listen; 0 lets the system choose."""

    whatsapp: int = 0
    teams: int = 0
    entra: int = 0


def _quick(manners: Manners, deadline: timedelta | None) -> Manners:
    return replace(manners, pauses=QUICK, deadline=deadline or manners.deadline)


class Clouds:
    """WhatsApp, Teams and sign-in, started together; use as an async context manager.

    With `quick` (the default) unacknowledged deliveries are repeated after milliseconds instead of seconds.
    `ack_deadline` shortens how long Teams waits for an acknowledgement. `folder` gets the certificate files; by default
    a temporary one; so does `media_folder` for what contacts, business and the team's channels send.
    After `bot_at(url)` webhooks and activities go to the service at that address.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        people: Sequence[Person] = PEOPLE,
        handsets: Sequence[Handset] = HANDSETS,
        folder: Path | None = None,
        media_folder: Path | None = None,
        ports: Ports | None = None,
        quick: bool = True,
        ack_deadline: timedelta | None = None,
        limits: bool = False,
    ) -> None:
        self.clock = clock
        self.ports = ports or Ports()
        self._folder = folder
        self._stack = AsyncExitStack()
        self.entra = Entra(tenant_id=TENANT, client_id=APP_ID, client_secret="sandbox-bot-secret", clock=clock)  # noqa: S106
        self.teams = TeamsCloud(
            entra=self.entra,
            team=TEAM,
            people=people,
            clock=clock,
            limits=limits,
            manners=_quick(TEAMS, ack_deadline) if quick else TEAMS,
            files_folder=media_folder and media_folder / "teams",
        )
        self.whatsapp = WhatsAppCloud(
            phone_number_id="100200300400500",
            waba_id="200300400500600",
            display_phone_number="+44 20 7946 0100",
            access_token="EAAsandboxaccesstoken",  # noqa: S106
            app_secret="sandbox-app-secret",  # noqa: S106
            verify_token="sandbox-verify-token",  # noqa: S106
            clock=clock,
            manners=_quick(META, None) if quick else META,
            limits=limits,
            media_folder=media_folder,
        )
        for handset in handsets:
            self.whatsapp.add(handset)

    @property
    def tls(self) -> Tls:
        """The throw-away authority that vouches for the sign-in endpoint."""
        return self._tls

    def bot_at(self, url: str) -> None:
        """Point webhooks and activities at the service listening at `url` (scheme, host, port)."""
        self.whatsapp.webhook_url = f"{url}/whatsapp/webhook"
        self.teams.messaging_url = f"{url}/api/messages"

    def environment(self, data_dir: Path, **overrides: str) -> dict[str, str]:
        """The settings with which the real service talks to these clouds and keeps everything under `data_dir`.

        Makes the archive's signing key there if it is missing. Holds no listener ports: the caller owns those.
        SSL_CERT_FILE must be in the environment of the process before it starts; Python reads it once.
        """
        whatsapp, entra = self.whatsapp, self.entra
        settings = {
            "WAYBILL_STORE_URL": f"sqlite:///{data_dir / 'waybill.db'}",
            "WAYBILL_ARCHIVE_URL": f"file:{data_dir / 'archive'}",
            "WAYBILL_ARCHIVE_SIGNING_KEY": str(archive_key(data_dir)),
            "WHATSAPP_PHONE_NUMBER_ID": whatsapp.line.phone_number_id,
            "WHATSAPP_BUSINESS_ACCOUNT_ID": whatsapp.line.waba_id,
            "WHATSAPP_ACCESS_TOKEN": whatsapp.access_token,
            "WHATSAPP_APP_SECRET": whatsapp.app_secret,
            "WHATSAPP_VERIFY_TOKEN": whatsapp.verify_token,
            "WHATSAPP_API_URL": f"http://{LOOPBACK}:{self.ports.whatsapp}",
            "MicrosoftAppId": entra.client_id,
            "MicrosoftAppPassword": entra.client_secret,
            "MicrosoftAppType": "SingleTenant",
            "MicrosoftAppTenantId": entra.tenant_id,
            "TEAMS_OPENID_METADATA_URL": entra.metadata_url,
            "TEAMS_TOKEN_ISSUER": entra.issuer,
            "TEAMS_LOGIN_URL": entra.base_url,
            "TEAMS_GRAPH_URL": self.teams.base_url,
            "TEAMS_SERVICE_HOSTS": f"{LOOPBACK}:{self.ports.teams}",
            "TEAMS_ALLOWED_TENANTS": entra.tenant_id,
            "TEAMS_ADMIN_CHANNEL": ADMIN.id,
            "TEAMS_OWNERS": OLIVIA.aad_object_id,
            "SSL_CERT_FILE": str(self.tls.ca_file),
        }
        return settings | overrides

    def snapshot(self) -> Mapping[str, object]:
        """What phones and channels show, as JSON; `restore` takes it back."""
        media = self.whatsapp.media.snapshot()
        return {"whatsapp": self.whatsapp.snapshot(), "media": media, "teams": self.teams.snapshot()}

    def restore(self, saved: JsonObject) -> None:
        """Take over what `snapshot` gave, if anything."""
        if "whatsapp" in saved:
            self.whatsapp.restore(saved["whatsapp"])
            self.whatsapp.media.restore(saved.get("media", []))
            self.teams.restore(saved["teams"])

    async def __aenter__(self) -> Self:
        folder = self._folder or Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="waybill-tls-")))
        self._tls = make_tls(folder, self.clock())
        enter = self._stack.enter_async_context
        entra = await enter(serve(self.entra.app(), port=self.ports.entra, tls=self._tls.server))
        self.entra.base_url = f"https://localhost:{entra}"
        teams = await enter(serve(self.teams.app(), port=self.ports.teams))
        self.teams.base_url = f"http://{LOOPBACK}:{teams}"
        whatsapp = await enter(serve(self.whatsapp.app(), port=self.ports.whatsapp))
        self.whatsapp.base_url = f"http://{LOOPBACK}:{whatsapp}"
        self.ports = Ports(whatsapp=whatsapp, teams=teams, entra=entra)
        await enter(self.teams)
        await enter(self.whatsapp)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


def archive_key(data_dir: Path) -> Path:
    """The PEM file of the archive's Ed25519 key under `data_dir`, made on first use and readable by its owner only."""
    path = data_dir / "archive-key.pem"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.touch(mode=0o600)
        path.write_bytes(pem)
    return path
