//! `dnsure verify`.

use super::cli::{Global, VerifyArgs};
use super::output::Output;
use super::{CommandError, missed};
use crate::exit::ExitCode;
use crate::plan::names::OwnerNames;
use crate::project::verifying::Grid;
use crate::report::grid_text;

/// Compares what every server answers with the zone files, and where answers are the provider's own what it lists;
/// ends with 13 on a mismatch, and with 1 where a zone or a target could not be verified, whatever was seen of the
/// others.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &VerifyArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let zones = output.told(&project, project.select(&global.zones_with(&arguments.zones)))?;
    let names = OwnerNames::new(&arguments.names);
    let verified = output.told(&project, project.verify(&zones, &names).await)?;
    output.diagnostics(&project.source, &verified.findings);
    missed::tell(verified.missed.clone(), verified.failed.is_empty(), output)?;
    let grids = &verified.grids;
    if output.prints_events() {
        for event in grids.iter().flat_map(grid_text::events) {
            output.event(&event);
        }
    } else {
        output.data(&grids.iter().map(grid_text::text).collect::<String>());
    }
    for line in &verified.failed {
        output.error(ExitCode::Error, line);
    }
    let wrong = !grids.iter().all(Grid::is_as_declared);
    Ok(match (verified.failed.is_empty(), wrong) {
        (false, _) => ExitCode::Error,
        (true, true) => ExitCode::NotVerified,
        (true, false) => ExitCode::Done,
    })
}
