//! The model of one provider, its three servers, the lock, the journals and the clock: all that
//! survives the death of a process.

use crate::oracle::Oracle;
use dnsure::apply::entry::{Ended, Entry, Progress};
use dnsure::plan::{TargetPlan, legal};
use dnsure_providers::guarantee::{CompareAndSwap, WriteUnit};
use dnsure_providers::{Change, Guarantee, RecordWrite, SetChange};
use dnsure_zones::{Rdata, RecordKey, RecordSet, Ttl, Zone};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::rc::Rc;

/// How long a lock holds without being renewed, as `state::lock` has it.
pub(crate) const LOCK_FOR: SignedDuration = dnsure::state::lock::LOCK_FOR;

/// How many servers there are.
pub(crate) const SERVERS: usize = 3;

/// A zone that is never changed, and a number that stands for its contents.
#[derive(Debug)]
pub(crate) struct Shot {
    pub(crate) zone: Zone,
    pub(crate) number: u64,
}

impl Shot {
    pub(crate) fn of(zone: Zone) -> Rc<Self> {
        let number = number_of(&zone);
        Rc::new(Self { zone, number })
    }
}

/// A number for what a zone holds: names, types, data and TTLs.
pub(crate) fn number_of(zone: &Zone) -> u64 {
    let mut hasher = DefaultHasher::new();
    for set in zone.sets().map(|set| set.to_set()) {
        (set.key.name.to_lower_wire(), set.key.rtype).hash(&mut hasher);
        let mut members: Vec<(&[u8], u32)> =
            set.members().map(|(data, ttl)| (data.wire(), ttl.as_secs())).collect();
        members.sort_unstable();
        members.hash(&mut hasher);
    }
    hasher.finish()
}

/// What may go wrong with one write.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    None,
    /// It happens, and the answer is lost.
    LostAfter,
    /// It does not happen, and nobody says so.
    LostBefore,
    /// The answer is lost, and it happens so many seconds later.
    Late(i64),
}

/// What a provider takes away again, how long after it took the n-th write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drops {
    pub(crate) write: usize,
    pub(crate) after: SignedDuration,
    /// All that stands under the touched keys, or what the write brought.
    pub(crate) everything: bool,
}

/// How a provider behaves.
#[derive(Debug, Clone)]
pub(crate) struct Habits {
    /// How long publishing takes, in milliseconds: each time the next one.
    pub(crate) delays: Vec<i64>,
    /// Each record reaches each server in its own time, instead of whole states in order.
    pub(crate) record_by_record: bool,
    /// What goes wrong with each write call, in order.
    pub(crate) faults: Vec<Fault>,
    /// No write that brings or changes this record set is taken.
    pub(crate) poison: Option<RecordKey>,
    /// Nothing that is not there can be created.
    pub(crate) refuses_creates: bool,
    /// Which writes are taken and not published, counted from 0, and on which servers.
    pub(crate) silent: (Range<usize>, Vec<usize>),
    /// What is taken away again.
    pub(crate) drops: Option<Drops>,
    /// A server that gives no answer in this span of seconds since the beginning.
    pub(crate) deaf: Option<(usize, Range<i64>)>,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            delays: vec![1500, 200, 700],
            record_by_record: false,
            faults: Vec::new(),
            poison: None,
            refuses_creates: false,
            silent: (0..0, Vec::new()),
            drops: None,
            deaf: None,
        }
    }
}

/// What a server has lost: all under a key, or one record.
type Loss = (RecordKey, Option<Rdata>);

/// Something on its way to a server.
#[derive(Debug, Clone)]
enum Parcel {
    State(Rc<Shot>),
    Record { key: RecordKey, data: Rdata, ttl: Option<Ttl>, version: usize },
}

/// One name server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// What it was sent.
    told: Rc<Shot>,
    /// What it answers from.
    pub(crate) view: Rc<Shot>,
    pending: Vec<(Timestamp, Parcel)>,
    versions: BTreeMap<(RecordKey, Rdata), usize>,
    /// What it has lost: all under a key, or single records.
    lost: Vec<Loss>,
}

/// A write whose process is gone or has given up waiting.
#[derive(Debug, Clone)]
struct Flight {
    lands: Timestamp,
    changes: Vec<Change>,
}

/// One run: its plan and its journal.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) plan: Rc<TargetPlan>,
    pub(crate) journal: Vec<Entry>,
}

