//! What a run says while it goes on, and at its end.

use super::output::{Output, YELLOW};
use crate::apply::driver::{Talk, TargetEnd};
use crate::apply::machine::{Machine, Outcome, Verdict};
use crate::apply::outcome::Aside;
use crate::apply::receipt::{TargetReceipt, describe};
use crate::exit::ExitCode;
use crate::progress::{Activity, Running};
use crate::project::Project;
use crate::project::applying::{RunEnd, code_of};
use crate::report::events::{Event, outcome_word};
use crate::report::words;
use crate::state::TargetId;
use dnsure_zones::diagnostic::visible;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many lines of one kind an event holds.
const EXAMPLES: usize = 20;

/// Tells what happens while a run goes on: several steps, or servers that are late.
pub struct Telling {
    output: Output,
    /// What each target is at.
    running: Mutex<BTreeMap<TargetId, Running>>,
}

impl Telling {
    /// Tells it there.
    #[must_use]
    pub fn new(output: Output) -> Self {
        Self { output, running: Mutex::default() }
    }
}

impl Telling {
    fn at(&self, target: &TargetId, running: Running) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(target.clone(), running);
    }
}

impl Talk for Telling {
    fn writing(&self, target: &TargetId, step: usize, machine: &Machine) {
        let Some(one) = machine.steps().get(step) else { return };
        let applying = self.output.progress().begin(Activity::Applying, machine.steps().len());
        (0..step).for_each(|_| applying.one());
        self.at(target, applying);
        let mut keys = one.keys();
        let what = keys.next().filter(|_| one.sets().nth(1).is_none()).cloned();
        self.output.event(&Event::StepStarted {
            target: target.into(),
            step,
            of: machine.steps().len(),
            purpose: one.purpose,
            record_sets: one.sets().count(),
            what,
            direction: machine.direction(),
        });
    }

    fn accepted(&self, target: &TargetId, step: usize, of: usize, took: Duration, token: Option<&str>) {
        let token = token.map(str::to_owned);
        self.output.event(&Event::Accepted { target: target.into(), step, of, took_ms: ms(took), token });
    }

    fn served(&self, target: &TargetId, step: usize, of: usize, servers: usize, took: Duration) {
        self.output.event(&Event::Served { target: target.into(), step, of, servers, took_ms: ms(took) });
        if of > 1 && self.output.is_watched() {
            let took = words::millis(ms(took));
            let servers = words::count(servers, "server");
            self.output.talk(&format!("{target}  step {}/{of}  served on {servers} after {took}", step + 1));
        }
    }

    fn lost(&self, target: &TargetId, step: usize, of: usize, reason: &str) {
        self.output.event(&Event::Lost { target: target.into(), step, of, message: reason.to_owned() });
        let reason = visible(reason);
        self.output.talk(&format!(
            "{target}  step {}/{of}  no answer to the write ({reason}); looking whether it happened",
            step + 1
        ));
    }

    fn turning_back(&self, target: &TargetId, why: &str) {
        self.output.event(&Event::TurningBack { target: target.into(), message: why.to_owned() });
    }

    fn resting(&self, target: &TargetId, until: Timestamp) {
        self.at(target, self.output.progress().begin_until(Activity::Waiting, until));
        self.output.event(&Event::WaitingUntil { target: target.into(), until });
    }

