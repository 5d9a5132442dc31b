//! `type: route53`.

use super::Reader;
use dnsure_providers::route53::Route53Settings;
use dnsure_zones::Name;
use dnsure_zones::yaml::Node;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// An account of Amazon Route 53. Credentials come from AWS's default chain, never from the file.
#[derive(Debug)]
pub struct Route53Config {
    /// The profile of AWS's shared configuration, where one is named.
    pub profile: Option<String>,
    /// Whether the zones are private hosted zones.
    pub private: bool,
    /// The ids of hosted zones, where several share a name.
    pub zones: BTreeMap<Name, String>,
    /// The base URL, where it is another.
    pub url: Option<String>,
    /// The region to sign for, where it is another.
    pub region: Option<String>,
}

impl Route53Config {
    /// The settings of the backend, with these addresses to verify on.
    #[must_use]
    pub fn settings(&self, servers: &[SocketAddr]) -> Route53Settings {
        let default = Route53Settings::default();
        Route53Settings {
            url: self.url.clone().unwrap_or(default.url),
            region: self.region.clone().unwrap_or(default.region),
            profile: self.profile.clone(),
            private: self.private,
            zones: self.zones.clone(),
            servers: servers.to_vec(),
            ..Route53Settings::default()
        }
    }
}

impl Reader {
    pub(super) fn route53(&mut self, node: &Node) -> Option<Route53Config> {
        self.only(node, &["type", "profile", "private", "zones", "url", "region", "servers"]);
        let mut text = |key: &str| node.get(key).and_then(|node| self.text(node));
        let (profile, url, region) = (text("profile"), text("url"), text("region"));
        let private = match node.get("private") {
            Some(private) => self.take(private.expect_bool())?,
            None => false,
        };
        let mut zones = BTreeMap::new();
        let listed = match node.get("zones") {
            Some(list) => self.take(list.expect_map())?,
            None => &[],
        };
        for entry in listed {
            let (Some(apex), Some(id)) = (self.text(&entry.key), self.text(&entry.value)) else { continue };
            match Name::parse(&apex, Some(&Name::root())) {
                Ok(apex) => {
                    zones.insert(apex, id);
                }
                Err(error) => self.errors.push(entry.key.error("bad-name", error.to_string())),
            }
        }
        Some(Route53Config { profile, private, zones, url, region })
    }
}
