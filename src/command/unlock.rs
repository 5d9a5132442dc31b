//! `dnsure unlock`.

use super::CommandError;
use super::cli::{Global, UnlockArgs};
use super::output::Output;
use crate::exit::ExitCode;
use crate::project::ProjectError;
use crate::report::events::Event;
use crate::state::lock::Holder;
use crate::state::{Lock, TargetId};
use dnsure_zones::diagnostic::visible;

/// Shows who holds locks, or breaks the lock of one run.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &UnlockArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let zones = output.told(&project, project.select(&global.zones_with(&arguments.zones)))?;
    let mut found = 0;
    for zone in &zones {
        for id in project.targets(zone)? {
            let lock = Lock::new(&project.state, &id, "", None);
            let Some(holder) = lock.holder().await.map_err(ProjectError::from)? else { continue };
            found += 1;
            let meant = arguments.run.as_deref() == Some(holder.run.as_str());
            let broken = meant && lock.break_it(&holder.run).await.map_err(ProjectError::from)?;
            if output.prints_events() {
                output.event(&Event::Lock {
                    target: (&id).into(),
                    run: holder.run.clone(),
                    owner: holder.owner.clone(),
                    host: holder.host.clone(),
                    since: holder.since,
                    until: holder.expires_at,
                    broken,
                });
            } else {
                output.data(&line(&id, &holder));
            }
            if broken {
                output.talk(&format!("{id}: the lock of run {} is broken", visible(&holder.run)));
            }
        }
    }
    match (found, &arguments.run) {
        (0, _) => output.talk("no target is locked"),
        (_, None) => output.talk("to break a lock whose owner is gone: dnsure unlock --run RUN"),
        _ => {}
    }
    Ok(ExitCode::Done)
}

fn line(id: &TargetId, holder: &Holder) -> String {
    let url = holder.run_url.as_ref().map(|url| format!("  {}", visible(url))).unwrap_or_default();
    format!(
        "{id}  run {}  by {} on {}  process {}  since {}  until {}{url}\n",
        visible(&holder.run),
        visible(&holder.owner),
        visible(&holder.host),
        holder.pid,
        holder.since,
        holder.expires_at
    )
}
