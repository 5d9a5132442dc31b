//! Open runs are taken up again: forward as they were, or back.

use super::applying::{RunEnd, RunFacts};
use super::declared::Declarations;
use super::rollouts::GoingOn;
use super::{Project, ProjectError};
use crate::apply::driver::Shared;
use crate::apply::entry::{Entry, Stamped};
use crate::apply::resume::turn_back;
use crate::config::ZoneId;
use crate::plan::TargetPlan;
use crate::state::{Journal, TargetId};
use jiff::Timestamp;

impl Project {
    /// The interrupted runs of `zones`.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn interrupted(&self, zones: &[ZoneId]) -> Result<Vec<(TargetId, Journal)>, ProjectError> {
        let mut found = Vec::new();
        for zone in zones {
            for id in self.targets(zone)? {
                let open = Journal::all_open_of(&self.state, &id).await?;
                found.extend(open.into_iter().map(|journal| (id.clone(), journal)));
            }
        }
        Ok(found)
    }

    /// Goes on with interrupted runs, forward as they were.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn go_on(
        &self,
        interrupted: Vec<GoingOn>,
        declarations: &Declarations,
        shared: &Shared,
    ) -> Result<RunEnd, ProjectError> {
        self.take_up(interrupted, declarations, shared).await
    }

    /// Takes interrupted runs back; the reason is kept beside the one that they were begun with.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn turn_back(
        &self,
        interrupted: Vec<(TargetId, Journal)>,
        reason: Option<&str>,
        shared: &Shared,
    ) -> Result<RunEnd, ProjectError> {
        let mut turned = Vec::new();
        for (id, mut journal) in interrupted {
            // What cannot be taken back is not turned.
            begun(&journal)?;
            if let Some(entry) = turn_back(&journal.progress()) {
                journal.append(entry, Timestamp::now()).await?;
            }
            if let Some(reason) = reason {
                journal.append(Entry::Reason { reason: reason.to_owned() }, Timestamp::now()).await?;
            }
            turned.push(GoingOn { id, journal, outside_window: None });
        }
        // A rollback needs nothing but the journal; broken files must not stand in its way.
        self.take_up(turned, &Declarations::default(), shared).await
    }

    async fn take_up(
        &self,
        interrupted: Vec<GoingOn>,
        declarations: &Declarations,
        shared: &Shared,
    ) -> Result<RunEnd, ProjectError> {
        let mut facts = None;
        let mut runs = Vec::new();
        for GoingOn { id, journal, outside_window: outside } in interrupted {
            let (plan, begun) = begun(&journal)?;
            let run = journal.run().to_owned();
            let outside_window = outside.clone().or_else(|| begun.outside_window.clone());
            facts.get_or_insert(RunFacts { outside_window, ..begun });
            let mut run = self.target_run(id, &plan, journal, &run, declarations).await?;
            if let Some(reason) = outside
                // Where another process holds the lock, the machine says so, and nothing is kept.
                && run.lock.take(Timestamp::now()).await.is_ok()
            {
                run.journal.append(Entry::OutsideWindow { reason }, Timestamp::now()).await?;
            }
            runs.push(run);
        }
        let facts = facts.ok_or_else(|| {
            ProjectError::Other("no run was interrupted: there is nothing to resume or roll back".into())
        })?;
        self.run(runs, facts, shared).await
    }
}

/// What a journal says about the beginning: the plan, and the facts of a run that goes on now.
pub(super) fn begun(journal: &Journal) -> Result<(TargetPlan, RunFacts), ProjectError> {
    match journal.entries().first() {
        Some(Stamped {
            entry: Entry::Begin { target, digest, acknowledged, outside_window, reason, .. },
            ..
        }) => {
            let plan = target.as_ref().clone().into_plan().ok_or_else(|| {
                ProjectError::Other(format!("the journal of run {} holds no readable plan", journal.run()))
            })?;
            let entries = journal.entries().iter().rev().map(|stamped| &stamped.entry);
            let outside = entries.clone().find_map(|entry| match entry {
                Entry::OutsideWindow { reason } => Some(reason.clone()),
                _ => None,
            });
            let back = entries.clone().find_map(|entry| match entry {
                Entry::Reason { reason } => Some(reason.clone()),
                _ => None,
            });
            let facts = RunFacts {
                run: journal.run().to_owned(),
                digest: digest.clone(),
                commit: None,
                acknowledged: acknowledged.clone(),
                outside_window: outside.or_else(|| outside_window.clone()),
                reason: back.or_else(|| reason.clone()),
                started_at: Timestamp::now(),
            };
            Ok((plan, facts))
        }
        _ => Err(ProjectError::Other(format!("the journal of run {} has no beginning", journal.run()))),
    }
}
