//! `dnsure rollback`.

use super::cli::{Global, RollbackArgs};
use super::output::Output;
use super::{CommandError, apply};
use crate::exit::ExitCode;
use crate::plan::Plan;
use crate::project::Project;
use crate::project::applying::RunFacts;
use crate::project::checking::{Allowed, check};
use crate::project::taking_back::{NoWayBack, TakeBack};
use crate::report::words;
use crate::state::{Journal, TargetId};
use jiff::Timestamp;

/// Takes open runs back to the values before, or one finished run.
///
/// # Errors
/// [`CommandError`].
pub async fn run(
    global: &Global,
    arguments: &RollbackArgs,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    apply::look_at_receipt(global, arguments.receipt.as_deref())?;
    let zones = output.told(&project, project.select(&global.zones_with(&arguments.zones)))?;
    let Some(run) = &arguments.run else {
        let open = project.interrupted(&zones).await?;
        return turn_back(&project, global, arguments, open, output).await;
    };
    let way = project.take_back(run, &zones).await.map_err(|error| match error {
        NoWayBack::Stale(refusal) => CommandError::Refused(refusal),
        NoWayBack::Project(error) => CommandError::Project(error),
    })?;
    match way {
        TakeBack::Open(open) => turn_back(&project, global, arguments, open, output).await,
        TakeBack::Finished(plan) => reverse(&project, global, arguments, &plan, output).await,
        TakeBack::Nothing => {
            output.talk("the run left nothing: there is nothing to take back");
            Ok(ExitCode::Done)
        }
    }
}

/// Turns open runs back.
async fn turn_back(
    project: &Project,
    global: &Global,
    arguments: &RollbackArgs,
    open: Vec<(TargetId, Journal)>,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    if open.is_empty() {
        output.talk(
            "no run was interrupted: there is nothing to do; one that is finished is taken back by --run RUN",
        );
        return Ok(ExitCode::Done);
    }
    for (id, journal) in &open {
        let done = journal.progress().next;
        let done = words::count(done, "step");
        output.talk(&format!("rolling back run {} for {id}: {done} done", journal.run()));
    }
    if !may_go_on(arguments, "Take the open run back?", output)? {
        return Ok(ExitCode::Done);
    }
    let shared = apply::shared(project, &apply::Patience::default(), output);
    let end = project.turn_back(open, arguments.reason.as_deref(), &shared).await?;
    apply::finish(end, global, arguments.receipt.as_deref(), project, None, &shared, output).await
}

/// Takes a finished run back by a plan of its own.
async fn reverse(
    project: &Project,
    global: &Global,
    arguments: &RollbackArgs,
    plan: &Plan,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    apply::show_plan(plan, output);
    let allowed = Allowed {
        acknowledged: arguments.acknowledge.clone(),
        gaps: arguments.accept_gap.clone(),
        reason: arguments.reason.clone(),
        ..Allowed::default()
    };
    check(plan, &allowed, |_| false, Timestamp::now())?;
    if !may_go_on(arguments, "Take the finished run back?", output)? {
        return Ok(ExitCode::Done);
    }
    let acknowledged = arguments.reason.clone().filter(|_| plan.guards().next().is_some());
    let shared = apply::shared(project, &apply::Patience::default(), output);
    let facts = RunFacts { reason: arguments.reason.clone(), ..RunFacts::new(plan, acknowledged) };
    let end = project.apply_back(plan, facts, &shared).await?;
    apply::finish(end, global, arguments.receipt.as_deref(), project, None, &shared, output).await
}

fn may_go_on(arguments: &RollbackArgs, question: &str, output: &Output) -> Result<bool, CommandError> {
    if arguments.yes {
        return Ok(true);
    }
    if !output.can_ask() {
        return Err(CommandError::Usage("nobody can be asked here: add --yes".into()));
    }
    Ok(output.ask(question))
}
