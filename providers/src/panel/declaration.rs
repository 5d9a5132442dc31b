//! What an adapter declares about a zone.

use crate::guarantee::{ApexNs, CompareAndSwap, Guarantee, Limits, Settle, Wildcards, WriteUnit};
use dnsure_zones::Ttl;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};

/// The reply of `GET /zones/{zone}`. Members that this program does not know change nothing
/// about what it may do, so they are passed over.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Declaration {
    pub(super) zone: String,
    unit: WriteUnit,
    #[serde(default)]
    compare: Compare,
    #[serde(default)]
    limits: DeclaredLimits,
    publishes_within: Option<u32>,
    #[serde(default)]
    servers: Vec<String>,
    #[serde(default)]
    pub(super) ttl: TtlLimits,
    /// The record types the provider holds; all where it does not say.
    pub(super) types: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Compare {
    #[default]
    None,
    Values,
    ValuesAndTtl,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct DeclaredLimits {
    records: Option<usize>,
}

/// The TTLs the provider holds, in seconds.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct TtlLimits {
    min: Option<Ttl>,
    max: Option<Ttl>,
}

impl TtlLimits {
    /// The nearest TTL that the provider holds.
    pub(super) fn nearest(self, ttl: Ttl) -> Ttl {
        let low = self.min.map_or(ttl, |min| ttl.max(min));
        self.max.map_or(low, |max| low.min(max))
    }
}

impl Declaration {
    pub(super) fn guarantee(&self) -> Guarantee {
        let compare = match self.compare {
            Compare::None => CompareAndSwap::None,
            Compare::Values => CompareAndSwap::Values,
            Compare::ValuesAndTtl => CompareAndSwap::ValuesAndTtl,
        };
        let limits = Limits { records: self.limits.records, ..Limits::default() };
        let publishes_within = self.publishes_within;
        Guarantee { unit: self.unit, compare, limits, publishes_within, ..weakest() }
    }

    /// The addresses that answer for the zone, port 53 where none is given.
    ///
    /// # Errors
    /// The text that is no address.
    pub(super) fn servers(&self) -> Result<Vec<SocketAddr>, String> {
        let address = |text: &String| {
            let with_port = text.parse().ok();
            let alone = || text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53));
            with_port.or_else(alone).ok_or_else(|| text.clone())
        };
        self.servers.iter().map(address).collect()
    }
}

/// What holds of an adapter that has declared nothing yet.
pub(super) fn weakest() -> Guarantee {
    Guarantee {
        unit: WriteUnit::CreateAndDelete,
        compare: CompareAndSwap::None,
        limits: Limits::default(),
        settle: Settle::Nothing,
        apex_ns: ApexNs::Editable,
        // Nobody knows the servers behind an adapter.
        wildcards: Wildcards::MayBlink,
        creates_zones: false,
        publishes_within: None,
    }
}
