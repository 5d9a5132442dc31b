//! What the servers load: like what they take by updates, but a record that one of them does not take
//! costs the whole file.

use crate::backend::{Normalised, Notice};
use crate::rfc2136::{bind_takes_not, normal};
use dnsure_zones::{RecordKey, RecordType, Zone};

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

/// What a zone that has no file yet lacks for one.
pub(super) fn lacking(zone: &Zone) -> Vec<Notice> {
    let lacks = |rtype: &RecordType| zone.get(zone.apex(), *rtype).is_none();
    let notice = |rtype| Notice {
        key: RecordKey::new(zone.apex().clone(), rtype),
        position: None,
        message: lack(rtype),
    };
    [RecordType::SOA, RecordType::NS].into_iter().filter(lacks).map(notice).collect()
}

/// What is wrong where a new file would be without it.
pub(super) fn lack(rtype: RecordType) -> String {
    format!("the zone has no file yet, and a new one needs one in the YAML file: declare {rtype} at the apex")
}
