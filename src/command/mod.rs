//! The command line: one file per subcommand.

pub mod apply;
mod asking;
pub mod cli;
pub mod completions;
pub mod doctor;
pub mod drift;
pub mod export;
pub mod fmt;
pub mod import;
pub mod init;
mod logging;
pub mod man;
pub mod masked;
mod missed;
pub mod output;
pub mod plan;
mod progress;
pub mod rollback;
pub mod rollouts;
pub mod serve;
pub mod show;
pub mod telling;
pub mod unlock;
pub mod validate;
pub mod verify;
pub mod watching;

use crate::exit::ExitCode;
use crate::project::ProjectError;
use crate::report::events::Event;
use clap::Parser as _;
use cli::{Cli, Command};
use output::Output;
use std::io::{self, Write as _};
use std::path::Path;

/// Runs the command line and gives the exit code.
pub async fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let wrong = error.use_stderr();
            let printed = error.print();
            return if wrong { ExitCode::Usage } else { help_printed(printed) };
        }
    };
    let output = Output::new(cli.global.color, cli.global.format);
    let output = if cli.command.prints_document() { output } else { output.streaming() };
    output.event(&Event::started(cli.command.name()));
    if cli.global.verbose {
        logging::start();
    }
    let shown = progress::start(&output);
    let result = match &cli.command {
        Command::Validate(arguments) => validate::run(&cli.global, arguments, &output),
        Command::Plan(arguments) => plan::run(&cli.global, arguments, &output).await,
        Command::Apply(arguments) => apply::run(&cli.global, arguments, &output).await,
        Command::Rollback(arguments) => rollback::run(&cli.global, arguments, &output).await,
        Command::Rollouts(arguments) => rollouts::run(&cli.global, arguments, &output).await,
        Command::Verify(arguments) => verify::run(&cli.global, arguments, &output).await,
        Command::Show(arguments) => show::run(&cli.global, arguments, &output).await,
        Command::Export(arguments) => export::run(&cli.global, arguments, &output),
        Command::Drift(arguments) => drift::run(&cli.global, arguments, &output).await,
        Command::Fmt(arguments) => fmt::run(&cli.global, arguments, &output),
        Command::Doctor(arguments) => doctor::run(&cli.global, arguments, &output).await,
        Command::Init(arguments) => init::run(&cli.global, arguments, &output).await,
        Command::Import(arguments) => import::run(&cli.global, arguments, &output).await,
        Command::Serve(arguments) => serve::run(&cli.global, arguments, &output).await,
        Command::Unlock(arguments) => unlock::run(&cli.global, arguments, &output).await,
        Command::Completions(arguments) => completions::run(arguments, &output),
        Command::Man(arguments) => man::run(&cli.global, arguments, &output),
    };
    if let Some(shown) = shown {
        shown.abort();
    }
    let failed = result.is_err();
    let code = result.unwrap_or_else(|error| output.failure(&error));
    if cli.global.stats {
        output.stats().await;
    }
    output.finished(output.printed(code), failed);
    let code = output.printed(code);
    output.tell_unprinted();
    code
}

/// How a run ends that printed a help text.
fn help_printed(printed: io::Result<()>) -> ExitCode {
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            // Nothing can be done when even this cannot be told.
            let _ = writeln!(io::stderr(), "error: stdout did not take the help: {error}");
            ExitCode::Error
        }
        _ => ExitCode::Done,
    }
}

/// What stops a command, with its exit code.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Files, providers, state.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A plan that may not be applied.
    #[error(transparent)]
    Refused(#[from] crate::project::checking::Refusal),
    /// A plan file that cannot be used.
    #[error(transparent)]
    PlanFile(#[from] crate::plan::file::PlanFileError),
    /// A file that cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// Options that do not go together.
    #[error("{0}")]
    Usage(String),
    /// A plan that does not fit the files any more.
    #[error("{0}")]
    Stale(String),
}

impl CommandError {
    /// What is wrong with a file.
    fn at(path: &Path, reason: &dyn std::fmt::Display) -> Self {
        Self::File { path: path.display().to_string(), reason: reason.to_string() }
    }

    /// The exit code.
    #[must_use]
    pub fn code(&self) -> ExitCode {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Usage(_) => ExitCode::Usage,
            Self::Stale(_) => ExitCode::StalePlan,
            Self::Project(_) | Self::PlanFile(_) | Self::File { .. } => ExitCode::Error,
        }
    }
}
