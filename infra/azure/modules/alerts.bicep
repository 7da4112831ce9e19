// What rings without the service's help: faults it reports, and hands on what protects the archive.

param environmentName string
param location string
param tags object
param address string
param workspaceId string
param archiveId string
param databaseId string
param vaultId string

var here = resourceGroup().id

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${environmentName}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'waybill'
    enabled: true
    emailReceivers: [
      {
        name: 'alarms'
        emailAddress: address
        useCommonAlertSchema: true
      }
    ]
  }
}

resource faults 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = {
  name: 'waybill-faults'
  location: location
  tags: tags
  properties: {
    displayName: 'Waybill logs an error'
    description: 'The service cannot run, cannot sign in, cannot keep the archive, or met a defect. Each line names which.'
    severity: 1
    enabled: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    scopes: [
      workspaceId
    ]
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: 'ContainerAppConsoleLogs | where ContainerAppName == "waybill" | where parse_json(Log).level in ("error", "critical")'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}

resource deletions 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = {
  name: 'archive-deletions'
  location: location
  tags: tags
  properties: {
    displayName: 'Somebody tried to delete or change a blob of the archive'
    description: 'The service never does. The policy refuses it until the retention period is over.'
    severity: 0
    enabled: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    scopes: [
      archiveId
    ]
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: 'StorageBlobLogs | where Category == "StorageDelete" or OperationName in ("SetBlobMetadata", "SetBlobProperties", "SetBlobTier", "SetContainerMetadata", "SetContainerACL")'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}

resource policyChanged 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
  name: 'archive-policy'
  location: 'global'
  tags: tags
  properties: {
    description: 'Somebody changed or removed the retention policy of an archive.'
    enabled: true
    scopes: [
      here
    ]
    condition: {
      allOf: [
        {
          field: 'category'
          equals: 'Administrative'
        }
        {
          field: 'resourceType'
          equals: 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies'
        }
      ]
    }
    actions: {
      actionGroups: [
        {
          actionGroupId: people.id
        }
      ]
    }
  }
}

resource rightsChanged 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
  name: 'rights'
  location: 'global'
  tags: tags
  properties: {
    description: 'Somebody gave or took a role in this resource group.'
    enabled: true
    scopes: [
      here
    ]
    condition: {
      allOf: [
        {
          field: 'category'
          equals: 'Administrative'
        }
        {
          field: 'resourceType'
          equals: 'Microsoft.Authorization/roleAssignments'
        }
      ]
    }
    actions: {
      actionGroups: [
        {
          actionGroupId: people.id
        }
      ]
    }
  }
}

resource lockRemoved 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
  name: 'lock-removed'
  location: 'global'
  tags: tags
  properties: {
    description: 'Somebody removed the lock that keeps an archive account from being deleted.'
    enabled: true
    scopes: [
      here
    ]
    condition: {
      allOf: [
        {
          field: 'category'
          equals: 'Administrative'
        }
        {
          field: 'operationName'
          equals: 'Microsoft.Authorization/locks/delete'
        }
      ]
    }
    actions: {
      actionGroups: [
        {
          actionGroupId: people.id
        }
      ]
    }
  }
}

resource archiveAway 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'archive-away'
  location: 'global'
  tags: tags
  properties: {
    description: 'The archive answers less than it should: messages wait until it does.'
    severity: 1
    enabled: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    scopes: [
      archiveId
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'availability'
          metricName: 'Availability'
          operator: 'LessThan'
          threshold: 99
          timeAggregation: 'Average'
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}

resource databaseFull 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'database-full'
  location: 'global'
  tags: tags
  properties: {
    description: 'The database runs out of space: without it nothing is accepted.'
    severity: 1
    enabled: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    scopes: [
      databaseId
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'storage'
          metricName: 'storage_percent'
          operator: 'GreaterThan'
          threshold: 80
          timeAggregation: 'Average'
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}

resource databaseAway 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'database-away'
  location: 'global'
  tags: tags
  properties: {
    description: 'The database is down: webhooks and activities are answered 503, and their senders repeat.'
    severity: 0
    enabled: true
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    scopes: [
      databaseId
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'alive'
          metricName: 'is_db_alive'
          operator: 'LessThan'
          threshold: 1
          timeAggregation: 'Maximum'
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}

resource vaultAway 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'vault-away'
  location: 'global'
  tags: tags
  properties: {
    description: 'The vault answers less than it should: a replica that starts now gets no secrets.'
    severity: 2
    enabled: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    scopes: [
      vaultId
    ]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'availability'
          metricName: 'Availability'
          operator: 'LessThan'
          threshold: 99
          timeAggregation: 'Average'
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}

output actionGroupId string = people.id
