//! `dnsure apply`.

use super::cli::{ApplyArgs, Global, WatchFor};
use super::output::Output;
use super::telling::{self, Telling};
use super::{CommandError, plan, watching};
use crate::apply::driver::Shared;
use crate::apply::machine::{Outcome, Pace};
use crate::config::ZoneId;
use crate::exit::ExitCode;
use crate::plan::step::Step;
use crate::plan::{Plan, TargetPlan};
use crate::project::applying::{RunEnd, RunFacts};
use crate::project::checking::{Allowed, check};
use crate::project::declared::Declarations;
use crate::project::matching::Unsettled;
use crate::project::rollouts::{Choice, GoingOn};
use crate::project::{Project, ProjectError, timing};
use crate::report::events::Event;
use crate::report::plan_text::plan_text;
use crate::report::{receipt_text, rollouts_text, words};
use crate::sabotage::window_clock;
use crate::state::named::Document;
use dnsure_zones::diagnostic::visible;
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Applies a plan file, or plans and asks; or goes on with an interrupted run.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &ApplyArgs, output: &Output) -> Result<ExitCode, CommandError> {
    not_together(global, arguments)?;
    let project = output.project(global)?;
    look_at_receipt(global, arguments.receipt.as_deref())?;
    if arguments.resume {
        return resume(&project, global, arguments, output).await;
    }
    let (plan, declarations, unsettled, unfinished) = match &arguments.plan {
        Some(file) => {
            let read = from_file(&project, &global.directory.join(file), arguments, output).await?;
            plan::events(&read.0, output);
            let unfinished = project.unfinished_in(&read.0).await?;
            (read.0, read.1, read.2, unfinished)
        }
        None => {
            let options = plan::options(&project, arguments.canary, arguments.stage_ttl, &arguments.names)?;
            let zones = output.told(&project, project.select(&global.zones))?;
            let planned = plan::plan(&project, &zones, options, output).await?;
            if !planned.failed.is_empty() {
                plan::show_part(&planned, output);
                return Err(plan::not_whole(&planned));
            }
            show_plan(&planned.plan, output);
            (planned.plan, planned.declarations, Unsettled::new(), planned.unfinished)
        }
    };
    let allowed = Allowed {
        acknowledged: arguments.acknowledge.clone(),
        gaps: arguments.accept_gap.clone(),
        reason: arguments.reason.clone(),
        create_zones: arguments.create_zones,
        require_atomic: arguments.require_atomic,
    };
    let now = Timestamp::now();
    check(&plan, &allowed, |target| project.may_create(target), now)?;
    let outside = arguments.reason.as_deref().filter(|_| arguments.outside_window);
    let outside_window = timing::check(&plan, &project.config, window_clock(now), outside)?;
    if !plan.is_empty() && arguments.plan.is_none() && !arguments.yes {
        if !output.can_ask() {
            return Err(CommandError::Usage(
                "nobody can be asked here: add --yes, or apply a plan file made by `dnsure plan --out`"
                    .into(),
            ));
        }
        if !output.ask("Apply these changes?") {
            output.talk("nothing was changed");
            return Ok(ExitCode::Done);
        }
    }
    let acknowledged = arguments.reason.clone().filter(|_| plan.guards().next().is_some());
    let mut patience = Patience::of(arguments);
    let zones = plan.targets.iter().map(|target| (target.zone_id(), target.steps.as_slice()));
    if outside.is_none() && !sits_out(&project, zones, now) {
        patience.stay = Some(SignedDuration::ZERO);
    }
    let shared = shared(&project, &patience, output);
    let facts =
        RunFacts { outside_window, reason: arguments.reason.clone(), ..RunFacts::new(&plan, acknowledged) };
    let mut end = project.apply(&plan, &declarations, &unsettled, facts, &shared).await?;
    // Where something is to be done, the run looked for itself, under its lock.
    let idle = plan.targets.iter().filter(|target| target.is_empty());
    end.unfinished = idle.filter_map(|target| unfinished.get(&target.id()).cloned()).collect();
    if end.ends.is_empty() && arguments.receipt.is_none() && !output.prints_events() {
        if arguments.plan.is_some() && end.unfinished.is_empty() {
            output.talk("nothing to do: the plan has no changes");
        }
        tell_unkept(&end, output);
        return Ok(end.code());
    }
    let receipt = arguments.receipt.as_deref();
    finish(end, global, receipt, &project, arguments.watch_for, &shared, output).await
}

/// What would otherwise be passed over in silence. A global option is judged here, because clap sees it
/// beside the plan file only where it stands after `apply`.
fn not_together(global: &Global, arguments: &ApplyArgs) -> Result<(), CommandError> {
    let usage = |message: String| Err(CommandError::Usage(message));
    if let (Some(file), Some(zone)) = (&arguments.plan, global.zones.first()) {
        return usage(format!(
            "a plan file is applied whole: leave out --zone, or make a plan of that zone alone: dnsure plan {zone} --out {}",
            file.display()
        ));
    }
    if arguments.resume && arguments.reason.is_some() && !arguments.outside_window {
        return usage(
            "a run that goes on keeps the reason it was begun with: --reason beside --resume needs --outside-window"
                .into(),
        );
    }
    Ok(())
}

