//! What a zone was listed as, for services that list whole record sets, and what a write is made upon.

use crate::backend::{Live, Tokens, WriteEnd};
use crate::change::{Change, SetChange};
use crate::standing;
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Zone, ZoneBuilder};
use std::any::Any;
use std::collections::{BTreeMap, HashMap};

/// One record set as it was listed.
#[derive(Debug, Clone)]
pub(crate) struct Entry<S> {
    /// What it holds; `None` where nothing is served of it.
    pub(crate) set: Option<RecordSet>,
    /// Why it is never written to.
    pub(crate) locked: Option<String>,
    /// What a write upon it needs besides.
    pub(crate) source: S,
}

/// The record sets of one zone.
#[derive(Debug)]
pub(crate) struct Entries<S>(HashMap<RecordKey, Entry<S>>);

impl<S> Entries<S> {
    /// All that was listed.
    ///
    /// # Errors
    /// What cannot be read or is there twice, in words.
    pub(crate) fn gather(
        listed: impl IntoIterator<Item = Result<(RecordKey, Entry<S>), String>>,
    ) -> Result<Self, String> {
        let mut all = HashMap::new();
        for listed in listed {
            let (key, entry) = listed?;
            if all.insert(key.clone(), entry).is_some() {
                return Err(format!("{key} is listed twice"));
            }
        }
        Ok(Self(all))
    }

    pub(crate) fn get(&self, key: &RecordKey) -> Option<&Entry<S>> {
        self.0.get(key)
    }

    /// Takes over what is known of a set now.
    pub(crate) fn keep(&mut self, key: &RecordKey, now: Option<Entry<S>>) {
        match now {
            Some(entry) => self.0.insert(key.clone(), entry),
            None => self.0.remove(key),
        };
    }

    /// What is live, with these listed sets as the tokens of writes upon it; `tokens` may add to them.
    ///
    /// # Errors
    /// As [`Entries::whole`].
    pub(crate) fn live<T: Any + Send + Sync>(
        self,
        apex: &Name,
        tokens: impl FnOnce(Self) -> T,
    ) -> Result<Live, String> {
        let (zone, locked) = self.whole(apex)?;
        Ok(Live { tokens: Tokens::new(tokens(self)), locked, ..Live::new(zone, None) })
    }

    /// As [`Entries::zone`], where the service lists the SOA too.
    ///
    /// # Errors
    /// As [`Entries::zone`], and a zone without an SOA.
    pub(crate) fn whole(&self, apex: &Name) -> Result<(Zone, BTreeMap<RecordKey, String>), String> {
        let (zone, locked) = self.zone(apex)?;
        match zone.get(apex, RecordType::SOA) {
            Some(_) => Ok((zone, locked)),
            None => Err("it holds no SOA record".into()),
        }
    }

    /// The zone, and what of it is locked.
    ///
    /// # Errors
    /// What makes it no zone, in words.
    pub(crate) fn zone(&self, apex: &Name) -> Result<(Zone, BTreeMap<RecordKey, String>), String> {
        let mut builder = ZoneBuilder::new(apex.clone());
        for set in self.0.values().filter_map(|entry| entry.set.as_ref()) {
            builder.push_set(set).map_err(|error| error.to_string())?;
        }
        let locked = |(key, entry): (&RecordKey, &Entry<S>)| Some((key.clone(), entry.locked.clone()?));
        Ok((builder.finish(), self.0.iter().filter_map(locked).collect()))
    }

    /// The sets of `changes`, each beside what was listed of it.
    ///
    /// # Errors
    /// [`WriteEnd::Stale`] where that is not what a change was made from, [`WriteEnd::Refused`] for what is
    /// locked or must stay.
    pub(crate) fn upon<'a>(
        &'a self,
        apex: &Name,
        changes: &'a [Change],
    ) -> Result<Vec<Upon<'a, S>>, WriteEnd> {
        let upon = |change: &'a SetChange| {
            let listed = self.get(change.key());
            if let Some(reason) = listed.and_then(|listed| listed.locked.as_ref()) {
                let reason = format!("{}: {reason}; nothing was sent", change.key());
                return Err(WriteEnd::Refused { reason });
            }
            standing::keeps_apex(apex, change)?;
            standing::compare(change, listed.and_then(|listed| listed.set.as_ref()))?;
            Ok(Upon { change, listed })
        };
        changes.iter().flat_map(Change::sets).map(upon).collect()
    }
}

/// One change and what it is made upon.
#[derive(Debug)]
pub(crate) struct Upon<'a, S> {
    pub(crate) change: &'a SetChange,
    pub(crate) listed: Option<&'a Entry<S>>,
}

impl<S> Upon<'_, S> {
    /// What shall be. An SOA has the serial that `next` makes of the live one.
    pub(crate) fn after(&self, next: impl Fn(u32) -> u32) -> Option<RecordSet> {
        let serial = self.listed.and_then(|listed| listed.set.as_ref()?.serial()).map(next);
        let after = self.change.after()?;
        Some(serial.map_or_else(|| after.clone(), |serial| after.with_serial(serial)))
    }
}
