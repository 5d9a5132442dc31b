//! How a run of one target ends.

use super::effect::Verdict;
use jiff::Timestamp;

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done and verified.
    Done,
    /// Every step that the provider took is done and verified; it refused the others.
    Partly {
        /// What was left out.
        aside: Vec<Aside>,
        /// How many steps are done.
        done: usize,
    },
    /// The next phase may not start yet: the run is open and goes on with a resume.
    Waiting {
        /// When it may go on.
        until: Timestamp,
        /// How many steps are done.
        done: usize,
    },
    /// The run went wrong, and everything it wrote was taken back and observed.
    RolledBack {
        /// What went wrong.
        why: Box<Outcome>,
    },
    /// Somebody else holds the lock.
    Locked(String),
    /// An open rollout holds one of the names.
    Reserved(String),
    /// An earlier run of the target was interrupted and must be finished first.
    Unfinished(String),
    /// What is live is not what the plan was made from; the lines say where.
    Stale {
        /// Both values of each difference.
        lines: Vec<String>,
        /// How many steps are done.
        done: usize,
        /// Whether anything may have been written.
        written: bool,
    },
    /// A write or a call failed.
    Failed {
        /// What and where.
        reason: String,
        /// How many steps are done.
        done: usize,
        /// Whether anything may have been written.
        written: bool,
    },
    /// Written, and not served everywhere by the deadline.
    NotServed {
        /// The last step that was looked at, or `None` for the final look at everything.
        step: Option<usize>,
        /// What was seen.
        verdict: Verdict,
        /// How many steps are done.
        done: usize,
    },
    /// Stopped on request between two steps.
    Interrupted {
        /// How many steps are done.
        done: usize,
        /// Whether anything may have been written.
        written: bool,
    },
}

/// A step that was left out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Aside {
    /// The step, from 0, in the direction of the run.
    pub step: usize,
    /// Why: the provider's words, or what it depends on.
    pub reason: String,
    /// It was not tried, because it builds on one that was refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_held: bool,
}

impl Outcome {
    /// Whether anything that the run wrote is there, or may be.
    #[must_use]
    pub fn is_written(&self) -> bool {
        match self {
            Self::Done | Self::Partly { .. } | Self::Waiting { .. } | Self::NotServed { .. } => true,
            Self::RolledBack { .. } | Self::Locked(_) | Self::Reserved(_) | Self::Unfinished(_) => false,
            Self::Stale { written, .. }
            | Self::Failed { written, .. }
            | Self::Interrupted { written, .. } => *written,
        }
    }

    /// Whether all went as planned so far: done and verified, or waiting for the next phase.
    #[must_use]
    pub fn is_well(&self) -> bool {
        matches!(self, Self::Done | Self::Waiting { .. })
    }
}
