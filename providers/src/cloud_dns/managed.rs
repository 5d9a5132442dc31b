//! Which managed zone of a project is meant.

use crate::backend::BackendError;
use crate::hosted::Hosted;
use dnsure_zones::Name;
use serde::Deserialize;
use serde_json::{Value, json};

/// A zone of the project; what this program has no use for is left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Managed {
    pub(super) name: String,
    id: String,
    pub(super) dns_name: String,
    visibility: Option<String>,
    #[serde(default)]
    pub(super) name_servers: Vec<String>,
    dnssec_config: Option<Dnssec>,
    peering_config: Option<Value>,
    forwarding_config: Option<Value>,
    reverse_lookup_config: Option<Value>,
    service_directory_config: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Dnssec {
    state: Option<String>,
}

impl Managed {
    /// Whether this is its DNS name.
    pub(super) fn is_called(&self, zone: &Name) -> bool {
        Name::parse(&self.dns_name, None).is_ok_and(|name| name == *zone)
    }

    /// `off`, `on` or `transfer`.
    pub(super) fn dnssec(&self) -> &str {
        self.dnssec_config.as_ref().and_then(|config| config.state.as_deref()).unwrap_or("off")
    }
}

impl Hosted for Managed {
    fn calls(&self) -> Vec<&str> {
        vec![&self.name, &self.id]
    }

    fn is_private(&self) -> bool {
        self.visibility.as_deref() == Some("private")
    }

    fn other_source(&self) -> Option<&'static str> {
        let sources = [
            (&self.peering_config, "it takes its answers from another network (DNS peering)"),
            (&self.forwarding_config, "it forwards every question to other servers"),
            (&self.reverse_lookup_config, "Google makes its records from the addresses of machines"),
            (&self.service_directory_config, "its records are those of a service directory"),
        ];
        sources.into_iter().find_map(|(config, words)| config.is_some().then_some(words))
    }
}

/// The body of `managedZones.create`: letters, digits and dashes of the DNS name make the zone's name.
///
/// # Errors
/// [`BackendError::Setup`] for a name with other characters, or a long one.
pub(super) fn creation(zone: &Name) -> Result<Value, BackendError> {
    let dns_name = zone.to_lower().to_string();
    let name = dns_name.trim_end_matches('.').replace('.', "-");
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    let name = if begins { name } else { format!("zone-{name}") };
    let usable = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.len() > 63 || !name.bytes().all(usable) {
        let reason = "no managed zone can be called after it: create it at Google under another name";
        return Err(BackendError::Setup { what: zone.to_string(), reason: reason.into() });
    }
    Ok(json!({ "name": name, "dnsName": dns_name, "description": "Kept by dnsure", "visibility": "public" }))
}
