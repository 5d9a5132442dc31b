//! An immutable, sorted zone.
//!
//! Desired and live are the same type. Records are fixed-size rows in RFC 4034 canonical
//! order over two byte arenas (sort keys of owner names, rdata), so a million records fit
//! in tens of megabytes, a subtree is a range and a diff is one merge pass. Positions sit
//! in a parallel vector that live zones do not have; settings sit in a sparse side table;
//! spellings with capitals in another.

mod builder;
mod edit;

pub use builder::ZoneBuilder;

use crate::diagnostic::Position;
use crate::{Name, Rdata, RecordKey, RecordSet, RecordType, Settings, Ttl, rdata};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Why records do not form a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// An owner name outside the zone.
    #[error("{name} is not in the zone {apex}")]
    OutOfZone {
        /// The owner name.
        name: Name,
        /// The zone.
        apex: Name,
    },
    /// More than 4 GiB of names or rdata.
    #[error("the zone holds more than 4 GiB of names or rdata")]
    TooLarge,
}

/// Where the data of a row would stand: it has none, and is there so that its set is.
const NO_DATA: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Row {
    key: u32,
    rdata: u32,
    ttl: Ttl,
    rtype: RecordType,
    set_id: u32,
    key_length: u16,
    rdata_length: u16,
}

impl Row {
    /// Whether this row only stands for a set whose answers the provider makes.
    fn is_bare(&self) -> bool {
        self.rdata == NO_DATA
    }

    /// Whether both have the very same key in the arena; equal ones may stand there twice.
    fn has_key_of(&self, other: &Self) -> bool {
        // The empty key of the apex starts where the next one does.
        self.key == other.key && self.key_length == other.key_length
    }
}

/// Where a record was declared: an index into the files, line, column.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    file: u32,
    line: u32,
    column: u32,
}

/// A zone: record sets in canonical order.
#[derive(Clone)]
pub struct Zone {
    apex: Name,
    rows: Vec<Row>,
    keys: Vec<u8>,
    rdatas: Vec<u8>,
    places: Vec<Place>,
    files: Vec<Arc<str>>,
    set_ids: Vec<Arc<str>>,
    spellings: BTreeMap<(u32, u16), Name>,
    settings: BTreeMap<RecordKey, Settings>,
    mixed_ttls: Vec<RecordKey>,
}

impl Zone {
    /// A zone without records.
    #[must_use]
    pub fn empty(apex: Name) -> Self {
        ZoneBuilder::new(apex).finish()
    }

    /// The name of the zone.
    #[must_use]
    pub fn apex(&self) -> &Name {
        &self.apex
    }

    /// The number of records.
    #[must_use]
    pub fn record_count(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of record sets.
    #[must_use]
    pub fn set_count(&self) -> usize {
        self.sets().count()
    }

    /// All record sets in canonical order.
    pub fn sets(&self) -> Sets<'_> {
        Sets { zone: self, rows: 0..self.rows.len() }
    }

