// Who acts: the service (which is also the bot), whoever reads the archive by machine, whoever operates by machine.

param environmentName string
param location string
param tags object

resource service 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${environmentName}-service'
  location: location
  tags: tags
}

resource reader 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${environmentName}-reader'
  location: location
  tags: tags
}

resource operator 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${environmentName}-operator'
  location: location
  tags: tags
}

output serviceId string = service.id
output serviceName string = service.name
output serviceClientId string = service.properties.clientId
output servicePrincipalId string = service.properties.principalId
output readerPrincipalId string = reader.properties.principalId
output operatorPrincipalId string = operator.properties.principalId
