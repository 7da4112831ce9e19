// The private network: one subnet for the service, one for the private doors of storage, vault, registry and database.

param environmentName string
param location string
param tags object

var servicesRange = '10.42.0.0/24'
var endpointsRange = '10.42.1.0/26'

resource servicesRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-${environmentName}-services'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'https-from-the-internet'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: servicesRange
          // 31443 is where the environment's own proxy answers for 443.
          destinationPortRanges: [
            '443'
            '31443'
          ]
        }
      }
    ]
  }
}

resource endpointsRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-${environmentName}-endpoints'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'the-service-only'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: servicesRange
          sourcePortRange: '*'
          destinationAddressPrefix: endpointsRange
          destinationPortRanges: [
            '443'
            '5432'
          ]
        }
      }
      {
        name: 'nobody-else'
        properties: {
          priority: 4096
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: 'vnet-${environmentName}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        '10.42.0.0/23'
      ]
    }
    subnets: [
      {
        name: 'services'
        properties: {
          addressPrefix: servicesRange
          networkSecurityGroup: {
            id: servicesRules.id
          }
          delegations: [
            {
              name: 'container-apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointsRange
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled'
          networkSecurityGroup: {
            id: endpointsRules.id
          }
        }
      }
    ]
  }
}

module blobZone 'zone.bicep' = {
  name: 'zone-blob'
  params: {
    name: 'privatelink.blob.${environment().suffixes.storage}'
    networkId: network.id
    tags: tags
  }
}

module vaultZone 'zone.bicep' = {
  name: 'zone-vault'
  params: {
    name: 'privatelink.vaultcore.azure.net'
    networkId: network.id
    tags: tags
  }
}

module registryZone 'zone.bicep' = {
  name: 'zone-registry'
  params: {
    name: 'privatelink${environment().suffixes.acrLoginServer}'
    networkId: network.id
    tags: tags
  }
}

module databaseZone 'zone.bicep' = {
  name: 'zone-database'
  params: {
    name: 'privatelink.postgres.database.azure.com'
    networkId: network.id
    tags: tags
  }
}

output servicesSubnetId string = '${network.id}/subnets/services'
output endpointsSubnetId string = '${network.id}/subnets/endpoints'
output blobZoneId string = blobZone.outputs.id
output vaultZoneId string = vaultZone.outputs.id
output registryZoneId string = registryZone.outputs.id
output databaseZoneId string = databaseZone.outputs.id