/// Whether the waits of these steps end while the change windows are open.
fn sits_out<'a>(
    project: &Project,
    zones: impl IntoIterator<Item = (ZoneId, &'a [Step])>,
    now: Timestamp,
) -> bool {
    let now = window_clock(now);
    zones.into_iter().all(|(zone, steps)| timing::may_sit_out(&zone, steps, &project.config, now))
}

/// What is about to be applied: where events are printed, for who is asked too.
pub fn show_plan(plan: &Plan, output: &Output) {
    plan::events(plan, output);
    let text = plan_text(plan);
    if output.prints_events() {
        output.talk(text.trim_end());
    } else {
        output.data(&text);
    }
}

async fn from_file(
    project: &Project,
    file: &Path,
    arguments: &ApplyArgs,
    output: &Output,
) -> Result<(Plan, Declarations, Unsettled), CommandError> {
    let shown = file.display().to_string();
    let json = std::fs::read(file)
        .map_err(|error| CommandError::File { path: shown.clone(), reason: error.to_string() })?;
    let plan = Plan::from_json(&shown, &json)?;
    let mut zones: Vec<ZoneId> = plan.targets.iter().map(TargetPlan::zone_id).collect();
    zones.dedup();
    for (target, zone) in plan.targets.iter().map(|target| (target, target.zone_id())) {
        let known = project.config.zone(&zone).is_some_and(|entry| entry.targets.contains(&target.provider));
        if !known {
            return Err(CommandError::Stale(format!(
                "the plan is for {zone} at {}, and the configuration does not say so any more: plan again",
                target.provider
            )));
        }
    }
    if arguments.detached {
        let made = project.made_since(&plan).await?;
        if !made.is_empty() {
            return Err(CommandError::Stale(made.join("\n")));
        }
        return Ok((plan, Declarations::default(), Unsettled::new()));
    }
    let (declarations, warnings) = output.told(project, project.read_declarations(&zones))?;
    output.diagnostics(&project.source, &warnings);
    match project.matches_files(&plan, &declarations).await {
        Ok(unsettled) => Ok((plan, declarations, unsettled)),
        Err(ProjectError::Other(lines)) => Err(CommandError::Stale(lines)),
        Err(other) => Err(other.into()),
    }
}

/// Goes on with whatever may go on: in CI the same command every hour does the right thing.
async fn resume(
    project: &Project,
    global: &Global,
    arguments: &ApplyArgs,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    let zones = output.told(project, project.select(&global.zones))?;
    let now = Timestamp::now();
    let open = project.open_runs(&zones, now).await?;
    if open.is_empty() {
        output.talk("no run was interrupted: there is nothing to do");
        return Ok(ExitCode::Done);
    }
    let mut patience = Patience::of(arguments);
    let reason = arguments.reason.as_deref().filter(|_| arguments.outside_window);
    let stay = patience.stay.unwrap_or(Pace::default().stay);
    let Choice { go_on, early, closed } = project.choose(open, stay, now, reason)?;
    for run in &early {
        if let Some(waiting) = &run.waiting {
            let words = rollouts_text::go_on_words(run, waiting, now);
            let line = format!("{}: the rollout {} waits; it {words}", run.id, run.journal.run());
            output.talk(&visible(&line));
        }
    }
    if go_on.is_empty() {
        return closed.map_or(Ok(ExitCode::Done), |refusal| Err(refusal.into()));
    }
    for GoingOn { id, journal, .. } in &go_on {
        let done = journal.progress().next;
        let done = words::count(done, "step");
        output.talk(&format!("resuming run {} for {id}: {done} done", journal.run()));
    }
    let plans: Vec<TargetPlan> = go_on.iter().filter_map(|run| run.journal.plan()).collect();
    // What waits already was asked for its window; what has its wait still before it was not.
    let waits_later = go_on.iter().zip(&plans).filter(|(run, _)| run.journal.reservation().is_none());
    let steps = waits_later.map(|(_, plan)| (plan.zone_id(), plan.steps.as_slice()));
    if reason.is_none() && !sits_out(project, steps, now) {
        patience.stay = Some(SignedDuration::ZERO);
    }
    // What is wrong with the files of other zones stands in the way of none of these.
    let mut zones: Vec<ZoneId> = go_on.iter().map(|run| run.id.zone_id()).collect();
    zones.dedup();
    let declarations = output.told(project, project.read_declarations(&zones))?.0;
    let shared = shared(project, &patience, output);
    let end = project.go_on(go_on, &declarations, &shared).await?;
    let receipt = arguments.receipt.as_deref();
    let code = finish(end, global, receipt, project, arguments.watch_for, &shared, output).await?;
    Ok(match closed {
        Some(refusal) => output.failure(&refusal.into()).max(code),
        None => code,
    })
}

