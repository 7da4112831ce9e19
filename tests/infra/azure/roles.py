"""Knows who may do what, exactly. Whoever widens a role changes this table too, and somebody reads that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .bicep import Resource, Template, Value
from .switches import at, shown

BUILT_IN = {
    "acrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "blobDataReader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "secretsUser": "4633458b-17de-408a-b874-0445c86b69e6",
    "secretsOfficer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "cryptoServiceEncryptionUser": "e147488a-f6f5-4113-8e2d-b22465e65bf6",
}
"""Azure's own roles that are given to somebody, by the name our templates have for them."""

MEANT = BUILT_IN | {"here": "resourceGroup().id"}
"""Variables that the tables below go by."""

GRANTS = {
    ("modules/access.bicep", "archiveContainer", "writer.id", "serviceId", "ServicePrincipal"),
    ("modules/access.bicep", "archive", "observer.id", "serviceId", "ServicePrincipal"),
    ("modules/access.bicep", "keysContainer", "writer.id", "serviceId", "ServicePrincipal"),
    ("modules/access.bicep", "archiveContainer", "blobDataReader", "readerId", "ServicePrincipal"),
    ("modules/access.bicep", "archiveContainer", "blobDataReader", "readersGroup", "Group"),
    ("modules/access.bicep", None, "operator.id", "operatorId", "ServicePrincipal"),
    ("modules/access.bicep", None, "operator.id", "operatorsGroup", "Group"),
    ("modules/registry.bicep", "registry", "acrPull", "pullerId", "ServicePrincipal"),
    ("modules/vault.bicep", "vault", "secretsUser", "serviceId", "ServicePrincipal"),
    ("modules/vault.bicep", "wrapping", "cryptoServiceEncryptionUser", "serviceId", "ServicePrincipal"),
    ("modules/vault.bicep", "vault", "secretsOfficer", "secretsGroup", "Group"),
}
"""Template, scope (None: the resource group), role, principal and its type."""

_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"

WRITER = {f"{_BLOBS}/add/action", f"{_BLOBS}/read"}
"""Put Blob of a name that is free, and Get. `write` would be replacing; it is not there."""

ACTING = {
    "Microsoft.App/containerApps/start/action",
    "Microsoft.App/containerApps/stop/action",
    "Microsoft.App/containerApps/revisions/restart/action",
}
"""All that our roles may do besides reading what is no content."""


def check(templates: Mapping[str, Template]) -> Iterator[str]:
    """Every right that is not in the table, every one in the table that nobody has."""
    given: set[tuple[str, object, str, object, object]] = set()
    for path, template in templates.items():
        for resource in template.made:
            if resource.type == "Microsoft.Authorization/roleAssignments":
                given.add(_grant(path, resource))
            if resource.type == "Microsoft.Authorization/roleDefinitions":
                yield from _definition(f"{path}: {resource.symbol}", resource)
        for name, value in template.variables.items():
            if shown(value) != MEANT.get(name, shown(value)):
                yield f"{path}: {name} is not what its name says"
    yield from (f"{path}: {' '.join(map(str, rest))} is not to be given" for path, *rest in given - GRANTS)
    yield from (f"{path}: {' '.join(map(str, rest))} is missing" for path, *rest in GRANTS - given)
    administrator = shown(at(templates["main.bicep"].modules["database"].body, "params.administratorId"))
    if administrator != "identities.outputs.servicePrincipalId":
        yield "main.bicep: database: somebody else than the service administers it"


def _grant(path: str, resource: Resource) -> tuple[str, object, str, object, object]:
    role = str(shown(at(resource.body, "properties.roleDefinitionId")))
    prefix = "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', "
    return (
        path,
        shown(at(resource.body, "scope")),
        role.removeprefix(prefix).removesuffix(")") if role.startswith(prefix) else role,
        shown(at(resource.body, "properties.principalId")),
        shown(at(resource.body, "properties.principalType")),
    )


def _definition(where: str, resource: Resource) -> Iterator[str]:
    permissions = at(resource.body, "properties.permissions")
    for permission in permissions if isinstance(permissions, list) else []:
        data, actions = _words(at(permission, "dataActions")), _words(at(permission, "actions"))
        if data != (WRITER if resource.symbol == "writer" else set()):
            yield f"{where}: its data actions are {sorted(data)}"
        for action in sorted(actions):
            if "*" in action or not (action.endswith("/read") or action in ACTING):
                yield f"{where}: {action} is more than it needs"
    if shown(at(resource.body, "properties.assignableScopes")) != ["here"]:
        yield f"{where}: it can be given outside the resource group"


def _words(value: Value) -> set[str]:
    return {str(word) for word in value} if isinstance(value, list) else set()
