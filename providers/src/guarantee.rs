//! What a backend promises about a write: separate axes, not a ladder.

use crate::change::Size;
use std::fmt;

/// What one write takes whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteUnit {
    /// Any number of owner names of one zone, all or nothing, type swaps included.
    #[default]
    ZoneBatch,
    /// Everything at one owner name, type swaps included.
    OwnerName,
    /// One record set, replaced in place.
    RecordSet,
    /// One record, created, deleted, or edited in place.
    Record,
    /// One record, created or deleted: nothing is ever edited in place.
    CreateAndDelete,
    /// The whole zone, replaced by one built from everything live.
    WholeZone,
    /// Any number of edits of a draft, read back, then published at once.
    Staged,
    /// Nothing: the provider is only read, and every write is refused.
    ReadOnly,
}

impl WriteUnit {
    /// Every unit that writes, the strongest first.
    pub const ALL: [Self; 7] = [
        Self::ZoneBatch,
        Self::WholeZone,
        Self::Staged,
        Self::OwnerName,
        Self::RecordSet,
        Self::Record,
        Self::CreateAndDelete,
    ];

    /// Whether there are no writes at all.
    #[must_use]
    pub fn is_read_only(self) -> bool {
        self == Self::ReadOnly
    }

    /// Whether one write takes any number of names of the zone.
    #[must_use]
    pub fn is_whole(self) -> bool {
        matches!(self, Self::ZoneBatch | Self::WholeZone | Self::Staged)
    }

    /// Whether a write takes one record: every step then changes one record set by one
    /// [`crate::RecordWrite`].
    #[must_use]
    pub fn is_record(self) -> bool {
        matches!(self, Self::Record | Self::CreateAndDelete)
    }

    /// Whether the types at one owner name can be swapped in one write.
    #[must_use]
    pub fn swaps_types(self) -> bool {
        self.is_whole() || self == Self::OwnerName
    }
}

impl fmt::Display for WriteUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ZoneBatch | Self::WholeZone | Self::Staged => "atomic",
            Self::OwnerName => "name by name",
            Self::RecordSet => "set by set",
            Self::Record => "record by record",
            Self::CreateAndDelete => "create and delete only",
            Self::ReadOnly => "read only",
        })
    }
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

/// The largest single write, in each way in which providers count; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Records, old and new together.
    pub records: Option<usize>,
    /// Octets, as [`crate::Size::octets`] counts them.
    pub octets: Option<usize>,
    /// Record sets that are there afterwards, replaced ones included.
    pub additions: Option<usize>,
    /// Record sets that were there before, replaced ones included.
    pub deletions: Option<usize>,
    /// Characters of the data, old and new together, in presentation format.
    pub characters: Option<usize>,
    /// Single records to create, edit or delete.
    pub edits: Option<usize>,
}

impl Limits {
    /// Whether a write of this size is within every limit.
    #[must_use]
    pub fn hold(&self, size: &Size) -> bool {
        let within = |limit: Option<usize>, size: usize| limit.is_none_or(|limit| size <= limit);
        within(self.records, size.records)
            && within(self.octets, size.octets)
            && within(self.additions, size.additions)
            && within(self.deletions, size.deletions)
            && within(self.characters, size.characters)
            && within(self.edits, size.edits)
    }
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
    /// How many seconds the provider says a write takes until it is served; only what plans
    /// print about accepted gaps rests on it.
    pub publishes_within: Option<u32>,
}

impl Guarantee {
    /// Writes of this unit, compared like this, with no limits and nothing to wait for.
    #[must_use]
    pub const fn of(unit: WriteUnit, compare: CompareAndSwap) -> Self {
        let limits = Limits {
            records: None,
            octets: None,
            additions: None,
            deletions: None,
            characters: None,
            edits: None,
        };
        Self {
            unit,
            compare,
            limits,
            settle: Settle::Nothing,
            apex_ns: ApexNs::Editable,
            wildcards: Wildcards::Steady,
            creates_zones: false,
            publishes_within: None,
        }
    }

    /// Whether a write takes any number of names, and the provider compares before it.
    #[must_use]
    pub fn is_atomic_and_guarded(&self) -> bool {
        self.unit.is_whole() && self.compare != CompareAndSwap::None
    }
}

/// The words plans print: `atomic, guarded`, `atomic, TTL not guarded`,
/// `create and delete only, unguarded`.
impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit;
        if unit.is_read_only() {
            return write!(f, "{unit}");
        }
        let compare = match self.compare {
            CompareAndSwap::None => "unguarded",
            CompareAndSwap::Values => "TTL not guarded",
            CompareAndSwap::ValuesAndTtl => "guarded",
        };
        write!(f, "{unit}, {compare}")
    }
}
