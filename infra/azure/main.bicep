// Everything Waybill needs in Azure, in one resource group. What it is, who may do what and what it costs: README.md.
//
// It is deployed twice: without an image it makes all but the service, so that people can put secrets into the vault
// and the image into the registry; with an image it makes the service too.

targetScope = 'subscription'

@minLength(1)
@maxLength(32)
@description('Name of this installation; names and tags are made of it.')
param environmentName string

@description('Region of everything but the replica.')
param location string

@description('small: one replica, burstable database. large: three replicas, database in two zones, storage in two regions.')
@allowed([
  'small'
  'large'
])
param size string = 'small'

@description('The image by digest, <registry>/waybill@sha256:<64 hex digits>. Empty: everything but the service.')
param image string = ''

@description('Public addresses or ranges (CIDR) from which people reach vault, registry and storage. Empty: from the private network only.')
param officeAddresses array = []

@description('Entra group of those who read the archive: eDiscovery analysts. Empty: nobody yet.')
param readersGroup string = ''

@description('Entra group of those who keep the service running, and cannot read content. Empty: nobody yet.')
param operatorsGroup string = ''

@description('Entra group of those who put secrets into the vault. Empty: nobody yet.')
param secretsGroup string = ''

@description('Where alarms are mailed to.')
param alarmAddress string

@description('Days that no blob of the archive can be changed or deleted; 31 more than the longest retention class.')
@minValue(1)
@maxValue(146000)
param retentionDays int = 2588

@description('true from the moment somebody has locked the policy: a locked policy cannot be deployed again.')
param isPolicyLocked bool = false

@description('Second region, for a copy of the archive under a policy of its own. Empty: no copy.')
param replicaLocation string = ''

@description('Whether the policy of the copy has been locked.')
param isReplicaPolicyLocked bool = false

@description('Id of the business number at Meta.')
param whatsappPhoneNumberId string

@description('Id of the WhatsApp business account at Meta.')
param whatsappBusinessAccountId string

@description('Channel of Teams for quarantine and alarms.')
param teamsAdminChannel string = ''

@description('Entra object ids of the first owners, with commas.')
param teamsOwners string = ''

@description('Name the archive\'s checkpoints are signed under, below a domain of yours, for instance example.com/waybill.')
param archiveOrigin string

@description('How many days the records of each retention class are kept.')
param archiveClasses string = 'standard=2557d'

@description('Retention classes whose content is encrypted, with commas.')
param sealedClasses string = ''

@description('RFC 3161 authority that stamps the hourly anchors. Empty: none.')
param timestampUrl string = ''

@description('How long a message can be taken back before it leaves, in seconds.')
@minValue(0)
@maxValue(300)
param undoSeconds int = 5

@description('How many hours before a conversation\'s window closes staff are reminded of it.')
@minValue(0)
@maxValue(23)
param remindHours int = 1

@description('After how many minutes staff are told that a message has no answer, and after twice as many supervisors.')
@minValue(0)
@maxValue(10080)
param unansweredMinutes int = 60

@description('How often, in minutes, Entra is asked whose account is disabled or deleted; 0 for never.')
@minValue(0)
@maxValue(60)
param directoryMinutes int = 4

@description('Whether administrators are told every morning what was unusual: on or off.')
@allowed([
  'on'
  'off'
])
param dailyReport string = 'on'

@description('What is spoken in channels: en, de. In their chat with the bot people read the language of their Teams.')
param language string = 'en'

@description('What a contact is told about the recording: on, off, or a text of your own.')
param notice string = 'on'

@description('Whether a contact reads who of staff writes.')
@allowed([
  'on'
  'off'
])
param writerName string = 'on'

@description('When what staff were shown is marked as read for the contact.')
@allowed([
  'reply'
  'never'
])
param readMarks string = 'reply'

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    tags: tags
  }
}

module logs 'modules/logs.bicep' = {
  name: 'logs'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    tags: tags
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    tags: tags
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  scope: group
  params: {
    name: 'cr${token}'
    location: location
    tags: tags
    officeAddresses: officeAddresses
    subnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.registryZoneId
    pullerId: identities.outputs.servicePrincipalId
    workspaceId: logs.outputs.workspaceId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    officeAddresses: officeAddresses
    subnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.vaultZoneId
    serviceId: identities.outputs.servicePrincipalId
    secretsGroup: secretsGroup
    workspaceId: logs.outputs.workspaceId
  }
}

module archive 'modules/archive.bicep' = {
  name: 'archive'
  scope: group
  params: {
    name: 'star${token}'
    location: location
    tags: tags
    sku: size == 'large' ? 'Standard_GZRS' : 'Standard_ZRS'
    retentionDays: retentionDays
    isPolicyLocked: isPolicyLocked
    officeAddresses: officeAddresses
    networkLocation: location
    subnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.blobZoneId
    workspaceId: logs.outputs.workspaceId
  }
}

