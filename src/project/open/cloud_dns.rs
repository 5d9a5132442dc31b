//! Google Cloud DNS.

use crate::config::CloudDnsConfig;
use dnsure_providers::cloud_dns::{CloudDnsSettings, GoogleAccount};
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::Path;

/// The settings of the backend; files are below `root`.
pub(super) fn settings(
    config: &CloudDnsConfig,
    token: Option<SecretString>,
    servers: &[SocketAddr],
    root: &Path,
) -> CloudDnsSettings {
    let mut settings = CloudDnsSettings::new(&config.project);
    settings.private = config.private;
    if let Some(url) = &config.url {
        settings.url.clone_from(url);
    }
    settings.account = match (token, &config.credentials) {
        (Some(token), _) => GoogleAccount::Token(token),
        (None, Some(file)) => GoogleAccount::File(root.join(file)),
        (None, None) => GoogleAccount::Default,
    };
    settings.zones.clone_from(&config.zones);
    settings.servers = servers.to_vec();
    settings
}
