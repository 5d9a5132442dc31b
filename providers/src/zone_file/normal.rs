//! What the servers load: like what they take by updates, but a record that one of them does not take
//! costs the whole file.

use crate::backend::Normalised;
use crate::rfc2136::{bind_takes_not, normal};
use dnsure_zones::Zone;

/// What reads the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerSoftware {
    /// Nobody said: what is not taken shows in the check.
    #[default]
    Unknown,
    /// BIND 9 with its defaults.
    Bind,
    /// Knot DNS.
    Knot,
    /// NSD.
    Nsd,
}

impl ServerSoftware {
    /// The program that configuration files call so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "bind" => Some(Self::Bind),
            "knot" => Some(Self::Knot),
            "nsd" => Some(Self::Nsd),
            _ => None,
        }
    }
}

/// The zone as such a server would load it.
pub(super) fn normalise(zone: &Zone, software: ServerSoftware) -> Normalised {
    normal::normalise(zone, |set| {
        // What is live is loaded, whatever the defaults say.
        set.position()?;
        match software {
            ServerSoftware::Bind => bind_takes_not(set),
            ServerSoftware::Unknown | ServerSoftware::Knot | ServerSoftware::Nsd => None,
        }
    })
}
