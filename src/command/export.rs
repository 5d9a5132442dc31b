//! `dnsure export`.

use super::CommandError;
use super::cli::{ExportArgs, Format, Global};
use super::output::Output;
use crate::config::ZoneId;
use crate::exit::ExitCode;
use crate::project::{CONFIG_FILE, Project};
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::source::{DirectorySource, Source};
use dnsure_zones::yaml::{self, Declared, Options};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, master, rdata};
use std::path::{Path, PathBuf};

/// Prints a zone file in another form. Needs no configuration for a file; a zone's name is
/// looked up in the project.
///
/// # Errors
/// [`CommandError`].
pub fn run(global: &Global, arguments: &ExportArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let path = global.directory.join(&arguments.file);
    let (declared, options) = if path.is_file() {
        from_file(global, &path, arguments, output)?
    } else {
        from_project(global, arguments, output)?
    };
    let text = match output.asked_format().unwrap_or(Format::Master) {
        Format::Json => json(&declared),
        Format::Yaml => yaml::write_declared(&declared, &options),
        Format::Master | Format::Text => master_text(&declared),
    };
    output.bytes(text.as_bytes());
    Ok(ExitCode::Done)
}

fn from_file(
    global: &Global,
    path: &Path,
    arguments: &ExportArgs,
    output: &Output,
) -> Result<(Declared, Options), CommandError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = PathBuf::from(path.file_name().unwrap_or_default());
    let unreadable = |error: std::io::Error| CommandError::File {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let source = DirectorySource::new(directory).map_err(unreadable)?;
    // A project's own settings decide how its files are read.
    let project = match global.directory.join(CONFIG_FILE).is_file() {
        true => Some(output.project(global)?),
        false => None,
    };
    let apex = origin(arguments, path, project.as_ref())?;
    let is_yaml = file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    if !is_yaml {
        let (zone, found) = master::read(&source, &file, &apex);
        tell(output, &source, &found)?;
        let zone = zone.unwrap_or_else(|| Zone::empty(apex));
        return Ok((Declared::new(zone), Options::default()));
    }
    let options = project.as_ref().map_or_else(Options::default, Project::reading_options);
    let read = yaml::read_file(&source, &file, &apex, &options);
    tell(output, &source, &read.diagnostics)?;
    Ok((read.declared.unwrap_or_else(|| Declared::new(Zone::empty(apex))), options))
}

fn from_project(
    global: &Global,
    arguments: &ExportArgs,
    output: &Output,
) -> Result<(Declared, Options), CommandError> {
    let project: Project = output.project(global)?;
    let zones = output.told(&project, project.select(std::slice::from_ref(&arguments.file)))?;
    let zone = &zones[0];
    let mut read = project.read_each(&zones[..1], |declared| declared);
    let read = read.pop();
    if let Some(read) = &read {
        tell(output, &project.source, &read.findings)?;
    }
    let declared = read.and_then(|read| read.made);
    let declared = declared.unwrap_or_else(|| Declared::new(Zone::empty(zone.name.clone())));
    Ok((declared, project.reading_options()))
}

/// The zone of a file: `--origin`, else the one that the project reads from it, else the file's name.
fn origin(arguments: &ExportArgs, path: &Path, project: Option<&Project>) -> Result<Name, CommandError> {
    if let Some(text) = &arguments.origin {
        return text.parse().map_err(|error| no_zone(text, &error));
    }
    let readers = project.map(|project| project.zones_in(path)).unwrap_or_default();
    match readers.iter().collect::<Vec<_>>().as_slice() {
        [] => {}
        [only] => return Ok((*only).clone()),
        [first, second, ..] => {
            return Err(CommandError::Usage(format!(
                "{} is read by several zones ({first}, {second}): name one with --origin",
                path.display()
            )));
        }
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    // The parts of a split zone are in a directory that is called after it, with a dot.
    let directory = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy());
    let text = directory.filter(|name| name.ends_with('.') && name.len() > 1).unwrap_or(stem);
    // A view is of the same name.
    text.parse::<ZoneId>().map(|zone| zone.name).map_err(|error| no_zone(&text, &error))
}

fn no_zone(text: &str, error: &dyn std::fmt::Display) -> CommandError {
    CommandError::Usage(format!("`{text}` is no zone name ({error}); name the zone with --origin"))
}

/// Tells findings, and stops at errors.
pub(super) fn tell(output: &Output, source: &dyn Source, found: &[Diagnostic]) -> Result<(), CommandError> {
    output.diagnostics(source, found);
    if found.iter().any(Diagnostic::is_error) {
        return Err(CommandError::Project(crate::project::ProjectError::Files(found.to_vec())));
    }
    Ok(())
}

fn json(declared: &Declared) -> String {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = yaml::write_json(&declared.zone, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A master file must have an SOA (RFC 1035 5.2): where the files leave it to the provider,
/// one stands in, and a comment says so.
fn master_text(declared: &Declared) -> String {
    let mut text = String::new();
    let stand_in = stand_in_soa(&declared.zone);
    let with_soa = stand_in.as_ref().and_then(|soa| declared.zone.with([(&soa.key, Some(soa))]).ok());
    if with_soa.is_some() {
        text.push_str("; no SOA is declared: the one below stands in for the provider's\n");
    }
    // Writing to memory does not fail.
    let _ = master::write(with_soa.as_ref().unwrap_or(&declared.zone), &mut text);
    text
}

fn stand_in_soa(zone: &Zone) -> Option<RecordSet> {
    let apex = zone.apex();
    if zone.get(apex, RecordType::SOA).is_some() {
        return None;
    }
    let ns = zone.get(apex, RecordType::NS);
    let server =
        ns.and_then(|ns| ns.rdatas().next().and_then(|data| rdata::names(RecordType::NS, data).next()));
    let server = server.unwrap_or_else(|| apex.clone());
    let text = format!("{server} hostmaster.{apex} 1 3600 600 604800 300");
    let wire = rdata::parse_text(RecordType::SOA, &text, apex).ok()?;
    let key = RecordKey::new(apex.clone(), RecordType::SOA);
    Some(RecordSet::new(key, Ttl::from_wire(3600), [Rdata::new(wire)]))
}
