//! Applying: journals, locks, lanes, receipts.

use super::declared::Declarations;
use super::matching::Unsettled;
use super::resuming::begun;
use super::{Project, ProjectError};
use crate::apply::driver::{Shared, TargetEnd, TargetRun, drive};
use crate::apply::entry::{Closed, Entry};
use crate::apply::machine::Outcome;
use crate::apply::receipt::{FORMAT_VERSION, Receipt};
use crate::apply::resume::steps_of;
use crate::config::ZoneId;
use crate::exit::ExitCode;
use crate::plan::file::TargetForm;
use crate::plan::inventory::Inventory;
use crate::plan::noting::{End, Scope, Written};
use crate::plan::step::Step;
use crate::plan::{Plan, TargetPlan};
use crate::sabotage::{self, GuardName, point};
use crate::state::{Journal, Lock, LockError, TargetId, lock};
use crate::state::{identity, inventory};
use dnsure_zones::RecordKey;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many zones are applied at the same time.
const LANES: usize = 8;

/// How a whole run ended.
#[derive(Debug)]
pub struct RunEnd {
    /// One entry per target that was started.
    pub ends: Vec<TargetEnd>,
    /// Targets that were not started because an earlier one of their zone did not end well.
    pub skipped: Vec<TargetId>,
    /// The proof.
    pub receipt: Receipt,
    /// What was done and could not be written down, one line each.
    pub unkept: Vec<String>,
    /// Where nothing was to be done, and an interrupted run is to be finished first: one line each.
    pub unfinished: Vec<String>,
    /// Where nothing was to be done, and noting what is declared is left to the next apply: one line each.
    pub postponed: Vec<String>,
}

impl RunEnd {
    /// The exit code: the worst of the targets. One that says that nothing was done is not that of a run
    /// that wrote at another target.
    #[must_use]
    pub fn code(&self) -> ExitCode {
        let kept = if self.unkept.is_empty() { ExitCode::Done } else { ExitCode::Error };
        let partly = self.is_partly_applied() || !self.unfinished.is_empty();
        let partly = if partly { ExitCode::Partial } else { ExitCode::Done };
        self.worst().max(partly).max(kept)
    }

    fn worst(&self) -> ExitCode {
        self.ends.iter().map(|end| code_of(&end.outcome)).max().unwrap_or(ExitCode::Done)
    }

    /// Whether it wrote at some targets and, with nothing to resume, not at others.
    #[must_use]
    pub fn is_partly_applied(&self) -> bool {
        let nothing = [ExitCode::Error, ExitCode::StalePlan, ExitCode::Locked, ExitCode::Blocked];
        nothing.contains(&self.worst()) && self.ends.iter().any(|end| end.outcome.is_written())
    }
}

/// The exit code of one outcome.
#[must_use]
pub fn code_of(outcome: &Outcome) -> ExitCode {
    match outcome {
        Outcome::Done | Outcome::Waiting { .. } => ExitCode::Done,
        Outcome::RolledBack { why } => match code_of(why) {
            ExitCode::Partial => ExitCode::Error,
            code => code,
        },
        // What can be resumed is the earlier run.
        Outcome::Partly { .. } | Outcome::Unfinished(_) => ExitCode::Partial,
        Outcome::Locked(_) => ExitCode::Locked,
        Outcome::Reserved(_) => ExitCode::Blocked,
        Outcome::Stale { written: false, .. } => ExitCode::StalePlan,
        Outcome::Failed { written: false, .. } | Outcome::Interrupted { written: false, .. } => {
            ExitCode::Error
        }
        Outcome::NotServed { .. } => ExitCode::NotVerified,
        Outcome::Stale { .. } | Outcome::Failed { .. } | Outcome::Interrupted { .. } => ExitCode::Partial,
    }
}

