//! What events say about files, live and the last apply.

use super::target::Target;
use crate::config::View;
use crate::plan::drift::Cause;
use dnsure_zones::{Name, RecordKey, Settings, Ttl};

/// One side of a record set.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SetForm {
    /// The TTL.
    pub ttl: Ttl,
    /// The members, in presentation format.
    pub values: Vec<String>,
    /// Provider settings.
    #[serde(skip_serializing_if = "Settings::is_empty")]
    pub settings: Settings,
}

/// A record set that differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DriftedSet {
    /// The target.
    #[serde(flatten)]
    pub target: Target,
    /// Which.
    #[serde(flatten)]
    pub key: RecordKey,
    /// Who moved.
    pub cause: Cause,
    /// What the files say.
    pub files: Option<SetForm>,
    /// What is live.
    pub live: Option<SetForm>,
}

/// A record set that the files say as it is live now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Adoption {
    /// The zone.
    pub zone: Name,
    /// The view of it, where the zone has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// Which.
    #[serde(flatten)]
    pub key: RecordKey,
    /// `added`, `changed` or `removed`.
    pub deed: &'static str,
    /// The file.
    pub file: Option<String>,
    /// The line, as the file was before.
    pub line: Option<u32>,
    /// What the files say now.
    pub now: Option<SetForm>,
}
