//! `dnsure drift`.

use super::cli::{DriftArgs, Global};
use super::output::Output;
use super::{CommandError, missed};
use crate::exit::ExitCode;
use crate::plan::names::OwnerNames;
use crate::project::drifting::Drift;
use crate::project::readers::Readers;
use crate::report::drift_text;

/// Tells who moved since the last apply, and which servers serve something else than is listed;
/// ends with 2 where there is anything. With `--adopt`, what drifted live goes into the files.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &DriftArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let zones = output.told(&project, project.select(&global.zones_with(&arguments.zones)))?;
    let names = OwnerNames::new(&arguments.names);
    let compared = output.told(&project, project.drift(&zones, &names).await)?;
    output.diagnostics(&project.source, &compared.findings);
    missed::tell(compared.missed(&names), compared.failed.is_empty(), output)?;
    for event in compared.drifts.iter().flat_map(drift_text::events) {
        output.event(&event);
    }
    // Where nothing could be compared there is nothing to count.
    let nothing = compared.drifts.is_empty() && !compared.failed.is_empty();
    if !output.prints_events() && !nothing {
        output.data(&drift_text::text(&compared.drifts));
    }
    for line in &compared.failed {
        output.error(ExitCode::Error, line);
    }
    let mut failed = !compared.failed.is_empty();
    let mut unadopted = false;
    if arguments.adopt {
        // Every file of the project is read for it.
        let readers = if compared.drifts.iter().all(|drift| drift.asked.sets.is_empty()) {
            Readers::default()
        } else {
            output.told(&project, project.readers())?
        };
        for zone in &zones {
            let own: Vec<&Drift> =
                compared.drifts.iter().filter(|drift| drift.id.zone_id() == *zone).collect();
            let adoption = project.adopt(zone, &own, !names.are_all(), &readers);
            let adoption = match output.told(&project, adoption) {
                Ok(adoption) => adoption,
                Err(error) => {
                    failed = true;
                    output.error(ExitCode::Error, &format!("{zone}: {error}"));
                    continue;
                }
            };
            let still = project.still_differing(zone, &own, &adoption.adopted, &names).await;
            // What was adopted is told all the same, and the other zones have their turn.
            let still = output.told(&project, still).unwrap_or_else(|error| {
                failed = true;
                let what = "what was adopted could not be compared with what is live once more";
                output.error(ExitCode::Error, &format!("{zone}: {what}: {error}"));
                Vec::new()
            });
            unadopted |= !adoption.refused.is_empty() || !adoption.left.is_empty() || !still.is_empty();
            output.findings_if_any(&project.source, &adoption.refused);
            for line in adoption.left.iter().chain(&still) {
                output.warning(line);
            }
            for adopted in &adoption.adopted {
                output.event(&drift_text::adopted_event(zone, adopted));
                if !output.prints_events() {
                    output.data(&drift_text::adopted_line(zone, adopted));
                }
            }
        }
    }
    let any = if arguments.adopt {
        // What went into the files is drift no more; what servers serve still is.
        unadopted || compared.drifts.iter().any(Drift::is_served_otherwise)
    } else {
        compared.drifts.iter().any(Drift::is_any)
    };
    Ok(match (failed, any) {
        (true, _) => ExitCode::Error,
        (false, true) => ExitCode::Changes,
        (false, false) => ExitCode::Done,
    })
}
