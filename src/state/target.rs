//! What is planned, locked and applied as one: a zone at a provider.

use crate::config::{View, ZoneId};
use dnsure_zones::Name;
use std::fmt;

/// One zone at one provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetId {
    /// The zone.
    pub zone: Name,
    /// The view of it, where the zone has several.
    pub view: Option<View>,
    /// The provider's name in `dnsure.yaml`.
    pub provider: String,
}

impl TargetId {
    /// A zone at a provider.
    #[must_use]
    pub fn of(zone: &ZoneId, provider: &str) -> Self {
        Self { zone: zone.name.clone(), view: zone.view.clone(), provider: provider.to_owned() }
    }

    /// The zone, view included.
    #[must_use]
    pub fn zone_id(&self) -> ZoneId {
        ZoneId { name: self.zone.clone(), view: self.view.clone() }
    }

    /// The name as a file name: lower case, unusual bytes as `%XX`. No view, as a provider holds only
    /// one of a name.
    #[must_use]
    pub fn file_name(&self) -> String {
        let text = format!("{}@{}", self.zone.to_lower(), self.provider);
        let mut name = String::with_capacity(text.len());
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'@' | b'*' => {
                    name.push(char::from(byte));
                }
                other => name.push_str(&format!("%{other:02X}")),
            }
        }
        match name.strip_prefix('.') {
            Some(rest) => format!("%2E{rest}"),
            None => name,
        }
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.zone_id(), self.provider)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn zone_names_become_safe_file_names() {
        let target = |zone: &str| TargetId::of(&zone.parse().unwrap(), "bind");
        assert_eq!(target("0/25.2.0.192.in-addr.arpa.").file_name(), "0%2F25.2.0.192.in-addr.arpa.@bind");
        assert_eq!(target(".").file_name(), "%2E@bind");
    }

    #[test]
    fn a_view_is_told_and_is_in_no_file_name() {
        let target = TargetId::of(&"example.com.!internal".parse().unwrap(), "inside");
        assert_eq!(target.to_string(), "example.com.!internal at inside");
        assert_eq!(target.file_name(), "example.com.@inside");
    }
}
