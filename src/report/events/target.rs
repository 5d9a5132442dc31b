//! What events say about targets.

use crate::apply::outcome::Outcome;
use crate::config::View;
use crate::plan::TargetPlan;
use crate::state::TargetId;
use dnsure_zones::Name;
use std::net::SocketAddr;

/// One zone at one provider.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Target {
    zone: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<View>,
    provider: String,
}

impl From<&TargetId> for Target {
    fn from(id: &TargetId) -> Self {
        Self { zone: id.zone.clone(), view: id.view.clone(), provider: id.provider.clone() }
    }
}

impl From<&TargetPlan> for Target {
    fn from(plan: &TargetPlan) -> Self {
        (&plan.id()).into()
    }
}

/// What verifying one target came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Judged {
    /// The target.
    #[serde(flatten)]
    pub target: Target,
    /// How many record sets were asked for.
    pub record_sets: usize,
    /// Who was asked.
    pub servers: Vec<SocketAddr>,
    /// Who could not be: there is no route from here.
    pub not_asked: Vec<SocketAddr>,
    /// How many answers were expected.
    pub answers: usize,
    /// How many of them are right.
    pub right: usize,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
}

/// An outcome in one word.
#[must_use]
pub fn outcome_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Waiting { .. } => "waiting",
        Outcome::RolledBack { .. } => "rolled_back",
        Outcome::Partly { .. } => "partly",
        Outcome::Locked(_) => "locked",
        Outcome::Reserved(_) => "reserved",
        Outcome::Stale { .. } => "stale",
        Outcome::Failed { .. } | Outcome::Unfinished(_) => "failed",
        Outcome::NotServed { .. } => "not_served",
        Outcome::Interrupted { .. } => "interrupted",
    }
}
