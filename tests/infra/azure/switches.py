"""Knows which switches of a resource protect what we keep, and how each has to stand. Knows no role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .bicep import Code, Each, Resource, Template, Value

CLOSED = "empty(officeAddresses) ? 'Disabled' : 'Enabled'"
"""From the private network only, unless somebody names addresses, and then from those only (the next switch)."""

SWITCHES: dict[str, dict[str, object]] = {
    "Microsoft.Storage/storageAccounts": {
        "kind": "StorageV2",
        "properties.allowBlobPublicAccess": False,
        "properties.allowSharedKeyAccess": False,
        "properties.allowCrossTenantReplication": False,
        "properties.defaultToOAuthAuthentication": True,
        "properties.isLocalUserEnabled": False,
        "properties.minimumTlsVersion": "TLS1_2",
        "properties.supportsHttpsTrafficOnly": True,
        "properties.publicNetworkAccess": CLOSED,
        "properties.networkAcls.defaultAction": "Deny",
        "properties.encryption.requireInfrastructureEncryption": True,
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {"properties.publicAccess": "None"},
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies": {
        "properties.immutabilityPeriodSinceCreationInDays": "retentionDays",
        "properties.allowProtectedAppendWrites": False,
        "properties.allowProtectedAppendWritesAll": False,
        "properties.state": None,
    },
    "Microsoft.Authorization/locks": {"scope": "account", "properties.level": "CanNotDelete"},
    "Microsoft.KeyVault/vaults": {
        "properties.enableRbacAuthorization": True,
        "properties.enableSoftDelete": True,
        "properties.softDeleteRetentionInDays": 90,
        "properties.enablePurgeProtection": True,
        "properties.publicNetworkAccess": CLOSED,
        "properties.networkAcls.defaultAction": "Deny",
    },
    "Microsoft.KeyVault/vaults/keys": {
        "properties.kty": "RSA-HSM",
        "properties.keySize": 3072,
        "properties.keyOps": ["wrapKey", "unwrapKey"],
    },
    "Microsoft.ContainerRegistry/registries": {
        "properties.adminUserEnabled": False,
        "properties.anonymousPullEnabled": False,
        "properties.publicNetworkAccess": CLOSED,
        "properties.networkRuleSet.defaultAction": "Deny",
        "properties.networkRuleBypassOptions": "None",
    },
    "Microsoft.DBforPostgreSQL/flexibleServers": {
        "properties.authConfig.activeDirectoryAuth": "Enabled",
        "properties.authConfig.passwordAuth": "Disabled",
        "properties.network.publicNetworkAccess": "Disabled",
        "properties.backup.backupRetentionDays": 35,
    },
    "Microsoft.App/containerApps": {
        "identity.type": "UserAssigned",
        "properties.configuration.activeRevisionsMode": "Single",
        "properties.configuration.ingress.allowInsecure": False,
        "properties.configuration.ingress.targetPort": 3978,
        "properties.template.terminationGracePeriodSeconds": 30,
    },
    "Microsoft.BotService/botServices": {
        "properties.disableLocalAuth": True,
        "properties.msaAppType": "UserAssignedMSI",
        "properties.msaAppTenantId": "subscription().tenantId",
    },
    "Microsoft.BotService/botServices/channels": {
        "name": "MsTeamsChannel",
        "properties.properties.enableCalling": False,
    },
    "Microsoft.OperationalInsights/workspaces": {
        "properties.features.disableLocalAuth": True,
        "properties.retentionInDays": 365,
    },
    "Microsoft.Insights/components": {"properties.DisableLocalAuth": True, "properties.DisableIpMasking": False},
    "Microsoft.Insights/scheduledQueryRules": {"properties.enabled": True},
    "Microsoft.Insights/activityLogAlerts": {"properties.enabled": True},
    "Microsoft.Insights/metricAlerts": {"properties.enabled": True},
    "Microsoft.Insights/actionGroups": {"properties.enabled": True},
}

PLAIN = {
    "Microsoft.App/managedEnvironments",
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleDefinitions",
    "Microsoft.DBforPostgreSQL/flexibleServers/administrators",
    "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
    "Microsoft.DBforPostgreSQL/flexibleServers/databases",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Network/privateDnsZones",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
    "Microsoft.Network/privateEndpoints",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.Resources/resourceGroups",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/objectReplicationPolicies",
}
"""Types without a switch of this kind; what matters of some stands in `SINGLE`, of the roles in `roles`."""

SINGLE: dict[tuple[str, str], dict[str, object]] = {
    ("modules/archive.bicep", "policy"): {"parent": "container"},
    ("modules/archive.bicep", "keep"): {"scope": "account"},
    ("modules/archive.bicep", "blobs"): {"properties.isVersioningEnabled": True, "properties.changeFeed.enabled": True},
    ("modules/archive.bicep", "audit"): {"scope": "blobs"},
    ("modules/keys.bicep", "audit"): {"scope": "blobs"},
    ("modules/vault.bicep", "audit"): {"scope": "vault"},
    ("modules/registry.bicep", "audit"): {"scope": "registry"},
    ("modules/database.bicep", "audit"): {"scope": "server"},
    ("modules/bot.bicep", "audit"): {"scope": "bot"},
    ("modules/platform.bicep", "lines"): {"scope": "home"},
    ("modules/database.bicep", "secureTransport"): {"name": "require_secure_transport", "properties.value": "ON"},
    ("modules/database.bicep", "leastTls"): {"name": "ssl_min_protocol_version", "properties.value": "TLSv1.2"},
    ("modules/alerts.bicep", "deletions"): {"properties.severity": 0, "properties.scopes": ["archiveId"]},
    ("modules/alerts.bicep", "policyChanged"): {"properties.enabled": True},
    ("modules/alerts.bicep", "rightsChanged"): {"properties.enabled": True},
    ("modules/alerts.bicep", "lockRemoved"): {"properties.enabled": True},
}
"""What has to be there by name: without it nothing else would look wrong."""

CONDITIONS = {
    ("modules/archive.bicep", "policy"): "!isPolicyLocked",
    ("modules/vault.bicep", "peoplePutIn"): "!empty(secretsGroup)",
    ("modules/access.bicep", "peopleRead"): "!empty(readersGroup)",
    ("modules/access.bicep", "peopleOperate"): "!empty(operatorsGroup)",
}
"""Everything else is made always."""

PRIVATE = ("archive", "keys", "vault", "registry", "database")
"""Templates of what is reached through a private endpoint."""


def check(templates: Mapping[str, Template]) -> Iterator[str]:
    """Every switch that is missing or stands otherwise."""
    for path, template in templates.items():
        for resource in template.made:
            yield from _resource(path, resource)
    for (path, symbol), switches in SINGLE.items():
        resource = templates[path].resources.get(symbol)
        if resource is None:
            yield f"{path}: there is no {symbol}"
        else:
            yield from _stand(f"{path}: {symbol}", resource, switches)
    for name in PRIVATE:
        if "endpoint" not in templates[f"modules/{name}.bicep"].modules:
            yield f"modules/{name}.bicep: there is no private endpoint"
    yield from _probes(templates["modules/service.bicep"].resources["service"])


def at(value: Value, path: str) -> Value:
    """What stands at a dotted path; None where there is nothing."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def shown(value: Value) -> object:
    """A value to compare by; an expression is its text."""
    match value:
        case Code():
            return value.text
        case Each():
            return value.of.text
        case list():
            return [shown(item) for item in value]
        case _:
            return value


