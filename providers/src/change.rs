//! What a write holds.
//!
//! The unit is the owner name: everything that changes at one name is one [`Change`],
//! and a write takes a change whole or not at all. Providers of single records take a change
//! of one record set that differs in one record, a [`RecordWrite`].

use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, Ttl, rdata};
use std::collections::HashSet;

/// One record set before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetChange {
    /// It is not there and shall be.
    Add(RecordSet),
    /// It is there and shall be other: same key, other members, TTL or settings.
    Replace {
        /// What is live.
        before: RecordSet,
        /// What shall be.
        after: RecordSet,
    },
    /// It is there and shall not be.
    Remove(RecordSet),
}

impl SetChange {
    /// What is live, if anything.
    #[must_use]
    pub fn before(&self) -> Option<&RecordSet> {
        match self {
            Self::Add(_) => None,
            Self::Replace { before, .. } | Self::Remove(before) => Some(before),
        }
    }

    /// What shall be, if anything.
    #[must_use]
    pub fn after(&self) -> Option<&RecordSet> {
        match self {
            Self::Add(after) | Self::Replace { after, .. } => Some(after),
            Self::Remove(_) => None,
        }
    }

    /// The key, the same before and after.
    #[must_use]
    pub fn key(&self) -> &RecordKey {
        match self {
            Self::Add(set) | Self::Remove(set) | Self::Replace { before: set, .. } => &set.key,
        }
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        match self.clone() {
            Self::Add(set) => Self::Remove(set),
            Self::Remove(set) => Self::Add(set),
            Self::Replace { before, after } => Self::Replace { before: after, after: before },
        }
    }

    /// A change from what is live to what shall be; `None` when both are equal or absent.
    ///
    /// # Panics
    /// Never; sets with different keys give `None`.
    #[must_use]
    pub fn between(before: Option<RecordSet>, after: Option<RecordSet>) -> Option<Self> {
        match (before, after) {
            (None, None) => None,
            (None, Some(after)) => Some(Self::Add(after)),
            (Some(before), None) => Some(Self::Remove(before)),
            (Some(before), Some(after)) => {
                (before.key == after.key && before != after).then_some(Self::Replace { before, after })
            }
        }
    }
}

/// The one record in which two states of a record set differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordWrite {
    /// It is not there and shall be.
    Create(Rdata, Ttl),
    /// It is there and shall be other, in value, TTL or both.
    Edit {
        /// What is live.
        from: (Rdata, Ttl),
        /// What shall be.
        to: (Rdata, Ttl),
    },
    /// It is there and shall not be.
    Delete(Rdata, Ttl),
}

impl SetChange {
    /// The single record write that carries this change out; `None` when more than one
    /// record differs, or nothing but settings.
    #[must_use]
    pub fn as_record_write(&self) -> Option<RecordWrite> {
        let (gone, new) = self.records_that_differ();
        match (gone.as_slice(), new.as_slice()) {
            ([], [(data, ttl)]) => Some(RecordWrite::Create(data.clone(), *ttl)),
            ([(data, ttl)], []) => Some(RecordWrite::Delete(data.clone(), *ttl)),
            ([from], [to]) => Some(RecordWrite::Edit { from: from.clone(), to: to.clone() }),
            _ => None,
        }
    }

    /// The records that are there only before, and those that are there only after, each with
    /// its TTL: a record whose TTL changes is in both.
    #[must_use]
    pub fn records_that_differ(&self) -> (Records, Records) {
        let rtype = self.key().rtype;
        let records = |set: Option<&RecordSet>| -> Vec<(Vec<u8>, Rdata, Ttl)> {
            set.into_iter()
                .flat_map(RecordSet::members)
                .map(|(data, ttl)| (rdata::canonical(rtype, data.wire()).into_owned(), data.clone(), ttl))
                .collect()
        };
        let (before, after) = (records(self.before()), records(self.after()));
        let known = |these: &[(Vec<u8>, Rdata, Ttl)]| -> HashSet<(Vec<u8>, Ttl)> {
            these.iter().map(|(data, _, ttl)| (data.clone(), *ttl)).collect()
        };
        let (was, is) = (known(&before), known(&after));
        let only = |these: Vec<(Vec<u8>, Rdata, Ttl)>, those: &HashSet<(Vec<u8>, Ttl)>| -> Records {
            let alone = these.into_iter().filter(|(data, _, ttl)| !those.contains(&(data.clone(), *ttl)));
            alone.map(|(_, data, ttl)| (data, ttl)).collect()
        };
        (only(before, &is), only(after, &was))
    }
}

/// Data of one type with their TTLs.
pub type Records = Vec<(Rdata, Ttl)>;

/// All that changes at one owner name; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    name: Name,
    sets: Vec<SetChange>,
}

impl Change {
    /// Gathers the set changes of one owner name. `None` when there are none or they
    /// belong to several names.
    #[must_use]
    pub fn new(sets: Vec<SetChange>) -> Option<Self> {
        let name = sets.first()?.key().name.clone();
        sets.iter().all(|set| set.key().name == name).then_some(Self { name, sets })
    }

    /// The owner name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The record sets that change, never empty.
    #[must_use]
    pub fn sets(&self) -> &[SetChange] {
        &self.sets
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { name: self.name.clone(), sets: self.sets.iter().map(SetChange::reversed).collect() }
    }

    /// How large it is, in each way in which providers count.
    #[must_use]
    pub fn size(&self) -> Size {
        self.sets.iter().map(Size::of).fold(Size::default(), Size::and)
    }
}

/// How large a write is, in each way in which providers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Records, old and new; a set that the provider makes from its settings counts as one.
    pub records: usize,
    /// An upper bound of its size in an RFC 2136 message without compression, in octets:
    /// old data as prerequisite, deletions, new data.
    pub octets: usize,
    /// Record sets that are there afterwards.
    pub additions: usize,
    /// Record sets that were there before.
    pub deletions: usize,
    /// Characters of the data, old and new, in presentation format.
    pub characters: usize,
    /// Single records to create, edit or delete; a record that is edited counts once. Other settings
    /// of a set edit all of its records.
    pub edits: usize,
}

impl Size {
    fn of(change: &SetChange) -> Self {
        const RECORD_HEADER: usize = 10;
        let sets = || change.before().into_iter().chain(change.after());
        let octets = |set: &RecordSet| {
            let name = set.key.name.wire().len() + RECORD_HEADER;
            let data: usize = set.rdatas().iter().map(|data| name + data.wire().len()).sum();
            data + 2 * name
        };
        let (gone, new) = change.records_that_differ();
        // Settings are those of every record.
        let settings = match change {
            SetChange::Replace { before, after } if before.settings != after.settings => {
                before.rdatas().len().max(after.rdatas().len())
            }
            _ => 0,
        };
        Self {
            records: sets().map(|set| set.rdatas().len().max(1)).sum(),
            octets: sets().map(octets).sum(),
            additions: usize::from(change.after().is_some()),
            deletions: usize::from(change.before().is_some()),
            characters: sets().flat_map(RecordSet::texts).map(|text| text.chars().count()).sum(),
            edits: gone.len().max(new.len()).max(settings).max(1),
        }
    }

    /// Both in one write.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            records: self.records + other.records,
            octets: self.octets + other.octets,
            additions: self.additions + other.additions,
            deletions: self.deletions + other.deletions,
            characters: self.characters + other.characters,
            edits: self.edits + other.edits,
        }
    }
}
