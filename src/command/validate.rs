//! `dnsure validate`.

use super::cli::{Format, Global, ValidateArgs};
use super::output::Output;
use super::{CommandError, plan};
use crate::exit::ExitCode;
use crate::project::declared::ReadZone;
use crate::report::words;
use dnsure_zones::diagnostic::{Diagnostic, Severity};
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
    let findings = || read.iter().flat_map(|read| &read.findings);
    match output.format() {
        Format::Json => output.data(&json(&read)),
        _ => {
            let all: Vec<Diagnostic> = findings().cloned().collect();
            let source: &dyn Source = &project.source;
            if !all.is_empty() {
                output.findings(source, &all);
            }
            output.data(&summary(&read));
        }
    }
    let wrong = read.iter().any(|zone| zone.is_broken) || findings().any(Diagnostic::is_error);
    Ok(if wrong { ExitCode::Error } else { ExitCode::Done })
}

/// Zones with the number of their record sets.
fn summary(read: &[ReadZone<'_, usize>]) -> String {
    let sets = read.iter().map(|zone| zone.made).sum();
    let counts = |severity| {
        read.iter().flat_map(|zone| &zone.findings).filter(|finding| finding.severity == severity).count()
    };
    format!(
        "{}, {}: {}, {}\n",
        words::count(read.len(), "zone"),
        words::count(sets, "record set"),
        words::count(counts(Severity::Error), "error"),
        words::count(counts(Severity::Warning), "warning"),
    )
}

fn json(read: &[ReadZone<'_, usize>]) -> String {
    let zones: Vec<serde_json::Value> = read
        .iter()
        .map(|zone| {
            let findings: Vec<serde_json::Value> = zone.findings.iter().map(finding).collect();
            serde_json::json!({"zone": zone.zone, "record_sets": zone.made, "findings": findings})
        })
        .collect();
    let document = serde_json::json!({"format_version": "1.0", "zones": zones});
    format!("{document:#}\n")
}

fn finding(finding: &Diagnostic) -> serde_json::Value {
    let position = &finding.span.position;
    serde_json::json!({
        "severity": match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "code": finding.code,
        "message": finding.message,
        "file": *position.file,
        "line": position.line,
        "column": position.column,
        "help": finding.help,
    })
}