def _resource(path: str, resource: Resource) -> Iterator[str]:
    where = f"{path}: {resource.symbol}"
    if resource.type not in SWITCHES and resource.type not in PLAIN:
        yield f"{where}: nobody has said how {resource.type} is protected"
    if "preview" in resource.version and resource.type != "Microsoft.Insights/diagnosticSettings":
        yield f"{where}: {resource.version} is a preview"  # diagnosticSettings has had no other since 2016
    condition = resource.condition.text if resource.condition is not None else None
    expected = CONDITIONS.get((path, resource.symbol))
    if condition != expected:
        yield f"{where}: is made if {condition}, not if {expected}"
    yield from _stand(where, resource, SWITCHES.get(resource.type, {}))


def _stand(where: str, resource: Resource, switches: Mapping[str, object]) -> Iterator[str]:
    for path, expected in switches.items():
        found = shown(at(resource.body, path))
        if found != expected or type(found) is not type(expected):
            yield f"{where}: {path} is {found}, not {expected}"


def _probes(service: Resource) -> Iterator[str]:
    containers = at(service.body, "properties.template.containers")
    container = containers[0] if isinstance(containers, list) else None
    probes = at(container, "probes")
    found = {
        (str(at(probe, "type")), str(at(probe, "httpGet.path")))
        for probe in (probes if isinstance(probes, list) else [])
    }
    for probe in {("Startup", "/healthz"), ("Liveness", "/healthz"), ("Readiness", "/readyz")} - found:
        yield f"modules/service.bicep: service: there is no probe {' '.join(probe)}"
