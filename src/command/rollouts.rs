//! `dnsure rollouts`.

use super::CommandError;
use super::cli::{Global, RolloutsArgs};
use super::output::Output;
use crate::exit::ExitCode;
use crate::report::rollouts_text;
use jiff::Timestamp;

/// Lists open rollouts and when each may go on, and runs that were interrupted.
///
/// # Errors
/// [`CommandError`].
pub async fn run(
    global: &Global,
    arguments: &RolloutsArgs,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let zones = output.told(&project, project.select(&global.zones_with(&arguments.zones)))?;
    let now = Timestamp::now();
    let runs = project.open_runs(&zones, now).await?;
    if output.prints_events() {
        for event in rollouts_text::events(&runs, now) {
            output.event(&event);
        }
    } else {
        output.data(&rollouts_text::text(&runs, now));
    }
    if runs.is_empty() {
        output.talk("no rollout is open");
    }
    let tells = arguments.detailed_exitcode && !runs.is_empty();
    Ok(if tells { ExitCode::Changes } else { ExitCode::Done })
}
