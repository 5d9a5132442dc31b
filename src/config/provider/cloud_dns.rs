//! `type: cloud-dns`: Google Cloud DNS.

use super::super::key::SecretRef;
use super::super::reader::Reader;
use dnsure_zones::Name;
use dnsure_zones::yaml::{Entry, Node};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A project of Google Cloud DNS.
#[derive(Debug)]
pub struct CloudDnsConfig {
    /// The id of the project.
    pub project: String,
    /// Whether private zones are meant, not public ones.
    pub private: bool,
    /// Names or ids of managed zones, where several have one DNS name.
    pub zones: BTreeMap<Name, String>,
    /// Where the API is, where it is not Google's own.
    pub url: Option<String>,
    /// A file of credentials; application default credentials where there is neither this nor a token.
    pub credentials: Option<PathBuf>,
    /// An access token that somebody else makes.
    pub token: Option<SecretRef>,
}

impl Reader {
    pub(super) fn cloud_dns(&mut self, node: &Node) -> Option<CloudDnsConfig> {
        self.only(
            node,
            &["type", "project", "visibility", "zones", "url", "credentials", "token", "servers"],
        );
        let project = self.required(node, "project")?;
        let project = self.text(project)?;
        let private = match node.get("visibility") {
            None => false,
            Some(visibility) => match self.text(visibility)?.as_str() {
                "public" => false,
                "private" => true,
                other => {
                    let error = visibility.error("bad-visibility", format!("`{other}` is no visibility"));
                    self.errors.push(error.with_help("write public or private"));
                    return None;
                }
            },
        };
        let zones = node.get("zones").map(|zones| self.managed_zones(zones)).unwrap_or_default();
        let url = match node.get("url") {
            Some(url) => Some(self.text(url)?),
            None => None,
        };
        let credentials = match node.get("credentials") {
            Some(file) => Some(PathBuf::from(self.text(file)?)),
            None => None,
        };
        let token = match node.get("token") {
            Some(token) => Some(self.secret(token)?),
            None => None,
        };
        if let (Some(_), Some(second)) = (&credentials, node.get("token").filter(|_| token.is_some())) {
            let error =
                second.error("two-accounts", "`credentials` and `token` are two ways to say who asks");
            self.errors.push(error.with_help("leave one of them out"));
            return None;
        }
        Some(CloudDnsConfig { project, private, zones, url, credentials, token })
    }

    fn managed_zones(&mut self, node: &Node) -> BTreeMap<Name, String> {
        let mut zones = BTreeMap::new();
        for Entry { key, value } in self.take(node.expect_map()).unwrap_or_default() {
            let (Some(text), Some(managed)) = (self.text(key), self.text(value)) else { continue };
            let name = text.parse().map_err(|error: dnsure_zones::name::NameError| {
                key.error("bad-name", format!("`{text}` is no zone: {error}"))
                    .with_help("write its whole name with a final dot, as example.com.")
            });
            if let Some(name) = self.take(name) {
                zones.insert(name, managed);
            }
        }
        zones
    }
}
