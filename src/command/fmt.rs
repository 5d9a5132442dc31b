//! `dnsure fmt`.

use super::CommandError;
use super::cli::{FmtArgs, Global};
use super::output::Output;
use crate::exit::ExitCode;
use crate::project::Project;
use crate::project::formatting::{Formatted, Kept, Sheet, Sheets, laid_out, text_laid_out, zone_of};
use crate::report::events::Event;
use crate::report::{diff_text, words};
use crate::state::directory::rewrite_whole;
use dnsure_zones::diagnostic::visible;
use dnsure_zones::source::{DirectorySource, tidy};
use dnsure_zones::yaml::Options;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

/// What became of the files.
#[derive(Debug, Default)]
struct Outcome {
    looked_at: usize,
    changed: Vec<(PathBuf, Formatted)>,
    kept: Vec<(PathBuf, Kept)>,
}

/// Lays zone files out as octoDNS writes them, or says which are not (`--check`, exit code 2).
/// Files with errors are told and left alone, and end the run with 1; the others go on.
///
/// # Errors
/// [`CommandError`].
pub fn run(global: &Global, arguments: &FmtArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let asked = global.zones_with(&arguments.files);
    let is_stdin = asked.iter().any(|file| file == "-");
    if is_stdin && asked.len() > 1 {
        return Err(CommandError::Usage("`-` is all of stdin: name nothing beside it".into()));
    }
    let is_there =
        global.directory.join(global.config.as_deref().unwrap_or(Path::new(crate::project::CONFIG_FILE)));
    // Single files need no project.
    let project = if asked.is_empty() || is_there.is_file() { Some(output.project(global)?) } else { None };
    let root = project.as_ref().map_or(global.directory.as_path(), |project| &project.root);
    let source = DirectorySource::new(root).map_err(|error| file_error(root, &error))?;
    let options = project.as_ref().map_or_else(Options::default, Project::reading_options);
    let sheets = Sheets { source: &source, options: &options, sort: arguments.sort };
    if is_stdin {
        return stdin(arguments, &sheets, output);
    }
    let mut outcome = Outcome::default();
    for sheet in output_sheets(project.as_ref(), &source, &asked, global, output)? {
        outcome.looked_at += 1;
        match laid_out(&sheets, &sheet) {
            Ok(Formatted { before, after }) if before == after => {}
            Ok(formatted) if arguments.check => outcome.changed.push((sheet.path, formatted)),
            Ok(formatted) => {
                let path = root.join(&sheet.path);
                rewrite_whole(&path, formatted.after.as_bytes())
                    .map_err(|error| file_error(&path, &error))?;
                outcome.changed.push((sheet.path, formatted));
            }
            Err(why) => outcome.kept.push((sheet.path, why)),
        }
    }
    for (path, why) in &outcome.kept {
        if let Kept::Findings(found) = why {
            output.findings(&source, found);
        }
        let path = path.to_string_lossy();
        output.error(ExitCode::Error, &format!("{path}: {why}"));
    }
    show(arguments, &outcome, output);
    Ok(match (outcome.kept.is_empty(), outcome.changed.is_empty()) {
        (false, _) => ExitCode::Error,
        (true, false) if arguments.check => ExitCode::Changes,
        _ => ExitCode::Done,
    })
}

fn file_error(path: &Path, error: &dyn std::fmt::Display) -> CommandError {
    CommandError::File { path: path.display().to_string(), reason: error.to_string() }
}

/// The files asked for: those of zones, and files by their paths.
fn output_sheets(
    project: Option<&Project>,
    source: &DirectorySource,
    asked: &[String],
    global: &Global,
    output: &Output,
) -> Result<Vec<Sheet>, CommandError> {
    let mut found: Vec<Sheet> = Vec::new();
    let mut zones = Vec::new();
    let mut paths = Vec::new();
    for text in asked {
        match project.map(|project| project.select(std::slice::from_ref(text))) {
            Some(Ok(named)) => zones.extend(named),
            Some(Err(_)) | None if global.directory.join(text).is_file() => paths.push(text),
            Some(Err(error)) => return Err(error.into()),
            None => return Err(file_error(Path::new(text), &"there is no such file")),
        }
    }
    if let Some(project) = project {
        let all = if asked.is_empty() { output.told(project, project.select(&[]))? } else { zones };
        found.extend(output.told(project, project.sheets(&all))?);
    }
    if paths.is_empty() {
        return Ok(found);
    }
    let known = match project {
        Some(project) => project.sheets(&project.select(&[])?).unwrap_or_default(),
        None => Vec::new(),
    };
    for text in paths {
        let path = below(source, &global.directory.join(text))?;
        if project.is_some_and(|project| is_config(project, global, &path)) {
            return Err(CommandError::Usage(format!(
                "{text} is no zone file: fmt leaves the configuration alone"
            )));
        }
        let sheet = known.iter().find(|sheet| sheet.path == path).cloned();
        let sheet = sheet.unwrap_or_else(|| Sheet { zone: Some(zone_of(&path)), path });
        if !found.contains(&sheet) {
            found.push(sheet);
        }
    }
    Ok(found)
}

