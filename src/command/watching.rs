//! `--watch-for`: after everything is done, does it stay so?

use super::CommandError;
use super::cli::WatchFor;
use super::output::{Output, RED};
use crate::apply::driver::Shared;
use crate::apply::machine::Outcome;
use crate::exit::ExitCode;
use crate::project::Project;
use crate::project::applying::RunEnd;
use crate::report::events::Event;
use crate::report::{receipt_text, words};
use dnsure_zones::diagnostic::visible;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// Watches what a run changed, and keeps in its receipt what was seen.
///
/// # Errors
/// [`CommandError`].
pub async fn watch(
    project: &Project,
    end: &mut RunEnd,
    time: WatchFor,
    shared: &Shared,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    if !end.ends.iter().all(|end| end.outcome == Outcome::Done) || end.ends.is_empty() {
        output.talk("not watched: what is not done cannot be watched");
        return Ok(ExitCode::Done);
    }
    let longest = end.ends.iter().map(|end| end.touched.longest_ttl).max().unwrap_or(0);
    let time = match time {
        WatchFor::Time(time) => time,
        WatchFor::LongestTtl => SignedDuration::from_secs(longest.into()),
    };
    let sets: usize = end.ends.iter().map(|end| end.touched.checks.len()).sum();
    output.talk(&format!(
        "watching {} for {}",
        words::count(sets, "record set"),
        words::seconds(u32::try_from(time.as_secs()).unwrap_or(u32::MAX))
    ));
    output.event(&Event::Watching { record_sets: sets, seconds: time.as_secs() });
    let watched = project.watch(&end.ends, time, shared).await?;
    end.receipt.watch = Some(watched.report);
    project.keep_receipt(end).await;
    if let Some(report) = &end.receipt.watch {
        output.event(&Event::Watched { watch: Box::new(report.clone()) });
        if !output.prints_events() {
            output.data(&receipt_text::watch_text(report));
        }
    }
    for one in &watched.regressions {
        output.event(&Event::Regression {
            target: (&one.id).into(),
            run: one.run.clone(),
            message: one.words.clone(),
        });
        output.talk(&format!("{RED}regression{RED:#}: {}: {}", one.id, visible(&one.words)));
    }
    let commands: BTreeSet<String> = watched
        .regressions
        .iter()
        .map(|one| format!("dnsure rollback {} --run {}", one.id.zone_id().typed(), visible(&one.run)))
        .collect();
    for command in &commands {
        output.talk(&format!("hint: to take the run back: {command}"));
    }
    if let Some(report) = end.receipt.watch.as_ref().filter(|report| report.answers == 0 && sets > 0) {
        let unknown = words::number(report.unknown);
        output.warning(&format!("no server answered while watching ({unknown} unknown)"));
    }
    Ok(if watched.regressions.is_empty() { ExitCode::Done } else { ExitCode::Regression })
}
