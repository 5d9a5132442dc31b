//! `dnsure plan`.

use super::cli::{Global, PlanArgs};
use super::output::Output;
use super::{CommandError, missed};
use crate::config::ZoneId;
use crate::exit::ExitCode;
use crate::plan::Plan;
use crate::plan::names::OwnerNames;
use crate::project::checking::not_to_be_created;
use crate::project::planning::{PlanOptions, Planned};
use crate::project::{Project, ProjectError, timing};
use crate::report::events::Event;
use crate::report::plan_text::plan_text;
use crate::report::rows::Tally;
use crate::report::words;
use crate::sabotage::window_clock;
use crate::state::named::Document;
use dnsure_zones::Ttl;
use dnsure_zones::diagnostic::visible;
use jiff::Timestamp;
use std::path::Path;

/// Plans, shows the plan, and writes it to a file where asked.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &PlanArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let out = arguments.out.as_ref().map(|file| global.directory.join(file));
    if let Some(path) = &out {
        // Told before anybody is asked for a zone.
        Document::Plan.may_be_at(path).map_err(|error| CommandError::at(path, &error))?;
    }
    let options = options(&project, arguments.canary, arguments.stage_ttl, &arguments.names)?;
    let mut zones = output.told(&project, project.select(&global.zones_with(&arguments.zones)))?;
    if let Some(reference) = &arguments.changed_since {
        zones = changed(&project, reference, zones, output)?;
    }
    let planned = plan(&project, &zones, options, output).await?;
    if !planned.failed.is_empty() {
        show_part(&planned, output);
        return Err(not_whole(&planned));
    }
    if let Some(path) = &out {
        let written = Document::Plan.write(path, &planned.plan.to_json());
        written.map_err(|error| CommandError::at(path, &error))?;
    }
    show(&planned, output);
    for line in planned.unfinished.values() {
        output.warning(line);
    }
    for line in not_to_be_created(&planned.plan, |target| project.may_create(target)) {
        output.warning(&format!("apply would be refused: {line}"));
    }
    for line in timing::closed(&planned.plan, &project.config, window_clock(Timestamp::now())) {
        output.warning(&format!("apply would be refused now: {line}"));
    }
    if let Some(file) = &arguments.out {
        output.talk(&format!("saved {}; next: dnsure apply {}", file.display(), file.display()));
    }
    let changes = planned.plan.targets.iter().any(|target| !target.is_empty());
    Ok(if changes && arguments.detailed_exitcode { ExitCode::Changes } else { ExitCode::Done })
}

/// Those of `zones` whose files changed since `reference`.
///
/// # Errors
/// [`CommandError`].
pub fn changed(
    project: &Project,
    reference: &str,
    zones: Vec<ZoneId>,
    output: &Output,
) -> Result<Vec<ZoneId>, CommandError> {
    let of = zones.len();
    let zones = output.told(project, project.changed_since(reference, zones))?;
    let (now, reference) = (zones.len(), visible(reference));
    output.talk(&format!("{now} of {} changed since {reference}", words::count(of, "zone")));
    Ok(zones)
}

/// What could not be planned, when nothing is applied or saved because of it.
#[must_use]
pub fn not_whole(planned: &Planned) -> CommandError {
    let mut lines = planned.failed.clone();
    if planned.plan.targets.is_empty() {
        lines.push("nothing could be planned".into());
    } else {
        lines.push("the plan above is without these: it is not saved and cannot be applied; leave the zones out with --zone, or mend them".into());
    }
    CommandError::Project(ProjectError::Other(lines.join("\n")))
}

/// Plans `zones`, telling warnings on the way.
///
/// # Errors
/// [`CommandError`].
pub async fn plan(
    project: &Project,
    zones: &[ZoneId],
    options: PlanOptions,
    output: &Output,
) -> Result<Planned, CommandError> {
    let planned = output.told(project, project.plan(zones, options).await)?;
    output.diagnostics(&project.source, &planned.findings);
    missed::tell(planned.missed.clone(), planned.failed.is_empty(), output)?;
    for line in &planned.disagreements {
        output.warning(&format!("not what the provider lists: {line}"));
    }
    Ok(planned)
}

/// What the command line asks of a plan.
///
/// # Errors
/// [`CommandError::Usage`] for a TTL above 2^31 - 1.
pub fn options(
    project: &Project,
    canary: bool,
    stage: Option<u32>,
    names: &[String],
) -> Result<PlanOptions, CommandError> {
    let stage = stage.map(Ttl::from_secs).transpose();
    Ok(PlanOptions {
        commit: commit(&project.root),
        canary,
        stage: stage.map_err(|error| CommandError::Usage(error.to_string()))?,
        names: OwnerNames::new(names),
    })
}

/// Prints the plan in the form that was asked for.
pub fn show(planned: &Planned, output: &Output) {
    events(&planned.plan, output);
    if !output.prints_events() {
        output.data(&plan_text(&planned.plan));
    }
}

/// Prints what could be planned where not everything could. There is no event of the plan: a program
/// would take a part for the whole.
pub fn show_part(planned: &Planned, output: &Output) {
    if output.prints_events() {
        target_events(&planned.plan, output);
    } else if !planned.plan.targets.is_empty() {
        output.data(&plan_text(&planned.plan));
    }
}

/// Prints the events of a plan, where events are printed.
pub fn events(plan: &Plan, output: &Output) {
    if output.prints_events() {
        target_events(plan, output);
        output.event(&Event::Plan { plan: Box::new(plan.to_form()) });
    }
}

fn target_events(plan: &Plan, output: &Output) {
    for target in &plan.targets {
        output.event(&Event::TargetPlanned {
            target: target.into(),
            tally: Tally::of(std::slice::from_ref(target)),
            steps: target.steps.len(),
            guards: target.guards.len(),
        });
    }
}

/// The git commit of the directory, where it is in a repository.
fn commit(directory: &Path) -> Option<String> {
    let output = std::process::Command::new("git")
        .args(["rev-parse", "--verify", "--quiet", "HEAD"])
        .current_dir(directory)
        .stderr(std::process::Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let commit = text.trim();
    (output.status.success() && !commit.is_empty()).then(|| commit.to_owned())
}
