//! Carries out the effects of one machine: lock, journal, provider. It decides nothing.

use super::driver::{Shared, TargetEnd, TargetRun, Touched};
use super::entry::{Closed, Direction, Ended, Entry, Note};
use super::fresh;
use super::looking::Looking;
use super::machine::{Effect, Event, Machine, Outcome, Reading};
use super::receipt::{ServerReceipt, StepReceipt, TargetReceipt, describe};
use crate::plan::inventory::Inventory;
use crate::plan::legal;
use crate::plan::noting::{End, written};
use crate::plan::ownership::without_server_kept;
use crate::plan::step::{Purpose, Step};
use crate::sabotage::{self, GuardName, point};
use crate::state::{LockError, inventory};
use crate::verify::expectation::question;
use crate::verify::servers;
use crate::verify::watch::{Sightings, Watch};
use dnsure_providers::dns::Question;
use dnsure_providers::guarantee::CompareAndSwap;
use dnsure_providers::{Guarantee, Live, Reading as Listing, SetChange, WriteEnd};
use dnsure_zones::{Name, RecordKey, Zone};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The target as it was last read.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) live: Live,
    /// The same in the target's normal form.
    pub(super) zone: Zone,
}

/// The performer of one target.
pub(super) struct Performer {
    pub(super) run: TargetRun,
    /// The owner names that the run changes.
    names: BTreeSet<Name>,
    pub(super) shared: Shared,
    guarantee: Guarantee,
    pub(super) known: Option<Known>,
    pub(super) looking: Looking,
    pub(super) steps: Vec<StepReceipt>,
    watch: Option<Watch>,
    watched: Sightings,
    /// When it was last sure that nobody else had written: the last read, or the last look at
    /// the lock.
    sure_at: Instant,
    unguarded: Option<Duration>,
    unkept: Option<String>,
    /// The last read, which alone tells of writers that take no lock.
    read_at: Instant,
    unread: Option<Duration>,
}

impl Performer {
    pub(super) fn new(run: TargetRun, names: BTreeSet<Name>, shared: Shared) -> Self {
        let guarantee = run.backend.guarantee(&run.id.zone);
        Self {
            run,
            names,
            shared,
            guarantee,
            known: None,
            looking: Looking::default(),
            steps: Vec::new(),
            watch: None,
            watched: Sightings::default(),
            sure_at: Instant::now(),
            unguarded: None,
            unkept: None,
            read_at: Instant::now(),
            unread: None,
        }
    }

    pub(super) async fn perform(&mut self, effect: Effect, machine: &Machine) -> Event {
        if self.steps.len() < machine.steps().len() {
            self.steps.resize_with(machine.steps().len(), StepReceipt::default);
        }
        match effect {
            Effect::TakeLock => self.lock(true).await,
            Effect::CheckLock => self.lock(false).await,
            Effect::Append(note) => self.append(note, machine).await,
            Effect::Prepare => self.prepare().await,
            Effect::CreateZone => self.create().await,
            Effect::Read(step) => self.read(step, machine).await,
            Effect::Write(step) => self.write(step, machine).await,
            Effect::Settle(step) => self.settle(step, machine).await,
            Effect::Ask(scope) => self.ask(scope, machine).await,
            Effect::WaitUntil(at) => {
                if let Some(until) = machine.rests_until() {
                    self.shared.talk.resting(&self.run.id, until);
                }
                wait_until(at).await;
                Event::Done
            }
            Effect::Unlock => {
                point("before unlock");
                let released = self.run.lock.release().await;
                point("after unlock");
                done(released)
            }
            Effect::Finish(_) => Event::Done,
        }
    }

    async fn append(&mut self, note: Note, machine: &Machine) -> Event {
        match &note {
            Note::Split(step) => {
                self.steps.insert(step + 1, StepReceipt::default());
                self.looking.forget();
            }
            Note::TurnBack { .. } => {
                self.steps.clear();
                self.looking.forget();
                self.shared.talk.turning_back(&self.run.id, "what was written is taken back");
            }
            // Under the lock, and while a kill still leaves the run to be finished.
            Note::Close(Closed::Applied | Closed::Partly) => self.note_declared(machine).await,
            Note::Close(Closed::RolledBack) => self.note_taken_back(machine).await,
            _ => {}
        }
        point("before journal");
        let appended = self.run.journal.append(Entry::from(note), Timestamp::now()).await;
        point("after journal");
        done(appended)
    }

