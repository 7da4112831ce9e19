// What the service runs on. Made before the service, because the bot has to know the address beforehand.

param environmentName string
param location string
param tags object
param size string
param subnetId string
param workspaceId string

resource home 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: 'cae-${environmentName}'
  location: location
  tags: tags
  properties: {
    zoneRedundant: size == 'large'
    publicNetworkAccess: 'Enabled'
    vnetConfiguration: {
      internal: false
      infrastructureSubnetId: subnetId
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
    appLogsConfiguration: {
      destination: 'azure-monitor'
    }
  }
}

resource lines 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: home
  name: 'lines'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

output id string = home.id
output serviceHost string = 'waybill.${home.properties.defaultDomain}'
