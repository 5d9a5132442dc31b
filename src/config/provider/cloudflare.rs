//! `type: cloudflare`.

use super::ProviderKind;
use crate::config::key::SecretRef;
use crate::config::reader::Reader;
use dnsure_zones::Name;
use dnsure_zones::yaml::{Entry, Node};
use std::collections::BTreeMap;

/// How to reach an account at Cloudflare.
#[derive(Debug)]
pub struct CloudflareConfig {
    /// An API token.
    pub token: SecretRef,
    /// The id of the account, where one zone name is in several.
    pub account: Option<String>,
    /// Ids of zones, for tokens that may not look them up.
    pub zones: BTreeMap<Name, String>,
    /// The base URL, where it is another than Cloudflare's.
    pub url: Option<String>,
}

impl Reader {
    pub(super) fn cloudflare(&mut self, node: &Node) -> Option<ProviderKind> {
        self.only(node, &["type", "token", "account", "zones", "url", "servers"]);
        let token = self.required(node, "token")?;
        let token = self.secret(token)?;
        let account = self.optional(node, "account")?;
        let url = self.optional(node, "url")?;
        let mut zones = BTreeMap::new();
        if let Some(ids) = node.get("zones") {
            for Entry { key, value } in self.take(ids.expect_map())? {
                let text = self.text(key)?;
                // As zone names everywhere in this file, with or without the final dot.
                let name = Name::parse(&text, Some(&Name::root()));
                let name = self.take(name.map_err(|error| key.error("bad-name", error.to_string())))?;
                zones.insert(name, self.text(value)?);
            }
        }
        Some(ProviderKind::Cloudflare(CloudflareConfig { token, account, zones, url }))
    }

    fn optional(&mut self, node: &Node, key: &str) -> Option<Option<String>> {
        match node.get(key) {
            None => Some(None),
            Some(value) => self.text(value).map(Some),
        }
    }
}