    fn waiting(&self, target: &TargetId, round: u32, verdict: &Verdict) {
        // Servers that are late for long are not worth a line each round.
        if round.is_power_of_two() {
            let first = |lines: &[String]| lines.iter().take(EXAMPLES).cloned().collect();
            self.output.event(&Event::Waiting {
                target: target.into(),
                round,
                unmet: first(&verdict.unmet),
                unknown: first(&verdict.unknown),
            });
        }
        let lines = verdict.unmet.len() + verdict.unknown.len();
        // Servers that lag a moment are nothing to tell.
        if round >= 3
            && round.is_power_of_two()
            && let Some(first) = verdict.unmet.iter().chain(&verdict.unknown).next()
        {
            let more = if lines > 1 { format!(" (and {} more)", lines - 1) } else { String::new() };
            self.output.talk(&format!("{target}  waiting: {}{more}", visible(first)));
        }
    }
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Says what is wrong and how to go on.
pub fn tell(end: &TargetEnd, project: &Project, output: &Output) {
    const GO_ON: &str = "go on with `dnsure apply --resume`, or take it back with `dnsure rollback`";
    let (lines, hint): (Vec<String>, &str) = match &end.outcome {
        Outcome::Done => (Vec::new(), ""),
        Outcome::Locked(words) | Outcome::Reserved(words) | Outcome::Unfinished(words) => {
            (vec![words.clone()], "")
        }
        Outcome::Waiting { until, done } => {
            let clock = &project.config.windows(&end.id.zone_id()).zone;
            let line = format!(
                "{} done; safe from {}, in {}: by then caches have let go of the old TTL",
                words::count(*done, "step"),
                words::moment(*until, clock),
                words::until(*until, Timestamp::now())
            );
            (vec![line], "go on then with `dnsure apply --resume`; `dnsure rollouts` lists what is open")
        }
        Outcome::Partly { aside, .. } => (
            left_out(aside, &end.receipt),
            "the rest is done and verified; mend what was refused, and plan again",
        ),
        Outcome::RolledBack { why } => {
            let mut lines = reasons(why);
            lines.push("everything that was written is taken back, and observed to be".into());
            (lines, "")
        }
        Outcome::Stale { written: false, .. } => {
            (reasons(&end.outcome), "nothing was written at this target; plan again")
        }
        Outcome::Failed { written: false, .. } => {
            (reasons(&end.outcome), "nothing was written at this target")
        }
        Outcome::Interrupted { written: false, .. } => {
            (reasons(&end.outcome), "nothing was written at this target; there is nothing to resume there")
        }
        Outcome::NotServed { .. } => (
            reasons(&end.outcome),
            "it is written and not served everywhere; keep waiting with `dnsure apply --resume`, or take it back with `dnsure rollback`",
        ),
        Outcome::Stale { .. } | Outcome::Failed { .. } | Outcome::Interrupted { .. } => {
            (reasons(&end.outcome), GO_ON)
        }
    };
    if matches!(end.outcome, Outcome::RolledBack { .. }) {
        output.event(&Event::TakenBack { target: (&end.id).into() });
    }
    output.event(&Event::TargetEnded {
        target: (&end.id).into(),
        run: end.run.clone(),
        outcome: outcome_word(&end.outcome),
        exit: code_of(&end.outcome).into(),
        messages: lines.clone(),
    });
    let code = code_of(&end.outcome);
    if code != ExitCode::Done {
        let lines: Vec<String> = lines.iter().map(|line| format!("{}: {line}", end.id)).collect();
        // For people the lines below say it.
        output.error_event(code, &lines.join("\n"));
    }
    for line in &lines {
        output.talk(&format!("{YELLOW}{}{YELLOW:#}: {}", end.id, visible(line)));
    }
    if !hint.is_empty() {
        output.talk(&format!("hint: {hint}"));
    }
    let watched = &end.receipt.watched;
    if watched.missing > 0 {
        output.talk(&format!(
            "{YELLOW}{}{YELLOW:#}: {} of {} answers were missing while it was written:",
            end.id, watched.missing, watched.answers
        ));
        const SHOWN: usize = 4;
        for example in watched.examples.iter().take(SHOWN) {
            output.talk(&format!("  {}", visible(example)));
        }
    }
}

/// Where a run wrote and where it did not, when there is nothing to resume.
#[must_use]
pub fn partly_words(end: &RunEnd) -> String {
    let (written, not): (Vec<_>, Vec<_>) = end.ends.iter().partition(|end| end.outcome.is_written());
    let written = written.iter().map(|end| &end.id);
    let not = not.iter().map(|end| &end.id).chain(&end.skipped);
    format!(
        "partly applied: written at {}; not written at {}: plan again for what is left",
        some_of(written),
        some_of(not)
    )
}

/// The targets by name; of many the first ones.
fn some_of<'a>(targets: impl Iterator<Item = &'a TargetId>) -> String {
    let names: Vec<String> = targets.map(ToString::to_string).collect();
    let more = names.len().saturating_sub(EXAMPLES);
    let named = names.iter().take(EXAMPLES).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

/// What was left out and why, one line each; what only builds on it is counted.
fn left_out(aside: &[Aside], receipt: &TargetReceipt) -> Vec<String> {
    let what = |aside: &Aside| {
        let key = receipt.steps.get(aside.step).and_then(|step| step.what.as_ref());
        key.map_or_else(|| format!("step {}", aside.step + 1), ToString::to_string)
    };
    let (refused, held): (Vec<&Aside>, Vec<&Aside>) = aside.iter().partition(|aside| !aside.is_held);
    let mut lines: Vec<String> =
        refused.iter().map(|aside| format!("left out: {}: {}", what(aside), aside.reason)).collect();
    if let Some(first) = held.first() {
        let reason = &first.reason;
        lines.push(format!("left out with it: {} ({reason})", words::count(held.len(), "step")));
    }
    lines
}

/// What went wrong, one line each.
fn reasons(outcome: &Outcome) -> Vec<String> {
    const MOST: usize = 20;
    match outcome {
        Outcome::Stale { lines, .. } => lines.clone(),
        Outcome::Failed { reason, .. } => vec![reason.clone()],
        Outcome::NotServed { verdict, .. } => {
            verdict.unmet.iter().chain(&verdict.unknown).take(MOST).cloned().collect()
        }
        Outcome::Interrupted { done, .. } => {
            vec![format!("stopped on request after {}", words::count(*done, "step"))]
        }
        other => vec![describe(other)],
    }
}
