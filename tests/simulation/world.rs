//! The model of one provider, its three servers, the lock, the journals and the clock: all that
//! survives the death of a process.

mod server;
mod writes;

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
