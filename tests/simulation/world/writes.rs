//! How the provider takes writes, and when its servers learn of them.

use super::*;

impl World {
    /// One write call, as the provider sees it.
    pub(crate) fn write(&mut self, changes: &[Change]) -> Ended {
        let fault = self.habits.faults.get(self.calls).copied().unwrap_or(Fault::None);
        self.calls += 1;
        self.is_one_write(changes);
        self.pass(SignedDuration::from_millis(10));
        let lost = || Ended::Unknown { reason: "the connection broke".into() };
        match fault {
            Fault::None => self.take(changes),
            Fault::LostBefore => lost(),
            Fault::LostAfter => {
                let _ = self.take(changes);
                lost()
            }
            Fault::Late(seconds) => {
                self.send_late(changes, SignedDuration::from_secs(seconds));
                lost()
            }
        }
    }

    /// A write that takes effect later, whoever is alive then.
    pub(crate) fn send_late(&mut self, changes: &[Change], after: SignedDuration) {
        self.flights.push(Flight { lands: self.now + after, changes: changes.to_vec() });
    }

    /// What a provider of this unit can do in one call.
    pub(super) fn is_one_write(&self, changes: &[Change]) {
        let sets: Vec<&SetChange> = changes.iter().flat_map(Change::sets).collect();
        match self.guarantee.unit {
            WriteUnit::ZoneBatch | WriteUnit::WholeZone | WriteUnit::Staged => {
                let records: usize = changes.iter().map(|change| change.size().records).sum();
                assert!(self.guarantee.limits.records.is_none_or(|most| records <= most));
            }
            WriteUnit::ReadOnly => panic!("a write where there are none: {changes:?}"),
            WriteUnit::OwnerName => assert_eq!(changes.len(), 1, "one name: {changes:?}"),
            WriteUnit::RecordSet => assert_eq!(sets.len(), 1, "one record set: {changes:?}"),
            WriteUnit::Record | WriteUnit::CreateAndDelete => {
                assert_eq!(sets.len(), 1, "one record: {changes:?}");
                let write = sets[0].as_record_write().unwrap_or_else(|| panic!("one record: {changes:?}"));
                let edits = matches!(write, RecordWrite::Edit { .. });
                assert!(!edits || self.guarantee.unit == WriteUnit::Record, "no edits: {changes:?}");
            }
        }
    }

    /// Does it, or says why not.
    pub(super) fn take(&mut self, changes: &[Change]) -> Ended {
        let refused = |reason: String| Ended::Refused { reason };
        let poisoned =
            |set: &&SetChange| set.after().is_some() && self.habits.poison.as_ref() == Some(set.key());
        if let Some(set) = changes.iter().flat_map(Change::sets).find(poisoned) {
            return refused(format!("{}: invalid record", set.key()));
        }
        let mut sets = changes.iter().flat_map(Change::sets);
        if self.habits.refuses_creates && sets.any(brings_new) {
            return refused("quota exceeded".into());
        }
        let sets = || changes.iter().flat_map(Change::sets);
        let as_made = sets().all(|set| self.is_live(set.key(), set.before(), true));
        let with_ttl = self.guarantee.compare == CompareAndSwap::ValuesAndTtl;
        if self.compares() && !sets().all(|set| self.is_live(set.key(), set.before(), with_ttl)) {
            self.stale += 1;
            return Ended::Stale { reason: "changed meanwhile".into() };
        }
        let after = match self.carry_out(changes) {
            Ok(after) => after,
            Err(reason) => return refused(reason),
        };
        if let Err(illegal) = legal::check_names(&after, changes) {
            return refused(illegal.to_string());
        }
        if !as_made && number_of(&after) != self.rows.number {
            self.overwrites.push(format!("{changes:?}"));
        }
        self.log.push((self.now, Rc::new(changes.to_vec())));
        let write = self.taken;
        self.taken += 1;
        self.forget_later(write, changes);
        self.turn_into(after, changes.iter().flat_map(Change::sets).map(SetChange::key), write);
        Ended::Accepted { token: None }
    }

    /// Whether what is live is what a write was made from.
    pub(super) fn is_live(&self, key: &RecordKey, wanted: Option<&RecordSet>, with_ttl: bool) -> bool {
        let live = self.zone().get_key(key).map(|set| set.to_set());
        match (&live, wanted) {
            (Some(live), Some(wanted)) if !with_ttl => live.same_rdatas(wanted),
            (live, wanted) => live.as_ref() == wanted,
        }
    }

