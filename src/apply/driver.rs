//! Performs what the machine decides. It decides nothing.
//!
//! The loop is here; `performer` carries effects out, and `looking` asks
//! the servers.

use super::machine::{Effect, Event, Machine, Outcome, Pace, Verdict};
use super::performer::Performer;
use super::receipt::TargetReceipt;
use crate::plan::hidden::Hidden;
use crate::plan::noting::Scope;
use crate::plan::step::Step;
use crate::state::{Journal, Lock, TargetId};
use crate::verify::sweep::Check;
use dnsure_providers::Backend;
use dnsure_providers::dns::Asker;
use dnsure_zones::Zone;
use jiff::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Everything one target's run needs.
#[derive(Debug)]
pub struct TargetRun {
    /// The target.
    pub id: TargetId,
    /// The steps, in the direction of the run.
    pub steps: Vec<Step>,
    /// Whether the zone has to be created first.
    pub creates_zone: bool,
    /// What the files declare, in the target's form; `None` where nobody has read them.
    pub desired: Option<Zone>,
    /// For which record sets it is noted at the end what counts as declared; `None` for none.
    pub noting: Option<Scope>,
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
    /// A step is about to be written.
    fn writing(&self, _target: &TargetId, _step: usize, _machine: &Machine) {}
    /// The provider took a step.
    fn accepted(&self, _target: &TargetId, _step: usize, _of: usize, _took: Duration, _token: Option<&str>) {}
    /// A step is served everywhere.
    fn served(&self, _target: &TargetId, _step: usize, _of: usize, _servers: usize, _took: Duration) {}
    /// The answer to a write was lost: it will be looked at whether it happened.
    fn lost(&self, _target: &TargetId, _step: usize, _of: usize, _reason: &str) {}
    /// What was written is taken back: the words say why.
    fn turning_back(&self, _target: &TargetId, _why: &str) {}
    /// Still waiting for servers, for the n-th round.
    fn waiting(&self, _target: &TargetId, _round: u32, _verdict: &Verdict) {}
    /// Resting until the next phase may begin.
    fn resting(&self, _target: &TargetId, _until: Timestamp) {}
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

/// What a run changed, to be looked at again later.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// The servers that were asked.
    pub servers: Vec<SocketAddr>,
    /// What they were seen to serve at the end; empty where the end was not looked at.
    pub checks: Arc<Vec<Check>>,
    /// The longest TTL before or after, in seconds.
    pub longest_ttl: u32,
}

/// How one target ended.
#[derive(Debug)]
pub struct TargetEnd {
    /// The target.
    pub id: TargetId,
    /// The run.
    pub run: String,
    /// What it changed.
    pub touched: Touched,
    /// How.
    pub outcome: Outcome,
    /// The proof.
    pub receipt: TargetReceipt,
    /// Why what the files declare could not be kept.
    pub unkept: Option<String>,
}

/// Drives one target to its end.
pub async fn drive(mut run: TargetRun, shared: &Shared) -> TargetEnd {
    let progress = run.journal.progress();
    let steps = std::mem::take(&mut run.steps);
    let names = steps.iter().flat_map(Step::names).cloned().collect();
    let mut machine = Machine::new(steps, run.creates_zone, &progress, shared.pace);
    let mut performer = Performer::new(run, names, shared.clone());
    let (mut id, mut effect) = machine.start();
    loop {
        if let Effect::Finish(outcome) = effect {
            return performer.end(outcome, &machine).await;
        }
        let event = performer.perform(effect, &machine).await;
        if shared.interrupted.load(Ordering::Relaxed) {
            machine.on(id, Event::Interrupt, Timestamp::now());
        }
        (id, effect) = match machine.on(id, event, Timestamp::now()) {
            Some(next) => next,
            None => (id, Effect::Finish(Outcome::Interrupted { done: machine.done(), written: true })),
        };
    }
}
