// Who may do what with the archive. Nobody gets a right to overwrite, to delete, or to touch a policy.

param environmentName string
param archiveName string
param keysName string
param serviceId string
param readerId string
param operatorId string
param readersGroup string
param operatorsGroup string

var here = resourceGroup().id
var blobDataReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'

resource archive 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: archiveName
}

resource archiveBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' existing = {
  parent: archive
  name: 'default'
}

resource archiveContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = {
  parent: archiveBlobs
  name: 'archive'
}

resource keys 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: keysName
}

resource keysBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' existing = {
  parent: keys
  name: 'default'
}

resource keysContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = {
  parent: keysBlobs
  name: 'keys'
}

resource writer 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(here, 'writer')
  properties: {
    roleName: 'Waybill archive writer (${environmentName})'
    description: 'Creates blobs and reads them. Cannot overwrite, delete, or change anything about one.'
    type: 'CustomRole'
    assignableScopes: [
      here
    ]
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'
        ]
        notDataActions: []
      }
    ]
  }
}

resource observer 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(here, 'observer')
  properties: {
    roleName: 'Waybill archive observer (${environmentName})'
    description: 'Sees how the archive is protected, so that the service can refuse to run where it is not. No content.'
    type: 'CustomRole'
    assignableScopes: [
      here
    ]
    permissions: [
      {
        actions: [
          'Microsoft.Storage/storageAccounts/read'
          'Microsoft.Storage/storageAccounts/blobServices/read'
          'Microsoft.Storage/storageAccounts/blobServices/containers/read'
          'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/read'
          'Microsoft.Storage/storageAccounts/objectReplicationPolicies/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource operator 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(here, 'operator')
  properties: {
    roleName: 'Waybill operator (${environmentName})'
    description: 'Starts, stops and restarts the service, reads its logs and metrics. Cannot change it, and reads no content and no secret.'
    type: 'CustomRole'
    assignableScopes: [
      here
    ]
    permissions: [
      {
        actions: [
          'Microsoft.App/containerApps/read'
          'Microsoft.App/containerApps/start/action'
          'Microsoft.App/containerApps/stop/action'
          'Microsoft.App/containerApps/revisions/read'
          'Microsoft.App/containerApps/revisions/restart/action'
          'Microsoft.App/containerApps/revisions/replicas/read'
          'Microsoft.App/managedEnvironments/read'
          'Microsoft.Insights/metrics/read'
          'Microsoft.Insights/alertRules/read'
          'Microsoft.OperationalInsights/workspaces/read'
          'Microsoft.OperationalInsights/workspaces/query/read'
          'Microsoft.OperationalInsights/workspaces/query/ContainerAppConsoleLogs/read'
          'Microsoft.OperationalInsights/workspaces/query/ContainerAppSystemLogs/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource serviceWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: archiveContainer
  name: guid(archiveContainer.id, serviceId, 'writer')
  properties: {
    roleDefinitionId: writer.id
    principalId: serviceId
    principalType: 'ServicePrincipal'
  }
}

resource serviceObserves 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: archive
  name: guid(archive.id, serviceId, 'observer')
  properties: {
    roleDefinitionId: observer.id
    principalId: serviceId
    principalType: 'ServicePrincipal'
  }
}

resource serviceKeepsKeys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: keysContainer
  name: guid(keysContainer.id, serviceId, 'writer')
  properties: {
    roleDefinitionId: writer.id
    principalId: serviceId
    principalType: 'ServicePrincipal'
  }
}

resource machineReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: archiveContainer
  name: guid(archiveContainer.id, readerId, blobDataReader)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataReader)
    principalId: readerId
    principalType: 'ServicePrincipal'
  }
}

resource peopleRead 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(readersGroup)) {
  scope: archiveContainer
  name: guid(archiveContainer.id, readersGroup, blobDataReader)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataReader)
    principalId: readersGroup
    principalType: 'Group'
  }
}

resource machineOperates 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(here, operatorId, 'operator')
  properties: {
    roleDefinitionId: operator.id
    principalId: operatorId
    principalType: 'ServicePrincipal'
  }
}

resource peopleOperate 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorsGroup)) {
  name: guid(here, operatorsGroup, 'operator')
  properties: {
    roleDefinitionId: operator.id
    principalId: operatorsGroup
    principalType: 'Group'
  }
}
