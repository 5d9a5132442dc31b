//! A listing that follows the writes made upon it, so that several may follow one reading.

use crate::backend::{Live, Tokens};
use crate::listing::{Entries, Entry};
use dnsure_zones::{Name, RecordKey, RecordType};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The record sets of one zone: as listed, and as accepted writes have changed them since.
#[derive(Debug)]
pub(crate) struct Followed<S> {
    sets: Mutex<Entries<S>>,
    listed_at: Instant,
}

impl<S> Followed<S> {
    /// Of sets that were listed just now.
    pub(crate) fn new(sets: Entries<S>) -> Self {
        Self { sets: Mutex::new(sets), listed_at: Instant::now() }
    }

    /// The sets as they are known now.
    pub(crate) fn sets(&self) -> MutexGuard<'_, Entries<S>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what is known of a set now.
    pub(crate) fn keep(&self, key: &RecordKey, now: Option<Entry<S>>) {
        self.sets().keep(key, now);
    }

    /// Whether the zone was listed whole so short a time ago.
    pub(crate) fn is_younger_than(&self, age: Duration) -> bool {
        self.listed_at.elapsed() < age
    }

    /// What is live, as far as it is known; writes upon it need `tokens`.
    ///
    /// # Errors
    /// As [`Entries::whole`].
    pub(crate) fn live(&self, apex: &Name, tokens: Tokens) -> Result<Live, String> {
        let (zone, locked) = self.sets().whole(apex)?;
        let serial = zone.get(apex, RecordType::SOA).and_then(|soa| soa.to_set().serial());
        Ok(Live { tokens, locked, ..Live::new(zone, serial) })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::{Rdata, RecordSet, Ttl, rdata};

    fn entry(owner: &str, rtype: RecordType, data: &str) -> (RecordKey, Entry<()>) {
        let key = RecordKey::new(owner.parse().unwrap(), rtype);
        let data = rdata::parse_text(rtype, data, &Name::root()).unwrap();
        let set = RecordSet::new(key.clone(), Ttl::from_wire(60), [Rdata::new(data)]);
        (key, Entry { set: Some(set), locked: None, source: () })
    }

    #[test]
    fn what_a_write_has_made_is_live_and_the_age_is_that_of_the_listing() {
        let apex: Name = "example.".parse().unwrap();
        let soa = entry("example.", RecordType::SOA, "ns. host. 7 2 3 4 5");
        let followed = Followed::new(Entries::gather([Ok(soa)]).unwrap());
        let (key, made) = entry("www.example.", RecordType::A, "192.0.2.1");
        followed.keep(&key, Some(made));
        let live = followed.live(&apex, Tokens::default()).unwrap();
        assert_eq!((live.serial, live.zone.set_count()), (Some(7), 2));
        followed.keep(&key, None);
        assert_eq!(followed.live(&apex, Tokens::default()).unwrap().zone.set_count(), 1);
        assert!(followed.is_younger_than(Duration::from_secs(60)));
        assert!(!followed.is_younger_than(Duration::ZERO));
    }

    #[test]
    fn without_its_soa_it_is_no_zone() {
        let followed = Followed::<()>::new(Entries::gather([]).unwrap());
        assert!(followed.live(&"example.".parse().unwrap(), Tokens::default()).is_err());
    }
}
