//! The `providers` section: what each one is and how to reach it.

#[cfg(feature = "azure-dns")]
mod azure_dns;
mod cloudflare;

#[cfg(feature = "azure-dns")]
pub use azure_dns::{AzureCredentialsConfig, AzureDnsConfig};
mod cloud_dns;
#[cfg(feature = "route53")]
mod route53;
mod zone_file;

#[cfg(feature = "route53")]
pub use route53::Route53Config;

use super::Config;
use super::key::{KeyConfig, SecretRef};
use super::reader::{Reader, missing};
use dnsure_providers::rfc2136::Software;
use dnsure_zones::diagnostic::Span;
use dnsure_zones::yaml::{Entry, Node};
use std::net::SocketAddr;
use std::path::PathBuf;

pub use cloud_dns::CloudDnsConfig;
pub use cloudflare::CloudflareConfig;
pub use zone_file::ZoneFileConfig;

/// One provider.
#[derive(Debug)]
pub struct ProviderConfig {
    /// What it is and how to reach it.
    pub kind: ProviderKind,
    /// The server addresses to verify on; empty where the provider or the apex NS tell.
    pub servers: Vec<SocketAddr>,
    /// Where it stands, for messages.
    pub span: Span,
}

/// The kinds of providers.
#[derive(Debug)]
pub enum ProviderKind {
    /// Zone transfer alone: read, never written.
    Axfr {
        /// `host:port` of the server.
        server: String,
        /// The key for transfers.
        key: Option<KeyConfig>,
    },
    /// Azure DNS.
    #[cfg(feature = "azure-dns")]
    AzureDns(AzureDnsConfig),
    /// Google Cloud DNS.
    CloudDns(CloudDnsConfig),
    /// Zones on disk, served by this program.
    Embedded {
        /// Where the zones are kept.
        directory: PathBuf,
        /// The address of `dnsure serve`, where one is fixed.
        listen: Option<SocketAddr>,
    },
    /// Zone transfer and dynamic update.
    Rfc2136 {
        /// `host:port` of the primary.
        server: String,
        /// The key for updates (and transfers).
        key: Option<KeyConfig>,
        /// The key for transfers, where it is another.
        transfer_key: Option<KeyConfig>,
        /// What runs there, where the file says so.
        software: Software,
    },
    /// The PowerDNS HTTP API.
    PowerDns {
        /// The base URL.
        url: String,
        /// The API key.
        api_key: SecretRef,
        /// The server id, `localhost` unless there are several.
        server_id: String,
    },
    /// Any provider behind an HTTP adapter of the panel protocol.
    Panel {
        /// The base URL.
        url: String,
        /// The bearer token.
        token: SecretRef,
    },
    /// Master files.
    ZoneFile(ZoneFileConfig),
    /// Cloudflare's API.
    Cloudflare(CloudflareConfig),
    /// Amazon Route 53.
    #[cfg(feature = "route53")]
    Route53(Route53Config),
}

impl ProviderKind {
    /// Whether it is reached at a name server of one's own, where a listing counts against no account's
    /// rate limit.
    #[must_use]
    pub const fn is_own_server(&self) -> bool {
        matches!(self, Self::Axfr { .. } | Self::PowerDns { .. } | Self::Rfc2136 { .. } | Self::ZoneFile(_))
    }

    /// Where its secrets are, as far as the file says.
    #[must_use]
    pub fn secrets(&self) -> Vec<&SecretRef> {
        match self {
            #[cfg(feature = "azure-dns")]
            Self::AzureDns(config) => {
                let credentials = config.credentials.as_ref().and_then(|found| found.secret.as_ref());
                config.token.iter().chain(credentials).collect()
            }
            Self::CloudDns(config) => config.token.iter().collect(),
            Self::Cloudflare(config) => vec![&config.token],
            Self::Rfc2136 { key, transfer_key, .. } => {
                key.iter().chain(transfer_key).map(|key| &key.secret).collect()
            }
            Self::Axfr { key, .. } => key.iter().map(|key| &key.secret).collect(),
            Self::PowerDns { api_key, .. } => vec![api_key],
            Self::Panel { token, .. } => vec![token],
            _ => Vec::new(),
        }
    }
}

const TYPES: &str = "the types are `axfr`, `azure-dns`, `cloud-dns`, `cloudflare`, `embedded`, `panel`, `powerdns`, `rfc2136`, `route53` and `zone-file`";

