//! How fast a run goes, how long it waits, and what it does when waiting was in vain.

use jiff::SignedDuration;

/// Times and numbers of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How many good rounds in a row count as served.
    pub samples: u32,
    /// The time between rounds.
    pub between: SignedDuration,
    /// How long a step may take until it is served everywhere.
    pub deadline: SignedDuration,
    /// How long a lost write may still take effect at the provider.
    pub write_deadline: SignedDuration,
    /// How long, in an accepted gap, the new record may take to be served before the old
    /// one is put back.
    pub heal: SignedDuration,
    /// The longest wait for a phase that a run sits out; before a longer one it ends and is
    /// resumed later.
    pub stay: SignedDuration,
    /// Whether what is seen not to be served by the deadline is taken back.
    pub rolls_back: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            samples: 3,
            between: SignedDuration::from_millis(100),
            deadline: SignedDuration::from_mins(5),
            write_deadline: SignedDuration::from_secs(30),
            heal: SignedDuration::from_mins(1),
            stay: SignedDuration::from_mins(1),
            rolls_back: true,
        }
    }
}
