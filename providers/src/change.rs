//! What a write holds.
//!
//! The unit is the owner name: everything that changes at one name is one [`Change`],
//! and a write takes a change whole or not at all. Providers of single records take a change
//! of one record set that differs in one record, a [`RecordWrite`].

use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, Ttl, rdata};

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
        let rtype = self.key().rtype;
        let records = |set: Option<&RecordSet>| -> Vec<(Vec<u8>, Rdata, Ttl)> {
            set.into_iter()
                .flat_map(RecordSet::members)
                .map(|(data, ttl)| (rdata::canonical(rtype, data.wire()).into_owned(), data.clone(), ttl))
                .collect()
        };
        let (before, after) = (records(self.before()), records(self.after()));
        let only = |these: &[(Vec<u8>, Rdata, Ttl)], those: &[(Vec<u8>, Rdata, Ttl)]| {
            let alone = |one: &&(Vec<u8>, Rdata, Ttl)| {
                !those.iter().any(|other| other.0 == one.0 && other.2 == one.2)
            };
            these.iter().filter(alone).map(|(_, data, ttl)| (data.clone(), *ttl)).collect::<Vec<_>>()
        };
        match (only(&before, &after).as_slice(), only(&after, &before).as_slice()) {
            ([], [(data, ttl)]) => Some(RecordWrite::Create(data.clone(), *ttl)),
            ([(data, ttl)], []) => Some(RecordWrite::Delete(data.clone(), *ttl)),
            ([from], [to]) => Some(RecordWrite::Edit { from: from.clone(), to: to.clone() }),
            _ => None,
        }
    }
}

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

    /// The number of records in it, old and new.
    #[must_use]
    pub fn record_count(&self) -> usize {
        self.each_set().map(|set| set.rdatas().len()).sum()
    }

    /// An upper bound of its size in an RFC 2136 message without compression, in octets:
    /// old data as prerequisite, deletions, new data.
    #[must_use]
    pub fn message_size(&self) -> usize {
        const RECORD_HEADER: usize = 10;
        self.each_set()
            .map(|set| {
                let name = set.key.name.wire().len() + RECORD_HEADER;
                let data: usize = set.rdatas().iter().map(|data| name + data.wire().len()).sum();
                data + 2 * name
            })
            .sum()
    }

    fn each_set(&self) -> impl Iterator<Item = &RecordSet> {
        self.sets.iter().flat_map(|set| set.before().into_iter().chain(set.after()))
    }
}
