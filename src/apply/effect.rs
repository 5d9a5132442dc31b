//! What the machine asks for, and what it hears.

use super::entry::{Ended, Note};
use super::outcome::Outcome;
use jiff::Timestamp;

/// The number of an effect.
pub type EffectId = u64;

/// What the driver shall do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Take the lock of the target.
    TakeLock,
    /// Check that the lock is still ours, and move its expiry.
    CheckLock,
    /// Make an entry durable.
    Append(Note),
    /// Find out what the provider really promises.
    Prepare,
    /// Create the zone.
    CreateZone,
    /// Read the target and compare it with this step.
    Read(usize),
    /// Carry out this step in one write, on what was last read.
    Write(usize),
    /// The backend's action after this step's write.
    Settle(usize),
    /// Ask every server about this.
    Ask(Scope),
    /// Come back at this time.
    WaitUntil(Timestamp),
    /// Give the lock back.
    Unlock,
    /// The run is over.
    Finish(Outcome),
}

/// What servers are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What these steps touch, first to last, as it is after the last.
    Steps(usize, usize),
    /// What any step touches, as the provider lists it now.
    Listed,
    /// What all steps touch, on the union of all servers.
    All,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The lock is ours.
    Locked,
    /// Somebody else holds the lock, or it was lost.
    NotLocked(String),
    /// An open rollout holds a name of this run.
    Reserved(String),
    /// An earlier run was interrupted and must be finished first.
    Unfinished(String),
    /// The entry is durable, the action is done, the lock is given back, the time has come.
    Done,
    /// The effect failed; the words say what and where.
    Failed(String),
    /// The provider's promise: whether it compares before it writes.
    Prepared {
        /// Whether writes are conditional.
        compares: bool,
        /// Whether the condition covers all that a write changes, its TTLs too: then whoever
        /// writes late is refused.
        guards: bool,
    },
    /// What the read found.
    Read(Reading),
    /// How the write ended.
    Wrote(Ended),
    /// What the servers said.
    Asked(Verdict),
    /// The user wants to stop. May come at any time, with any id.
    Interrupt,
}

/// What is live, against one step.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Every touched value is as the step was made from.
    Before,
    /// Every touched value is as the step shall make it.
    After,
    /// Something else is there, or the step would now be illegal: one line each.
    Foreign(Vec<String>),
    /// The step builds on one that was left out.
    Depends(String),
    /// The zone does not exist.
    Missing,
}

/// What a round of questions found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Answers that are not what they should be, one line each.
    pub unmet: Vec<String>,
    /// Servers that gave no answer that could be judged, one line each.
    pub unknown: Vec<String>,
}

impl Verdict {
    /// Whether every answer is as it should be.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.unmet.is_empty() && self.unknown.is_empty()
    }
}
