//! What became of every live record set, for people and programs.

use super::words;
use crate::import::Unmanaged;
use crate::project::importing::{Found, Imported};
use dnsure_zones::diagnostic::visible;
use dnsure_zones::{Name, RecordType};
use serde::Serialize;
use std::collections::BTreeSet;

/// How many record sets of one reason are named.
const NAMED: usize = 3;

/// One imported zone.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    zone: String,
    from: String,
    files: Vec<String>,
    removed: Vec<String>,
    live: usize,
    written: usize,
    left_alone: Vec<Set>,
    left_out: Vec<Set>,
    plan: &'static str,
    #[serde(skip)]
    shown: Shown,
}

#[derive(Debug, Clone, Serialize)]
struct Set {
    name: String,
    #[serde(rename = "type")]
    rtype: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<String>,
    reason: String,
}

/// What only people read.
#[derive(Debug, Clone)]
struct Shown {
    place: String,
    left_alone: Vec<String>,
    left_out: Vec<String>,
    /// Where it was planned against, where that is not the whole of it.
    planned_at: String,
}

impl Told {
    /// Everything there is to tell.
    #[must_use]
    pub fn of(zone: &Name, found: &Found, imported: &Imported, printed: bool) -> Self {
        let import = &imported.import;
        let paths = |paths: &mut dyn Iterator<Item = &std::path::PathBuf>| {
            paths.map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        let files =
            if printed { Vec::new() } else { paths(&mut imported.files.iter().map(|(path, _)| path)) };
        let place = match files.as_slice() {
            [] => "printed".to_owned(),
            [file] => format!("written to {file}"),
            [first, ..] => {
                let directory = first.rsplit_once('/').map_or("", |(directory, _)| directory);
                format!("written to {} in {directory}/", words::count(files.len(), "file"))
            }
        };
        Self {
            zone: zone.to_string(),
            from: found.place.clone(),
            files,
            removed: paths(&mut imported.removed.iter()),
            live: import.live,
            written: import.written(),
            left_alone: import.left_alone.iter().map(Set::of).collect(),
            left_out: import.left_out.iter().map(Set::of).collect(),
            plan: "no changes",
            shown: Shown {
                place,
                left_alone: by_reason(&import.left_alone, zone),
                left_out: by_reason(&import.left_out, zone),
                planned_at: String::new(),
            },
        }
    }

    /// The same for a zone with these targets: the plan that was empty is one against its source alone.
    #[must_use]
    pub fn for_targets(mut self, targets: &[String]) -> Self {
        let others: Vec<&str> =
            targets.iter().map(String::as_str).filter(|name| *name != self.from).collect();
        let names = visible(&others.join(", ")).into_owned();
        let (from, zone) = (visible(&self.from), &self.zone);
        self.shown.planned_at = match (others.is_empty(), others.len() < targets.len()) {
            (true, _) => String::new(),
            (false, true) => format!(" at {from}; not planned at {names}: dnsure plan {zone}"),
            (false, false) => {
                format!(
                    " at {from}, which is no target of the zone; not planned at {names}: dnsure plan {zone}"
                )
            }
        };
        self
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}  from {}: {} live · {} {}",
            self.zone,
            visible(&self.from),
            words::count(self.live, "record set"),
            words::number(self.written as u64),
            visible(&self.shown.place)
        );
        for (count, what) in [(self.left_alone.len(), "left alone"), (self.left_out.len(), "left out")] {
            if count > 0 {
                text.push_str(&format!(" · {} {what}", words::number(count as u64)));
            }
        }
        text.push('\n');
        for line in &self.shown.left_alone {
            text.push_str(&format!("  ! {line}; it stands in the file, marked as not to be touched\n"));
        }
        for line in &self.shown.left_out {
            text.push_str(&format!("  - {line}\n"));
        }
        for path in &self.removed {
            text.push_str(&format!(
                "removed {}: its records stand in the new files, as far as they are live\n",
                visible(path)
            ));
        }
        text.push_str(&format!("plan: no changes{}\n", self.shown.planned_at));
        text
    }
}

impl Set {
    fn of(set: &Unmanaged) -> Self {
        Self {
            name: set.key.name.to_string(),
            rtype: set.key.rtype.to_string(),
            set: set.key.set_id.as_ref().map(ToString::to_string),
            reason: set.reason.clone(),
        }
    }
}

/// One line a reason, in the order in which reasons come up: `@ SOA: …`, `NSEC, RRSIG (212 record sets): …`.
fn by_reason(sets: &[Unmanaged], zone: &Name) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&Unmanaged>)> = Vec::new();
    for set in sets {
        match reasons.iter_mut().find(|(reason, _)| *reason == set.reason) {
            Some((_, sets)) => sets.push(set),
            None => reasons.push((&set.reason, vec![set])),
        }
    }
    let line = |(reason, sets): (&str, Vec<&Unmanaged>)| {
        let what = if sets.len() <= NAMED {
            let named = sets.iter().map(|set| format!("{} {}", set.key.name.shown_in(zone), set.key.rtype));
            named.collect::<Vec<_>>().join(", ")
        } else {
            let types: BTreeSet<RecordType> = sets.iter().map(|set| set.key.rtype).collect();
            let types: Vec<String> = types.iter().map(ToString::to_string).collect();
            format!("{} ({})", types.join(", "), words::count(sets.len(), "record set"))
        };
        format!("{}: {}", visible(&what), visible(reason))
    };
    reasons.into_iter().map(line).collect()
}
