// Copies every new blob of the archive to the second account. The copy is made by Azure; the service has no right there.

param sourceName string
param targetName string

resource source 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: sourceName
}

resource target 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: targetName
}

resource incoming 'Microsoft.Storage/storageAccounts/objectReplicationPolicies@2025-06-01' = {
  parent: target
  name: 'default'
  properties: {
    sourceAccount: source.id
    destinationAccount: target.id
    rules: [
      {
        sourceContainer: 'archive'
        destinationContainer: 'archive'
        filters: {
          minCreationTime: '1601-01-01T00:00:00Z'
        }
      }
    ]
  }
}

module outgoing 'replication-source.bicep' = {
  name: 'replication-source'
  params: {
    sourceName: sourceName
    targetId: target.id
    policyId: incoming.properties.policyId
    ruleId: incoming.properties.rules[0].ruleId
  }
}
