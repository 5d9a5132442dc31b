//! `dnsure completions`.

use super::CommandError;
use super::cli::{Cli, CompletionsArgs};
use super::output::Output;
use crate::exit::ExitCode;
use clap::CommandFactory as _;

/// Prints what a shell needs to complete command lines.
///
/// # Errors
/// None so far.
pub fn run(arguments: &CompletionsArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "dnsure", &mut script);
    output.bytes(&script);
    Ok(ExitCode::Done)
}
