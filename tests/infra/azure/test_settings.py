"""The service in the cloud gets every setting it reads, from where the page says, and starts with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.settings import Settings
from tests.docs.readme import ROOT, SETTINGS, code, rows
from tests.infra.azure.bicep import Code, Template, Value, parse
from tests.infra.azure.switches import at, shown

FOLDER = ROOT / "infra" / "azure"
PAGE = FOLDER / "README.md"

GUID = "3f1b8a52-6c0d-4e0e-9d3c-0a7c7f4f2b11"
COMPUTED = {
    "AZURE_CLIENT_ID": GUID,
    "WAYBILL_STORE_URL": "postgresql+entra://id-x-service@psql.postgres.database.azure.com/waybill",
    "WAYBILL_UNDO_SECONDS": "5",
    "WAYBILL_REMIND_HOURS": "1",
    "WAYBILL_UNANSWERED_MINUTES": "60",
    "WAYBILL_DIRECTORY_MINUTES": "4",
    "WAYBILL_DAILY_REPORT": "on",
    "WAYBILL_LANGUAGE": "en",
    "WAYBILL_NOTICE": "on",
    "WAYBILL_WRITER_NAME": "on",
    "WAYBILL_READ_MARKS": "reply",
    "WAYBILL_ARCHIVE_URL": "https://star1.blob.core.windows.net/archive",
    "WAYBILL_ARCHIVE_RESOURCE_ID": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/star1"
    "/blobServices/default/containers/archive",
    "WAYBILL_ARCHIVE_ARM_URL": "https://management.azure.com/",
    "WAYBILL_ARCHIVE_ORIGIN": "example.com/waybill",
    "WAYBILL_ARCHIVE_TIMESTAMP_URL": "",
    "WAYBILL_ARCHIVE_CLASSES": "standard=2557d",
    "WAYBILL_ARCHIVE_SEALED_CLASSES": "",
    "WAYBILL_ARCHIVE_KEYS_URL": "https://stky1.blob.core.windows.net/keys",
    "WAYBILL_ARCHIVE_WRAPPING_KEY": "https://kv-1.vault.azure.net/keys/archive-wrapping/0123456789abcdef0123456789abcdef",
    "WHATSAPP_PHONE_NUMBER_ID": "1",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "2",
    "MicrosoftAppId": GUID,
    "MicrosoftAppTenantId": GUID,
    "TEAMS_ADMIN_CHANNEL": "19:e@thread.tacv2",
    "TEAMS_OWNERS": GUID,
}
"""What Azure would put where a template computes."""


@pytest.fixture
def template() -> Template:
    return parse((FOLDER / "modules" / "service.bicep").read_text())


def listed(template: Template, path: str) -> list[Value]:
    """A list in the service's template."""
    found = at(template.resources["service"].body, path)
    assert isinstance(found, list)
    return found


def variables(template: Template) -> dict[str, Value]:
    """Each variable the container gets, with all that is said of it."""
    (container,) = listed(template, "properties.template.containers")
    given = at(container, "env")
    assert isinstance(given, list)
    names = [str(at(variable, "name")) for variable in given]
    assert len(names) == len(set(names)), "a variable is set twice"
    return dict(zip(names, given, strict=True))


def source(variable: Value) -> str:
    """Where a value comes from, in the words of the page."""
    if at(variable, "secretRef") is not None:
        return "vault"
    found = at(variable, "value")
    return "computed" if isinstance(found, Code) else "fixed"


def test_every_setting_stands_on_the_page_with_its_source(template: Template):
    """A new setting would be left at a default in the cloud without anybody having decided so."""
    said = {code(name)[0]: where.partition(":")[0] for name, where in rows("setting", PAGE)}
    assert set(said) == {code(name)[0] for name, *_ in rows("variable", SETTINGS)} | {"AZURE_CLIENT_ID"}
    given = {name: source(variable) for name, variable in variables(template).items()}
    assert {name: where for name, where in said.items() if where != "not set"} == given


def test_every_secret_comes_from_the_vault_through_the_services_identity(template: Template):
    """A secret in a template is in its history and in every deployment's log for ever."""
    secrets = {str(at(secret, "name")): secret for secret in listed(template, "properties.configuration.secrets")}
    for name, secret in secrets.items():
        assert shown(at(secret, "keyVaultUrl")) == f"'${{vaultUri}}secrets/{name}'"
        assert shown(at(secret, "identity")) == "identityId"
    used = {str(at(variable, "secretRef")) for variable in variables(template).values() if source(variable) == "vault"}
    assert used | {"archive-signing-key"} == set(secrets)
    for name in ("WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"):
        assert source(variables(template)[name]) == "vault"


def test_the_signing_key_is_where_the_service_looks_for_it(template: Template):
    """The service would not start."""
    (container,) = listed(template, "properties.template.containers")
    mounts = at(container, "volumeMounts")
    assert isinstance(mounts, list)
    places = {at(mount, "volumeName"): at(mount, "mountPath") for mount in mounts}
    keys = next(volume for volume in listed(template, "properties.template.volumes") if at(volume, "name") == "keys")
    files = at(keys, "secrets")
    assert isinstance(files, list)
    assert at(files[0], "secretRef") == "archive-signing-key"
    expected = f"{places['keys']}/{at(files[0], 'path')}"
    assert at(variables(template)["WAYBILL_ARCHIVE_SIGNING_KEY"], "value") == expected


@pytest.mark.parametrize("sealed", ["", "standard"])
def test_the_service_reads_these_settings_without_a_complaint(template: Template, sealed: str, tmp_path: Path):
    """The first start in the cloud would be the one that finds out."""
    key = tmp_path / "key.pem"
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(*pem))
    env: dict[str, str] = {}
    for name, variable in variables(template).items():
        found = at(variable, "value")
        env[name] = found if isinstance(found, str) else COMPUTED.get(name, "from the vault")
        assert isinstance(found, str) or source(variable) == "vault" or name in COMPUTED
    computed = {"WAYBILL_ARCHIVE_SIGNING_KEY": str(key), "WAYBILL_ARCHIVE_SEALED_CLASSES": sealed}
    settings = Settings.from_env(env | computed)
    assert settings.host == "0.0.0.0"
    assert settings.metrics_host == "127.0.0.1"
    assert settings.archive.require_worm
    assert settings.teams.app_type == "UserAssignedMSI"
