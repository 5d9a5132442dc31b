//! The proof after an apply: what was written, and what the servers were seen to serve.

use super::entry::Direction;
use super::outcome::Outcome;
use crate::config::{View, ZoneId};
use crate::plan::step::Purpose;
use crate::verify::watch::Sightings;
use dnsure_zones::RecordKey;
use jiff::Timestamp;

/// The version of the receipt's form.
pub const FORMAT_VERSION: &str = "1.0";

/// A receipt.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    /// The version of this form.
    pub format_version: String,
    /// The run.
    pub run: String,
    /// The digest of the plan.
    pub plan: String,
    /// The git commit of the zone files, where there is one.
    #[serde(default)]
    pub commit: Option<String>,
    /// Who ran it.
    pub owner: String,
    /// The CI run, where there is one.
    #[serde(default)]
    pub run_url: Option<String>,
    /// An acknowledgement given for guards, with its reason.
    #[serde(default)]
    pub acknowledged: Option<String>,
    /// Why it was begun outside the change windows, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_window: Option<String>,
    /// The reason that was given, whatever for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// One entry per target.
    pub targets: Vec<TargetReceipt>,
    /// What was seen after the end, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<WatchReceipt>,
}

/// What happened at one target.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct TargetReceipt {
    /// The zone.
    pub zone: dnsure_zones::Name,
    /// The view of it, where the zone has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// The provider.
    pub provider: String,
    /// Which way the run went.
    pub direction: Direction,
    /// What the provider was found to promise.
    pub guarantee: String,
    /// The addresses that were asked.
    pub servers: Vec<ServerReceipt>,
    /// The steps.
    pub steps: Vec<StepReceipt>,
    /// How the run ended, in words; `done` when all is well.
    pub outcome: String,
    /// The record sets that were verified at the end.
    pub verified_sets: usize,
    /// How long the last look took until it was good, in milliseconds.
    pub verified_ms: i64,
    /// What was seen while it was written.
    pub watched: Sightings,
    /// The largest time, in milliseconds, from the last look to the end of a write, where the
    /// provider does not compare all: in it another writer is not noticed. Where the provider
    /// compares nothing, the last look is the one at the lock, right before the call; where it
    /// compares all but the TTL, it is the last read.
    #[serde(default)]
    pub unguarded_ms: Option<i64>,
    /// The same from the last read, where the provider compares nothing: writers that take no
    /// lock are noticed by a read only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread_ms: Option<i64>,
}

/// What was seen after the end, where that was asked for.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct WatchReceipt {
    /// When it began.
    pub since: Timestamp,
    /// When it ended.
    pub until: Timestamp,
    /// How often everything that was changed was asked for.
    pub rounds: u64,
    /// Questions that were answered.
    pub answers: u64,
    /// Questions without an answer that can be judged.
    pub unknown: u64,
    /// What was not served any more: server, record and what was seen.
    pub regressions: Vec<String>,
    /// What was not watched to the end, because a later run changed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

impl WatchReceipt {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(since: Timestamp) -> Self {
        Self {
            since,
            until: since,
            rounds: 0,
            answers: 0,
            unknown: 0,
            regressions: Vec::new(),
            left: Vec::new(),
        }
    }
}

/// One server address.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct ServerReceipt {
    /// The address and port.
    pub address: std::net::SocketAddr,
    /// The instances that answered there (RFC 5001), as text.
    #[serde(default)]
    pub instances: Vec<String>,
    /// It answered.
    pub asked: bool,
}

/// One step.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct StepReceipt {
    /// The number of record sets it changed.
    pub record_sets: usize,
    /// What it was for.
    #[serde(default)]
    pub purpose: Purpose,
    /// The record set, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<RecordKey>,
    /// How long the provider took to accept it, in milliseconds.
    pub accepted_ms: Option<i64>,
    /// How long until every server served it, in milliseconds.
    pub served_ms: Option<i64>,
    /// The provider's token.
    #[serde(default)]
    pub token: Option<String>,
}

impl TargetReceipt {
    /// The zone, view included.
    #[must_use]
    pub fn zone_id(&self) -> ZoneId {
        ZoneId { name: self.zone.clone(), view: self.view.clone() }
    }

    /// Whether the run ended well.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.outcome == "done"
    }

    /// How many servers were asked.
    #[must_use]
    pub fn servers_asked(&self) -> usize {
        self.servers.iter().filter(|server| server.asked).count()
    }
}

fn steps(done: usize) -> String {
    format!("{done} step{}", if done == 1 { "" } else { "s" })
}

/// An outcome in a few words, as receipts keep it.
#[must_use]
pub fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".into(),
        Outcome::Partly { aside, done } => {
            let first = aside.first().map_or("", |aside| aside.reason.as_str());
            format!("{} done, {} left out: {first}", steps(*done), aside.len())
        }
        Outcome::Waiting { until, done } => format!("waits until {until} after {}", steps(*done)),
        Outcome::RolledBack { why } => format!("rolled back: {}", describe(why)),
        Outcome::Locked(by) => format!("locked: {by}"),
        Outcome::Reserved(words) | Outcome::Unfinished(words) => words.clone(),
        Outcome::Stale { lines, done, .. } => format!("stale after {}: {}", steps(*done), lines.join("; ")),
        Outcome::Failed { reason, done, .. } => format!("failed after {}: {reason}", steps(*done)),
        Outcome::NotServed { verdict, done, .. } => {
            let seen = verdict.unmet.iter().chain(&verdict.unknown).next();
            format!("not served everywhere after {}: {}", steps(*done), seen.map_or("", String::as_str))
        }
        Outcome::Interrupted { done, .. } => format!("interrupted after {}", steps(*done)),
    }
}
