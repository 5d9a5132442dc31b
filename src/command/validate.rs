//! `dnsure validate`.

use super::CommandError;
use super::cli::{Global, ZoneArgs};
use super::output::Output;
use crate::exit::ExitCode;
use crate::project::declared::ReadZone;
use crate::report::events::{Event, Finding};
use crate::report::words;
use dnsure_zones::diagnostic::{Diagnostic, Severity};
use dnsure_zones::source::Source;

/// Reads every zone file, nothing else, and tells every finding with its source lines; ends
/// with 1 when any of them is an error. Needs no network and no secrets.
///
/// # Errors
/// [`CommandError`] when there is nothing to read.
pub fn run(global: &Global, arguments: &ZoneArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let zones = output.told(&project, project.select(&global.zones_with(&arguments.zones)))?;
    let read = project.read_each(&zones, |read| match &read.declared {
        Some(declared) => (declared.zone.set_count(), read.diagnostics),
        None => (0, read.diagnostics),
    });
    let all: Vec<Diagnostic> = read.iter().flat_map(|read| &read.found.1).cloned().collect();
    if output.prints_events() {
        events(&read, output);
    } else {
        let source: &dyn Source = &project.source;
        if !all.is_empty() {
            output.findings(source, &all);
        }
        output.data(&summary(&read));
    }
    let wrong = all.iter().any(Diagnostic::is_error);
    Ok(if wrong { ExitCode::Error } else { ExitCode::Done })
}

/// The number of record sets of a zone and what was found in its files.
type Counted = (usize, Vec<Diagnostic>);

fn summary(read: &[ReadZone<'_, Counted>]) -> String {
    let sets = read.iter().map(|zone| zone.found.0).sum();
    let counts = |severity| {
        read.iter().flat_map(|zone| &zone.found.1).filter(|finding| finding.severity == severity).count()
    };
    format!(
        "{}, {}: {}, {}\n",
        words::count(read.len(), "zone"),
        words::count(sets, "record set"),
        words::count(counts(Severity::Error), "error"),
        words::count(counts(Severity::Warning), "warning"),
    )
}

/// The findings of each zone, then what it came to.
fn events(read: &[ReadZone<'_, Counted>], output: &Output) {
    for ReadZone { zone, found: (record_sets, findings) } in read {
        for found in findings {
            output.event(&Event::Finding(Box::new(Finding::from(found).of_zone(zone))));
        }
        let errors = findings.iter().filter(|found| found.is_error()).count();
        output.event(&Event::ZoneRead {
            zone: (*zone).clone(),
            record_sets: *record_sets,
            errors,
            warnings: findings.len() - errors,
        });
    }
}
