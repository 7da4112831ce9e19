// Where the image lies. Premium, because only it can be closed to the public; nobody signs in with a password.

param name string
param location string
param tags object
param officeAddresses array
param subnetId string
param zoneId string
param pullerId string
param workspaceId string

var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: 'Premium'
  }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    publicNetworkAccess: empty(officeAddresses) ? 'Disabled' : 'Enabled'
    networkRuleBypassOptions: 'None'
    networkRuleSet: {
      defaultAction: 'Deny'
      ipRules: [for address in officeAddresses: {
        action: 'Allow'
        value: address
      }]
    }
    policies: {
      exportPolicy: {
        status: 'enabled'
      }
    }
  }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, pullerId, acrPull)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
    principalId: pullerId
    principalType: 'ServicePrincipal'
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: registry
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

module endpoint 'endpoint.bicep' = {
  name: 'endpoint-registry'
  params: {
    name: registry.name
    location: location
    tags: tags
    targetId: registry.id
    kind: 'registry'
    subnetId: subnetId
    zoneId: zoneId
  }
}

output server string = registry.properties.loginServer
