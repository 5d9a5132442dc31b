//! `dnsure show`.

use super::CommandError;
use super::cli::{Format, Global, ShowArgs};
use super::output::Output;
use crate::apply::entry::Stamped;
use crate::apply::receipt::Receipt;
use crate::exit::ExitCode;
use crate::plan::Plan;
use crate::project::ProjectError;
use crate::report::{journal_text, plan_text, receipt_text};
use crate::state::State;
use std::path::Path;

/// Shows a plan, a receipt or a journal.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &ShowArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let path = global.directory.join(&arguments.file);
    let shown = path.display().to_string();
    let url = arguments.file.to_string_lossy();
    if url.contains("://") {
        let project = output.project(global)?;
        match of_bucket(&project.state, &url).await? {
            Kept::Journal(entries) => show_journal(&entries, output),
            Kept::File(json) => show_file(&url, &json, output)?,
        }
    } else if path.is_dir() {
        show_journal(&journal(&path)?, output);
    } else {
        show_file(&shown, &read(&path)?, output)?;
    }
    Ok(ExitCode::Done)
}

fn show_journal(entries: &[Stamped], output: &Output) {
    match output.format() {
        Format::Json => {
            let json = serde_json::to_string_pretty(entries).unwrap_or_default();
            output.data(&format!("{json}\n"));
        }
        _ => output.data(&journal_text::journal_text(entries)),
    }
}

fn show_file(shown: &str, json: &[u8], output: &Output) -> Result<(), CommandError> {
    if output.format() == Format::Json {
        output.bytes(json);
        return Ok(());
    }
    let text = if let Ok(receipt) = serde_json::from_slice::<Receipt>(json) {
        receipt_text::receipt_text(&receipt, None)
    } else if let Ok(entry) = serde_json::from_slice::<Stamped>(json) {
        journal_text::journal_text(&[entry])
    } else {
        plan_text::plan_text(&Plan::from_json(shown, json)?)
    };
    output.data(&text);
    Ok(())
}

/// What a URL in the project's bucket stands for.
enum Kept {
    Journal(Vec<Stamped>),
    File(Vec<u8>),
}

async fn of_bucket(state: &State, url: &str) -> Result<Kept, CommandError> {
    let failed = |path: &str, reason: &str| CommandError::File { path: path.into(), reason: reason.into() };
    let relative = state
        .relative(url)
        .ok_or_else(|| failed(url, "this is not in the bucket where dnsure.yaml keeps the state"))?;
    if let Some(json) = state.read(&relative).await.map_err(ProjectError::from)? {
        return Ok(Kept::File(json));
    }
    let names = state.list(&relative).await.map_err(ProjectError::from)?;
    let files: Vec<String> = names.iter().map(|name| format!("{relative}/{name}")).collect();
    let read = state.read_all(&files).await.map_err(ProjectError::from)?;
    let entries: Result<Vec<Stamped>, _> =
        read.iter().flatten().map(|json| serde_json::from_slice(json)).collect();
    match entries {
        Ok(entries) if !entries.is_empty() => Ok(Kept::Journal(entries)),
        Ok(_) => Err(failed(url, "there is nothing of this name")),
        Err(error) => Err(failed(url, &format!("no journal: {error}"))),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(path)
        .map_err(|error| CommandError::File { path: path.display().to_string(), reason: error.to_string() })
}

fn journal(directory: &Path) -> Result<Vec<Stamped>, CommandError> {
    let failed =
        |path: &Path, reason: String| CommandError::File { path: path.display().to_string(), reason };
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        })
        .map_err(|error| failed(directory, error.to_string()))?;
    // Names with a dot in front are entries that a kill left half written.
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".json") && !name.starts_with('.')
    });
    files.sort();
    if files.is_empty() {
        return Err(failed(directory, "there is no journal entry in this directory".into()));
    }
    files
        .iter()
        .map(|file| {
            serde_json::from_slice(&read(file)?)
                .map_err(|error| failed(file, format!("no journal entry: {error}")))
        })
        .collect()
}
