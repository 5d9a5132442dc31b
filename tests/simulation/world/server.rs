//! What one server answers, and how it learns.

use super::*;

impl Server {
    /// Takes in what has arrived; whether anything has.
    pub(super) fn deliver(&mut self, now: Timestamp) -> bool {
        if self.pending.iter().all(|(due, _)| *due > now) {
            return false;
        }
        let (arrived, pending): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pending).into_iter().partition(|(due, _)| *due <= now);
        self.pending = pending;
        for (_, parcel) in arrived {
            match parcel {
                Parcel::State(shot) => self.told = shot,
                Parcel::Record { key, data, ttl, version } => self.take_record(key, data, ttl, version),
            }
        }
        self.look_again();
        true
    }

    pub(super) fn take_record(&mut self, key: RecordKey, data: Rdata, ttl: Option<Ttl>, version: usize) {
        let latest = self.versions.entry((key.clone(), data.clone())).or_insert(0);
        if version < *latest {
            return;
        }
        *latest = version;
        let set = self.told.zone.get_key(&key).map(|set| set.to_set());
        let members = set.iter().flat_map(RecordSet::members).filter(|(other, _)| **other != data);
        let mut members: Vec<(Rdata, Ttl)> = members.map(|(data, ttl)| (data.clone(), ttl)).collect();
        members.extend(ttl.map(|ttl| (data, ttl)));
        let then = RecordSet::from_members(key.clone(), members);
        self.told = Shot::of(self.told.zone.with([(&key, then.as_ref())]).unwrap());
    }

    /// What it was told, without what it has lost.
    pub(super) fn look_again(&mut self) {
        let mut zone = self.told.zone.clone();
        for (key, data) in &self.lost {
            let set = zone.get_key(key).map(|set| set.to_set());
            let kept = set
                .iter()
                .flat_map(RecordSet::members)
                .filter(|(other, _)| data.as_ref().is_some_and(|data| data != *other));
            let members: Vec<(Rdata, Ttl)> = kept.map(|(data, ttl)| (data.clone(), ttl)).collect();
            let then = RecordSet::from_members(key.clone(), members);
            zone = zone.with([(key, then.as_ref())]).unwrap();
        }
        self.view = if self.lost.is_empty() { Rc::clone(&self.told) } else { Shot::of(zone) };
    }
}