/// The lock of the target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Held {
    pub(crate) run: &'static str,
    pub(crate) process: u32,
    pub(crate) expires: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) guarantee: Guarantee,
    pub(crate) habits: Rc<Habits>,
    pub(crate) rows: Rc<Shot>,
    pub(crate) servers: Vec<Server>,
    pub(crate) runs: BTreeMap<&'static str, Run>,
    pub(crate) lock: Option<Held>,
    /// Processes of this machine that are gone.
    pub(crate) dead: BTreeSet<u32>,
    pub(crate) oracle: Oracle,
    flights: Vec<Flight>,
    /// Write calls so far.
    pub(crate) calls: usize,
    /// Writes taken so far.
    pub(crate) taken: usize,
    parcels: usize,
    removals: Vec<(Timestamp, Vec<Loss>)>,
    /// Unguarded writes that went out on something else than they were made from.
    pub(crate) overwrites: Vec<String>,
    /// Answers that said "stale".
    pub(crate) stale: usize,
    /// When the rows changed, and by what.
    pub(crate) log: Vec<(Timestamp, Rc<Vec<Change>>)>,
    /// The lock is given to whoever asks.
    pub(crate) lock_is_broken: bool,
}

impl World {
    pub(crate) fn new(start: &Zone, guarantee: Guarantee, habits: Habits, oracle: Oracle) -> Self {
        let rows = Shot::of(start.clone());
        let server = Server {
            told: Rc::clone(&rows),
            view: Rc::clone(&rows),
            pending: Vec::new(),
            versions: BTreeMap::new(),
            lost: Vec::new(),
        };
        Self {
            now: Timestamp::UNIX_EPOCH,
            guarantee,
            habits: Rc::new(habits),
            rows,
            servers: vec![server; SERVERS],
            runs: BTreeMap::new(),
            lock: None,
            dead: BTreeSet::new(),
            oracle,
            flights: Vec::new(),
            calls: 0,
            taken: 0,
            parcels: 0,
            removals: Vec::new(),
            overwrites: Vec::new(),
            stale: 0,
            log: Vec::new(),
            lock_is_broken: false,
        }
    }

    pub(crate) fn compares(&self) -> bool {
        self.guarantee.compare != CompareAndSwap::None
    }

    pub(crate) fn progress(&self, run: &str) -> Progress {
        Progress::fold(&self.runs[run].journal)
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.rows.zone
    }

    /// Whether a server gives no answer now.
    pub(crate) fn is_deaf(&self, server: usize) -> bool {
        let seconds = self.now.as_second();
        self.habits.deaf.as_ref().is_some_and(|(deaf, span)| *deaf == server && span.contains(&seconds))
    }

    // Time.

    pub(crate) fn pass(&mut self, span: SignedDuration) {
        self.advance_to(self.now + span);
    }

