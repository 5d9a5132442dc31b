//! `type: azure-dns`.

use crate::config::AzureDnsConfig;
use crate::project::{Project, ProjectError};
use dnsure_providers::azure_dns::{AzureCredentials, AzureDnsSettings};
use std::net::SocketAddr;

impl Project {
    pub(super) fn azure_dns(
        &self,
        name: &str,
        config: &AzureDnsConfig,
        servers: &[SocketAddr],
    ) -> Result<AzureDnsSettings, ProjectError> {
        let mut settings = AzureDnsSettings::new(&config.subscription, &config.resource_group);
        if let Some(url) = &config.url {
            settings.url.clone_from(url);
        }
        settings.preview = config.preview;
        settings.credentials = match (&config.token, &config.credentials) {
            (Some(token), _) => AzureCredentials::Token(self.secret(name, token)?),
            (None, Some(credentials)) => AzureCredentials::Entra {
                kind: credentials.kind,
                tenant: credentials.tenant.clone(),
                client: credentials.client.clone(),
                secret: match &credentials.secret {
                    Some(secret) => Some(self.secret(name, secret)?),
                    None => None,
                },
            },
            (None, None) => AzureCredentials::Environment,
        };
        Ok(settings.servers(servers.iter().copied()))
    }
}
