//! The plan that takes a finished run back: its net changes reversed, planned anew against
//! what is live now, so that it goes through the same guards and the same machine.

use super::planning::wants_canary;
use super::{Project, ProjectError};
use crate::apply::entry::{Closed, Direction};
use crate::apply::fresh::shown;
use crate::apply::resume::steps_of;
use crate::config::ZoneId;
use crate::exit::ExitCode;
use crate::plan::ownership::{Policy, without_server_kept};
use crate::plan::step::{Step, net_changes};
use crate::plan::target::{TargetInput, plan_target};
use crate::plan::{Plan, TargetPlan, locked};
use crate::project::checking::Refusal;
use crate::sabotage::{self, GuardName};
use crate::state::{Journal, TargetId};
use dnsure_providers::{Change, Reading, SetChange};
use dnsure_zones::{RecordKey, RecordSet, Zone};
use jiff::{SignedDuration, Timestamp};

/// What taking a run back means.
#[derive(Debug)]
pub enum TakeBack {
    /// It is open at these targets: it is turned back.
    Open(Vec<(TargetId, Journal)>),
    /// It is finished: this plan takes it back.
    Finished(Box<Plan>),
    /// It changed nothing, or it is taken back already.
    Nothing,
}

/// Why a run cannot be taken back.
#[derive(Debug, thiserror::Error)]
pub enum NoWayBack {
    /// What is live is not what the run left.
    #[error(transparent)]
    Stale(#[from] Refusal),
    /// Providers, state.
    #[error(transparent)]
    Project(#[from] ProjectError),
}

impl From<crate::state::StateError> for NoWayBack {
    fn from(error: crate::state::StateError) -> Self {
        Self::Project(error.into())
    }
}

impl Project {
    /// How the run `run` is taken back at the targets of `zones`.
    ///
    /// # Errors
    /// [`NoWayBack`]; exit code 10 where a later run or somebody else changed the same names.
    pub async fn take_back(&self, run: &str, zones: &[ZoneId]) -> Result<TakeBack, NoWayBack> {
        let mut open = Vec::new();
        let mut finished = Vec::new();
        let mut known = false;
        for zone in zones {
            for id in self.targets(zone)? {
                let journal = Journal::read(&self.state, &id, run).await?;
                match journal.progress().closed {
                    _ if journal.entries().is_empty() => continue,
                    None => open.push((id, journal)),
                    Some(Closed::Applied | Closed::Partly) => finished.push((id, journal)),
                    Some(Closed::RolledBack | Closed::Unchanged) => {}
                }
                known = true;
            }
        }
        if !known {
            return Err(ProjectError::Other(format!(
                "there is no run {run} of these zones; `ls` the journals for its name, or look into its receipt"
            ))
            .into());
        }
        if !open.is_empty() {
            return Ok(TakeBack::Open(open));
        }
        if finished.is_empty() {
            return Ok(TakeBack::Nothing);
        }
        let mut targets = Vec::new();
        for (id, journal) in finished {
            let changes = changes_of(&journal);
            targets.push(self.back_from(&id, &journal, &changes).await?);
        }
        let now = Timestamp::now();
        let expires_at = now.saturating_add(SignedDuration::from_hours(1)).unwrap_or(now);
        Ok(TakeBack::Finished(Box::new(Plan { created_at: now, expires_at, commit: None, targets })))
    }

    async fn back_from(
        &self,
        id: &TargetId,
        journal: &Journal,
        changes: &[Change],
    ) -> Result<TargetPlan, NoWayBack> {
        let run = journal.run();
        let stale = |lines: Vec<String>| Refusal { message: lines.join("\n"), code: ExitCode::StalePlan };
        for later in Journal::later_than(&self.state, id, run).await? {
            if let Some(change) = changes.iter().find(|change| later.has_changed(change.name())) {
                let line = format!(
                    "{id}: the later run {} changed {} too: take that one back first, or change the files and apply them",
                    later.run(),
                    change.name()
                );
                return Err(stale(vec![line]).into());
            }
        }
        let failed = |error: String| ProjectError::Other(format!("{id}: {error}"));
        let backend = self.backend(&id.provider).await?;
        let (live, locked) = match backend.read(&id.zone).await {
            Ok(Reading::Live(live)) => (without_server_kept(backend.normalise(&live.zone).zone), live.locked),
            Ok(Reading::Missing) => {
                return Err(failed("the provider has no such zone any more".into()).into());
            }
            Err(error) => return Err(failed(error.to_string()).into()),
        };
        let lines = foreign(id, &live, changes);
        if !lines.is_empty() {
            return Err(stale(lines).into());
        }
        let sets = changes.iter().flat_map(Change::sets);
        let back: Vec<(&RecordKey, Option<RecordSet>)> =
            sets.map(|set| (set.key(), set.before().cloned().map(RecordSet::with_one_ttl))).collect();
        let desired = live
            .with(back.iter().map(|(key, set)| (*key, set.as_ref())))
            .map_err(|error| failed(error.to_string()))?;
        let config = self.target_config(id)?;
        // What was there before is meant to come back, whatever the files say by now.
        let policy = Policy { owns_zone: true, ignore: Vec::new(), ..config.policy.clone() };
        let inventory = self.inventory(id).await?;
        // Broken files must not stand in the way: all that is lost is a stand-in they name.
        let declarations = self.read_declarations(&[id.zone_id()]).map(|(found, _)| found);
        let mut hints = declarations.unwrap_or_default().hints(id, None);
        hints.staging = Default::default();
        backend.survey(&live, &desired).await.map_err(|error| failed(error.to_string()))?;
        let mut guarantee = backend.guarantee(&id.zone);
        guarantee.limits = sabotage::limited(guarantee.limits);
        let canary =
            wants_canary(config.canary, &guarantee, &inventory) && !sabotage::is_off(GuardName::Canary);
        let mut plan = plan_target(TargetInput {
            provider: &id.provider,
            guarantee,
            desired: &desired,
            live: Some(&live),
            inventory: &inventory,
            policy: &policy,
            notices: Vec::new(),
            hints: &hints,
            canary,
        })
        .map_err(|error| failed(error.to_string()))?;
        let locked = locked::in_the_way(&plan, &locked);
        if !locked.is_empty() {
            return Err(failed(locked.join("\n")).into());
        }
        plan.view = id.view.clone();
        plan.notices.push(format!("takes back the run {run}"));
        Ok(plan)
    }
}

/// What a finished run changed all in all: steps that were left out do not count.
fn changes_of(journal: &Journal) -> Vec<Change> {
    let progress = journal.progress();
    let Some(plan) = journal.plan().filter(|_| progress.direction == Direction::Forward) else {
        return Vec::new();
    };
    let aside: Vec<usize> = progress.forward.aside.iter().map(|aside| aside.step).collect();
    let steps = steps_of(&plan, &progress);
    let done: Vec<Step> = steps
        .into_iter()
        .enumerate()
        .filter(|(index, _)| !aside.contains(index))
        .map(|(_, step)| step)
        .collect();
    net_changes(&done)
}

/// Where what is live is not what the run left, one line each.
fn foreign(id: &TargetId, live: &Zone, changes: &[Change]) -> Vec<String> {
    let is_left = |set: &&SetChange| {
        let now = live.get_key(set.key()).map(|set| set.to_set());
        match (&now, set.after()) {
            (None, None) => true,
            (Some(now), Some(left)) => now.same_but_serial(left),
            _ => false,
        }
    };
    let strange = changes.iter().flat_map(Change::sets).filter(|set| !is_left(set));
    strange
        .map(|set| {
            let now = live.get_key(set.key()).map(|set| set.to_set());
            format!(
                "{id}: {}: the run left {}, live now {}",
                set.key(),
                shown(set.after()),
                shown(now.as_ref())
            )
        })
        .collect()
}