    /// Lets everything happen that happens until `until`, one instant after the other.
    pub(crate) fn advance_to(&mut self, until: Timestamp) {
        while let Some(at) = self.next_event().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.happen();
        }
        self.now = self.now.max(until);
    }

    /// When something happens without anybody doing it.
    pub(crate) fn next_event(&self) -> Option<Timestamp> {
        let published = self.servers.iter().flat_map(|server| server.pending.iter().map(|(due, _)| *due));
        let landed = self.flights.iter().map(|flight| flight.lands);
        published.chain(landed).chain(self.removals.iter().map(|(at, _)| *at)).min()
    }

    /// When all that was sent to the servers will have arrived.
    pub(crate) fn published_by(&self) -> Timestamp {
        let due = self.servers.iter().flat_map(|server| server.pending.iter().map(|(due, _)| *due));
        due.max().unwrap_or(self.now)
    }

    fn happen(&mut self) {
        let now = self.now;
        let (landed, flying) =
            std::mem::take(&mut self.flights).into_iter().partition(|flight| flight.lands <= now);
        self.flights = flying;
        let landed: Vec<Flight> = landed;
        for flight in landed {
            // Whatever it says, nobody listens any more.
            let _ = self.take(&flight.changes);
        }
        let (lost, kept) = std::mem::take(&mut self.removals).into_iter().partition(|(at, _)| *at <= now);
        self.removals = kept;
        let lost: Vec<(Timestamp, Vec<Loss>)> = lost;
        for (key, data) in lost.into_iter().flat_map(|(_, what)| what) {
            self.oracle.excuse(&key.name);
            for (index, server) in self.servers.iter_mut().enumerate() {
                server.lost.push((key.clone(), data.clone()));
                server.look_again();
                self.oracle.see(index, &server.view, now);
            }
        }
        for (index, server) in self.servers.iter_mut().enumerate() {
            if server.deliver(now) {
                self.oracle.see(index, &server.view, now);
            }
        }
    }

    // Writing.

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
    fn is_one_write(&self, changes: &[Change]) {
        let sets: Vec<&SetChange> = changes.iter().flat_map(Change::sets).collect();
        match self.guarantee.unit {
            WriteUnit::ZoneBatch | WriteUnit::WholeZone | WriteUnit::Staged => {
                let records: usize = changes.iter().map(Change::record_count).sum();
                assert!(self.guarantee.limits.records.is_none_or(|most| records <= most));
            }
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
    fn take(&mut self, changes: &[Change]) -> Ended {
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
    fn is_live(&self, key: &RecordKey, wanted: Option<&RecordSet>, with_ttl: bool) -> bool {
        let live = self.zone().get_key(key).map(|set| set.to_set());
        match (&live, wanted) {
            (Some(live), Some(wanted)) if !with_ttl => live.same_rdatas(wanted),
            (live, wanted) => live.as_ref() == wanted,
        }
    }

    fn carry_out(&self, changes: &[Change]) -> Result<Zone, String> {
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

    fn turn_into<'a>(&mut self, after: Zone, keys: impl Iterator<Item = &'a RecordKey>, write: usize) {
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

    fn send_records(&mut self, index: usize, before: &Shot, key: &RecordKey) {
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

    fn due(&mut self) -> Timestamp {
        let delay = self.habits.delays[self.parcels % self.habits.delays.len()];
        self.parcels += 1;
        self.now + SignedDuration::from_millis(delay)
    }

    fn forget_later(&mut self, write: usize, changes: &[Change]) {
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

    /// The provider mends its ways and publishes what it holds.
    pub(crate) fn mend(&mut self) {
        self.habits = Rc::new(Habits::default());
        for server in &mut self.servers {
            server.lost.clear();
            server.pending.push((self.now, Parcel::State(Rc::clone(&self.rows))));
        }
        self.advance_to(self.now);
    }

    // The lock, as `state::lock` takes it.

    /// `Err` names who holds it.
    pub(crate) fn take_lock(&mut self, run: &'static str, process: u32) -> Result<(), String> {
        match &self.lock {
            Some(held) if held.run == run && held.process == process => {}
            _ if self.lock_is_broken => {}
            Some(held) if held.expires > self.now && !self.dead.contains(&held.process) => {
                return Err(held.run.to_owned());
            }
            _ => {}
        }
        self.lock = Some(Held { run, process, expires: self.now + LOCK_FOR });
        Ok(())
    }

    /// Whether the lock is ours still: if it is free, somebody else may have had it meanwhile.
    pub(crate) fn renew_lock(&mut self, run: &'static str, process: u32) -> Result<(), String> {
        match &self.lock {
            Some(held) if held.run == run && held.process == process => self.take_lock(run, process),
            _ if self.lock_is_broken => Ok(()),
            other => Err(other.as_ref().map_or("nobody", |held| held.run).to_owned()),
        }
    }

    pub(crate) fn unlock(&mut self, run: &str, process: u32) {
        if self.lock.as_ref().is_some_and(|held| held.run == run && held.process == process) {
            self.lock = None;
        }
    }

    // Comparing worlds.

    /// Everything that what happens next depends on: two worlds with the same number go on alike.
    pub(crate) fn number(&self, run: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        let since = |at: Timestamp| at.duration_since(self.now).as_millis();
        let mut progress = self.progress(run);
        let served = progress.served_at.take().map(|at| since(at).max(-2_000_000));
        let open: Vec<_> = self.oracle.open.iter().map(|(name, until)| (name, until.map(since))).collect();
        (format!("{progress:?}"), served, self.rows.number, open).hash(&mut hasher);
        (self.parcels % self.habits.delays.len()).hash(&mut hasher);
        for server in &self.servers {
            server.view.number.hash(&mut hasher);
            for (due, parcel) in &server.pending {
                (since(*due), format!("{parcel:?}").len()).hash(&mut hasher);
                if let Parcel::State(shot) = parcel {
                    shot.number.hash(&mut hasher);
                }
            }
        }
        for flight in &self.flights {
            (since(flight.lands), format!("{:?}", flight.changes)).hash(&mut hasher);
        }
        hasher.finish()
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

impl Server {
    /// Takes in what has arrived; whether anything has.
    fn deliver(&mut self, now: Timestamp) -> bool {
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

    fn take_record(&mut self, key: RecordKey, data: Rdata, ttl: Option<Ttl>, version: usize) {
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
    fn look_again(&mut self) {
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
