//! Does what a run changed stay as it was seen served? Asked after the run is closed and its
//! lock given back.

use super::{Project, ProjectError};
use crate::apply::driver::{Shared, TargetEnd};
use crate::apply::receipt::WatchReceipt;
use crate::progress::Activity;
use crate::state::{Journal, TargetId};
use crate::verify::lasting::Lasting;
use crate::verify::sweep::{Check, sweep};
use dnsure_providers::dns::Form;
use dnsure_zones::Name;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The fewest bad rounds in a row that are a regression.
const ROUNDS: u32 = 3;

/// The time between two rounds.
const BETWEEN: Duration = Duration::from_secs(2);

/// The time to the next round when something is wrong.
const SOON: Duration = Duration::from_millis(500);

/// The longest time between two rounds when servers do not answer.
const RARELY: Duration = Duration::from_secs(32);

/// How long Ctrl-C may go unnoticed.
const SLICE: Duration = Duration::from_millis(200);

/// What one target's run changed, to be looked at again.
struct Watched {
    id: TargetId,
    run: String,
    servers: Vec<SocketAddr>,
    checks: Arc<Vec<Check>>,
    lasting: Lasting,
    /// Checks that a later run has made wrong.
    left: BTreeSet<usize>,
}

/// A regression: where, what, and of which run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regression {
    /// The target.
    pub id: TargetId,
    /// The run that changed it.
    pub run: String,
    /// Server, record and what is seen.
    pub words: String,
}

/// How a watch ended.
#[derive(Debug)]
pub struct WatchEnd {
    /// What goes into the receipt.
    pub report: WatchReceipt,
    /// What is not served any more.
    pub regressions: Vec<Regression>,
}

impl Project {
    /// Asks every server about everything that these runs changed, for `time`, or until a
    /// regression or Ctrl-C.
    ///
    /// # Errors
    /// [`ProjectError`] when journals of later runs cannot be read.
    pub async fn watch(
        &self,
        ends: &[TargetEnd],
        time: SignedDuration,
        shared: &Shared,
    ) -> Result<WatchEnd, ProjectError> {
        let mut all: Vec<Watched> = ends.iter().map(|end| watched(end, self.config.samples)).collect();
        let since = Timestamp::now();
        let until = since.saturating_add(time).unwrap_or(Timestamp::MAX);
        let _watching = self.progress.begin_until(Activity::Watching, until);
        let mut end = WatchEnd { report: WatchReceipt::new(since), regressions: Vec::new() };
        let mut pause = BETWEEN;
        loop {
            let (mut is_bad, mut is_unknown) = (false, false);
            for one in &mut all {
                let swept = sweep(&self.asker, &one.servers, Arc::clone(&one.checks), &Form::ALL).await;
                let round = one.lasting.take(&swept, &one.left);
                end.report.answers += round.answers;
                end.report.unknown += round.unknown;
                is_bad |= round.is_bad;
                is_unknown |= round.unknown > 0;
                for ((check, server), seen) in round.regressions {
                    let question = &one.checks[check].question;
                    if let Some(by) = self.changed_by(&one.id, &one.run, &question.name).await? {
                        one.left.insert(check);
                        end.report.left.push(format!("{question}: the run {by} changes it"));
                        continue;
                    }
                    let words = format!("{} {question}: {seen}", one.servers[server]);
                    end.regressions.push(Regression { id: one.id.clone(), run: one.run.clone(), words });
                }
            }
            end.report.rounds += 1;
            let now = Timestamp::now();
            let is_over = now >= until || shared.interrupted.load(Ordering::Relaxed);
            if is_over || !end.regressions.is_empty() {
                end.report.until = now;
                end.report.regressions = end.regressions.iter().map(|one| one.words.clone()).collect();
                return Ok(end);
            }
            pause = match (is_bad, is_unknown) {
                (true, _) => SOON,
                (false, true) => (pause * 2).clamp(BETWEEN, RARELY),
                (false, false) => BETWEEN,
            };
            rest(pause, until, shared).await;
        }
    }

    /// The run after `run` that changed `name`, if one did.
    async fn changed_by(
        &self,
        id: &TargetId,
        run: &str,
        name: &Name,
    ) -> Result<Option<String>, ProjectError> {
        let later = Journal::later_than(&self.state, id, run).await?;
        Ok(later
            .into_iter()
            .find(|journal| journal.has_changed(name))
            .map(|journal| journal.run().to_owned()))
    }
}

fn watched(end: &TargetEnd, samples: u32) -> Watched {
    Watched {
        id: end.id.clone(),
        run: end.run.clone(),
        servers: end.touched.servers.clone(),
        checks: Arc::clone(&end.touched.checks),
        lasting: Lasting::new(samples.max(ROUNDS)),
        left: BTreeSet::new(),
    }
}

async fn rest(pause: Duration, until: Timestamp, shared: &Shared) {
    let left = Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO);
    let mut pause = pause.min(left);
    while !pause.is_zero() && !shared.interrupted.load(Ordering::Relaxed) {
        let slice = pause.min(SLICE);
        tokio::time::sleep(slice).await;
        pause -= slice;
    }
}