/// What a run is about.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// The number of the run.
    pub run: String,
    /// The digest of the plan.
    pub digest: String,
    /// The git commit, where there is one.
    pub commit: Option<String>,
    /// An acknowledgement given for guards, with its reason.
    pub acknowledged: Option<String>,
    /// Why it was begun outside the change windows, where it was.
    pub outside_window: Option<String>,
    /// The reason that was given, whatever for.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
}

impl RunFacts {
    /// Facts of a new run.
    #[must_use]
    pub fn new(plan: &Plan, acknowledged: Option<String>) -> Self {
        let now = Timestamp::now();
        Self {
            run: run_id(now),
            digest: plan.digest().to_hex(),
            commit: plan.commit.clone(),
            acknowledged,
            outside_window: None,
            reason: None,
            started_at: now,
        }
    }
}

/// A run's number: the time, and what tells processes apart where two begin in one millisecond.
fn run_id(now: Timestamp) -> String {
    let process = identity::nonce().get(..6).unwrap_or_default();
    format!("{}-{process}", now.strftime("%Y-%m-%dT%H-%M-%S%.3fZ"))
}

impl Project {
    /// Applies `plan`, target after target per zone, several zones at a time. `unsettled` is what the
    /// files of a target that has nothing to do say otherwise by now.
    ///
    /// # Errors
    /// [`ProjectError`] when a target cannot even be started.
    pub async fn apply(
        &self,
        plan: &Plan,
        declarations: &Declarations,
        unsettled: &Unsettled,
        facts: RunFacts,
        shared: &Shared,
    ) -> Result<RunEnd, ProjectError> {
        let run = facts.run.clone();
        let mut runs = Vec::new();
        for target in plan.targets.iter().filter(|target| !target.is_empty()) {
            runs.push(self.new_run(target, &facts, declarations).await?);
        }
        let mut end = self.run(runs, facts, shared).await?;
        // What needed no write is declared all the same.
        for target in plan.targets.iter().filter(|target| target.is_empty()) {
            let id = target.id();
            if end.skipped.contains(&id) {
                continue;
            }
            let open = unsettled.get(&id).cloned().unwrap_or_default();
            match self.note_unchanged(&id, target, declarations, open, &run).await {
                Ok(None) => {}
                Ok(Some(held)) => end.postponed.push(postponed(&id, &held)),
                Err(error) => end.unkept.push(inventory::unkept(&id, &error)),
            }
        }
        Ok(end)
    }

    /// Applies a plan that no file asks for; what it puts back counts as declared again.
    ///
    /// # Errors
    /// [`ProjectError`] when a target cannot even be started.
    pub async fn apply_back(
        &self,
        plan: &Plan,
        facts: RunFacts,
        shared: &Shared,
    ) -> Result<RunEnd, ProjectError> {
        let mut runs = Vec::new();
        for target in plan.targets.iter().filter(|target| !target.is_empty()) {
            runs.push(self.new_run(target, &facts, &Declarations::default()).await?);
        }
        self.run(runs, facts, shared).await
    }

    async fn new_run(
        &self,
        target: &TargetPlan,
        facts: &RunFacts,
        declarations: &Declarations,
    ) -> Result<TargetRun, ProjectError> {
        let id = target.id();
        let begin = Entry::Begin {
            format_version: FORMAT_VERSION.into(),
            digest: facts.digest.clone(),
            target: Box::new(TargetForm::from(target)),
            owner: lock::owner(),
            acknowledged: facts.acknowledged.clone(),
            outside_window: facts.outside_window.clone(),
            reason: facts.reason.clone(),
        };
        let journal = Journal::new(&self.state, &id, &facts.run, begin);
        self.target_run(id, target, journal, &facts.run, declarations).await
    }

