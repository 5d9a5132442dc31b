//! The writes of a plan, one line each, and the timeline of a staged one.

use super::words;
use crate::plan::TargetPlan;
use crate::plan::caches::longest_in_cache;
use crate::plan::step::{Purpose, Start, Step};
use dnsure_providers::SetChange;
use dnsure_zones::diagnostic::visible;
use dnsure_zones::{Name, RecordKey, RecordSet, Ttl};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// How many steps are shown.
const MOST: usize = 20;

/// How many record sets of one step are named.
const NAMED: usize = 3;

/// The widest a step may be before it is cut.
const WIDE: usize = 72;

/// The steps of a plan of more than one, and when each may start.
#[must_use]
pub fn steps_text(target: &TargetPlan) -> String {
    let steps = &target.steps;
    if steps.len() < 2 {
        return String::new();
    }
    let mut text = String::from("  steps, each served everywhere before the next:\n");
    let several = steps.iter().any(|step| step.purpose != Purpose::Change);
    let width = steps.len().min(MOST).to_string().len();
    for (index, step) in steps.iter().take(MOST).enumerate() {
        let purpose = if several { format!("  {:7}", purpose_word(step.purpose)) } else { String::new() };
        let what = cut(&visible(&what(&target.zone, step)));
        let note = start_note(step.start, index).map(|note| format!("  ({note})")).unwrap_or_default();
        let _ = writeln!(text, "    {:>width$}{purpose}  {what}{note}", index + 1);
    }
    if steps.len() > MOST {
        let _ = writeln!(text, "    … and {} more", words::number((steps.len() - MOST) as u64));
    }
    text.push_str(&timeline(steps));
    text
}

fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Change => "change",
        Purpose::Canary => "canary",
        Purpose::Lower => "lower",
        Purpose::Restore => "restore",
    }
}

/// When a step starts, where that is not the usual.
fn start_note(start: Start, index: usize) -> Option<String> {
    match start {
        Start::Served => None,
        Start::AtOnce => Some(format!("right after {index}, both looked at together")),
        Start::InGap => Some(format!("right after {index}, to end the gap")),
        Start::After { seconds } => Some(format!(
            "{} after {index} is served: caches have let go of the old TTL",
            words::seconds(seconds)
        )),
    }
}

fn what(zone: &Name, step: &Step) -> String {
    let mut sets = step.sets();
    match (sets.next(), sets.next()) {
        (Some(set), None) if step.purpose == Purpose::Canary => {
            let sign = if step.removes() { '-' } else { '+' };
            format!("{sign} {}", key_words(zone, set.key()))
        }
        (Some(set), None) => set_words(zone, set),
        _ => {
            let keys: Vec<String> = step.keys().take(NAMED).map(|key| key_words(zone, key)).collect();
            let count = step.keys().count();
            let more = if count > NAMED { format!(", … {} more", count - NAMED) } else { String::new() };
            format!("{}: {}{more}", words::count(count, "record set"), keys.join(", "))
        }
    }
}

fn key_words(zone: &Name, key: &RecordKey) -> String {
    let id = key.set_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    format!("{} {}{id}", key.name.shown_in(zone), key.rtype)
}

/// `+ www A 192.0.2.20`, `~ www A 192.0.2.10 → 192.0.2.20`, `~ www A ttl 3600 → 60`.
fn set_words(zone: &Name, set: &SetChange) -> String {
    let key = key_words(zone, set.key());
    let (before, after) = (set.before(), set.after());
    let gone = members_not_in(before, after);
    let new = members_not_in(after, before);
    let mut words = match (gone.is_empty(), new.is_empty()) {
        (true, false) => format!("+ {key} {}", new.join(", ")),
        (false, true) => format!("- {key} {}", gone.join(", ")),
        (false, false) => format!("~ {key} {} → {}", gone.join(", "), new.join(", ")),
        (true, true) => format!("~ {key}"),
    };
    if let (Some(before), Some(after)) = (before, after) {
        if before.ttl != after.ttl {
            let _ = write!(words, " ttl {} → {}", before.ttl, after.ttl);
        }
        if before.settings != after.settings {
            words.push_str(" settings");
        }
    }
    words
}

fn members_not_in(these: Option<&RecordSet>, those: Option<&RecordSet>) -> Vec<String> {
    let Some(these) = these else { return Vec::new() };
    let is_bare = |set: &RecordSet| set.rdatas().is_empty();
    if is_bare(these) && !those.is_some_and(is_bare) {
        return vec!["made by the provider".into()];
    }
    let others: Vec<String> = those.into_iter().flat_map(RecordSet::texts).collect();
    these.texts().filter(|text| !others.contains(text)).collect()
}

fn cut(text: &str) -> String {
    if text.chars().count() <= WIDE {
        return text.to_owned();
    }
    text.chars().take(WIDE - 1).chain(['…']).collect()
}

/// The TTL under which the data of each staged record set changes. All at once: a plan may have tens of
/// thousands of them.
#[must_use]
pub fn staged_ttls(steps: &[Step]) -> BTreeMap<&RecordKey, Ttl> {
    let lowered = steps.iter().filter(|step| step.purpose == Purpose::Lower).flat_map(Step::keys);
    let lowered: BTreeSet<&RecordKey> = lowered.collect();
    let mut staged = BTreeMap::new();
    let changing = steps.iter().filter(|step| step.purpose == Purpose::Change).flat_map(Step::sets);
    for set in changing.filter(|set| lowered.contains(set.key())) {
        if let Some(before) = set.before() {
            staged.entry(set.key()).or_insert(before.longest_ttl());
        }
    }
    staged
}

/// When what is staged happens, and what caches hold meanwhile.
fn timeline(steps: &[Step]) -> String {
    let waiting = steps.iter().find_map(|step| match step.start {
        Start::After { seconds } => Some(seconds),
        _ => None,
    });
    let Some(seconds) = waiting else { return String::new() };
    let stage = staged_ttls(steps).into_values().max();
    let stage = stage.map_or(0, |stage| longest_in_cache(stage.as_secs()));
    let restores = steps.iter().any(|step| step.purpose == Purpose::Restore);
    let mut text = format!(
        "  timeline:\n    lowered    as soon as apply runs; the run stays open from then on and holds its names\n    \
         safe from  {} after the lowered TTLs are served everywhere: no cache holds an older TTL, and the change is made\n    \
         changed    caches may give the old answer for {} more\n",
        words::seconds(seconds),
        words::seconds(stage)
    );
    if restores {
        text.push_str("    restored   as soon as the change is served everywhere\n");
    }
    text
}