/// How long a run waits, and what it does when that was in vain.
#[derive(Debug, Clone, Copy, Default)]
pub struct Patience {
    stay: Option<SignedDuration>,
    no_rollback: bool,
}

impl Patience {
    fn of(arguments: &ApplyArgs) -> Self {
        Self { stay: arguments.stay, no_rollback: arguments.no_rollback }
    }
}

/// What all targets of a run share.
#[must_use]
pub fn shared(project: &Project, patience: &Patience, output: &Output) -> Shared {
    let interrupted = Arc::new(AtomicBool::new(false));
    let config = &project.config;
    let pace = Pace {
        samples: config.samples,
        deadline: config.deadline,
        write_deadline: config.write_deadline,
        heal: config.heal,
        stay: patience.stay.unwrap_or(Pace::default().stay),
        rolls_back: config.rolls_back && !patience.no_rollback,
        ..Pace::default()
    };
    listen_for_interrupts(Arc::clone(&interrupted), output.clone());
    Shared {
        asker: Arc::clone(&project.asker),
        pace,
        interrupted,
        talk: Arc::new(Telling::new(output.clone())),
    }
}

/// The first Ctrl-C ends the run after the step in flight; the second ends the program,
/// and the journal knows where it stood.
fn listen_for_interrupts(interrupted: Arc<AtomicBool>, output: Output) {
    output.line().leave_interrupts();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if interrupted.swap(true, Ordering::Relaxed) {
                output.talk(
                    "stopped; go on with `dnsure apply --resume`, or take it back with `dnsure rollback`",
                );
                std::process::exit(i32::from(ExitCode::Partial as u8));
            }
            output.talk("finishing the step in flight; press Ctrl-C again to stop right now");
        }
    });
}

/// Shows the receipt, watches where that was asked for, and says how to go on.
///
/// # Errors
/// [`CommandError`].
pub async fn finish(
    mut end: RunEnd,
    global: &Global,
    receipt: Option<&Path>,
    project: &Project,
    watch_for: Option<WatchFor>,
    shared: &Shared,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    let place = project.state.place(&format!("receipts/{}.json", end.receipt.run));
    let kept = (!end.ends.is_empty()).then_some(place.as_str());
    if !output.prints_events() {
        output.data(&receipt_text::receipt_text(&end.receipt, kept));
    }
    for target in &end.ends {
        telling::tell(target, project, output);
    }
    let waits = end.ends.iter().any(|end| matches!(end.outcome, Outcome::Waiting { .. }));
    let why = if waits {
        "an earlier target of the zone waits for its next phase; apply again when that is done"
    } else {
        "an earlier target of the zone did not end well"
    };
    for id in &end.skipped {
        output.event(&Event::TargetSkipped { target: id.into(), message: why.to_owned() });
        output.talk(&format!("{id}: not started, because {why}"));
    }
    if end.is_partly_applied() {
        output.error(ExitCode::Partial, &telling::partly_words(&end));
    }
    write_receipt(&end, global, receipt)?;
    let mut code = ExitCode::Done;
    if let Some(time) = watch_for {
        code = watching::watch(project, &mut end, time, shared, output).await?;
        write_receipt(&end, global, receipt)?;
    }
    output.event(&Event::Receipt {
        place: (!end.ends.is_empty()).then(|| place.clone()),
        receipt: Box::new(end.receipt.clone()),
    });
    tell_unkept(&end, output);
    Ok(end.code().max(code))
}

/// What was done and is not written down, and what is left to be done.
fn tell_unkept(end: &RunEnd, output: &Output) {
    for line in &end.unfinished {
        output.error(ExitCode::Partial, line);
    }
    for line in &end.unkept {
        output.error(ExitCode::Error, line);
    }
    for line in &end.postponed {
        output.warning(line);
    }
}

fn receipt_json(end: &RunEnd) -> Vec<u8> {
    let mut json = serde_json::to_vec_pretty(&end.receipt).unwrap_or_default();
    json.push(b'\n');
    json
}

/// Looks whether the receipt may be written where it is asked for, before anything is changed.
///
/// # Errors
/// [`CommandError::File`].
pub fn look_at_receipt(global: &Global, file: Option<&Path>) -> Result<(), CommandError> {
    let Some(file) = file else { return Ok(()) };
    let path = global.directory.join(file);
    Document::Receipt.may_be_at(&path).map_err(|error| CommandError::at(&path, &error))
}

fn write_receipt(end: &RunEnd, global: &Global, file: Option<&Path>) -> Result<(), CommandError> {
    let Some(file) = file else { return Ok(()) };
    let path = global.directory.join(file);
    let written = Document::Receipt.write(&path, &receipt_json(end));
    written.map_err(|error| CommandError::at(&path, &error))
}