impl Reader {
    pub(super) fn providers(&mut self, node: &Node, config: &mut Config) {
        let Some(entries) = self.take(node.expect_map()) else { return };
        for Entry { key, value } in entries {
            let Some(name) = self.text(key) else { continue };
            let servers = value.get("servers").map(|list| self.servers(list)).unwrap_or_default();
            if let Some(kind) = self.provider(&name, value) {
                config.providers.insert(name, ProviderConfig { kind, servers, span: key.span() });
            }
        }
    }

    fn provider(&mut self, name: &str, node: &Node) -> Option<ProviderKind> {
        self.take(node.expect_map().map(|_| ()))?;
        let Some(kind) = node.get("type") else {
            self.errors.push(missing(node, "type").with_help(TYPES));
            return None;
        };
        match self.text(kind)?.as_str() {
            "axfr" => {
                self.only(node, &["type", "server", "key", "servers"]);
                let server = self.required(node, "server")?;
                let server = self.text(server)?;
                let key = match node.get("key") {
                    Some(key) => Some(self.key(key)?),
                    None => None,
                };
                Some(ProviderKind::Axfr { server, key })
            }
            "cloudflare" => self.cloudflare(node),
            #[cfg(feature = "azure-dns")]
            "azure-dns" => self.azure_dns(node).map(ProviderKind::AzureDns),
            #[cfg(not(feature = "azure-dns"))]
            "azure-dns" => {
                self.errors
                    .push(kind.error("unknown-provider", "this program was built without `azure-dns`"));
                None
            }
            "cloud-dns" => self.cloud_dns(node).map(ProviderKind::CloudDns),
            "embedded" => {
                self.only(node, &["type", "directory", "listen", "servers"]);
                let directory = match node.get("directory") {
                    Some(directory) => self.text(directory)?.into(),
                    None => PathBuf::from(format!(".dnsure/embedded/{name}")),
                };
                let listen = match node.get("listen") {
                    Some(listen) => Some(self.address(listen)?),
                    None => None,
                };
                Some(ProviderKind::Embedded { directory, listen })
            }
            "rfc2136" => {
                self.only(node, &["type", "server", "key", "transfer_key", "software", "servers"]);
                let server = self.required(node, "server")?;
                let server = self.text(server)?;
                let key = node.get("key").and_then(|key| self.key(key));
                let transfer_key = node.get("transfer_key").and_then(|key| self.key(key));
                let software = match node.get("software") {
                    Some(software) => self.software(software)?,
                    None => Software::Unknown,
                };
                Some(ProviderKind::Rfc2136 { server, key, transfer_key, software })
            }
            "powerdns" => {
                self.only(node, &["type", "url", "api_key", "server_id", "servers"]);
                let url = self.required(node, "url")?;
                let url = self.text(url)?;
                let api_key = self.required(node, "api_key")?;
                let api_key = self.secret(api_key)?;
                let server_id = match node.get("server_id") {
                    Some(id) => self.text(id)?,
                    None => "localhost".into(),
                };
                Some(ProviderKind::PowerDns { url, api_key, server_id })
            }
            "panel" => {
                self.only(node, &["type", "url", "token", "servers"]);
                let url = self.required(node, "url")?;
                let url = self.text(url)?;
                let token = self.required(node, "token")?;
                Some(ProviderKind::Panel { url, token: self.secret(token)? })
            }
            #[cfg(feature = "route53")]
            "route53" => self.route53(node).map(ProviderKind::Route53),
            "zone-file" => self.zone_file(node),
            other => {
                self.errors.push(
                    kind.error("unknown-provider", format!("there is no provider type `{other}`"))
                        .with_help(TYPES),
                );
                None
            }
        }
    }

    fn servers(&mut self, node: &Node) -> Vec<SocketAddr> {
        node.one_or_many().iter().filter_map(|item| self.address(item)).collect()
    }

    fn software(&mut self, node: &Node) -> Option<Software> {
        let text = self.text(node)?;
        let software = Software::named(&text);
        if software.is_none() {
            let error = node.error("bad-software", format!("`{text}` is no server that dnsure knows"));
            self.errors.push(error.with_help("write bind, knot or powerdns, or leave it out"));
        }
        software
    }
}