    pub(super) async fn target_run(
        &self,
        id: TargetId,
        plan: &TargetPlan,
        journal: Journal,
        run: &str,
        declarations: &Declarations,
    ) -> Result<TargetRun, ProjectError> {
        let progress = journal.progress();
        self.require_write_secrets(&id.provider)?;
        let backend = self.backend(&id.provider).await?;
        let servers = self.config.providers.get(&id.provider).map(|provider| provider.servers.clone());
        let desired = declarations.of(&id).map(|declared| backend.normalise(&declared).zone);
        Ok(TargetRun {
            steps: steps_of(plan, &progress),
            creates_zone: plan.creates_zone,
            desired,
            noting: Some(self.scope(&id, plan, declarations)),
            known_hidden: plan.hidden(),
            backend,
            servers: servers.unwrap_or_default(),
            lock: Lock::new(&self.state, &id, run, lock::run_url()),
            journal,
            id,
        })
    }

    /// Drives targets: one after the other in a zone, zones side by side.
    pub(super) async fn run(
        &self,
        runs: Vec<TargetRun>,
        facts: RunFacts,
        shared: &Shared,
    ) -> Result<RunEnd, ProjectError> {
        let mut lanes: BTreeMap<ZoneId, Vec<TargetRun>> = BTreeMap::new();
        for run in runs {
            lanes.entry(run.id.zone_id()).or_default().push(run);
        }
        let places = Arc::new(Semaphore::new(LANES));
        let mut driving = JoinSet::new();
        let mut ends = Vec::new();
        let mut skipped = Vec::new();
        // One zone goes alone, so that what is wrong with a provider hits no other.
        if lanes.len() > 1
            && !sabotage::is_off(GuardName::Canary)
            && let Some(first) = self.canary_lane(&mut lanes)
        {
            (ends, skipped) = drive_lane(first, shared).await;
            if !ends.iter().all(|end| end.outcome.is_well()) {
                skipped.extend(std::mem::take(&mut lanes).into_values().flatten().map(|run| run.id));
            }
        }
        for (_, lane) in lanes {
            let (shared, places) = (shared.clone(), Arc::clone(&places));
            driving.spawn(async move {
                let _place = places.acquire_owned().await;
                drive_lane(lane, &shared).await
            });
        }
        while let Some(joined) = driving.join_next().await {
            match joined {
                Ok((lane_ends, lane_skipped)) => {
                    ends.extend(lane_ends);
                    skipped.extend(lane_skipped);
                }
                Err(error) => {
                    return Err(ProjectError::Other(format!(
                        "a zone's run broke off ({error}); finish it with `dnsure apply --resume`"
                    )));
                }
            }
        }
        ends.sort_by(|a, b| a.id.cmp(&b.id));
        let receipt = Receipt {
            format_version: FORMAT_VERSION.into(),
            run: facts.run,
            plan: facts.digest,
            commit: facts.commit,
            owner: lock::owner(),
            run_url: lock::run_url(),
            acknowledged: facts.acknowledged,
            outside_window: facts.outside_window,
            reason: facts.reason,
            started_at: facts.started_at,
            finished_at: Timestamp::now(),
            targets: ends.iter().map(|end| end.receipt.clone()).collect(),
            watch: None,
        };
        let unkept: Vec<String> = ends.iter().filter_map(|end| end.unkept.clone()).collect();
        let mut end =
            RunEnd { ends, skipped, receipt, unkept, unfinished: Vec::new(), postponed: Vec::new() };
        if !end.receipt.targets.is_empty() {
            point("before receipt");
            self.keep_receipt(&mut end).await;
            point("after receipt");
        }
        Ok(end)
    }

    /// Keeps the receipt, in the place of an earlier one of the same run.
    pub async fn keep_receipt(&self, end: &mut RunEnd) {
        let json = serde_json::to_vec_pretty(&end.receipt).unwrap_or_default();
        let kept = self.state.replace(&format!("receipts/{}.json", end.receipt.run), &json).await;
        end.unkept.extend(kept.err().map(|error| format!("the receipt is not kept: {error}")));
    }

