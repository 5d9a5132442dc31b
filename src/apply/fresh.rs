//! Is what is live what the plan was made from?

use super::effect::Reading;
use crate::plan::legal;
use crate::plan::step::{Purpose, Start, Step};
use crate::sabotage::{self, GuardName};
use dnsure_providers::SetChange;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, Ttl, Zone, rdata};

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

/// As [`judge`], for a step of `steps`: where it begins a gap, what the other steps of the gap
/// touch must be as they were made from, too. They are written without another read.
#[must_use]
pub fn judge_step(
    live: &Zone,
    steps: &[Step],
    step: usize,
    known: &[crate::plan::hidden::Hidden],
) -> Reading {
    let Some(first) = steps.get(step) else { return Reading::Foreign(Vec::new()) };
    let reading = judge(live, first, known);
    if reading != Reading::Before {
        return reading;
    }
    let mut seen: Vec<&RecordKey> = first.keys().collect();
    let mut lines = Vec::new();
    for set in steps[step + 1..].iter().take_while(|next| next.start == Start::InGap).flat_map(Step::sets) {
        if !seen.contains(&set.key()) && !matches_live(live, set, set.before()) {
            let now = live.get_key(set.key()).map(|set| set.to_set());
            let (from, now) = (shown(set.before()), shown(now.as_ref()));
            lines.push(format!("{}: planned from {from}, live now {now}", set.key()));
        }
        seen.push(set.key());
    }
    if lines.is_empty() { Reading::Before } else { Reading::Foreign(lines) }
}

fn still_legal(live: &Zone, step: &Step, known: &[crate::plan::hidden::Hidden]) -> Reading {
    let end = match legal::after(live, &step.changes) {
        Ok(end) => end,
        Err(error) => return Reading::Foreign(vec![error.to_string()]),
    };
    if let Err(error) = legal::check_names(&end, &step.changes) {
        return Reading::Foreign(vec![error.to_string()]);
    }
    // A canary's own name is nobody's; inside a gap the name's old data is away on purpose.
    if step.purpose == Purpose::Canary || step.start == Start::InGap {
        return Reading::Before;
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
        (Some(now), Some(wanted)) => now.same_but_serial(wanted),
        _ => false,
    }
}

/// What `step` builds on of the steps that were set aside: the same owner name, or a name
/// that its data points to. A removal builds on everything before it.
#[must_use]
pub fn depends(step: &Step, aside: &[&Step]) -> Option<String> {
    if aside.is_empty() || sabotage::is_off(GuardName::Dependents) {
        return None;
    }
    if step.removes() {
        return Some("nothing is removed after a write was refused".into());
    }
    let missing = |name: &Name| aside.iter().any(|other| other.names().any(|refused| refused == name));
    let pointed = step.sets().filter_map(SetChange::after).flat_map(|set| {
        set.rdatas().iter().flat_map(|data| rdata::names(set.key.rtype, data.wire()).collect::<Vec<_>>())
    });
    let name = step.names().cloned().chain(pointed).find(missing)?;
    Some(format!("it builds on {name}, whose write was refused"))
}

/// A record set as people compare it: values and TTL.
pub(crate) fn shown(set: Option<&RecordSet>) -> String {
    match set {
        None => "nothing".into(),
        Some(set) if set.has_mixed_ttls() => {
            let text = |(data, ttl): (&Rdata, Ttl)| {
                format!("{} (ttl {ttl})", rdata::to_text(set.key.rtype, data.wire()))
            };
            set.members().map(text).collect::<Vec<_>>().join(", ")
        }
        Some(set) if set.rdatas().is_empty() => {
            let settings = serde_json::to_string(&set.settings).unwrap_or_default();
            format!("made by the provider from {settings} (ttl {})", set.ttl)
        }
        Some(set) => format!("{} (ttl {})", set.texts().collect::<Vec<_>>().join(", "), set.ttl),
    }
}