    pub(super) fn carry_out(&self, changes: &[Change]) -> Result<Zone, String> {
        if !self.guarantee.unit.is_record() {
            return legal::after(self.zone(), changes).map_err(|error| error.to_string());
        }
        let set = &changes[0].sets()[0];
        let key = set.key();
        let live = self.zone().get_key(key).map(|set| set.to_set());
        let mut members: Vec<(Rdata, Ttl)> =
            live.iter().flat_map(RecordSet::members).map(|(data, ttl)| (data.clone(), ttl)).collect();
        match set.as_record_write().ok_or("not one record")? {
            RecordWrite::Create(data, ttl) => add_record(&mut members, data, ttl)?,
            RecordWrite::Delete(data, _) => take_record(&mut members, &data)?,
            RecordWrite::Edit { from, to } => {
                take_record(&mut members, &from.0)?;
                add_record(&mut members, to.0, to.1)?;
            }
        }
        let then = RecordSet::from_members(key.clone(), members);
        self.zone().with([(key, then.as_ref())]).map_err(|error| error.to_string())
    }

    /// Somebody who is not dnsure changes a record set.
    pub(crate) fn foreign(&mut self, key: &RecordKey, then: Option<&RecordSet>) {
        let after = self.zone().with([(key, then)]).unwrap();
        self.oracle.allow(key);
        self.turn_into(after, std::iter::once(key), usize::MAX);
    }

    pub(super) fn turn_into<'a>(
        &mut self,
        after: Zone,
        keys: impl Iterator<Item = &'a RecordKey>,
        write: usize,
    ) {
        let before = std::mem::replace(&mut self.rows, Shot::of(after));
        self.oracle.hold(&self.rows, self.now);
        let keys: Vec<&RecordKey> = keys.collect();
        for index in 0..SERVERS {
            if self.habits.silent.0.contains(&write) && self.habits.silent.1.contains(&index) {
                continue;
            }
            if self.habits.record_by_record {
                for key in &keys {
                    self.send_records(index, &before, key);
                }
            } else {
                let due = self.due();
                let server = &mut self.servers[index];
                let due = server.pending.last().map_or(due, |(last, _)| due.max(*last));
                server.pending.push((due, Parcel::State(Rc::clone(&self.rows))));
            }
        }
        self.advance_to(self.now);
    }

    pub(super) fn send_records(&mut self, index: usize, before: &Shot, key: &RecordKey) {
        let members = |zone: &Zone| -> Vec<(Rdata, Ttl)> {
            let set = zone.get_key(key).map(|set| set.to_set());
            set.iter().flat_map(RecordSet::members).map(|(data, ttl)| (data.clone(), ttl)).collect()
        };
        let (old, new) = (members(&before.zone), members(self.zone()));
        let gone = old.iter().filter(|(data, _)| !new.iter().any(|(other, _)| other == data));
        let come = new.iter().filter(|one| !old.contains(one));
        let gone = gone.map(|(data, _)| (data.clone(), None));
        let come = come.map(|(data, ttl)| (data.clone(), Some(*ttl)));
        for (data, ttl) in gone.chain(come).collect::<Vec<_>>() {
            let due = self.due();
            let version = self.parcels;
            let parcel = Parcel::Record { key: key.clone(), data, ttl, version };
            self.servers[index].pending.push((due, parcel));
        }
    }

    pub(super) fn due(&mut self) -> Timestamp {
        let delay = self.habits.delays[self.parcels % self.habits.delays.len()];
        self.parcels += 1;
        self.now + SignedDuration::from_millis(delay)
    }

    pub(super) fn forget_later(&mut self, write: usize, changes: &[Change]) {
        let Some(drops) = self.habits.drops.filter(|drops| drops.write == write) else { return };
        let mut what = Vec::new();
        for set in changes.iter().flat_map(Change::sets) {
            if drops.everything {
                what.push((set.key().clone(), None));
                continue;
            }
            for data in set.after().into_iter().flat_map(RecordSet::rdatas) {
                if !set.before().is_some_and(|before| before.rdatas().contains(data)) {
                    what.push((set.key().clone(), Some(data.clone())));
                }
            }
        }
        self.removals.push((self.now + drops.after, what));
    }
}

fn brings_new(set: &SetChange) -> bool {
    match set.as_record_write() {
        Some(RecordWrite::Create(..)) => true,
        Some(_) => false,
        None => set.before().is_none(),
    }
}

fn add_record(members: &mut Vec<(Rdata, Ttl)>, data: Rdata, ttl: Ttl) -> Result<(), String> {
    if members.iter().any(|(other, _)| *other == data) {
        return Err("a record with this data exists".into());
    }
    members.push((data, ttl));
    Ok(())
}

fn take_record(members: &mut Vec<(Rdata, Ttl)>, data: &Rdata) -> Result<(), String> {
    let at = members.iter().position(|(other, _)| other == data).ok_or("no such record")?;
    members.remove(at);
    Ok(())
}
