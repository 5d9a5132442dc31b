//! One process of dnsure: the machine, and hands that do in the model what the driver does.

use crate::world::{Run, World};
use dnsure::apply::entry::{Closed, Direction, Entry, Progress};
use dnsure::apply::fresh;
use dnsure::apply::machine::{
    Effect, EffectId, Event, Machine, Note, Outcome, Pace, Reading, Scope, Verdict,
};
use dnsure::apply::reservation::Reservation;
use dnsure::apply::resume::{steps_of, turn_back};
use dnsure::plan::legal;
use dnsure::plan::step::{Start, Step};
use dnsure::verify::expectation::expect;
use dnsure_providers::guarantee::CompareAndSwap;
use dnsure_zones::{RecordKey, Zone};
use jiff::SignedDuration;
use std::collections::BTreeSet;

#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) run: &'static str,
    pub(crate) id: u32,
    pub(crate) machine: Machine,
    number: EffectId,
    pub(crate) effect: Effect,
    /// The target as it was last read.
    known: Option<Zone>,
    /// How much of the journal it knows.
    entries: usize,
}

impl Process {
    /// Starts or resumes `run`.
    pub(crate) fn start(world: &World, run: &'static str, id: u32, pace: Pace) -> Self {
        let Run { plan, journal } = &world.runs[run];
        let progress = Progress::fold(journal);
        let mut machine = Machine::new(steps_of(plan, &progress), false, &progress, pace);
        let (number, effect) = machine.start();
        Self { run, id, machine, number, effect, known: None, entries: journal.len() }
    }