    /// The record sets at `name`.
    pub fn at(&self, name: &Name) -> Sets<'_> {
        let rows = match name.sort_key(&self.apex) {
            Some(key) => self.rows_of(&key),
            None => 0..0,
        };
        Sets { zone: self, rows }
    }

    /// The record sets at `name` and below it.
    pub fn subtree(&self, name: &Name) -> Sets<'_> {
        let rows = match name.sort_key(&self.apex) {
            Some(key) => self.rows_below(&key),
            None => 0..0,
        };
        Sets { zone: self, rows }
    }

    /// The record set of this name and type without a set id.
    #[must_use]
    pub fn get(&self, name: &Name, rtype: RecordType) -> Option<SetRef<'_>> {
        self.at(name).find(|set| set.rtype() == rtype && set.set_id().is_none())
    }

    /// The record set with this key.
    #[must_use]
    pub fn get_key(&self, key: &RecordKey) -> Option<SetRef<'_>> {
        self.at(&key.name).find(|set| set.rtype() == key.rtype && set.set_id() == key.set_id.as_ref())
    }

    /// Whether the name exists: it has data, or names below it have (RFC 4592 2.2.2).
    #[must_use]
    pub fn name_exists(&self, name: &Name) -> bool {
        self.subtree(name).next().is_some()
    }

    /// Record sets whose members have different TTLs (RFC 2181 5.2 forbids it).
    #[must_use]
    pub fn mixed_ttls(&self) -> &[RecordKey] {
        &self.mixed_ttls
    }

    fn key(&self, row: &Row) -> &[u8] {
        &self.keys[row.key as usize..row.key as usize + usize::from(row.key_length)]
    }

    fn rdata(&self, row: &Row) -> &[u8] {
        if row.is_bare() {
            return &[];
        }
        &self.rdatas[row.rdata as usize..row.rdata as usize + usize::from(row.rdata_length)]
    }

    fn set_id(&self, row: &Row) -> Option<&Arc<str>> {
        (row.set_id != 0).then(|| &self.set_ids[row.set_id as usize])
    }

    fn cmp_rows(&self, a: &Row, b: &Row) -> Ordering {
        let keys = if a.has_key_of(b) { Ordering::Equal } else { self.key(a).cmp(self.key(b)) };
        keys.then_with(|| a.rtype.cmp(&b.rtype)).then_with(|| self.set_id(a).cmp(&self.set_id(b))).then_with(
            || {
                if a.is_bare() || b.is_bare() {
                    return b.is_bare().cmp(&a.is_bare());
                }
                rdata::canonical(a.rtype, self.rdata(a)).cmp(&rdata::canonical(b.rtype, self.rdata(b)))
            },
        )
    }

    fn rows_of(&self, key: &[u8]) -> Range<usize> {
        let start = self.rows.partition_point(|row| self.key(row) < key);
        let length = self.rows[start..].partition_point(|row| self.key(row) == key);
        start..start + length
    }

    fn rows_below(&self, key: &[u8]) -> Range<usize> {
        let start = self.rows.partition_point(|row| self.key(row) < key);
        let length = self.rows[start..].partition_point(|row| self.key(row).starts_with(key));
        start..start + length
    }

    fn note_mixed_ttls(&mut self) {
        let is_mixed = |set: &SetRef<'_>| set.rows().iter().any(|row| row.ttl != set.first().ttl);
        let mut mixed: Vec<RecordKey> = self.sets().filter(is_mixed).map(|set| set.key()).collect();
        mixed.sort();
        self.mixed_ttls = mixed;
    }
}

impl std::fmt::Debug for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "zone {}", self.apex)?;
        for set in self.sets() {
            for data in set.rdatas() {
                writeln!(
                    f,
                    "{} {} {} {}",
                    set.name(),
                    set.ttl(),
                    set.rtype(),
                    rdata::to_text(set.rtype(), data)
                )?;
            }
        }
        Ok(())
    }
}

/// Iterates over record sets in canonical order.
#[derive(Clone)]
pub struct Sets<'a> {
    zone: &'a Zone,
    rows: Range<usize>,
}

impl<'a> Iterator for Sets<'a> {
    type Item = SetRef<'a>;

    fn next(&mut self) -> Option<SetRef<'a>> {
        let zone = self.zone;
        let first = zone.rows[self.rows.clone()].first()?;
        let length = zone.rows[self.rows.clone()]
            .iter()
            .take_while(|row| {
                row.rtype == first.rtype
                    && row.set_id == first.set_id
                    && (row.has_key_of(first) || zone.key(row) == zone.key(first))
            })
            .count();
        let start = self.rows.start;
        self.rows.start += length;
        Some(SetRef { zone, start, end: start + length })
    }
}

/// A record set inside a [`Zone`]: a run of neighbouring rows, never empty.
#[derive(Clone, Copy)]
pub struct SetRef<'a> {
    zone: &'a Zone,
    start: usize,
    end: usize,
}

