//! `dnsure show`.

use super::CommandError;
use super::cli::{Format, Global, ShowArgs};
use super::output::Output;
use crate::apply::entry::Stamped;
use crate::apply::receipt::Receipt;
use crate::exit::ExitCode;
use crate::plan::Plan;
use crate::report::{journal_text, plan_text, receipt_text};
use std::path::Path;

/// Shows a plan, a receipt or a journal.
///
/// # Errors
/// [`CommandError`].
pub fn run(global: &Global, arguments: &ShowArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let path = global.directory.join(&arguments.file);
    if path.is_dir() {
        let entries = journal(&path)?;
        match output.format() {
            Format::Json => {
                let json = serde_json::to_string_pretty(&entries).unwrap_or_default();
                output.data(&format!("{json}\n"));
            }
            _ => output.data(&journal_text::journal_text(&entries)),
        }
        return Ok(ExitCode::Done);
    }
    let json = read(&path)?;
    if output.format() == Format::Json {
        output.bytes(&json);
        return Ok(ExitCode::Done);
    }
    let shown = path.display().to_string();
    let text = if let Ok(receipt) = serde_json::from_slice::<Receipt>(&json) {
        receipt_text::receipt_text(&receipt, None)
    } else if let Ok(entry) = serde_json::from_slice::<Stamped>(&json) {
        journal_text::journal_text(&[entry])
    } else {
        plan_text::plan_text(&Plan::from_json(&shown, &json)?)
    };
    output.data(&text);
    Ok(ExitCode::Done)
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
