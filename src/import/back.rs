//! The files read back, and the plan that must be empty.

use super::{Holder, Import};
use crate::plan::ignore::IgnoreRule;
use crate::plan::inventory::Inventory;
use crate::plan::names::OwnerNames;
use crate::plan::order::Hints;
use crate::plan::ownership::Policy;
use crate::plan::target::{TargetInput, plan_target};
use dnsure_providers::SetChange;
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::source::MemorySource;
use dnsure_zones::yaml::{Declared, Options, ZoneFiles};
use dnsure_zones::{Name, RecordSet, Zone};
use std::path::{Path, PathBuf};

/// Reads the files of an import of `live` back and plans: what is not as it should be, one line each.
#[must_use]
pub fn check(
    import: &Import,
    files: &[(PathBuf, String)],
    directory: &Path,
    options: &Options,
    live: &Zone,
    holder: &Holder,
) -> Vec<String> {
    match read(files, directory, live.apex(), options) {
        Ok(read) => differences(import, &read, live, holder),
        Err(errors) => errors,
    }
}

/// Reads `files` as a project with this directory of zone files would.
///
/// # Errors
/// What is wrong with them, one line each.
pub fn read(
    files: &[(PathBuf, String)],
    directory: &Path,
    zone: &Name,
    options: &Options,
) -> Result<Declared, Vec<String>> {
    let source = files
        .iter()
        .fold(MemorySource::new(), |source, (path, text)| source.with(path.clone(), text.as_bytes()));
    let read = ZoneFiles::new(&source, directory, options.clone()).read(zone);
    let errors = || {
        let errors = read.diagnostics.iter().filter(|found| found.is_error());
        errors.map(|error: &Diagnostic| format!("{}: {}", error.span.position, error.message)).collect()
    };
    read.declared.ok_or_else(errors)
}

/// What a plan from the files that were read back to `live` would do, one line each: nothing, where
/// the import holds everything. The plan is a severe one: it would delete whatever is live and
/// neither in the files nor known to have been left out.
#[must_use]
pub fn differences(import: &Import, read: &Declared, live: &Zone, holder: &Holder) -> Vec<String> {
    let desired = holder.normalise(&read.for_target(&holder.provider));
    if !desired.refused.is_empty() {
        let refused = desired.refused.iter();
        return refused.map(|notice| format!("{} cannot be held: {}", notice.key, notice.message)).collect();
    }
    let normal = holder.normalise(live).zone;
    let apex = live.apex();
    let exactly = |key: &dnsure_zones::RecordKey| IgnoreRule::exactly(&key.name, apex, key.rtype);
    let policy = Policy {
        owns_zone: true,
        ignore: holder
            .policy
            .ignore
            .iter()
            .cloned()
            .chain(read.ignored.iter().chain(&import.made).map(exactly))
            .collect(),
        protect: Vec::new(),
        names: OwnerNames::default(),
        max_deletes: usize::MAX,
        max_delete_percent: 100,
    };
    let planned = plan_target(TargetInput {
        hints: &Hints::default(),
        canary: false,
        provider: &holder.provider,
        guarantee: holder.guarantee(live),
        desired: &desired.zone,
        live: Some(&normal),
        inventory: &Inventory::default(),
        policy: &policy,
        notices: Vec::new(),
    });
    match planned {
        Ok(plan) => {
            let mut lines: Vec<String> =
                plan.net_changes().iter().flat_map(|change| change.sets()).map(in_words).collect();
            if import.live != live.set_count() || import.live != import.accounted() {
                lines.push(format!(
                    "{} record sets are live, and {} are accounted for",
                    live.set_count(),
                    import.accounted()
                ));
            }
            lines
        }
        Err(error) => vec![error.to_string()],
    }
}

impl Import {
    /// The record sets that are written, left alone or left out.
    fn accounted(&self) -> usize {
        self.declared.zone.set_count() + self.left_out.len()
    }
}

/// A change in one line: `www.example. A: [192.0.2.1] 300 to nothing`.
#[must_use]
pub fn in_words(change: &SetChange) -> String {
    let shown = |set: Option<&RecordSet>| match set {
        None => "nothing".to_owned(),
        Some(set) => format!("[{}] {}", set.texts().collect::<Vec<_>>().join(", "), set.ttl),
    };
    format!("{}: {} to {}", change.key(), shown(change.before()), shown(change.after()))
}
