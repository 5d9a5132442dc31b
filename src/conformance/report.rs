//! What came of a run.

use dnsure_zones::RecordKey;
use std::fmt;

/// Everything that was run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The kind of backend.
    pub kind: &'static str,
    /// One entry per group, in their order.
    pub groups: Vec<GroupReport>,
}

/// One group.
#[derive(Debug, Clone)]
pub struct GroupReport {
    /// Its number in the list of scenarios.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// One entry per state, up to the first that failed.
    pub states: Vec<StateReport>,
}

/// One state.
#[derive(Debug, Clone)]
pub struct StateReport {
    /// Its title.
    pub title: String,
    /// What came of it.
    pub end: StateEnd,
}

/// What came of one state.
#[derive(Debug, Clone)]
pub enum StateEnd {
    /// The zone is as the state says, at the provider and at every server.
    Reached {
        /// Whether anything had to be done.
        changed: bool,
    },
    /// The target cannot hold it, and said so while it was planned.
    Refused(Vec<Refusal>),
    /// Anything else, in words.
    Failed(String),
}

/// One thing that a target cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The record set, where it is about one.
    pub key: Option<RecordKey>,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// Refusals in one line.
pub(super) fn words(refusals: &[Refusal]) -> String {
    let lines: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

impl Report {
    /// The states that failed: group, state, reason.
    pub fn failures(&self) -> impl Iterator<Item = (&GroupReport, &StateReport, &str)> {
        self.each().filter_map(|(group, state)| match &state.end {
            StateEnd::Failed(reason) => Some((group, state, reason.as_str())),
            _ => None,
        })
    }

    /// The states that were refused: group, state, reasons.
    pub fn refusals(&self) -> impl Iterator<Item = (&GroupReport, &StateReport, &[Refusal])> {
        self.each().filter_map(|(group, state)| match &state.end {
            StateEnd::Refused(refusals) => Some((group, state, refusals.as_slice())),
            _ => None,
        })
    }

    /// The number of states that were reached.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.each().filter(|(_, state)| matches!(state.end, StateEnd::Reached { .. })).count()
    }

    fn each(&self) -> impl Iterator<Item = (&GroupReport, &StateReport)> {
        self.groups.iter().flat_map(|group| group.states.iter().map(move |state| (group, state)))
    }
}