module replica 'modules/archive.bicep' = if (!empty(replicaLocation)) {
  name: 'replica'
  scope: group
  params: {
    name: 'strp${token}'
    location: replicaLocation
    tags: tags
    sku: 'Standard_LRS'
    retentionDays: retentionDays
    isPolicyLocked: isReplicaPolicyLocked
    officeAddresses: officeAddresses
    networkLocation: location
    subnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.blobZoneId
    workspaceId: logs.outputs.workspaceId
  }
}

module replication 'modules/replication.bicep' = if (!empty(replicaLocation)) {
  name: 'replication'
  scope: group
  params: {
    sourceName: 'star${token}'
    targetName: 'strp${token}'
  }
  dependsOn: [
    archive
    replica
  ]
}

module keys 'modules/keys.bicep' = {
  name: 'keys'
  scope: group
  params: {
    name: 'stky${token}'
    location: location
    tags: tags
    officeAddresses: officeAddresses
    subnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.blobZoneId
    workspaceId: logs.outputs.workspaceId
  }
}

module access 'modules/access.bicep' = {
  name: 'access'
  scope: group
  params: {
    environmentName: environmentName
    archiveName: archive.outputs.name
    keysName: keys.outputs.name
    serviceId: identities.outputs.servicePrincipalId
    readerId: identities.outputs.readerPrincipalId
    operatorId: identities.outputs.operatorPrincipalId
    readersGroup: readersGroup
    operatorsGroup: operatorsGroup
  }
}

module database 'modules/database.bicep' = {
  name: 'database'
  scope: group
  params: {
    name: 'psql-${token}'
    location: location
    tags: tags
    size: size
    subnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.databaseZoneId
    administratorId: identities.outputs.servicePrincipalId
    administratorName: identities.outputs.serviceName
    workspaceId: logs.outputs.workspaceId
  }
}

module platform 'modules/platform.bicep' = {
  name: 'platform'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    tags: tags
    size: size
    subnetId: network.outputs.servicesSubnetId
    workspaceId: logs.outputs.workspaceId
  }
}

module bot 'modules/bot.bicep' = {
  name: 'bot'
  scope: group
  params: {
    name: 'bot-${token}'
    tags: tags
    endpoint: 'https://${platform.outputs.serviceHost}/api/messages'
    identityId: identities.outputs.serviceId
    appId: identities.outputs.serviceClientId
    workspaceId: logs.outputs.workspaceId
  }
}

module service 'modules/service.bicep' = if (!empty(image)) {
  name: 'service'
  scope: group
  params: {
    location: location
    tags: tags
    size: size
    image: image
    platformId: platform.outputs.id
    registryServer: registry.outputs.server
    identityId: identities.outputs.serviceId
    identityClientId: identities.outputs.serviceClientId
    vaultUri: vault.outputs.uri
    databaseHost: database.outputs.host
    databaseName: database.outputs.databaseName
    databaseUser: identities.outputs.serviceName
    archiveUrl: archive.outputs.containerUrl
    archiveResourceId: archive.outputs.containerId
    keysUrl: keys.outputs.containerUrl
    wrappingKey: vault.outputs.wrappingKey
    whatsappPhoneNumberId: whatsappPhoneNumberId
    whatsappBusinessAccountId: whatsappBusinessAccountId
    teamsAdminChannel: teamsAdminChannel
    teamsOwners: teamsOwners
    archiveOrigin: archiveOrigin
    archiveClasses: archiveClasses
    sealedClasses: sealedClasses
    timestampUrl: timestampUrl
    undoSeconds: undoSeconds
    remindHours: remindHours
    unansweredMinutes: unansweredMinutes
    directoryMinutes: directoryMinutes
    dailyReport: dailyReport
    language: language
    notice: notice
    writerName: writerName
    readMarks: readMarks
  }
  dependsOn: [
    access
  ]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    tags: tags
    address: alarmAddress
    workspaceId: logs.outputs.workspaceId
    archiveId: archive.outputs.id
    databaseId: database.outputs.id
    vaultId: vault.outputs.id
  }
}

module serviceAlerts 'modules/service-alerts.bicep' = if (!empty(image)) {
  name: 'service-alerts'
  scope: group
  params: {
    tags: tags
    actionGroupId: alerts.outputs.actionGroupId
    replicas: size == 'large' ? 3 : 1
  }
  dependsOn: [
    service
  ]
}

output AZURE_RESOURCE_GROUP string = group.name
output WAYBILL_REGISTRY string = registry.outputs.server
output WAYBILL_VAULT string = vault.outputs.name
output WAYBILL_ARCHIVE_URL string = archive.outputs.containerUrl
output WAYBILL_APP_ID string = identities.outputs.serviceClientId
output WAYBILL_WEBHOOK string = 'https://${platform.outputs.serviceHost}/whatsapp/webhook'
