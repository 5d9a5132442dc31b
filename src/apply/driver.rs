//! Performs what the machine decides. It decides nothing.

use super::entry::{Closed, Direction, Ended, Entry};
use super::fresh;
use super::machine::{Effect, Event, Machine, Outcome, Pace, Reading, Scope, Verdict};
use super::receipt::{ServerReceipt, StepReceipt, TargetReceipt, describe};
use crate::plan::hidden::Hidden;
use crate::plan::legal;
use crate::plan::ownership::without_server_kept;
use crate::plan::steps::Step;
use crate::sabotage::{self, GuardName, point};
use crate::state::{Journal, Lock, LockError, TargetId};
use crate::verify::judge::Judgement;
use crate::verify::sweep::{Check, sweep};
use crate::verify::watch::{Sightings, Watch};
use crate::verify::{expect, servers};
use dnsure_providers::dns::{Asker, Form, Question};
use dnsure_providers::guarantee::CompareAndSwap;
use dnsure_providers::{Backend, Guarantee, Live, Reading as Listing, WriteEnd};
use dnsure_zones::{Name, RecordKey, Zone};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Everything one target's run needs.
#[derive(Debug)]
pub struct TargetRun {
    /// The target.
    pub id: TargetId,
    /// The steps, in the direction of the run.
    pub steps: Vec<Step>,
    /// Whether the zone has to be created first.
    pub creates_zone: bool,
    /// What the files declare, for the creation of the zone.
    pub desired: Zone,
    /// Answers hidden by additions that the reviewer has seen.
    pub known_hidden: Vec<Hidden>,
    /// The way to the provider.
    pub backend: Arc<dyn Backend>,
    /// The configured server addresses, if any.
    pub servers: Vec<SocketAddr>,
    /// The journal, begun.
    pub journal: Journal,
    /// The lock.
    pub lock: Lock,
}

/// What the user is told while it runs.
pub trait Talk: Send + Sync {
    /// A step is served everywhere.
    fn served(&self, _target: &TargetId, _step: usize, _of: usize, _servers: usize, _took: Duration) {}
    /// The answer to a write was lost: it will be looked at whether it happened.
    fn lost(&self, _target: &TargetId, _step: usize, _of: usize, _reason: &str) {}
    /// Still waiting for servers, for the n-th round.
    fn waiting(&self, _target: &TargetId, _round: u32, _verdict: &Verdict) {}
}

/// What all targets of a run share.
#[derive(Clone)]
pub struct Shared {
    /// Asks the servers.
    pub asker: Arc<Asker>,
    /// Times and numbers.
    pub pace: Pace,
    /// Set when the user wants to stop.
    pub interrupted: Arc<AtomicBool>,
    /// Tells the user what happens.
    pub talk: Arc<dyn Talk>,
}

/// How one target ended.
#[derive(Debug)]
pub struct TargetEnd {
    /// The target.
    pub id: TargetId,
    /// How.
    pub outcome: Outcome,
    /// The proof.
    pub receipt: TargetReceipt,
}

/// Drives one target to its end.
pub async fn drive(run: TargetRun, shared: &Shared) -> TargetEnd {
    let progress = run.journal.progress();
    let mut machine = Machine::new(run.steps.len(), run.creates_zone, &progress, shared.pace);
    let mut performer = Performer::new(run, progress.direction, shared.clone());
    let (mut id, mut effect) = machine.start();
    loop {
        if let Effect::Finish(outcome) = effect {
            return performer.end(outcome).await;
        }
        let event = performer.perform(effect).await;
        if shared.interrupted.load(Ordering::Relaxed) {
            machine.on(id, Event::Interrupt, Timestamp::now());
        }
        (id, effect) = match machine.on(id, event, Timestamp::now()) {
            Some(next) => next,
            None => (id, Effect::Finish(Outcome::Interrupted { done: machine.done(), written: true })),
        };
    }
}

/// The target as it was last read.
struct Known {
    live: Live,
    /// The same in the target's normal form.
    zone: Zone,
    read_at: Instant,
}

struct Performer {
    run: TargetRun,
    direction: Direction,
    shared: Shared,
    guarantee: Guarantee,
    known: Option<Known>,
    looking: Option<(Scope, Arc<Vec<Check>>)>,
    addresses: Vec<SocketAddr>,
    instances: BTreeMap<usize, BTreeSet<String>>,
    unreachable: BTreeSet<usize>,
    look_started: Option<Instant>,
    rounds: u32,
    steps: Vec<StepReceipt>,
    watch: Option<Watch>,
    watched: Sightings,
    verified: (usize, Duration),
    unguarded: Option<Duration>,
}