    /// The lane of the canary zone, or the first one.
    fn canary_lane(&self, lanes: &mut BTreeMap<ZoneId, Vec<TargetRun>>) -> Option<Vec<TargetRun>> {
        let canary = self.config.canary_zone.as_ref().filter(|zone| lanes.contains_key(zone));
        match canary {
            Some(zone) => lanes.remove(zone),
            None => lanes.pop_first().map(|(_, lane)| lane),
        }
    }

    /// For which record sets a run of `plan` can tell what counts as declared.
    fn scope(&self, id: &TargetId, plan: &TargetPlan, declarations: &Declarations) -> Scope {
        let policy = self.target_config(id).map(|config| config.policy.ignore.clone());
        let mut ignore = policy.unwrap_or_default();
        ignore.extend(declarations.ignored_rules(id));
        Scope { names: plan.names.clone(), ignore, open: BTreeSet::new() }
    }

    /// Notes that what the files declare is live already, but for what is `open`. Where another run holds
    /// the lock nothing is noted: the error that says so is given back.
    async fn note_unchanged(
        &self,
        id: &TargetId,
        plan: &TargetPlan,
        declarations: &Declarations,
        open: BTreeSet<RecordKey>,
        run: &str,
    ) -> Result<Option<LockError>, ProjectError> {
        let Some(declared) = declarations.of(id) else { return Ok(None) };
        let desired = self.backend(&id.provider).await?.normalise(&declared).zone;
        let mut scope = Scope { open, ..self.scope(id, plan, declarations) };
        let (declared, live) = (Some(&desired), Some(&desired));
        let end = End { apex: &id.zone, declared, live, written: &Written::new() };
        let before = inventory::read(&self.state, id).await?;
        if unchanged(&scope, before.clone(), end) == before {
            return Ok(None);
        }
        let lock = Lock::new(&self.state, id, run, lock::run_url());
        match lock.take(Timestamp::now()).await {
            Ok(()) => {}
            Err(LockError::State(error)) => return Err(error.into()),
            Err(held) => return Ok(Some(held)),
        }
        let noted = async {
            // What an open run wrote is its own to note: it may be taken back yet.
            for journal in Journal::all_open_of(&self.state, id).await? {
                let plan = begun(&journal)?.0;
                scope.open.extend(plan.steps.iter().flat_map(Step::keys).cloned());
            }
            Ok(inventory::note(&self.state, id, |before| unchanged(&scope, before, end)).await?)
        };
        let noted = noted.await;
        let released = lock.release().await;
        noted.and(released.map_err(ProjectError::from)).map(|()| None)
    }
}

/// What counts after a run that wrote nothing.
fn unchanged(scope: &Scope, before: Inventory, end: End<'_>) -> Inventory {
    let is_applied = before.is_applied();
    let now = scope.after(before, end);
    if is_applied { now } else { now.found() }
}

fn postponed(id: &TargetId, held: &LockError) -> String {
    format!("{id}: nothing is to be changed, and what is declared is noted by the next apply: {held}")
}

/// One zone: the first target completes and verifies before the second starts.
async fn drive_lane(lane: Vec<TargetRun>, shared: &Shared) -> (Vec<TargetEnd>, Vec<TargetId>) {
    let mut ends: Vec<TargetEnd> = Vec::new();
    let mut skipped = Vec::new();
    for run in lane {
        let stopped = shared.interrupted.load(Ordering::Relaxed)
            || ends.iter().any(|end| !end.outcome.is_well())
            // The next target waits until this one is done; another run of the same one need not.
            || ends.iter().any(|end| end.id != run.id && end.outcome != Outcome::Done);
        if stopped {
            skipped.push(run.id);
        } else {
            ends.push(drive(run, shared).await);
        }
    }
    (ends, skipped)
}

/// How a closed run ended, in words.
#[must_use]
pub fn closed_words(closed: Closed) -> &'static str {
    match closed {
        Closed::Applied => "applied",
        Closed::RolledBack => "rolled back",
        Closed::Partly => "done but for what the provider refused",
        Closed::Unchanged => "nothing was written",
    }
}
