// Secrets that people put in and the service reads, and the key that wraps the archive's data keys and never leaves.

param name string
param location string
param tags object
param officeAddresses array
param subnetId string
param zoneId string
param serviceId string
param secretsGroup string
param workspaceId string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
var cryptoServiceEncryptionUser = 'e147488a-f6f5-4113-8e2d-b22465e65bf6'

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'premium'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: empty(officeAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: 'Deny'
      bypass: 'AzureServices'
      ipRules: [for address in officeAddresses: {
        value: address
      }]
    }
  }
}

// Without an expiry on purpose: records are read for years, and a wrapped key is lost with the key that wrapped it.
resource wrapping 'Microsoft.KeyVault/vaults/keys@2025-05-01' = {
  parent: vault
  name: 'archive-wrapping'
  tags: tags
  properties: {
    kty: 'RSA-HSM'
    keySize: 3072
    keyOps: [
      'wrapKey'
      'unwrapKey'
    ]
  }
}

resource serviceReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, serviceId, secretsUser)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: serviceId
    principalType: 'ServicePrincipal'
  }
}

resource serviceWraps 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: wrapping
  name: guid(wrapping.id, serviceId, cryptoServiceEncryptionUser)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cryptoServiceEncryptionUser)
    principalId: serviceId
    principalType: 'ServicePrincipal'
  }
}

resource peoplePutIn 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(secretsGroup)) {
  scope: vault
  name: guid(vault.id, secretsGroup, secretsOfficer)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
    principalId: secretsGroup
    principalType: 'Group'
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
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
  name: 'endpoint-vault'
  params: {
    name: vault.name
    location: location
    tags: tags
    targetId: vault.id
    kind: 'vault'
    subnetId: subnetId
    zoneId: zoneId
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
output wrappingKey string = wrapping.properties.keyUriWithVersion