impl Performer {
    fn new(run: TargetRun, direction: Direction, shared: Shared) -> Self {
        let steps = run
            .steps
            .iter()
            .map(|step| StepReceipt { record_sets: sets_of(step).count(), ..StepReceipt::default() })
            .collect();
        let guarantee = run.backend.guarantee(&run.id.zone);
        Self {
            run,
            direction,
            shared,
            guarantee,
            known: None,
            looking: None,
            addresses: Vec::new(),
            instances: BTreeMap::new(),
            unreachable: BTreeSet::new(),
            look_started: None,
            rounds: 0,
            steps,
            watch: None,
            watched: Sightings::default(),
            verified: (0, Duration::ZERO),
            unguarded: None,
        }
    }

    async fn perform(&mut self, effect: Effect) -> Event {
        match effect {
            Effect::TakeLock | Effect::CheckLock => self.lock().await,
            Effect::Append(note) => {
                point("before journal");
                let appended = self.run.journal.append(Entry::from(note), Timestamp::now()).await;
                point("after journal");
                done(appended)
            }
            Effect::Prepare => self.prepare().await,
            Effect::CreateZone => self.create().await,
            Effect::Read(step) => self.read(step).await,
            Effect::Write(step) => self.write(step).await,
            Effect::Settle(step) => self.settle(step).await,
            Effect::Ask(scope) => self.ask(scope).await,
            Effect::WaitUntil(at) => {
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

    async fn lock(&self) -> Event {
        if sabotage::is_off(GuardName::Lock) {
            return Event::Locked;
        }
        point("before lock");
        let taken = self.run.lock.take(Timestamp::now()).await;
        point("after lock");
        match taken {
            Ok(()) => self.other_run().await,
            Err(error @ LockError::Held { .. }) => Event::NotLocked(error.to_string()),
            Err(LockError::State(error)) => Event::Failed(error.to_string()),
        }
    }

    /// Under the lock: an interrupted run of somebody else must be finished first.
    async fn other_run(&self) -> Event {
        if self.run.journal.has_begun() {
            return Event::Locked;
        }
        loop {
            let mut other = match self.run.journal.interrupted_neighbour(&self.run.id).await {
                Ok(None) => return Event::Locked,
                Ok(Some(other)) => other,
                Err(error) => return Event::Failed(error.to_string()),
            };
            if other.progress().has_written() {
                return Event::Failed(format!(
                    "the run {} for {} was interrupted: finish it with `dnsure apply --resume` or `dnsure rollback` first",
                    other.run(),
                    self.run.id
                ));
            }
            // It died before its first write: there is nothing to finish. Should it still be alive
            // without its lock, this entry is the fence that stops it.
            let unchanged = Entry::Close { closed: Closed::Unchanged };
            if let Err(error) = other.append(unchanged, Timestamp::now()).await {
                return Event::Failed(error.to_string());
            }
        }
    }

    async fn prepare(&mut self) -> Event {
        point("before prepare");
        let prepared = self.run.backend.prepare(&self.run.id.zone).await;
        point("after prepare");
        match prepared {
            Ok(guarantee) => {
                self.guarantee = guarantee;
                Event::Prepared { compares: guarantee.compare != CompareAndSwap::None }
            }
            // A zone that is about to be created has nothing to be tried on.
            Err(_) if self.run.creates_zone => Event::Prepared { compares: false },
            Err(error) => Event::Failed(error.to_string()),
        }
    }

    /// Creates the zone, unless an interrupted run did.
    async fn create(&mut self) -> Event {
        match self.list().await {
            Ok(true) => Event::Done,
            Ok(false) => {
                point("before create");
                let created = self.run.backend.create_zone(&self.run.id.zone, &self.run.desired).await;
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
    async fn list(&mut self) -> Result<bool, String> {
        point("before read");
        let zone = &self.run.id.zone;
        let listing = match self.known.take() {
            None => self.run.backend.read(zone).await,
            Some(known) => self.run.backend.read_again(zone, &known.live).await,
        };
        point("after read");
        self.looking = None;
        match listing.map_err(|error| error.to_string())? {
            Listing::Missing => Ok(false),
            Listing::Live(live) => {
                let zone = self.normal(&live);
                self.find_servers(&zone).await?;
                self.known = Some(Known { live, zone, read_at: Instant::now() });
                Ok(true)
            }
        }
    }

    async fn read(&mut self, step: usize) -> Event {
        match self.list().await {
            Ok(true) => {}
            Ok(false) => return Event::Read(Reading::Missing),
            Err(reason) => return Event::Failed(reason),
        }
        let reading = match &self.known {
            Some(known) if !sabotage::is_off(GuardName::Freshness) => {
                fresh::judge(&known.zone, &self.run.steps[step], &self.run.known_hidden)
            }
            _ => Reading::Before,
        };
        Event::Read(reading)
    }

    async fn find_servers(&mut self, zone: &Zone) -> Result<(), String> {
        if self.addresses.is_empty() {
            let id = &self.run.id;
            self.addresses = servers::find(&id.provider, &self.run.servers, self.run.backend.as_ref(), zone)
                .await
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    async fn write(&mut self, step: usize) -> Event {
        self.start_watch();
        let Some(Known { live, read_at, .. }) = &self.known else {
            return Event::Failed("a write without a read; please report this".into());
        };
        let changes = &self.run.steps[step].changes;
        point("before write");
        let started = Instant::now();
        let end = self.run.backend.write(&self.run.id.zone, changes, live).await;
        point("after write");
        if self.guarantee.compare != CompareAndSwap::ValuesAndTtl {
            let window = started.duration_since(*read_at) + started.elapsed();
            self.unguarded = self.unguarded.max(Some(window));
        }
        Event::Wrote(match end {
            WriteEnd::Accepted { token, took } => {
                let receipt = &mut self.steps[step];
                receipt.accepted_ms = Some(millis(took));
                receipt.token.clone_from(&token);
                Ended::Accepted { token }
            }
            WriteEnd::Stale { reason } => Ended::Stale { reason },
            WriteEnd::Refused { reason } => Ended::Refused { reason },
            WriteEnd::Unknown { reason } => {
                self.shared.talk.lost(&self.run.id, step, self.run.steps.len(), &reason);
                Ended::Unknown { reason }
            }
        })
    }

    /// Watches what is answered before the first write and after the last step.
    fn start_watch(&mut self) {
        let (None, Some(Known { zone, .. })) = (&self.watch, &self.known) else { return };
        let changes = self.run.steps.iter().flat_map(|step| &step.changes);
        let Ok(end) = legal::after(zone, changes) else { return };
        let stays = |key: &RecordKey| {
            !key.rtype.is_pseudo()
                && legal::is_answered(zone, &key.name, key.rtype)
                && legal::is_answered(&end, &key.name, key.rtype)
        };
        let questions: BTreeSet<(Name, dnsure_zones::RecordType)> = self
            .run
            .steps
            .iter()
            .flat_map(sets_of)
            .filter(|key| stays(key))
            .map(|key| (key.name.clone(), key.rtype))
            .collect();
        let questions = questions.into_iter().map(|(name, rtype)| Question { name, rtype }).collect();
        self.watch = Some(Watch::start(&self.shared.asker, &self.addresses, questions));
    }

    async fn settle(&mut self, step: usize) -> Event {
        let touched: BTreeSet<Name> = sets_of(&self.run.steps[step]).map(|key| key.name.clone()).collect();
        let touched: Vec<Name> = touched.into_iter().collect();
        point("before settle");
        let settled = self.run.backend.settle(&self.run.id.zone, &touched).await;
        point("after settle");
        self.look_started = None;
        self.rounds = 0;
        done(settled)
    }

    async fn ask(&mut self, scope: Scope) -> Event {
        let started = *self.look_started.get_or_insert_with(Instant::now);
        if self.known.is_none() {
            match self.list().await {
                Ok(true) => {}
                Ok(false) => return Event::Failed("the provider has no such zone any more".into()),
                Err(reason) => return Event::Failed(reason),
            }
        }
        if sabotage::is_off(GuardName::Observation) {
            return Event::Asked(Verdict::default());
        }
        let checks = match &self.looking {
            // The same questions again, until they are answered as they should be K times.
            Some((before, checks)) if *before == scope => Arc::clone(checks),
            _ => match self.checks(scope) {
                Ok(checks) => Arc::new(checks),
                Err(reason) => return Event::Failed(reason),
            },
        };
        self.looking = Some((scope, Arc::clone(&checks)));
        let swept = sweep(&self.shared.asker, &self.addresses, Arc::clone(&checks), &Form::ALL).await;
        self.unreachable = swept.unroutable();
        for (index, server) in swept.servers.iter().enumerate() {
            let texts = server.instances.iter().map(|nsid| String::from_utf8_lossy(nsid).into_owned());
            self.instances.entry(index).or_default().extend(texts);
        }
        let mut verdict = Verdict::default();
        for one in swept.findings.iter().filter(|one| !self.unreachable.contains(&one.server)) {
            let what = &checks[one.check].question;
            let line = || {
                format!("{} {what} over {}: {}", self.addresses[one.server], one.form, one.judgement.detail())
            };
            match &one.judgement {
                Judgement::Met => {}
                Judgement::Missing(_) | Judgement::Different(_) => verdict.unmet.push(line()),
                Judgement::Unknown(_) => verdict.unknown.push(line()),
            }
        }
        if self.unreachable.len() == self.addresses.len() {
            verdict.unknown.push("no server address can be reached from here".into());
        }
        self.note_look(scope, &verdict, checks.len(), started);
        Event::Asked(verdict)
    }

    fn note_look(&mut self, scope: Scope, verdict: &Verdict, checks: usize, started: Instant) {
        if !verdict.unmet.is_empty() || !verdict.unknown.is_empty() {
            self.rounds += 1;
            self.shared.talk.waiting(&self.run.id, self.rounds, verdict);
            return;
        }
        match scope {
            Scope::Step(step) if self.steps[step].served_ms.is_none() => {
                let took = started.elapsed();
                self.steps[step].served_ms = Some(millis(took));
                let servers = self.addresses.len() - self.unreachable.len();
                self.shared.talk.served(&self.run.id, step, self.run.steps.len(), servers, took);
            }
            Scope::Step(_) => {}
            Scope::All => self.verified = (checks, started.elapsed()),
        }
    }

    fn checks(&self, scope: Scope) -> Result<Vec<Check>, String> {
        let Some(Known { zone, .. }) = &self.known else { return Ok(Vec::new()) };
        let upto = match scope {
            Scope::Step(step) => &self.run.steps[step..=step],
            Scope::All => &self.run.steps[..],
        };
        let changes = upto.iter().flat_map(|step| &step.changes);
        let end = legal::after(zone, changes).map_err(|error| error.to_string())?;
        Ok(upto
            .iter()
            .flat_map(sets_of)
            .map(|key| Check {
                question: Question { name: key.name.clone(), rtype: key.rtype },
                expected: expect(&end, &key.name, key.rtype),
            })
            .collect())
    }

    async fn end(mut self, outcome: Outcome) -> TargetEnd {
        if let Some(watch) = self.watch.take() {
            self.watched.add(watch.stop().await);
        }
        let servers = self
            .addresses
            .iter()
            .enumerate()
            .map(|(index, &address)| ServerReceipt {
                address,
                instances: self.instances.get(&index).into_iter().flatten().cloned().collect(),
                asked: !self.unreachable.contains(&index),
            })
            .collect();
        let receipt = TargetReceipt {
            zone: self.run.id.zone.clone(),
            provider: self.run.id.provider.clone(),
            direction: self.direction,
            guarantee: self.guarantee.to_string(),
            servers,
            steps: self.steps,
            outcome: describe(&outcome),
            verified_sets: self.verified.0,
            verified_ms: millis(self.verified.1),
            watched: self.watched,
            unguarded_ms: self.unguarded.map(millis),
        };
        TargetEnd { id: self.run.id, outcome, receipt }
    }
}

fn sets_of(step: &Step) -> impl Iterator<Item = &RecordKey> {
    step.changes.iter().flat_map(|change| change.sets()).map(|set| set.key())
}

fn done<E: std::fmt::Display>(result: Result<(), E>) -> Event {
    match result {
        Ok(()) => Event::Done,
        Err(error) => Event::Failed(error.to_string()),
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

async fn wait_until(at: Timestamp) {
    let left = at.duration_since(Timestamp::now());
    if left > SignedDuration::ZERO {
        tokio::time::sleep(Duration::try_from(left).unwrap_or(Duration::ZERO)).await;
    }
}
