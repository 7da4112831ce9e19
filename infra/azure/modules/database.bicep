// PostgreSQL for the durable store: private, and signed in to by Entra identities only. The service administers its own
// server: nothing else is on it, and the schema is the service's.

param name string
param location string
param tags object
param size string
param subnetId string
param zoneId string
param administratorId string
param administratorName string
param workspaceId string

var sizes = {
  small: {
    sku: 'Standard_B1ms'
    tier: 'Burstable'
    storage: 32
    availability: 'Disabled'
    geoBackup: 'Disabled'
  }
  large: {
    sku: 'Standard_D4ds_v5'
    tier: 'GeneralPurpose'
    storage: 256
    availability: 'ZoneRedundant'
    geoBackup: 'Enabled'
  }
}

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sizes[size].sku
    tier: sizes[size].tier
  }
  properties: {
    version: '17'
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: subscription().tenantId
    }
    network: {
      publicNetworkAccess: 'Disabled'
    }
    storage: {
      storageSizeGB: sizes[size].storage
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: 35
      geoRedundantBackup: sizes[size].geoBackup
    }
    highAvailability: {
      mode: sizes[size].availability
    }
  }
}

resource administrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: administratorId
  properties: {
    principalName: administratorName
    principalType: 'ServicePrincipal'
    tenantId: subscription().tenantId
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: 'waybill'
  properties: {
    charset: 'UTF8'
    collation: 'C.utf8'
  }
}

// One change of configuration at a time: the server refuses a second while it works on the first.
resource secureTransport 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'require_secure_transport'
  properties: {
    value: 'ON'
    source: 'user-override'
  }
  dependsOn: [
    administrator
    database
  ]
}

resource leastTls 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'ssl_min_protocol_version'
  properties: {
    value: 'TLSv1.2'
    source: 'user-override'
  }
  dependsOn: [
    secureTransport
  ]
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: server
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
  name: 'endpoint-database'
  params: {
    name: server.name
    location: location
    tags: tags
    targetId: server.id
    kind: 'postgresqlServer'
    subnetId: subnetId
    zoneId: zoneId
  }
}

output id string = server.id
output host string = server.properties.fullyQualifiedDomainName
output databaseName string = database.name