fn is_config(project: &Project, global: &Global, path: &Path) -> bool {
    let config = global.config.as_deref().unwrap_or(Path::new(crate::project::CONFIG_FILE));
    config.file_name().is_some_and(|name| project.root.join(path) == project.root.join(name))
}

/// A path relative to the root of the source.
fn below(source: &DirectorySource, path: &Path) -> Result<PathBuf, CommandError> {
    // The name itself is not resolved, so that a link stays a link.
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = parent.canonicalize().map_err(|error| file_error(path, &error))?;
    let real = real.join(path.file_name().unwrap_or_default());
    let inside = real.strip_prefix(source.root()).ok().and_then(tidy);
    inside.ok_or_else(|| {
        let outside = format!("it is not below {}; say with -C where it belongs to", source.root().display());
        file_error(path, &outside)
    })
}

fn stdin(arguments: &FmtArgs, sheets: &Sheets<'_>, output: &Output) -> Result<ExitCode, CommandError> {
    let mut before = String::new();
    std::io::stdin().read_to_string(&mut before).map_err(|error| file_error(Path::new("stdin"), &error))?;
    let path = PathBuf::from("stdin");
    let sheet = Sheet { zone: Some(zone_of(&path)), path };
    match text_laid_out(sheets, &sheet, &before) {
        Ok(after) => {
            let changed = after != before;
            let text = Some(after).filter(|_| !arguments.check);
            if output.prints_events() {
                let changed = if changed { vec!["stdin".into()] } else { Vec::new() };
                let (check, left_alone) = (arguments.check, Vec::new());
                output.event(&Event::Formatted { check, files: 1, changed, left_alone, text });
            } else if let Some(text) = text {
                output.bytes(text.as_bytes());
            }
            Ok(if arguments.check && changed { ExitCode::Changes } else { ExitCode::Done })
        }
        Err(why) => {
            if let Kept::Findings(found) = &why {
                output.findings(
                    &dnsure_zones::source::Overlay::new(sheets.source).with("stdin", &before),
                    found,
                );
            }
            Err(file_error(Path::new("stdin"), &why))
        }
    }
}

/// Names of files on stdout, the rest on stderr.
fn show(arguments: &FmtArgs, outcome: &Outcome, output: &Output) {
    if output.prints_events() {
        let name = |path: &PathBuf| path.to_string_lossy().into_owned();
        output.event(&Event::Formatted {
            check: arguments.check,
            files: outcome.looked_at,
            changed: outcome.changed.iter().map(|(path, _)| name(path)).collect(),
            left_alone: outcome.kept.iter().map(|(path, _)| name(path)).collect(),
            text: None,
        });
        return;
    }
    for (path, formatted) in &outcome.changed {
        let shown = path.to_string_lossy();
        output.data(&format!("{}\n", visible(&shown)));
        if arguments.check && std::io::stdout().is_terminal() {
            output.data(&diff_text::short(&formatted.before, &formatted.after));
        }
    }
    let changed = words::count(outcome.changed.len(), "file");
    let all = words::count(outcome.looked_at, "file");
    output.talk(&match (arguments.check, outcome.changed.is_empty()) {
        // Files with errors have said so; nothing is known of their layout.
        (_, true) if outcome.kept.len() == outcome.looked_at && outcome.looked_at > 0 => return,
        (_, true) if !outcome.kept.is_empty() => format!(
            "{}: the layout is right",
            words::count(outcome.looked_at - outcome.kept.len(), "other file")
        ),
        (_, true) => format!("{all}: the layout is right"),
        (true, false) => {
            format!("{changed} of {} would be laid out anew; next: dnsure fmt", outcome.looked_at)
        }
        (false, false) => format!("{changed} of {} laid out anew", outcome.looked_at),
    });
}