    /// Why it is over.
    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        match &self.effect {
            Effect::Finish(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Performs the outstanding effect.
    pub(crate) fn act(&mut self, world: &mut World) {
        let event = self.do_it(world);
        self.hear(world, event);
    }

    /// The outstanding effect happens; the machine does not know yet.
    pub(crate) fn do_it(&mut self, world: &mut World) -> Event {
        let effect = std::mem::replace(&mut self.effect, Effect::Unlock);
        self.perform(world, effect)
    }

    /// The machine hears what happened.
    pub(crate) fn hear(&mut self, world: &World, event: Event) {
        let next = self.machine.on(self.number, event, world.now);
        (self.number, self.effect) = next.expect("the outstanding effect's event");
    }

    /// The world in which a write of this process is under way and the process is not there
    /// any more.
    pub(crate) fn dies_while_writing(&self, world: &World, seconds: i64) -> Option<World> {
        let Effect::Write(step) = self.effect else { return None };
        let mut world = world.clone();
        world.dead.insert(self.id);
        self.mind_the_gap(&mut world, step);
        world.send_late(&self.machine.steps()[step].changes, SignedDuration::from_secs(seconds));
        Some(world)
    }

    /// Goes on to the end.
    pub(crate) fn finish(&mut self, world: &mut World) -> Outcome {
        for _ in 0..20_000 {
            if let Some(outcome) = self.outcome() {
                return outcome.clone();
            }
            self.act(world);
        }
        panic!("the machine does not end: {:?}", self.effect);
    }

    fn perform(&mut self, world: &mut World, effect: Effect) -> Event {
        match effect {
            Effect::TakeLock => {
                let taken = world.take_lock(self.run, self.id);
                self.locked(world, taken)
            }
            Effect::CheckLock => {
                let renewed = world.renew_lock(self.run, self.id);
                self.locked(world, renewed)
            }
            Effect::Append(note) => self.append(world, note),
            Effect::Prepare => Event::Prepared {
                compares: world.compares(),
                guards: world.guarantee.compare == CompareAndSwap::ValuesAndTtl,
            },
            Effect::Read(step) => Event::Read(self.read(world, step)),
            Effect::Write(step) => {
                self.mind_the_gap(world, step);
                let changes = self.machine.steps()[step].changes.clone();
                Event::Wrote(world.write(&changes))
            }
            Effect::WaitUntil(at) => {
                world.advance_to(at);
                Event::Done
            }
            Effect::Ask(scope) => {
                world.pass(SignedDuration::from_millis(5));
                Event::Asked(self.ask(world, scope))
            }
            Effect::Unlock => {
                world.unlock(self.run, self.id);
                Event::Done
            }
            Effect::CreateZone | Effect::Settle(_) | Effect::Finish(_) => Event::Done,
        }
    }

    fn locked(&self, world: &mut World, taken: Result<(), String>) -> Event {
        match taken {
            Ok(()) if self.entries == 0 => self.other_runs(world),
            Ok(()) => Event::Locked,
            Err(holder) => Event::NotLocked(holder),
        }
    }

    /// Runs that somebody else began and did not finish, as the driver treats them.
    fn other_runs(&self, world: &mut World) -> Event {
        let names: BTreeSet<_> = self.machine.steps().iter().flat_map(Step::names).collect();
        for (run, other) in &mut world.runs {
            let progress = Progress::fold(&other.journal);
            if *run == self.run || other.journal.is_empty() || progress.closed.is_some() {
                continue;
            }
            if let Some(reserved) = Reservation::of(run, &other.plan, &progress) {
                match names.iter().find(|name| reserved.holds(name)) {
                    Some(name) => return Event::Reserved(reserved.refusal(name, &"model")),
                    None => continue,
                }
            }
            if progress.has_written() {
                return Event::Failed(format!("the run {run} was interrupted: finish it first"));
            }
            other.journal.push(Entry::Close { closed: Closed::Unchanged });
        }
        Event::Locked
    }

    fn append(&mut self, world: &mut World, note: Note) -> Event {
        let until = world.published_by();
        let journal = &mut world.runs.get_mut(self.run).expect("the run").journal;
        if journal.len() != self.entries {
            return Event::Failed("somebody else goes on with this run".into());
        }
        if let Note::Served { step, .. } = note {
            let chain = &self.machine.steps()[self.chain(step)..=step];
            world.oracle.close_gap(chain.iter().flat_map(Step::names), until);
        }
        journal.push(note.into());
        self.entries += 1;
        Event::Done
    }

    fn chain(&self, last: usize) -> usize {
        let mut first = last;
        while first > 0 && self.machine.steps()[first].start.is_chained() {
            first -= 1;
        }
        first
    }

    fn mind_the_gap(&self, world: &mut World, step: usize) {
        let in_gap =
            |step: usize| self.machine.steps().get(step).is_some_and(|step| step.start == Start::InGap);
        if in_gap(step) || in_gap(step + 1) {
            world.oracle.open_gap(self.machine.steps()[step].names());
        }
    }

    fn read(&mut self, world: &mut World, step: usize) -> Reading {
        let steps = self.machine.steps();
        let aside: Vec<&Step> = self.machine.aside().iter().map(|aside| &steps[aside.step]).collect();
        if let Some(reason) = fresh::depends(&steps[step], &aside) {
            return Reading::Depends(reason);
        }
        world.pass(SignedDuration::from_millis(5));
        self.known = Some(world.zone().clone());
        fresh::judge_step(world.zone(), steps, step, &world.runs[self.run].plan.hidden())
    }

    /// Asks every server what the driver would ask.
    fn ask(&mut self, world: &World, scope: Scope) -> Verdict {
        let known = self.known.get_or_insert_with(|| world.zone().clone());
        let steps = self.machine.steps();
        let range = match scope {
            Scope::Steps(first, last) => first..last + 1,
            Scope::All | Scope::Listed => 0..steps.len(),
        };
        let aside: Vec<usize> = self.machine.aside().iter().map(|aside| aside.step).collect();
        let asked: Vec<&Step> = range.filter(|step| !aside.contains(step)).map(|step| &steps[step]).collect();
        let end = match scope {
            Scope::Listed => known.clone(),
            _ => legal::after(known, asked.iter().flat_map(|step| &step.changes)).unwrap(),
        };
        let back = self.machine.direction() == Direction::Back && scope != Scope::Listed;
        let last = legal::after(known, steps.iter().flat_map(|step| &step.changes)).unwrap();
        let keys: BTreeSet<&RecordKey> = asked.iter().flat_map(|step| step.keys()).collect();
        let mut verdict = Verdict::default();
        for (index, server) in world.servers.iter().enumerate() {
            if world.is_deaf(index) {
                verdict.unknown.push(format!("server {index}: no answer"));
                continue;
            }
            for key in &keys {
                let wanted = expect(&end, &key.name, key.rtype);
                let seen = expect(&server.view.zone, &key.name, key.rtype);
                if wanted != seen && !(back && expect(&last, &key.name, key.rtype) == seen) {
                    verdict.unmet.push(format!("server {index}: {key}: {seen:?}, not {wanted:?}"));
                }
            }
        }
        verdict
    }
}

/// Starts `run` and goes on to its end.
pub(crate) fn run(world: &mut World, run: &'static str, id: u32, pace: Pace) -> Outcome {
    Process::start(world, run, id, pace).finish(world)
}

/// `dnsure rollback`: from here on the run goes back. Whether there is anything to take back.
pub(crate) fn roll_back(world: &mut World, run: &str) -> bool {
    let progress = world.progress(run);
    if progress.closed.is_some() || !progress.has_written() {
        return false;
    }
    let turn = turn_back(&progress);
    world.runs.get_mut(run).expect("the run").journal.extend(turn);
    true
}
