//! `dnsure validate`.

use super::cli::{Global, ValidateArgs};
use super::output::Output;
use super::{CommandError, plan};
use crate::exit::ExitCode;
use crate::project::declared::ReadZone;
use crate::report::events::{Event, Finding};
use crate::report::words;
use dnsure_zones::diagnostic::{self, Diagnostic, Severity};
use dnsure_zones::source::Source;
use dnsure_zones::yaml::Declared;

/// Reads every zone file, nothing else, and tells every finding with its source lines; ends
/// with 1 when any of them is an error. Needs no network and no secrets.
///
/// # Errors
/// [`CommandError`] when there is nothing to read.
pub fn run(global: &Global, arguments: &ValidateArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let mut zones = output.told(&project, project.select(&global.zones_with(&arguments.zones)))?;
    if let Some(reference) = &arguments.changed_since {
        zones = plan::changed(&project, reference, zones, output)?;
    }
    let sets = |declared: Option<Declared>| declared.map_or(0, |declared| declared.zone.set_count());
    let read = project.read_each(&zones, sets);
    let unread = project.unread(&read);
    let all: Vec<Diagnostic> = read.iter().flat_map(|read| &read.findings).chain(&unread).cloned().collect();
    if output.prints_events() {
        events(&read, output);
        unread.iter().for_each(|found| output.event(&Event::finding(found)));
    } else {
        let source: &dyn Source = &project.source;
        if !all.is_empty() {
            output.findings(source, &all);
        }
        output.data(&summary(&read, &all));
    }
    let wrong = read.iter().any(|zone| zone.is_broken) || all.iter().any(Diagnostic::is_error);
    if wrong {
        // For people it is the last line on stdout.
        output.error_event(ExitCode::Error, &diagnostic::summary(&all));
    }
    Ok(if wrong { ExitCode::Error } else { ExitCode::Done })
}

/// Zones with the number of their record sets.
fn summary(read: &[ReadZone<'_, usize>], all: &[Diagnostic]) -> String {
    let sets = read.iter().map(|zone| zone.made).sum();
    let counts = |severity| all.iter().filter(|finding| finding.severity == severity).count();
    format!(
        "{}, {}: {}, {}\n",
        words::count(read.len(), "zone"),
        words::count(sets, "record set"),
        words::count(counts(Severity::Error), "error"),
        words::count(counts(Severity::Warning), "warning"),
    )
}

/// The findings of each zone, then what it came to.
fn events(read: &[ReadZone<'_, usize>], output: &Output) {
    for ReadZone { zone, made: record_sets, findings, .. } in read {
        for found in findings {
            output.event(&Event::Finding(Box::new(Finding::from(found).of_zone(zone))));
        }
        let errors = findings.iter().filter(|found| found.is_error()).count();
        output.event(&Event::ZoneRead {
            zone: zone.name.clone(),
            view: zone.view.clone(),
            record_sets: *record_sets,
            errors,
            warnings: findings.len() - errors,
        });
    }
}
