//! `dnsure export`.

use super::CommandError;
use super::cli::{ExportArgs, Global};
use super::output::Output;
use crate::exit::ExitCode;

pub fn run(_global: &Global, _arguments: &ExportArgs, _output: &Output) -> Result<ExitCode, CommandError> {
    Err(CommandError::Usage("not here yet".into()))
}
