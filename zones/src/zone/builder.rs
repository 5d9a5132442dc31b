//! Collecting records in any order.

use super::{NO_DATA, Place, Row, Zone, ZoneError};
use crate::diagnostic::Position;
use crate::{Name, RecordKey, RecordSet, RecordType, Settings, Ttl};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Collects records in any order and makes a [`Zone`].
pub struct ZoneBuilder {
    zone: Zone,
    /// The last owner name in wire form, and its sort key; empty before the first.
    last: (Vec<u8>, u32, u16),
    /// The last file.
    last_file: Option<(Arc<str>, u32)>,
    file_index: HashMap<Arc<str>, u32>,
    set_index: HashMap<Arc<str>, u32>,
}

impl ZoneBuilder {
    /// A builder for the zone at `apex`.
    #[must_use]
    pub fn new(apex: Name) -> Self {
        Self {
            zone: Zone {
                apex,
                rows: Vec::new(),
                keys: Vec::new(),
                rdatas: Vec::new(),
                places: Vec::new(),
                files: Vec::new(),
                set_ids: vec!["".into()],
                spellings: BTreeMap::new(),
                settings: BTreeMap::new(),
                mixed_ttls: Vec::new(),
            },
            last: (Vec::new(), 0, 0),
            last_file: None,
            file_index: HashMap::new(),
            set_index: HashMap::new(),
        }
    }

    /// Adds one record. `wire` is uncompressed and valid for its type.
    ///
    /// # Errors
    /// [`ZoneError::OutOfZone`] and [`ZoneError::TooLarge`].
    pub fn push(&mut self, name: &Name, rtype: RecordType, ttl: Ttl, wire: &[u8]) -> Result<(), ZoneError> {
        self.push_record(name, rtype, None, ttl, wire, None)
    }

    /// Adds one record with its set id and the place that declares it.
    ///
    /// # Errors
    /// As [`ZoneBuilder::push`].
    pub fn push_record(
        &mut self,
        name: &Name,
        rtype: RecordType,
        set_id: Option<&Arc<str>>,
        ttl: Ttl,
        wire: &[u8],
        position: Option<&Position>,
    ) -> Result<(), ZoneError> {
        let (key, key_length) = self.key_of(name)?;
        let rdata = offset(self.zone.rdatas.len())?;
        self.zone.rdatas.extend_from_slice(wire);
        let rdata_length = u16::try_from(wire.len()).map_err(|_| ZoneError::TooLarge)?;
        let set_id = set_id.map_or(0, |id| intern(&mut self.set_index, &mut self.zone.set_ids, id));
        if let Some(position) = position {
            let file = self.file(&position.file);
            self.zone.places.resize(self.zone.rows.len(), Place::default());
            self.zone.places.push(Place { file, line: position.line, column: position.column });
        } else if !self.zone.places.is_empty() {
            self.zone.places.push(Place::default());
        }
        self.zone.rows.push(Row { key, rdata, ttl, rtype, set_id, key_length, rdata_length });
        Ok(())
    }

    /// Adds a whole record set with its settings. One without members is kept too: a provider
    /// makes its answers from the settings.
    ///
    /// # Errors
    /// As [`ZoneBuilder::push`].
    pub fn push_set(&mut self, set: &RecordSet) -> Result<(), ZoneError> {
        let key = &set.key;
        for (data, ttl) in set.members() {
            self.push_record(
                &key.name,
                key.rtype,
                key.set_id.as_ref(),
                ttl,
                data.wire(),
                set.position.as_ref(),
            )?;
        }
        if set.rdatas().is_empty() {
            self.push_bare(key, set.ttl, set.position.as_ref())?;
        }
        self.set_settings(key.clone(), set.settings.clone());
        Ok(())
    }

    /// Adds a set without members. Where the same set has members as well, these count.
    ///
    /// # Errors
    /// As [`ZoneBuilder::push`].
    pub fn push_bare(
        &mut self,
        key: &RecordKey,
        ttl: Ttl,
        position: Option<&Position>,
    ) -> Result<(), ZoneError> {
        self.push_record(&key.name, key.rtype, key.set_id.as_ref(), ttl, &[], position)?;
        if let Some(row) = self.zone.rows.last_mut() {
            row.rdata = NO_DATA;
        }
        Ok(())
    }

    /// Sets the provider settings of a record set; empty settings are not stored.
    pub fn set_settings(&mut self, key: RecordKey, settings: Settings) {
        if !settings.is_empty() {
            self.zone.settings.insert(key, settings);
        }
    }

