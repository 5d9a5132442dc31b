//! What a backend promises about a write: separate axes, not a ladder.

use std::fmt;

/// What one write takes whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteUnit {
    /// Any number of owner names of one zone, all or nothing, type swaps included.
    ZoneBatch,
}

/// What the provider compares before it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareAndSwap {
    /// Nothing: between the last read and the write a foreign change is overwritten.
    None,
    /// The exact members of every touched record set; not their TTL.
    Values,
    /// The exact members and TTL of every touched record set.
    ValuesAndTtl,
}

/// The largest single write; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Records, old and new together.
    pub records: Option<usize>,
    /// Octets, as [`crate::Change::message_size`] counts them.
    pub octets: Option<usize>,
}

/// What must happen after a write before its result may be built upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// Nothing.
    Nothing,
    /// The backend's own action, such as flushing caches; the text says what it does.
    Action(&'static str),
}

/// What may be done to the NS records at the apex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApexNs {
    /// Changed like any other set, as long as one stays.
    Editable,
}

/// What is answered for names made from a wildcard while the wildcard itself is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wildcards {
    /// The old or the new answer.
    Steady,
    /// While a write changes every record set at the wildcard, the names made from it may be
    /// NXDOMAIN for milliseconds (measured on BIND 9.18); another record set there that the
    /// write leaves alone keeps them answered.
    MayBlink,
}

/// The promise of one backend for one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guarantee {
    /// What one write takes whole.
    pub unit: WriteUnit,
    /// What is compared before it.
    pub compare: CompareAndSwap,
    /// How large it may be.
    pub limits: Limits,
    /// What follows it.
    pub settle: Settle,
    /// The rules at the apex.
    pub apex_ns: ApexNs,
    /// What names made from a wildcard answer while it is written.
    pub wildcards: Wildcards,
    /// Whether a zone that does not exist can be created.
    pub creates_zones: bool,
}

/// The words plans print: `atomic, guarded`, `atomic, TTL not guarded`, `atomic, unguarded`.
impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            WriteUnit::ZoneBatch => "atomic",
        };
        let compare = match self.compare {
            CompareAndSwap::None => "unguarded",
            CompareAndSwap::Values => "TTL not guarded",
            CompareAndSwap::ValuesAndTtl => "guarded",
        };
        write!(f, "{unit}, {compare}")
    }
}
