//! Is now a time for this plan?
//!
//! Asked before the first write, and before a rollout that waits begins its next phase. Whoever
//! goes on with a run that was interrupted in the middle, or takes one back, is not asked: half a
//! change is worse than one at the wrong hour.

use super::checking::Refusal;
use crate::config::{Config, ZoneId};
use crate::exit::ExitCode;
use crate::plan::step::{Start, Step};
use crate::plan::{Plan, TargetPlan};
use crate::windows::{Closed, DAYS_AHEAD, State};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How many zones a line names.
const NAMED: usize = 5;

/// Refuses a plan that changes a zone outside its windows, unless `reason` says why. What it
/// gives is to be kept: the reason, where one was needed.
///
/// # Errors
/// [`Refusal`] with exit code 12.
pub fn check(
    plan: &Plan,
    config: &Config,
    now: Timestamp,
    reason: Option<&str>,
) -> Result<Option<String>, Refusal> {
    allow(closed(plan, config, now), reason)
}

/// Refuses for these lines, unless there are none or `reason` says why it is done all the same.
///
/// # Errors
/// [`Refusal`] with exit code 12.
pub fn allow(mut lines: Vec<String>, reason: Option<&str>) -> Result<Option<String>, Refusal> {
    if lines.is_empty() {
        return Ok(None);
    }
    match reason.map(str::trim) {
        Some("") => lines = vec!["a change outside its window needs a reason: add --reason \"...\"".into()],
        Some(reason) => return Ok(Some(reason.to_owned())),
        None => lines.push(
            "wait, or add --outside-window --reason \"...\", which is kept in journal and receipt".into(),
        ),
    }
    Err(Refusal { message: lines.join("\n"), code: ExitCode::Blocked })
}

/// The zones that the plan changes and that are closed at `now`: one line for all that are
/// closed by the same rule.
#[must_use]
pub fn closed(plan: &Plan, config: &Config, now: Timestamp) -> Vec<String> {
    let changed: BTreeSet<ZoneId> =
        plan.targets.iter().filter(|target| !target.is_empty()).map(TargetPlan::zone_id).collect();
    closed_zones(&changed, config, now)
}

/// Those of `changed` zones that are closed at `now`, as [`closed`] tells them.
#[must_use]
pub fn closed_zones(changed: &BTreeSet<ZoneId>, config: &Config, now: Timestamp) -> Vec<String> {
    let mut zones: BTreeMap<String, Vec<&ZoneId>> = BTreeMap::new();
    for zone in changed {
        let windows = config.windows(zone);
        if let State::Closed(closed) = windows.at(now) {
            zones.entry(told(&closed, &windows.zone)).or_default().push(zone);
        }
    }
    zones.into_iter().map(|(why, zones)| format!("{} closed for changes: {why}", named(&zones))).collect()
}

/// Whether the waits of these steps may be sat out: the change windows must be open when they
/// end, too. Where they are not, the run ends before the wait, and the resume asks again.
#[must_use]
pub fn may_sit_out(zone: &ZoneId, steps: &[Step], config: &Config, now: Timestamp) -> bool {
    let longest = steps.iter().filter_map(|step| match step.start {
        Start::After { seconds } => Some(SignedDuration::from_secs(seconds.into())),
        _ => None,
    });
    let Some(wait) = longest.max() else { return true };
    let windows = config.windows(zone);
    let after = |time: SignedDuration| now.saturating_add(time).unwrap_or(now);
    windows.is_open(after(wait)) && windows.is_open(after(wait.saturating_add(config.deadline)))
}

fn told(closed: &Closed, zone: &TimeZone) -> String {
    let opening = match closed.next_opening {
        Some(moment) => {
            let local = zone.to_datetime(moment).strftime("%a %Y-%m-%d %H:%M");
            format!("the next opening is {local} {} ({moment})", zone.iana_name().unwrap_or("UTC"))
        }
        None => format!("there is no opening in the next {DAYS_AHEAD} days"),
    };
    format!("{}; {opening}", closed.why)
}

fn named(zones: &[&ZoneId]) -> String {
    let names: Vec<String> = zones.iter().take(NAMED).map(|zone| zone.to_string()).collect();
    let more = zones.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more} {}", names.join(", "), if zones.len() == 1 { "is" } else { "are" })
}