impl<'a> SetRef<'a> {
    fn rows(&self) -> &'a [Row] {
        &self.zone.rows[self.start..self.end]
    }

    fn first(&self) -> &'a Row {
        &self.zone.rows[self.start]
    }

    /// The owner name, in its own spelling.
    #[must_use]
    pub fn name(&self) -> Name {
        let row = self.first();
        match self.zone.spellings.get(&(row.key, row.key_length)) {
            Some(name) => name.clone(),
            None => Name::from_sort_key(self.zone.key(row), &self.zone.apex),
        }
    }

    /// The record type.
    #[must_use]
    pub fn rtype(&self) -> RecordType {
        self.first().rtype
    }

    /// The set id of a weighted or geo set.
    #[must_use]
    pub fn set_id(&self) -> Option<&'a Arc<str>> {
        self.zone.set_id(self.first())
    }

    /// Owner name, type and set id.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        RecordKey { name: self.name(), rtype: self.rtype(), set_id: self.set_id().cloned() }
    }

    /// The TTL; the smallest where members have different ones.
    #[must_use]
    pub fn ttl(&self) -> Ttl {
        let first = self.first().ttl;
        if self.is_mixed() { self.rows().iter().map(|row| row.ttl).min().unwrap_or(first) } else { first }
    }

    /// The members as uncompressed wire forms, in canonical order; none where the provider makes
    /// the answers from the settings.
    pub fn rdatas(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let zone = self.zone;
        self.records().iter().map(move |row| zone.rdata(row))
    }

    /// The rows that are records.
    fn records(&self) -> &'a [Row] {
        if self.first().is_bare() { &[] } else { self.rows() }
    }

    /// The provider settings, where there are any.
    #[must_use]
    pub fn settings(&self) -> Option<&'a Settings> {
        if self.zone.settings.is_empty() { None } else { self.zone.settings.get(&self.key()) }
    }

    /// Where a file declares it.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        let place = self.zone.places.get(self.start)?;
        let file = self.zone.files.get(place.file as usize)?;
        (place.line > 0).then(|| Position { file: file.clone(), line: place.line, column: place.column })
    }

    /// Where a file declares each member, in the order of [`SetRef::rdatas`].
    pub fn positions(&self) -> impl Iterator<Item = Option<Position>> + use<'a> {
        let zone = self.zone;
        (self.start..self.start + self.records().len()).map(move |row| {
            let place = zone.places.get(row)?;
            let file = zone.files.get(place.file as usize)?;
            (place.line > 0).then(|| Position { file: file.clone(), line: place.line, column: place.column })
        })
    }

    /// The zone's own name.
    #[must_use]
    pub fn apex(&self) -> &Name {
        self.zone.apex()
    }

    /// Whether the owner name is the zone's own name.
    #[must_use]
    pub fn is_apex(&self) -> bool {
        self.first().key_length == 0
    }

    /// A copy that stands on its own.
    #[must_use]
    pub fn to_set(&self) -> RecordSet {
        let members = || self.rdatas().map(Rdata::new);
        let mixed = self.is_mixed().then(|| members().zip(self.rows().iter().map(|row| row.ttl)));
        let mut set = mixed
            .and_then(|members| RecordSet::from_members(self.key(), members))
            .unwrap_or_else(|| RecordSet::new(self.key(), self.ttl(), members()));
        set.settings = self.settings().cloned().unwrap_or_default();
        set.position = self.position();
        set
    }

    /// The order of two sets by owner, type and set id. Both zones must have the same apex.
    #[must_use]
    pub fn cmp_key(&self, other: &SetRef<'_>) -> Ordering {
        self.zone
            .key(self.first())
            .cmp(other.zone.key(other.first()))
            .then_with(|| self.rtype().cmp(&other.rtype()))
            .then_with(|| self.set_id().cmp(&other.set_id()))
    }

    /// Whether both hold the same members with the same TTLs, and settings. Members with
    /// different TTLs are never what files declare, so that they get mended.
    #[must_use]
    pub fn same(&self, other: &SetRef<'_>) -> bool {
        self.same_rdatas(other)
            && self.rows().iter().map(|row| row.ttl).eq(other.rows().iter().map(|row| row.ttl))
            && self.settings() == other.settings()
    }

    /// Whether both hold the same members.
    #[must_use]
    pub fn same_rdatas(&self, other: &SetRef<'_>) -> bool {
        let rtype = self.rtype();
        rtype == other.rtype()
            && self.records().len() == other.records().len()
            && self
                .rdatas()
                .zip(other.rdatas())
                .all(|(a, b)| a == b || rdata::canonical(rtype, a) == rdata::canonical(rtype, b))
    }

    fn is_mixed(&self) -> bool {
        !self.zone.mixed_ttls.is_empty() && self.zone.mixed_ttls.binary_search(&self.key()).is_ok()
    }
}

impl std::fmt::Debug for SetRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.to_set(), f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
