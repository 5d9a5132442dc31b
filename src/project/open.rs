//! From configuration and secrets to backends.

#[cfg(feature = "azure-dns")]
mod azure_dns;
#[cfg(feature = "cloud-dns")]
mod cloud_dns;

use super::{Project, ProjectError};
#[cfg(feature = "cloudflare")]
use crate::config::CloudflareConfig;
use crate::config::{KeyConfig, ProviderConfig, ProviderKind, SecretRef, ZoneFileConfig};
use dnsure_providers::axfr::{Axfr, AxfrSettings};
#[cfg(feature = "azure-dns")]
use dnsure_providers::azure_dns::AzureDns;
#[cfg(feature = "cloudflare")]
use dnsure_providers::cloudflare::{Cloudflare, CloudflareSettings};
use dnsure_providers::dns::TsigKey;
use dnsure_providers::embedded::{Embedded, EmbeddedSettings};
use dnsure_providers::panel::{Panel, PanelSettings};
use dnsure_providers::powerdns::{PowerDns, PowerDnsSettings};
use dnsure_providers::rfc2136::{Rfc2136, Rfc2136Settings};
#[cfg(feature = "route53")]
use dnsure_providers::route53::Route53;
use dnsure_providers::zone_file::{ZoneFile, ZoneFileSettings};
use dnsure_providers::{Backend, BackendError};
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Project {
    /// The backend of a provider, opened on first use.
    ///
    /// # Errors
    /// [`ProjectError`] when a secret is missing or the provider cannot be set up.
    pub async fn backend(&self, provider: &str) -> Result<Arc<dyn Backend>, ProjectError> {
        let mut backends = self.backends.lock().await;
        if let Some(backend) = backends.get(provider) {
            return Ok(Arc::clone(backend));
        }
        let config = self
            .config
            .providers
            .get(provider)
            .ok_or_else(|| ProjectError::Other(format!("there is no provider `{provider}`")))?;
        let backend = self.open(provider, config).await?;
        backends.insert(provider.to_owned(), Arc::clone(&backend));
        Ok(backend)
    }

    async fn open(&self, name: &str, config: &ProviderConfig) -> Result<Arc<dyn Backend>, ProjectError> {
        let failed =
            |error: BackendError| ProjectError::Backend { target: format!("provider {name}"), error };
        Ok(match &config.kind {
            ProviderKind::Axfr { server, key } => Arc::new(Axfr::new(AxfrSettings {
                server: resolve(name, server).await?,
                key: self.tsig(name, key.as_ref())?,
                servers: config.servers.clone(),
            })),
            #[cfg(feature = "azure-dns")]
            ProviderKind::AzureDns(azure) => {
                Arc::new(AzureDns::new(self.azure_dns(name, azure, &config.servers)?).map_err(failed)?)
            }
            #[cfg(feature = "cloud-dns")]
            ProviderKind::CloudDns(google) => {
                let token = google.token.as_ref().map(|token| self.secret(name, token)).transpose()?;
                let settings = cloud_dns::settings(google, token, &config.servers, &self.root);
                Arc::new(dnsure_providers::cloud_dns::CloudDns::new(settings).map_err(failed)?)
            }
            #[cfg(not(feature = "cloud-dns"))]
            ProviderKind::CloudDns(_) => return Err(not_built(name, "cloud-dns")),
            ProviderKind::Embedded { .. } => Arc::new(Embedded::open(self.embedded(config)).map_err(failed)?),
            ProviderKind::Rfc2136 { server, key, transfer_key, software } => {
                let settings = Rfc2136Settings {
                    server: resolve(name, server).await?,
                    key: self.update_key(name, key.as_ref(), transfer_key.is_some())?,
                    transfer_key: self.tsig(name, transfer_key.as_ref())?,
                    servers: config.servers.clone(),
                };
                Arc::new(Rfc2136::new(settings).running(*software))
            }
            ProviderKind::PowerDns { url, api_key, server_id } => Arc::new(
                PowerDns::new(PowerDnsSettings {
                    url: url.clone(),
                    api_key: self.secret(name, api_key)?,
                    server_id: server_id.clone(),
                    servers: config.servers.clone(),
                    http: Default::default(),
                })
                .map_err(failed)?,
            ),
            #[cfg(feature = "cloudflare")]
            ProviderKind::Cloudflare(cloudflare) => {
                Arc::new(self.cloudflare(name, config, cloudflare)?.map_err(failed)?)
            }
            #[cfg(not(feature = "cloudflare"))]
            ProviderKind::Cloudflare(_) => return Err(not_built(name, "cloudflare")),
            ProviderKind::ZoneFile(files) => Arc::new(ZoneFile::new(self.zone_file(files, &config.servers))),
            ProviderKind::Panel { url, token } => {
                let settings = PanelSettings::new(url, self.secret(name, token)?);
                let servers = config.servers.iter().copied();
                Arc::new(Panel::new(settings.servers(servers)).map_err(failed)?)
            }
            #[cfg(feature = "route53")]
            ProviderKind::Route53(route53) => {
                Arc::new(Route53::new(route53.settings(&config.servers)).map_err(failed)?)
            }
        })
    }

    #[cfg(feature = "cloudflare")]
    fn cloudflare(
        &self,
        name: &str,
        config: &ProviderConfig,
        cloudflare: &CloudflareConfig,
    ) -> Result<Result<Cloudflare, BackendError>, ProjectError> {
        let CloudflareConfig { token, account, zones, url } = cloudflare;
        let mut settings = CloudflareSettings::new(self.secret(name, token)?);
        settings.account.clone_from(account);
        settings.zones.clone_from(zones);
        settings.servers.clone_from(&config.servers);
        if let Some(url) = url {
            settings.url.clone_from(url);
        }
        Ok(Cloudflare::new(settings))
    }

    /// Paths are absolute, because commands get them.
    fn zone_file(&self, files: &ZoneFileConfig, servers: &[SocketAddr]) -> ZoneFileSettings {
        // As it is shown in messages; a directory that is not there is told when it is read.
        let absolute = |path: PathBuf| {
            let found = path.canonicalize().or_else(|_| std::path::absolute(&path));
            found.unwrap_or(path)
        };
        ZoneFileSettings {
            directory: absolute(self.root.join(&files.directory)),
            pattern: files.pattern.clone(),
            servers: servers.to_vec(),
            serial: files.serial,
            check: files.check.clone(),
            reload: files.reload.clone(),
            rewrite: files.rewrite,
            software: files.software,
            working_directory: absolute(self.root.clone()),
        }
    }

    /// The settings of an embedded provider; an empty directory for any other kind.
    #[must_use]
    pub fn embedded(&self, config: &ProviderConfig) -> EmbeddedSettings {
        match &config.kind {
            ProviderKind::Embedded { directory, listen } => {
                EmbeddedSettings { directory: self.root.join(directory), listen: *listen }
            }
            _ => EmbeddedSettings { directory: self.root.clone(), listen: None },
        }
    }

    /// The key for updates. Where there is another for transfers, reading needs only that one: a
    /// pull request is planned without the key that may write.
    fn update_key(
        &self,
        provider: &str,
        key: Option<&KeyConfig>,
        reads_with_another: bool,
    ) -> Result<Option<TsigKey>, ProjectError> {
        match self.tsig(provider, key) {
            Err(_) if reads_with_another => Ok(None),
            other => other,
        }
    }

    /// Checks that the secrets that writing needs are there.
    ///
    /// # Errors
    /// [`ProjectError::Secret`].
    pub(super) fn require_write_secrets(&self, provider: &str) -> Result<(), ProjectError> {
        match self.config.providers.get(provider).map(|config| &config.kind) {
            Some(ProviderKind::Rfc2136 { key, .. }) => self.tsig(provider, key.as_ref()).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn tsig(&self, provider: &str, key: Option<&KeyConfig>) -> Result<Option<TsigKey>, ProjectError> {
        key.map(|key| tsig_key(provider, key, &self.root)).transpose()
    }

    fn secret(&self, provider: &str, reference: &SecretRef) -> Result<SecretString, ProjectError> {
        secret(provider, reference, &self.root)
    }
}

/// The key that `key` describes; files of secrets are below `root`.
///
/// # Errors
/// [`ProjectError::Secret`].
pub fn tsig_key(provider: &str, key: &KeyConfig, root: &Path) -> Result<TsigKey, ProjectError> {
    let secret = secret(provider, &key.secret, root)?;
    TsigKey::parse(&key.name.to_string(), &key.algorithm.to_string(), &secret)
        .map_err(|error| ProjectError::Secret { provider: provider.into(), reason: error.to_string() })
}

/// Looks a secret up; files are below `root`.
///
/// # Errors
/// [`ProjectError::Secret`], with the name of the variable or file.
pub fn secret(provider: &str, reference: &SecretRef, root: &Path) -> Result<SecretString, ProjectError> {
    let missing = |reason: String| ProjectError::Secret { provider: provider.into(), reason };
    let text = match reference {
        SecretRef::Env(variable) => std::env::var(variable)
            .map_err(|_| missing(format!("set the environment variable {variable}")))?,
        SecretRef::File(path) => {
            let path = root.join(path);
            std::fs::read_to_string(&path).map_err(|error| missing(format!("{}: {error}", path.display())))?
        }
    };
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(missing(match reference {
            SecretRef::Env(variable) => format!("the environment variable {variable} is empty"),
            SecretRef::File(path) => format!("the first line of {} is empty", path.display()),
        }));
    }
    Ok(SecretString::from(line))
}

/// The provider's code was left out when the program was built.
#[cfg(not(all(feature = "cloud-dns", feature = "cloudflare")))]
fn not_built(provider: &str, feature: &str) -> ProjectError {
    ProjectError::Other(format!(
        "provider `{provider}`: this dnsure was built without `{feature}`: build it with the feature of that name"
    ))
}

/// `host`, `host:port`, `address` or `address:port`; the port is 53 where none stands.
///
/// # Errors
/// [`ProjectError`] when the name has no address.
pub async fn resolve(provider: &str, server: &str) -> Result<SocketAddr, ProjectError> {
    address_of(server).await.map_err(|reason| {
        ProjectError::Other(format!(
            "provider `{provider}`: the server `{server}` cannot be found ({reason}); check `server:` in {}",
            super::CONFIG_FILE
        ))
    })
}

/// As [`resolve`], for a server that no configuration names.
///
/// # Errors
/// Why it has no address, in words.
pub async fn address_of(server: &str) -> Result<SocketAddr, String> {
    let bare = server.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        return Ok(SocketAddr::new(address, 53));
    }
    let with_port = if server.contains(':') { server.to_owned() } else { format!("{server}:53") };
    let mut found = tokio::net::lookup_host(&with_port).await.map_err(|error| error.to_string())?;
    found.next().ok_or_else(|| "it has no address".into())
}
