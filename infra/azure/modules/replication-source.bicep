// The source's half of a replication: the same policy, under the id that the target gave it.

param sourceName string
param targetId string
param policyId string
param ruleId string

resource source 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: sourceName
}

resource outgoing 'Microsoft.Storage/storageAccounts/objectReplicationPolicies@2025-06-01' = {
  parent: source
  name: policyId
  properties: {
    sourceAccount: source.id
    destinationAccount: targetId
    rules: [
      {
        ruleId: ruleId
        sourceContainer: 'archive'
        destinationContainer: 'archive'
        filters: {
          minCreationTime: '1601-01-01T00:00:00Z'
        }
      }
    ]
  }
}
