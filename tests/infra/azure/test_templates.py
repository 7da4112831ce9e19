"""The templates fit together, every protective switch stands as it must, and nobody may do more than is written down.

Azure's own compiler cannot be had here. Each check is shown to bite by a slip planted in one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.readme import ROOT
from tests.infra.azure import roles, switches, wiring
from tests.infra.azure.bicep import NotOurBicep, parse, read_folder

FOLDER = ROOT / "infra" / "azure"
PARAMETERS = (FOLDER / "main.parameters.json").read_text()


def findings(files: Mapping[str, str], parameters: str = PARAMETERS) -> list[str]:
    """Everything wrong with a set of templates; what does not parse hides the rest."""
    templates, found = wiring.read(files)
    if found:
        return found
    return [*wiring.check(templates, parameters), *switches.check(templates), *roles.check(templates)]


def planted(path: str, right: str, wrong: str) -> list[str]:
    """What is found once the first place of `right` reads `wrong`."""
    files = read_folder(FOLDER)
    assert right in files[path], "the slip cannot be planted: the template has changed"
    return findings(files | {path: files[path].replace(right, wrong, 1)})


def test_nothing_is_wrong_with_the_templates():
    """Azure would refuse the deployment halfway, or make something that is not protected as we say."""
    assert findings(read_folder(FOLDER)) == []


SLIPS = [
    # how the templates fit together
    ("main.bicep", "scope: group\n", "scope group\n", "not Bicep"),
    ("main.bicep", "    workspaceId: logs.outputs.workspaceId\n", "", "workspaceId is not given"),
    ("main.bicep", "    sku: size ==", "    skuName: size ==", "takes no skuName"),
    ("main.bicep", "logs.outputs.workspaceId", "logs.outputs.workspace", "puts out no workspace"),
    ("main.bicep", "modules/logs.bicep", "modules/log.bicep", "there is no modules/log.bicep"),
    ("main.bicep", "'kv-${token}'", "'kv-${tokn}'", "tokn is not declared"),
    ("main.bicep", "toLower(", "tolower(", "tolower() is no function"),
    ("main.bicep", "param undoSeconds int", "param undo int", "undoSeconds"),
    ("modules/zone.bicep", "      id: networkId\n", "", "networkId is used by nothing"),
    # the archive
    ("modules/archive.bicep", "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "allowSharedKeyAccess"),
    ("modules/archive.bicep", "    allowSharedKeyAccess: false\n", "", "allowSharedKeyAccess"),
    ("modules/archive.bicep", "allowBlobPublicAccess: false", "allowBlobPublicAccess: true", "allowBlobPublicAccess"),
    ("modules/archive.bicep", "'TLS1_2'", "'TLS1_0'", "minimumTlsVersion"),
    ("modules/archive.bicep", "supportsHttpsTrafficOnly: true", "supportsHttpsTrafficOnly: false", "HttpsTrafficOnly"),
    ("modules/archive.bicep", "? 'Disabled' : 'Enabled'", "? 'Enabled' : 'Enabled'", "publicNetworkAccess"),
    ("modules/archive.bicep", "defaultAction: 'Deny'", "defaultAction: 'Allow'", "defaultAction"),
    ("modules/archive.bicep", "publicAccess: 'None'", "publicAccess: 'Blob'", "publicAccess"),
    ("modules/archive.bicep", "isVersioningEnabled: true", "isVersioningEnabled: false", "isVersioningEnabled"),
    ("modules/archive.bicep", "InDays: retentionDays", "InDays: 1", "immutabilityPeriodSinceCreationInDays"),
    ("modules/archive.bicep", "WritesAll: false", "WritesAll: true", "allowProtectedAppendWritesAll"),
    ("modules/archive.bicep", "    allowProtected", "    state: 'Locked'\n    allowProtected", "properties.state"),
    ("modules/archive.bicep", "if (!isPolicyLocked)", "if (isPolicyLocked)", "is made if"),
    ("modules/archive.bicep", "'CanNotDelete'", "'NotSpecified'", "properties.level"),
    ("modules/archive.bicep", "  scope: blobs\n", "  scope: account\n", "audit: scope"),
    ("modules/archive.bicep", "module endpoint '", "module door '", "no private endpoint"),
    ("modules/keys.bicep", "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "allowSharedKeyAccess"),
    # the vault, the registry, the database
    ("modules/vault.bicep", "enablePurgeProtection: true", "enablePurgeProtection: false", "enablePurgeProtection"),
    ("modules/vault.bicep", "enableRbacAuthorization: true", "enableRbacAuthorization: false", "enableRbac"),
    ("modules/vault.bicep", "defaultAction: 'Deny'", "defaultAction: 'Allow'", "defaultAction"),
    ("modules/vault.bicep", "'RSA-HSM'", "'RSA'", "kty"),
    ("modules/vault.bicep", "      'unwrapKey'\n", "      'unwrapKey'\n      'decrypt'\n", "keyOps"),
    ("modules/registry.bicep", "adminUserEnabled: false", "adminUserEnabled: true", "adminUserEnabled"),
    ("modules/registry.bicep", "anonymousPullEnabled: false", "anonymousPullEnabled: true", "anonymousPullEnabled"),
    ("modules/database.bicep", "passwordAuth: 'Disabled'", "passwordAuth: 'Enabled'", "passwordAuth"),
    ("modules/database.bicep", "Access: 'Disabled'", "Access: 'Enabled'", "publicNetworkAccess"),
    ("modules/database.bicep", "value: 'ON'", "value: 'OFF'", "secureTransport"),
    ("modules/database.bicep", "'TLSv1.2'", "'TLSv1'", "leastTls"),
    # the service and the bot
    ("modules/service.bicep", "allowInsecure: false", "allowInsecure: true", "allowInsecure"),
    ("modules/service.bicep", "GracePeriodSeconds: 30", "GracePeriodSeconds: 3", "terminationGracePeriodSeconds"),
    ("modules/service.bicep", "path: '/readyz'", "path: '/healthz'", "Readiness /readyz"),
    ("modules/service.bicep", "type: 'Startup'", "type: 'Liveness'", "Startup /healthz"),
    ("modules/bot.bicep", "disableLocalAuth: true", "disableLocalAuth: false", "disableLocalAuth"),
    ("modules/logs.bicep", "disableLocalAuth: true", "disableLocalAuth: false", "disableLocalAuth"),
    # alarms
    ("modules/alerts.bicep", "resource lockRemoved '", "resource other '", "no lockRemoved"),
    ("modules/alerts.bicep", "enabled: true", "enabled: false", "properties.enabled"),
    # who may do what
    ("modules/access.bicep", "blobs/add/action'", "blobs/write'", "its data actions"),
    ("modules/access.bicep", "blobs/read'\n", "blobs/read'\n          'x/blobs/delete'\n", "its data actions"),
    ("modules/access.bicep", "immutabilityPolicies/read'", "immutabilityPolicies/write'", "more than it needs"),
    ("modules/access.bicep", "containerApps/read'", "*'", "more than it needs"),
    ("modules/access.bicep", "  scope: archiveContainer\n", "  scope: archive\n", "is not to be given"),
    ("modules/access.bicep", "principalId: readerId", "principalId: operatorId", "is not to be given"),
    ("modules/access.bicep", "      here\n", "      everywhere\n", "outside the resource group"),
    ("modules/access.bicep", "here = resourceGroup()", "here = subscription()", "not what its name says"),
    ("modules/access.bicep", "2a2b9908-6ea1-", "ba92f5b4-2d11-", "not what its name says"),
    ("modules/vault.bicep", "'4633458b-17de-408a-b874-0445c86b69e6'", "secretsOfficer", "not what its name says"),
    ("main.bicep", "administratorId: identities.", "administratorId: network.", "administers"),
    # what nobody has judged
    ("modules/logs.bicep", "OperationalInsights/workspaces@", "OperationalInsights/clusters@", "nobody has said"),
    ("modules/bot.bicep", "botServices@2022-09-15", "botServices@2023-09-15-preview", "is a preview"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "right", "wrong", "said"), SLIPS)
def test_a_slip_in_one_line_is_found(path: str, right: str, wrong: str, said: str):
    """A check that finds nothing lets everything through."""
    found = planted(path, right, wrong)
    assert any(said in finding for finding in found), found


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [('"undoSeconds"', '"undo"', "there is no undo"), ('"alarmAddress"', '"alarm"', "alarmAddress is not given")],
)
def test_a_slip_in_the_parameter_file_is_found(right: str, wrong: str, said: str):
    """azd would ask for a value that is set, and ignore the one that is meant."""
    found = findings(read_folder(FOLDER), PARAMETERS.replace(right, wrong))
    assert any(said in finding for finding in found), found


@pytest.mark.parametrize(
    "text",
    ["resource", "var a = [1, 2", "import * as x from 'y.bicep'", "type t = string", "var a = [\n  b().c d\n]\n"],
)
def test_what_is_not_our_bicep_is_said_to_be_none(text: str):
    """What the reader skipped would count as checked."""
    with pytest.raises(NotOurBicep, match=r"line \d"):
        parse(text)


def test_azd_is_led_to_the_templates():
    """`azd up` would find nothing to make."""
    lines = dict(
        line.strip().split(": ") for line in (ROOT / "infra/azure.yaml").read_text().splitlines()[1:] if ": " in line
    )
    assert lines["provider"] == "bicep"
    assert (ROOT / "infra" / lines["path"] / f"{lines['module']}.bicep") == Path(FOLDER / "main.bicep")