    fn file(&mut self, file: &Arc<str>) -> u32 {
        match &self.last_file {
            Some((last, index)) if Arc::ptr_eq(last, file) => *index,
            _ => {
                let index = intern(&mut self.file_index, &mut self.zone.files, file);
                self.last_file = Some((file.clone(), index));
                index
            }
        }
    }

    fn key_of(&mut self, name: &Name) -> Result<(u32, u16), ZoneError> {
        let (last, key, length) = &mut self.last;
        if *last == name.wire() {
            return Ok((*key, *length));
        }
        last.clear();
        let start = offset(self.zone.keys.len())?;
        if !name.write_sort_key(&self.zone.apex, &mut self.zone.keys) {
            return Err(ZoneError::OutOfZone { name: name.clone(), apex: self.zone.apex.clone() });
        }
        // Escaping at most doubles a name of 255 octets.
        let length = (self.zone.keys.len() - start as usize) as u16;
        if name.wire().iter().any(u8::is_ascii_uppercase) {
            self.zone.spellings.insert((start, length), name.clone());
        }
        self.last.0.extend_from_slice(name.wire());
        (self.last.1, self.last.2) = (start, length);
        Ok((start, length))
    }

    /// Sorts, drops duplicate records and makes the zone.
    #[must_use]
    pub fn finish(self) -> Zone {
        let mut zone = self.zone;
        if !zone.places.is_empty() {
            zone.places.resize(zone.rows.len(), Place::default());
        }
        // Servers and sorted files give records in order.
        if zone.rows.is_sorted_by(|a, b| zone.cmp_rows(a, b).is_lt()) && !zone.rows.iter().any(Row::is_bare) {
            zone.note_mixed_ttls();
            return zone;
        }
        let mut order = sorted(&zone);
        if zone.rows.iter().any(Row::is_bare) {
            order = without_covered(&zone, order);
        }
        zone.rows = order.iter().map(|&index| zone.rows[index as usize]).collect();
        if !zone.places.is_empty() {
            zone.places = order.iter().map(|&index| zone.places[index as usize]).collect();
        }
        zone.note_mixed_ttls();
        zone
    }
}

/// The indexes of the rows in canonical order, of equal rows the first alone.
///
/// Most pairs are told apart by the start of their keys, which stands beside the index, so
/// that the arena is looked at for the others only. Keys hold no two zero octets in a row
/// and none of them starts with one, so filling up with zeros keeps their order.
fn sorted(zone: &Zone) -> Vec<u32> {
    let start = |row: &Row| {
        let key = zone.key(row);
        let mut start = [0; 16];
        let length = key.len().min(start.len());
        start[..length].copy_from_slice(&key[..length]);
        u128::from_be_bytes(start)
    };
    let rows = zone.rows.iter().zip(0_u32..);
    let mut order: Vec<(u128, u32)> = rows.map(|(row, index)| (start(row), index)).collect();
    order.sort_unstable_by_key(|(start, _)| *start);
    let by_rows = |a: u32, b: u32| zone.cmp_rows(&zone.rows[a as usize], &zone.rows[b as usize]);
    for same_start in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|rows| rows.len() > 1) {
        same_start.sort_unstable_by(|a, b| by_rows(a.1, b.1).then(a.1.cmp(&b.1)));
    }
    order.dedup_by(|later, first| later.0 == first.0 && by_rows(later.1, first.1).is_eq());
    order.into_iter().map(|(_, index)| index).collect()
}

/// Without the bare rows of sets that have members, which follow them.
fn without_covered(zone: &Zone, order: Vec<u32>) -> Vec<u32> {
    let row = |index: u32| &zone.rows[index as usize];
    let is_same = |a: &Row, b: &Row| {
        zone.key(a) == zone.key(b) && a.rtype == b.rtype && zone.set_id(a) == zone.set_id(b)
    };
    let mut kept: Vec<u32> = Vec::with_capacity(order.len());
    for index in order {
        if let Some(&last) = kept.last()
            && row(last).is_bare()
            && is_same(row(last), row(index))
        {
            kept.pop();
        }
        kept.push(index);
    }
    kept
}

pub(super) fn offset(length: usize) -> Result<u32, ZoneError> {
    u32::try_from(length).map_err(|_| ZoneError::TooLarge)
}

fn intern(index: &mut HashMap<Arc<str>, u32>, list: &mut Vec<Arc<str>>, text: &Arc<str>) -> u32 {
    if let Some(&known) = index.get(text) {
        return known;
    }
    let new = list.len() as u32;
    list.push(text.clone());
    index.insert(text.clone(), new);
    new
}
