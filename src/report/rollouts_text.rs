//! Open rollouts, and runs that were interrupted.

use super::events::{Event, Target};
use super::words;
use crate::apply::entry::Direction;
use crate::plan::step::Purpose;
use crate::project::rollouts::{OpenRun, Waiting};
use dnsure_zones::diagnostic::visible;
use jiff::Timestamp;
use std::fmt::Write as _;

/// How many record sets are named.
const NAMED: usize = 5;

/// Each open run with what to do about it; what waits first.
#[must_use]
pub fn text(runs: &[OpenRun], now: Timestamp) -> String {
    let mut text = String::new();
    for run in runs {
        let Some(waiting) = &run.waiting else { continue };
        let _ = writeln!(text, "{}  run {}", run.id, visible(run.journal.run()));
        let (done, of) = waiting.reservation.done;
        let _ = writeln!(
            text,
            "  {}, {done} of {} done: {}",
            phase(waiting),
            words::count(of, "step"),
            visible(&names(run, waiting))
        );
        let _ = writeln!(text, "  {}", go_on_words(run, waiting, now));
    }
    if runs.iter().any(|run| run.waiting.is_none()) {
        text.push_str("interrupted: resume or roll back\n");
    }
    for run in runs.iter().filter(|run| run.waiting.is_none()) {
        let _ = writeln!(
            text,
            "  {}  run {}  {} done{}: dnsure apply --resume --zone {zone}, or dnsure rollback {zone} --run {}",
            run.id,
            visible(run.journal.run()),
            words::count(run.journal.progress().next, "step"),
            way(run),
            visible(run.journal.run()),
            zone = run.id.zone_id().typed(),
        );
    }
    text
}

fn way(run: &OpenRun) -> &'static str {
    match run.journal.progress().direction {
        Direction::Forward => "",
        Direction::Back => " on the way back",
    }
}

/// When a rollout may go on, and by which command.
#[must_use]
pub fn go_on_words(run: &OpenRun, waiting: &Waiting, now: Timestamp) -> String {
    let command = command(run);
    let at = |moment: Timestamp| words::moment(moment, &waiting.clock);
    match (waiting.may_go_on, &waiting.closed) {
        (Some(moment), _) if moment <= now => format!("may go on now: {command}"),
        (Some(moment), None) => {
            format!("may go on at {}, in {}: {command}", at(moment), words::until(moment, now))
        }
        (Some(moment), Some(why)) => format!(
            "may go on at {}, in {} ({}, closed for changes {}): {command}",
            at(moment),
            words::until(moment, now),
            if waiting.reservation.until <= now { "its wait is over" } else { "its wait ends before" },
            why
        ),
        (None, _) => "may not go on: there is no opening of the change windows in sight".into(),
    }
}

/// The command that goes on with it.
#[must_use]
pub fn command(run: &OpenRun) -> String {
    format!("dnsure apply --resume --zone {}", run.id.zone_id().typed())
}

fn phase(waiting: &Waiting) -> &'static str {
    match waiting.reservation.next {
        Purpose::Restore => "changed",
        _ => "lowered",
    }
}

fn names(run: &OpenRun, waiting: &Waiting) -> String {
    let keys: Vec<_> = waiting.reservation.keys().collect();
    let named: Vec<String> = keys
        .iter()
        .take(NAMED)
        .map(|key| format!("{} {}", key.name.shown_in(&run.id.zone), key.rtype))
        .collect();
    let more = keys.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(", … {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

/// The same as events.
#[must_use]
pub fn events(runs: &[OpenRun], now: Timestamp) -> Vec<Event> {
    let waiting = runs.iter().filter_map(|run| run.waiting.as_ref().map(|waiting| (run, waiting)));
    let mut events: Vec<Event> = waiting
        .map(|(run, waiting)| {
            Event::Rollout(about(
                run,
                serde_json::json!({
                    "run": run.journal.run(),
                    "phase": phase(waiting),
                    "record_sets": waiting.reservation.keys().collect::<Vec<_>>(),
                    "done": waiting.reservation.done.0,
                    "steps": waiting.reservation.done.1,
                    "waits_until": waiting.reservation.until,
                    "may_go_on_at": waiting.may_go_on,
                    "may_go_on": waiting.may_go_on.is_some_and(|moment| moment <= now),
                    "command": command(run),
                }),
            ))
        })
        .collect();
    events.extend(runs.iter().filter(|run| run.waiting.is_none()).map(|run| {
        let progress = run.journal.progress();
        Event::Interrupted(about(run, serde_json::json!({
            "run": run.journal.run(),
            "direction": progress.direction,
            "done": progress.next,
            "command": command(run),
            "rollback": format!("dnsure rollback {} --run {}", run.id.zone_id().typed(), run.journal.run()),
        })))
    }));
    events
}

/// `fields` with the target they are about.
fn about(run: &OpenRun, fields: serde_json::Value) -> serde_json::Value {
    // Plain data with string keys always serialises.
    let mut all = serde_json::to_value(Target::from(&run.id)).unwrap_or_default();
    if let (Some(all), serde_json::Value::Object(fields)) = (all.as_object_mut(), fields) {
        all.extend(fields);
    }
    all
}