    /// Notes what counts as declared now. Only what this run wrote and what it read is known; the files
    /// may say something else by now.
    async fn note_declared(&mut self, machine: &Machine) {
        let Some(scope) = &self.run.noting else { return };
        let aside: BTreeSet<usize> = machine.aside().iter().map(|aside| aside.step).collect();
        let back = machine.direction() == Direction::Back;
        let written = written(machine.steps(), &aside, back);
        let end = End {
            apex: &self.run.id.zone,
            // On the way back nothing becomes declared that was not before.
            declared: self.run.desired.as_ref().filter(|_| !back),
            live: self.known.as_ref().map(|known| &known.zone),
            written: &written,
        };
        let state = self.run.journal.state();
        let run = self.run.journal.run();
        let after = |before| scope.after(before, end).applied_by(run);
        let noted = inventory::note(state, &self.run.id, after).await;
        self.unkept = noted.err().map(|error| inventory::unkept(&self.run.id, &error));
    }

    /// A run that is taken back changes nothing of what counts, unless it was killed when it had noted what
    /// it did: then what is live again counts, and what is gone again does not.
    async fn note_taken_back(&mut self, machine: &Machine) {
        let Some(scope) = &self.run.noting else { return };
        let aside: BTreeSet<usize> = machine.aside().iter().map(|aside| aside.step).collect();
        let written = written(machine.steps(), &aside, false);
        let live = self.known.as_ref().map(|known| &known.zone);
        let end = End { apex: &self.run.id.zone, declared: None, live, written: &written };
        let (state, run) = (self.run.journal.state(), self.run.journal.run());
        let after = |before: Inventory| match before.run() == Some(run) {
            true => scope.after(before, end),
            false => before,
        };
        let noted = inventory::note(state, &self.run.id, after).await;
        self.unkept = noted.err().map(|error| inventory::unkept(&self.run.id, &error));
    }

    /// Takes the lock, or looks whether it is still ours.
    async fn lock(&mut self, anew: bool) -> Event {
        if sabotage::is_off(GuardName::Lock) {
            return Event::Locked;
        }
        point("before lock");
        let now = Timestamp::now();
        let taken = if anew { self.run.lock.take(now).await } else { self.run.lock.renew(now).await };
        point("after lock");
        match taken {
            Ok(()) => {
                self.sure_at = Instant::now();
                self.other_run().await
            }
            Err(error @ (LockError::Held { .. } | LockError::Lost)) => Event::NotLocked(error.to_string()),
            Err(LockError::State(error)) => Event::Failed(error.to_string()),
        }
    }

    /// Under the lock: an interrupted run of somebody else must be finished first.
    async fn other_run(&self) -> Event {
        if self.run.journal.has_begun() {
            return Event::Locked;
        }
        let others = match self.run.journal.interrupted_neighbours(&self.run.id).await {
            Ok(others) => others,
            Err(error) => return Event::Failed(error.to_string()),
        };
        for mut other in others {
            if let Some(reserved) = other.reservation() {
                // A rollout that waits holds its names, not the zone.
                if let Some(name) = self.names.iter().find(|name| reserved.holds(name)) {
                    return Event::Reserved(reserved.refusal(name, &self.run.id));
                }
                continue;
            }
            if other.is_in_the_way() {
                return Event::Unfinished(other.refusal(&self.run.id));
            }
            // It died before its first write: there is nothing to finish. Should it still be alive
            // without its lock, this entry is the fence that stops it.
            let unchanged = Entry::Close { closed: Closed::Unchanged };
            if let Err(error) = other.append(unchanged, Timestamp::now()).await {
                return Event::Failed(error.to_string());
            }
        }
        Event::Locked
    }

    async fn prepare(&mut self) -> Event {
        point("before prepare");
        let prepared = self.run.backend.prepare(&self.run.id.zone).await;
        point("after prepare");
        match prepared {
            Ok(guarantee) => {
                self.guarantee = guarantee;
                Event::Prepared {
                    compares: guarantee.compare != CompareAndSwap::None,
                    guards: guarantee.compare == CompareAndSwap::ValuesAndTtl,
                }
            }
            // A zone that is about to be created has nothing to be tried on.
            Err(_) if self.run.creates_zone => Event::Prepared { compares: false, guards: false },
            Err(error) => Event::Failed(error.to_string()),
        }
    }

