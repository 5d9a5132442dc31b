//! How fast a run goes and how long it waits.

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
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            samples: 3,
            between: SignedDuration::from_millis(100),
            deadline: SignedDuration::from_mins(5),
            write_deadline: SignedDuration::from_secs(30),
        }
    }
}
