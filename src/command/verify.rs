//! `dnsure verify`.

use super::CommandError;
use super::cli::{Global, VerifyArgs};
use super::output::Output;
use crate::exit::ExitCode;
use crate::plan::names::OwnerNames;
use crate::report::grid_text;

/// Compares what every server answers with the zone files; ends with 13 on a mismatch.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &VerifyArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let zones = output.told(&project, project.select(&global.zones_with(&arguments.zones)))?;
    let grids = output.told(&project, project.verify(&zones, &OwnerNames::new(&arguments.names)).await)?;
    if output.prints_events() {
        for event in grids.iter().flat_map(grid_text::events) {
            output.event(&event);
        }
    } else {
        output.data(&grids.iter().map(grid_text::text).collect::<String>());
    }
    let wrong = grids.iter().any(|grid| grid.findings().next().is_some());
    Ok(if wrong { ExitCode::NotVerified } else { ExitCode::Done })
}
