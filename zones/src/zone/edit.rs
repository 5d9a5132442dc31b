//! Copies of a zone with some sets left out, replaced or added.
//!
//! The arenas are copied as they are and rows are merged: nothing is sorted or taken apart
//! again, so that a hundred steps over a hundred thousand record sets stay cheap.

use super::builder::offset;
use super::{Place, Row, SetRef, Zone, ZoneBuilder, ZoneError};
use crate::{RecordKey, RecordSet};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

impl Zone {
    /// The same zone, in which the record sets count as mixed that do in `other`: for a zone
    /// that was put together from the sets of another.
    #[must_use]
    pub fn with_mixed_ttls_of(mut self, other: &Zone) -> Zone {
        let mixed = other.mixed_ttls.iter().filter(|key| self.get_key(key).is_some());
        self.mixed_ttls = mixed.cloned().collect();
        self
    }

    /// A copy with only the sets that `keep` accepts.
    #[must_use]
    pub fn filtered(&self, mut keep: impl FnMut(&SetRef<'_>) -> bool) -> Zone {
        let mut zone = self.clone();
        let kept: Vec<Range<usize>> =
            self.sets().filter(|set| keep(set)).map(|set| set.start..set.end).collect();
        zone.rows = kept.iter().flat_map(|rows| self.rows[rows.clone()].iter().copied()).collect();
        if !self.places.is_empty() {
            zone.places = kept.iter().flat_map(|rows| self.places[rows.clone()].iter().copied()).collect();
        }
        let settings = std::mem::take(&mut zone.settings);
        zone.settings = settings.into_iter().filter(|(key, _)| zone.get_key(key).is_some()).collect();
        let mixed = std::mem::take(&mut zone.mixed_ttls);
        zone.mixed_ttls = mixed.into_iter().filter(|key| zone.get_key(key).is_some()).collect();
        zone
    }

    /// A copy in which each of `changes` (key, new set or nothing) replaces what was there.
    ///
    /// # Errors
    /// [`ZoneError`] when a new set does not fit.
    pub fn with<'a>(
        &self,
        changes: impl IntoIterator<Item = (&'a RecordKey, Option<&'a RecordSet>)>,
    ) -> Result<Zone, ZoneError> {
        let changes: BTreeMap<&RecordKey, Option<&RecordSet>> = changes.into_iter().collect();
        let mut builder = ZoneBuilder::new(self.apex.clone());
        for set in changes.values().copied().flatten() {
            builder.push_set(set)?;
        }
        let mut gone: Vec<Range<usize>> =
            changes.keys().filter_map(|key| self.get_key(key)).map(|set| set.start..set.end).collect();
        gone.sort_by_key(|rows| rows.start);
        let mut zone = self.clone();
        zone.settings.retain(|key, _| !changes.contains_key(key));
        zone.mixed_ttls.retain(|key| !changes.contains_key(key));
        zone.splice(&gone, builder.finish())?;
        Ok(zone)
    }

    /// Takes the rows `gone` out and merges the rows of `added`, whose sets are in none of
    /// the others.
    fn splice(&mut self, gone: &[Range<usize>], added: Zone) -> Result<(), ZoneError> {
        let added = self.adopt(added)?;
        let placed = !self.places.is_empty() || added.iter().any(|(_, place)| place.line > 0);
        let rows = std::mem::take(&mut self.rows);
        let places = std::mem::take(&mut self.places);
        let mut kept: Vec<(Row, Place)> = Vec::with_capacity(rows.len() + added.len());
        let mut added = added.into_iter().peekable();
        let mut gone = gone.iter().peekable();
        for (index, row) in rows.into_iter().enumerate() {
            while gone.next_if(|rows| rows.end <= index).is_some() {}
            if gone.peek().is_some_and(|rows| rows.contains(&index)) {
                continue;
            }
            while let Some(new) = added.next_if(|(new, _)| self.cmp_rows(new, &row).is_lt()) {
                kept.push(new);
            }
            kept.push((row, places.get(index).copied().unwrap_or_default()));
        }
        kept.extend(added);
        self.rows = kept.iter().map(|(row, _)| *row).collect();
        if placed {
            self.places = kept.iter().map(|(_, place)| *place).collect();
        }
        Ok(())
    }

    /// Takes over everything that the rows of `added` point to, and gives the rows as they
    /// are to stand here.
    fn adopt(&mut self, added: Zone) -> Result<Vec<(Row, Place)>, ZoneError> {
        let (keys, rdatas) = (offset(self.keys.len())?, offset(self.rdatas.len())?);
        offset(self.keys.len() + added.keys.len())?;
        offset(self.rdatas.len() + added.rdatas.len())?;
        self.keys.extend_from_slice(&added.keys);
        self.rdatas.extend_from_slice(&added.rdatas);
        let set_ids = indices(&mut self.set_ids, &added.set_ids);
        let files = indices(&mut self.files, &added.files);
        let spellings = added.spellings.into_iter();
        self.spellings.extend(spellings.map(|((start, length), name)| ((start + keys, length), name)));
        self.settings.extend(added.settings);
        self.mixed_ttls.extend(added.mixed_ttls);
        self.mixed_ttls.sort();
        let mut places = added.places.into_iter();
        let rows = added.rows.into_iter().map(|row| {
            let place = places.next().unwrap_or_default();
            let file = files.get(place.file as usize).copied().unwrap_or_default();
            let set_id = set_ids[row.set_id as usize];
            let rdata = if row.is_bare() { row.rdata } else { row.rdata + rdatas };
            (Row { key: row.key + keys, rdata, set_id, ..row }, Place { file, ..place })
        });
        Ok(rows.collect())
    }
}

/// Where each of `texts` stands in `list`, put there when it is not.
fn indices(list: &mut Vec<Arc<str>>, texts: &[Arc<str>]) -> Vec<u32> {
    let mut index = |text: &Arc<str>| match list.iter().position(|known| known == text) {
        Some(known) => known as u32,
        None => {
            list.push(text.clone());
            (list.len() - 1) as u32
        }
    };
    texts.iter().map(&mut index).collect()
}