    /// Creates the zone, unless an interrupted run did.
    async fn create(&mut self) -> Event {
        match self.list().await {
            Ok(true) => Event::Done,
            Ok(false) => {
                point("before create");
                let zone = &self.run.id.zone;
                let desired = self.run.desired.clone().unwrap_or_else(|| Zone::empty(zone.clone()));
                let created = self.run.backend.create_zone(zone, &desired).await;
                point("after create");
                done(created)
            }
            Err(reason) => Event::Failed(reason),
        }
    }

    /// What was listed as the plan sees it.
    fn normal(&self, live: &Live) -> Zone {
        without_server_kept(self.run.backend.normalise(&live.zone).zone)
    }

    /// Reads the target: as a whole the first time, by what has changed since where the backend can.
    pub(super) async fn list(&mut self) -> Result<bool, String> {
        self.list_for(&[]).await
    }

    /// As [`Performer::list`], for a write to these record sets, if any.
    async fn list_for(&mut self, touched: &[&RecordKey]) -> Result<bool, String> {
        point("before read");
        let zone = &self.run.id.zone;
        let listing = match self.known.take() {
            None => self.run.backend.read(zone).await,
            Some(known) if touched.is_empty() => self.run.backend.read_again(zone, &known.live).await,
            Some(known) => self.run.backend.read_for(zone, &known.live, touched).await,
        };
        point("after read");
        self.looking.forget();
        match listing.map_err(|error| error.to_string())? {
            Listing::Missing => Ok(false),
            Listing::Live(live) => {
                let zone = self.normal(&live);
                self.find_servers(&zone).await?;
                self.known = Some(Known { live, zone });
                self.sure_at = Instant::now();
                self.read_at = self.sure_at;
                Ok(true)
            }
        }
    }

    async fn read(&mut self, step: usize, machine: &Machine) -> Event {
        let aside: Vec<&Step> =
            machine.aside().iter().filter_map(|aside| machine.steps().get(aside.step)).collect();
        if let Some(reason) = fresh::depends(&machine.steps()[step], &aside) {
            return Event::Read(Reading::Depends(reason));
        }
        let touched: Vec<&RecordKey> = machine.steps()[step].keys().collect();
        match self.list_for(&touched).await {
            Ok(true) => {}
            Ok(false) => return Event::Read(Reading::Missing),
            Err(reason) => return Event::Failed(reason),
        }
        let reading = match &self.known {
            Some(known) if !sabotage::is_off(GuardName::Freshness) => {
                fresh::judge_step(&known.zone, machine.steps(), step, &self.run.known_hidden)
            }
            _ => Reading::Before,
        };
        Event::Read(reading)
    }

