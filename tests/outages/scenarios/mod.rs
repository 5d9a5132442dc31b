//! Outages that happened, as scenarios: real servers, the real program, and a prober that asks all the
//! time. Each one is played by its test and replayed for people by `examples/outage.rs`.

// Each of the two programs uses its own part of this.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod aws_stale_plan;
mod clayton_concurrent;
mod codeship_split_brain;
mod denic_truncated;
mod extdns_create_fails_delete_succeeds;
mod github_flapping_source;
mod habitat_drift;
mod hidden_primary_stops;
mod moj_poison_record;
mod octodns;
mod salesforce_canary;
pub mod stage;
mod terraform_ttl;
pub mod voice;
mod watching;
mod xchart_ttl;
mod zalando_typo;

use stage::Stage;
use std::fmt;

/// One outage: what happened then, and how it is tried now.
pub struct Outage {
    /// As on the command line.
    pub name: &'static str,
    /// When, where, and in a few words what.
    pub line: &'static str,
    /// What happened then.
    pub then: &'static str,
    /// What stands in the way now; the first is the one that matters most.
    pub guards: &'static [Guard],
    /// Plays it.
    pub play: fn(&Stage) -> Verdict,
}

/// A guard without which the outage happens again.
pub struct Guard {
    /// The value of `DNSURE_SABOTAGE_OFF`.
    pub off: &'static str,
    /// What is then said about the world.
    pub so: &'static str,
}

/// `Err` when the outage happened.
pub type Verdict = Result<(), Happened>;

/// The outage, as it was seen from outside.
#[derive(Debug)]
pub struct Happened(pub String);

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `Err` unless `holds`.
pub fn must(holds: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(Happened(otherwise())) }
}

/// All of them.
pub const ALL: [&Outage; 13] = [
    &xchart_ttl::OUTAGE,
    &terraform_ttl::OUTAGE,
    &aws_stale_plan::OUTAGE,
    &github_flapping_source::OUTAGE,
    &zalando_typo::OUTAGE,
    &codeship_split_brain::OUTAGE,
    &denic_truncated::OUTAGE,
    &habitat_drift::OUTAGE,
    &clayton_concurrent::OUTAGE,
    &extdns_create_fails_delete_succeeds::OUTAGE,
    &moj_poison_record::OUTAGE,
    &salesforce_canary::OUTAGE,
    &hidden_primary_stops::OUTAGE,
];

/// The outage of this name.
pub fn find(name: &str) -> Option<&'static Outage> {
    ALL.into_iter().find(|outage| outage.name == name)
}
