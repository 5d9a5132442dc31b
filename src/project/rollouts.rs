//! Runs that are open: rollouts that wait for their next phase, and runs that were
//! interrupted.
//!
//! A rollout that waits is no half-done state: its next phase obeys the change windows. What
//! was interrupted in the middle may always be finished.

use super::checking::Refusal;
use super::planning::READS;
use super::{Project, ProjectError, timing};
use crate::apply::reservation::Reservation;
use crate::config::ZoneId;
use crate::exit::ExitCode;
use crate::plan::{Plan, TargetPlan};
use crate::sabotage::window_clock;
use crate::state::{Journal, Lock, TargetId};
use crate::windows::State;
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A run that is not closed.
#[derive(Debug)]
pub struct OpenRun {
    /// The target.
    pub id: TargetId,
    /// Its journal.
    pub journal: Journal,
    /// What it waits for; `None` for a run that was interrupted.
    pub waiting: Option<Waiting>,
}

/// What a rollout waits for.
#[derive(Debug)]
pub struct Waiting {
    /// Its names, and when caches have let go of the old TTL.
    pub reservation: Reservation,
    /// The first moment from then (and from now) on at which the change windows are open;
    /// `None` where there is none in sight.
    pub may_go_on: Option<Timestamp>,
    /// The rule that closes the zone when the wait is over, if one does.
    pub closed: Option<String>,
    /// The clocks that the zone's windows go by.
    pub clock: TimeZone,
}

/// A run that goes on.
#[derive(Debug)]
pub struct GoingOn {
    /// The target.
    pub id: TargetId,
    /// Its journal.
    pub journal: Journal,
    /// Why it goes on outside the change windows, where it does.
    pub outside_window: Option<String>,
}

/// Which open runs go on now.
#[derive(Debug, Default)]
pub struct Choice {
    /// These do.
    pub go_on: Vec<GoingOn>,
    /// These wait for their time.
    pub early: Vec<OpenRun>,
    /// The next phase of these may not begin now: the change windows are closed.
    pub closed: Option<Refusal>,
}

impl Project {
    /// The open runs of `zones`, each with what it waits for at `now`.
    ///
    /// # Errors
    /// [`ProjectError`] when a journal cannot be read.
    pub async fn open_runs(&self, zones: &[ZoneId], now: Timestamp) -> Result<Vec<OpenRun>, ProjectError> {
        let open = self.interrupted(zones).await?;
        Ok(open
            .into_iter()
            .map(|(id, journal)| {
                let waiting = journal.reservation().map(|reservation| self.waiting(&id, reservation, now));
                OpenRun { id, journal, waiting }
            })
            .collect())
    }

    /// What to say about the first of the `open` runs of a target that stands in the way of every other,
    /// unless somebody is at work there: that run may end by itself.
    ///
    /// # Errors
    /// [`ProjectError`] when the lock cannot be read.
    pub async fn unfinished(&self, id: &TargetId, open: &[Journal]) -> Result<Option<String>, ProjectError> {
        let Some(journal) = open.iter().find(|journal| journal.is_in_the_way()) else { return Ok(None) };
        let lock = Lock::new(&self.state, id, journal.run(), None);
        Ok((!lock.is_held(Timestamp::now()).await?).then(|| journal.refusal(id)))
    }

    /// The same for those targets of a plan at which nothing is to be done: the others look when they
    /// have their lock.
    ///
    /// # Errors
    /// [`ProjectError`] when a journal or a lock cannot be read.
    pub async fn unfinished_in(&self, plan: &Plan) -> Result<BTreeMap<TargetId, String>, ProjectError> {
        let idle = plan.targets.iter().filter(|target| target.is_empty()).map(TargetPlan::id);
        let looks = idle.map(async |id| {
            let line = self.unfinished(&id, &self.open_journals(&id).await?).await?;
            Ok::<_, ProjectError>(line.map(|line| (id, line)))
        });
        let found: Vec<_> = futures_util::stream::iter(looks).buffered(READS).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    fn waiting(&self, id: &TargetId, reservation: Reservation, now: Timestamp) -> Waiting {
        let windows = self.config.windows(&id.zone_id());
        let ready = reservation.until.max(now);
        let (may_go_on, closed) = match windows.at(window_clock(ready)) {
            State::Open => (Some(ready), None),
            State::Closed(closed) => (closed.next_opening, Some(closed.why.to_string())),
        };
        Waiting { reservation, may_go_on, closed, clock: windows.zone.clone() }
    }

    /// Chooses the runs that go on at `now`: whatever was interrupted, and the rollouts whose
    /// wait is over within `stay`, unless the change windows are closed then and no `reason`
    /// is given.
    ///
    /// # Errors
    /// [`Refusal`] for an empty reason.
    pub fn choose(
        &self,
        runs: Vec<OpenRun>,
        stay: SignedDuration,
        now: Timestamp,
        reason: Option<&str>,
    ) -> Result<Choice, Refusal> {
        let mut choice = Choice::default();
        let mut lines = Vec::new();
        for run in runs {
            let mut outside_window = None;
            if let Some(waiting) = &run.waiting {
                if waiting.reservation.until.duration_since(now) > stay {
                    choice.early.push(run);
                    continue;
                }
                let ready = window_clock(waiting.reservation.until.max(now));
                let closed = timing::closed_zones(&BTreeSet::from([run.id.zone_id()]), &self.config, ready);
                match (closed.is_empty(), reason) {
                    (true, _) => {}
                    (false, Some(_)) => outside_window = timing::allow(closed, reason)?,
                    (false, None) => {
                        lines.extend(closed);
                        continue;
                    }
                }
            }
            choice.go_on.push(GoingOn { id: run.id, journal: run.journal, outside_window });
        }
        lines.dedup();
        if !lines.is_empty() {
            lines.push("the rollout is as it was, and safe to leave so: wait, or add --outside-window --reason \"...\", which is kept in journal and receipt".into());
            choice.closed = Some(Refusal { message: lines.join("\n"), code: ExitCode::Blocked });
        }
        Ok(choice)
    }
}
