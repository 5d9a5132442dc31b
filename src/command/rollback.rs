//! `dnsure rollback`.

use super::cli::{Global, RollbackArgs};
use super::output::Output;
use super::{CommandError, apply};
use crate::exit::ExitCode;

/// Takes interrupted runs back to the values before.
///
/// # Errors
/// [`CommandError`].
pub async fn run(
    global: &Global,
    arguments: &RollbackArgs,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let asked = global.zones_with(&arguments.zones);
    let zones = output.told(&project, project.select(&asked))?;
    if !project.interrupted(&zones).await?.is_empty() && !arguments.yes {
        if !output.can_ask() {
            return Err(CommandError::Usage("nobody can be asked here: add --yes".into()));
        }
        if !output.ask("Take the interrupted run back?") {
            return Ok(ExitCode::Done);
        }
    }
    apply::go_on(&project, global, &asked, apply::Way::Back, arguments.receipt.as_deref(), output).await
}