    async fn find_servers(&mut self, zone: &Zone) -> Result<(), String> {
        if self.looking.addresses.is_empty() {
            let id = &self.run.id;
            self.looking.addresses =
                servers::find(&id.provider, &self.run.servers, self.run.backend.as_ref(), zone)
                    .await
                    .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    async fn write(&mut self, step: usize, machine: &Machine) -> Event {
        self.start_watch(machine.steps());
        let Some(Known { live, .. }) = &self.known else {
            return Event::Failed("a write without a read; please report this".into());
        };
        let changes = &machine.steps()[step].changes;
        self.shared.talk.writing(&self.run.id, step, machine);
        point("before write");
        let started = Instant::now();
        let end = self.run.backend.write(&self.run.id.zone, changes, live).await;
        point("after write");
        if self.guarantee.compare != CompareAndSwap::ValuesAndTtl {
            let window = started.duration_since(self.sure_at) + started.elapsed();
            self.unguarded = self.unguarded.max(Some(window));
        }
        if self.guarantee.compare == CompareAndSwap::None {
            let window = started.duration_since(self.read_at) + started.elapsed();
            self.unread = self.unread.max(Some(window));
        }
        self.looking.start_again();
        Event::Wrote(match end {
            WriteEnd::Accepted { token, took } => {
                let receipt = &mut self.steps[step];
                receipt.accepted_ms = Some(millis(took));
                receipt.token.clone_from(&token);
                let of = machine.steps().len();
                self.shared.talk.accepted(&self.run.id, step, of, took, token.as_deref());
                Ended::Accepted { token }
            }
            WriteEnd::Stale { reason } => Ended::Stale { reason },
            WriteEnd::Refused { reason } => Ended::Refused { reason },
            WriteEnd::Unknown { reason } => {
                self.shared.talk.lost(&self.run.id, step, machine.steps().len(), &reason);
                Ended::Unknown { reason }
            }
        })
    }

    /// Watches what is answered before the first write and after the last step.
    fn start_watch(&mut self, steps: &[Step]) {
        let (None, Some(Known { zone, .. })) = (&self.watch, &self.known) else { return };
        let changes = steps.iter().flat_map(|step| &step.changes);
        let Ok(end) = legal::after(zone, changes) else { return };
        let stays = |key: &RecordKey| {
            !key.rtype.is_pseudo()
                && legal::is_answered(zone, &key.name, key.rtype)
                && legal::is_answered(&end, &key.name, key.rtype)
        };
        // A CNAME that the provider answers itself, before or after, is asked for by its addresses.
        let asked = |key: &RecordKey| {
            let made = [zone, &end].map(|zone| question(zone, &key.name, key.rtype));
            made.into_iter()
                .find(|question| question.rtype != key.rtype)
                .unwrap_or(Question { name: key.name.clone(), rtype: key.rtype })
        };
        let questions: BTreeSet<(Name, dnsure_zones::RecordType)> = steps
            .iter()
            .flat_map(Step::keys)
            .filter(|key| stays(key))
            .map(asked)
            .map(|question| (question.name, question.rtype))
            .collect();
        let questions = questions.into_iter().map(|(name, rtype)| Question { name, rtype }).collect();
        self.watch = Some(Watch::start(&self.shared.asker, &self.looking.addresses, questions));
    }

    async fn settle(&mut self, step: usize, machine: &Machine) -> Event {
        let mut first = step;
        while first > 0 && machine.steps()[first].start.is_chained() {
            first -= 1;
        }
        let touched: BTreeSet<Name> =
            machine.steps()[first..=step].iter().flat_map(Step::names).cloned().collect();
        let touched: Vec<Name> = touched.into_iter().collect();
        let token = self.steps[step].token.clone();
        point("before settle");
        let settled = self.run.backend.settle(&self.run.id.zone, &touched, token.as_deref()).await;
        point("after settle");
        self.looking.start_again();
        done(settled)
    }

    pub(super) async fn end(mut self, outcome: Outcome, machine: &Machine) -> TargetEnd {
        if let Some(watch) = self.watch.take() {
            self.watched.add(watch.stop().await);
        }
        let servers = self.looking.addresses.iter().enumerate().map(|(index, &address)| ServerReceipt {
            address,
            instances: self.looking.instances_of(index),
            asked: !self.looking.unreachable.contains(&index),
        });
        let steps = machine.steps().iter().zip(self.steps).map(|(step, receipt)| StepReceipt {
            record_sets: step.sets().count(),
            purpose: step.purpose,
            what: step.sets().map(SetChange::key).next().filter(|_| step.sets().count() == 1).cloned(),
            ..receipt
        });
        let (verified_sets, verified_for) = self.looking.verified;
        let receipt = TargetReceipt {
            zone: self.run.id.zone.clone(),
            view: self.run.id.view.clone(),
            provider: self.run.id.provider.clone(),
            direction: machine.direction(),
            guarantee: self.guarantee.to_string(),
            servers: servers.collect(),
            steps: steps.collect(),
            outcome: describe(&outcome),
            verified_sets,
            verified_ms: millis(verified_for),
            watched: self.watched,
            unguarded_ms: self.unguarded.map(millis),
            unread_ms: self.unread.map(millis),
        };
        let (servers, checks) = self.looking.at_the_end();
        let touched = Touched { servers, checks, longest_ttl: longest_ttl(machine.steps()) };
        let run = self.run.journal.run().to_owned();
        TargetEnd { id: self.run.id, run, touched, outcome, receipt, unkept: self.unkept }
    }
}

/// The longest TTL, in seconds, of what the steps change; a canary is no change.
fn longest_ttl(steps: &[Step]) -> u32 {
    let sets = steps.iter().filter(|step| step.purpose != Purpose::Canary).flat_map(Step::sets);
    let ttls = sets
        .flat_map(|set| set.before().into_iter().chain(set.after()))
        .map(|set| set.longest_ttl().as_secs());
    ttls.max().unwrap_or(0)
}

fn done<E: std::fmt::Display>(result: Result<(), E>) -> Event {
    match result {
        Ok(()) => Event::Done,
        Err(error) => Event::Failed(error.to_string()),
    }
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

async fn wait_until(at: Timestamp) {
    let left = at.duration_since(Timestamp::now());
    if left > SignedDuration::ZERO {
        tokio::time::sleep(Duration::try_from(left).unwrap_or(Duration::ZERO)).await;
    }
}
