// The service. Each variable is set here, from an identity, a parameter or the vault, or README.md says why it is not.

param location string
param tags object
param size string
param image string
param platformId string
param registryServer string
param identityId string
param identityClientId string
param vaultUri string
param databaseHost string
param databaseName string
param databaseUser string
param archiveUrl string
param archiveResourceId string
param keysUrl string
param wrappingKey string
param whatsappPhoneNumberId string
param whatsappBusinessAccountId string
param teamsAdminChannel string
param teamsOwners string
param archiveOrigin string
param archiveClasses string
param sealedClasses string
param timestampUrl string
param undoSeconds int
param remindHours int
param unansweredMinutes int
param directoryMinutes int
param dailyReport string
param language string
param notice string
param writerName string
param readMarks string

var sizes = {
  small: {
    replicas: 1
    cpu: '0.5'
    memory: '1Gi'
  }
  large: {
    replicas: 3
    cpu: '2'
    memory: '4Gi'
  }
}

resource service 'Microsoft.App/containerApps@2025-07-01' = {
  name: 'waybill'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: platformId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      maxInactiveRevisions: 10
      ingress: {
        external: true
        allowInsecure: false
        targetPort: 3978
        transport: 'http'
        clientCertificateMode: 'ignore'
        traffic: [
          {
            latestRevision: true
            weight: 100
          }
        ]
      }
      registries: [
        {
          server: registryServer
          identity: identityId
        }
      ]
      secrets: [
        {
          name: 'whatsapp-access-token'
          keyVaultUrl: '${vaultUri}secrets/whatsapp-access-token'
          identity: identityId
        }
        {
          name: 'whatsapp-app-secret'
          keyVaultUrl: '${vaultUri}secrets/whatsapp-app-secret'
          identity: identityId
        }
        {
          name: 'whatsapp-verify-token'
          keyVaultUrl: '${vaultUri}secrets/whatsapp-verify-token'
          identity: identityId
        }
        {
          name: 'archive-signing-key'
          keyVaultUrl: '${vaultUri}secrets/archive-signing-key'
          identity: identityId
        }
      ]
    }
    template: {
      terminationGracePeriodSeconds: 30
      containers: [
        {
          name: 'waybill'
          image: image
          resources: {
            cpu: json(sizes[size].cpu)
            memory: sizes[size].memory
          }
          env: [
            {
              name: 'AZURE_CLIENT_ID'
              value: identityClientId
            }
            {
              name: 'WAYBILL_HOST'
              value: '0.0.0.0'
            }
            {
              name: 'WAYBILL_PORT'
              value: '3978'
            }
            {
              name: 'WAYBILL_STORE_URL'
              value: 'postgresql+entra://${databaseUser}@${databaseHost}/${databaseName}'
            }
            {
              name: 'WAYBILL_UNDO_SECONDS'
              value: string(undoSeconds)
            }
            {
              name: 'WAYBILL_REMIND_HOURS'
              value: string(remindHours)
            }
            {
              name: 'WAYBILL_UNANSWERED_MINUTES'
              value: string(unansweredMinutes)
            }
            {
              name: 'WAYBILL_DIRECTORY_MINUTES'
              value: string(directoryMinutes)
            }
            {
              name: 'WAYBILL_DAILY_REPORT'
              value: dailyReport
            }
            {
              name: 'WAYBILL_LANGUAGE'
              value: language
            }
            {
              name: 'WAYBILL_NOTICE'
              value: notice
            }
            {
              name: 'WAYBILL_WRITER_NAME'
              value: writerName
            }
            {
              name: 'WAYBILL_READ_MARKS'
              value: readMarks
            }
            {
              name: 'WAYBILL_ARCHIVE_URL'
              value: archiveUrl
            }
            {
              name: 'WAYBILL_ARCHIVE_REQUIRE_WORM'
              value: 'true'
            }
            {
              name: 'WAYBILL_ARCHIVE_RESOURCE_ID'
              value: archiveResourceId
            }
            {
              name: 'WAYBILL_ARCHIVE_ARM_URL'
              value: environment().resourceManager
            }
            {
              name: 'WAYBILL_ARCHIVE_SIGNING_KEY'
              value: '/mnt/keys/archive-signing-key.pem'
            }
            {
              name: 'WAYBILL_ARCHIVE_ORIGIN'
              value: archiveOrigin
            }
            {
              name: 'WAYBILL_ARCHIVE_TIMESTAMP_URL'
              value: timestampUrl
            }
            {
              name: 'WAYBILL_ARCHIVE_CLASSES'
              value: archiveClasses
            }
            {
              name: 'WAYBILL_ARCHIVE_SEALED_CLASSES'
              value: sealedClasses
            }
            {
              name: 'WAYBILL_ARCHIVE_KEYS_URL'
              value: keysUrl
            }
            {
              name: 'WAYBILL_ARCHIVE_WRAPPING_KEY'
              value: wrappingKey
            }
            {
              name: 'WHATSAPP_PHONE_NUMBER_ID'
              value: whatsappPhoneNumberId
            }
            {
              name: 'WHATSAPP_BUSINESS_ACCOUNT_ID'
              value: whatsappBusinessAccountId
            }
            {
              name: 'WHATSAPP_ACCESS_TOKEN'
              secretRef: 'whatsapp-access-token'
            }
            {
              name: 'WHATSAPP_APP_SECRET'
              secretRef: 'whatsapp-app-secret'
            }
            {
              name: 'WHATSAPP_VERIFY_TOKEN'
              secretRef: 'whatsapp-verify-token'
            }
            {
              name: 'MicrosoftAppId'
              value: identityClientId
            }
            {
              name: 'MicrosoftAppType'
              value: 'UserAssignedMSI'
            }
            {
              name: 'MicrosoftAppTenantId'
              value: subscription().tenantId
            }
            {
              name: 'TEAMS_ADMIN_CHANNEL'
              value: teamsAdminChannel
            }
            {
              name: 'TEAMS_OWNERS'
              value: teamsOwners
            }
          ]
          // Without these none is applied on this kind of environment.
          probes: [
            {
              type: 'Startup'
              httpGet: {
                path: '/healthz'
                port: 3978
              }
              periodSeconds: 2
              failureThreshold: 30
            }
            {
              type: 'Liveness'
              httpGet: {
                path: '/healthz'
                port: 3978
              }
              periodSeconds: 10
              failureThreshold: 3
            }
            {
              type: 'Readiness'
              httpGet: {
                path: '/readyz'
                port: 3978
              }
              periodSeconds: 5
              failureThreshold: 2
            }
          ]
          volumeMounts: [
            {
              volumeName: 'keys'
              mountPath: '/mnt/keys'
            }
            {
              volumeName: 'scratch'
              mountPath: '/tmp'
            }
          ]
        }
      ]
      scale: {
        minReplicas: sizes[size].replicas
        maxReplicas: sizes[size].replicas
      }
      volumes: [
        {
          name: 'keys'
          storageType: 'Secret'
          secrets: [
            {
              secretRef: 'archive-signing-key'
              path: 'archive-signing-key.pem'
            }
          ]
        }
        {
          name: 'scratch'
          storageType: 'EmptyDir'
        }
      ]
    }
  }
}
