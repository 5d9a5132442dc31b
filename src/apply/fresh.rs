//! Is what is live what the plan was made from?

use super::machine::Reading;
use crate::plan::legal;
use crate::plan::ownership::same_but_serial;
use crate::plan::steps::Step;
use dnsure_providers::SetChange;
use dnsure_zones::{RecordSet, Zone};

/// Compares a fresh reading with one step.
///
/// Only the touched record sets count: a foreign change elsewhere in the zone makes no
/// plan stale, but the step must still be legal in the zone as it is now. `known` are the
/// answers hidden by additions that the plan's reviewer has already seen.
#[must_use]
pub fn judge(live: &Zone, step: &Step, known: &[crate::plan::hidden::Hidden]) -> Reading {
    let sets = || step.changes.iter().flat_map(|change| change.sets());
    if sets().all(|set| matches_live(live, set, set.before())) {
        return still_legal(live, step, known);
    }
    if sets().all(|set| matches_live(live, set, set.after())) {
        return Reading::After;
    }
    let lines = sets()
        .filter(|set| !matches_live(live, set, set.before()))
        .map(|set| {
            let now = live.get_key(set.key()).map(|set| set.to_set());
            format!("{}: planned from {}, live now {}", set.key(), shown(set.before()), shown(now.as_ref()))
        })
        .collect();
    Reading::Foreign(lines)
}

fn still_legal(live: &Zone, step: &Step, known: &[crate::plan::hidden::Hidden]) -> Reading {
    let end = match legal::after(live, &step.changes) {
        Ok(end) => end,
        Err(error) => return Reading::Foreign(vec![error.to_string()]),
    };
    if let Err(error) = legal::check_names(&end, &step.changes) {
        return Reading::Foreign(vec![error.to_string()]);
    }
    let lines: Vec<String> = crate::plan::hidden::hidden_answers(live, &end, &step.changes)
        .into_iter()
        .filter(|hidden| !known.contains(hidden))
        .map(|hidden| format!("{} would be hidden by {}, which the plan did not show", hidden.key, hidden.by))
        .collect();
    if lines.is_empty() { Reading::Before } else { Reading::Foreign(lines) }
}

fn matches_live(live: &Zone, set: &SetChange, wanted: Option<&RecordSet>) -> bool {
    let now = live.get_key(set.key()).map(|set| set.to_set());
    match (now, wanted) {
        (None, None) => true,
        (Some(now), Some(wanted)) => same_but_serial(&now, wanted),
        _ => false,
    }
}

/// A record set as people compare it: values and TTL.
pub(crate) fn shown(set: Option<&RecordSet>) -> String {
    match set {
        None => "nothing".into(),
        Some(set) => format!("{} (ttl {})", set.texts().collect::<Vec<_>>().join(", "), set.ttl),
    }
}
