//! The write-ahead journal of one target's run: numbered entries, create-only.

use super::{State, StateError, TargetId};
use crate::apply::entry::{Closed, Entry, Progress, Stamped};
use crate::apply::reservation::Reservation;
use crate::plan::TargetPlan;
use crate::plan::step::Step;
use dnsure_zones::Name;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// An open journal.
#[derive(Debug, Clone)]
pub struct Journal {
    state: State,
    directory: String,
    closed: String,
    run: String,
    begin: Option<Entry>,
    entries: Vec<Stamped>,
}

impl Journal {
    /// A journal that begins with `begin` as soon as there is something to keep: a run
    /// that never gets the lock leaves none.
    #[must_use]
    pub fn new(state: &State, target: &TargetId, run: &str, begin: Entry) -> Self {
        Self {
            state: state.clone(),
            directory: directory_of(target, run),
            closed: closed_mark(target, run),
            run: run.into(),
            begin: Some(begin),
            entries: Vec::new(),
        }
    }

    /// Makes one more entry durable.
    ///
    /// # Errors
    /// [`StateError::Fenced`] when another process has written this number already.
    pub async fn append(&mut self, entry: Entry, now: Timestamp) -> Result<(), StateError> {
        let unchanged = matches!(entry, Entry::Close { closed: Closed::Unchanged });
        if unchanged && self.begin.is_some() {
            return Ok(());
        }
        if let Some(begin) = self.begin.clone() {
            self.write(begin, now).await?;
            self.begin = None;
        }
        self.write(entry, now).await
    }

    async fn write(&mut self, entry: Entry, now: Timestamp) -> Result<(), StateError> {
        let stamped = Stamped { at: now, entry };
        // Plain data with string keys always serialises.
        let bytes = serde_json::to_vec_pretty(&stamped).unwrap_or_default();
        let file = format!("{}/{:06}.json", self.directory, self.entries.len() + 1);
        self.state.create(&file, &bytes).await?;
        if matches!(stamped.entry, Entry::Close { .. }) {
            mark_closed(&self.state, &self.closed).await;
        }
        self.entries.push(stamped);
        Ok(())
    }

    /// Whether anything has been kept yet.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begin.is_none()
    }

    /// Other runs of the same target that are not closed, the newest first.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn interrupted_neighbours(&self, target: &TargetId) -> Result<Vec<Self>, StateError> {
        let mut open = Self::all_open_of(&self.state, target).await?;
        open.retain(|journal| journal.run != self.run);
        Ok(open)
    }

    /// The plan that the run carries out; `None` when the journal holds no readable one.
    #[must_use]
    pub fn plan(&self) -> Option<TargetPlan> {
        match &self.entries.first()?.entry {
            Entry::Begin { target, .. } => target.as_ref().clone().into_plan(),
            _ => None,
        }
    }

    /// What the run holds while it waits for its next phase; `None` when it does not wait.
    #[must_use]
    pub fn reservation(&self) -> Option<Reservation> {
        Reservation::of(&self.run, &self.plan()?, &self.progress())
    }

    /// Whether no other run of the target may begin before this open one is finished: it wrote, and does
    /// not wait for its next phase.
    #[must_use]
    pub fn is_in_the_way(&self) -> bool {
        self.reservation().is_none() && self.progress().has_written()
    }

    /// What is said where it is in the way.
    #[must_use]
    pub fn refusal(&self, target: &TargetId) -> String {
        format!(
            "the run {} for {target} was interrupted: finish it with `dnsure apply --resume` or `dnsure rollback` first",
            self.run
        )
    }

    /// Where it is kept.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The entries so far.
    #[must_use]
    pub fn entries(&self) -> &[Stamped] {
        &self.entries
    }

    /// The run that began it.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Where the run stands.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress::fold(self.entries.iter().map(|stamped| &stamped.entry))
    }

    /// Reads one journal.
    ///
    /// # Errors
    /// [`StateError::Damaged`] when a number is missing or an entry cannot be read.
    pub async fn read(state: &State, target: &TargetId, run: &str) -> Result<Self, StateError> {
        let directory = directory_of(target, run);
        let names = state.list(&directory).await?;
        let files: Vec<String> = names.iter().map(|name| format!("{directory}/{name}")).collect();
        let read = state.read_all(&files).await?;
        let mut entries = Vec::new();
        for (index, ((name, file), bytes)) in names.iter().zip(&files).zip(read).enumerate() {
            let damaged = |reason: String| StateError::Damaged { path: state.place(file), reason };
            if *name != format!("{:06}.json", index + 1) {
                return Err(damaged(format!("entry {} is missing before it", index + 1)));
            }
            let bytes = bytes.ok_or_else(|| damaged("it vanished".into()))?;
            entries.push(serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?);
        }
        let (state, closed) = (state.clone(), closed_mark(target, run));
        Ok(Self { state, directory, closed, run: run.into(), begin: None, entries })
    }

    /// The journals of `target` that are not closed, the newest first.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn all_open_of(state: &State, target: &TargetId) -> Result<Vec<Self>, StateError> {
        let runs = state.list(&format!("journals/{}", target.file_name())).await?;
        let closed: BTreeSet<String> = match state.is_shared() {
            true => state.list(&format!("closed/{}", target.file_name())).await?.into_iter().collect(),
            false => BTreeSet::new(),
        };
        let mut open = Vec::new();
        for run in runs.iter().rev().filter(|run| !closed.contains(*run)) {
            if Self::ends_closed(state, target, run).await? {
                continue;
            }
            let journal = Self::read(state, target, run).await?;
            if !journal.entries.is_empty() && journal.progress().closed.is_none() {
                open.push(journal);
            }
        }
        Ok(open)
    }

    /// The runs of `target` that began after `run`, the newest first.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn later_than(state: &State, target: &TargetId, run: &str) -> Result<Vec<Self>, StateError> {
        let runs = state.list(&format!("journals/{}", target.file_name())).await?;
        let mut later = Vec::new();
        for other in runs.iter().rev().take_while(|other| other.as_str() > run) {
            later.push(Self::read(state, target, other).await?);
        }
        Ok(later)
    }

    /// The newest run of `target` that was applied, in part or as a whole, and when it ended.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn last_applied(
        state: &State,
        target: &TargetId,
    ) -> Result<Option<(String, Timestamp)>, StateError> {
        let runs = state.list(&format!("journals/{}", target.file_name())).await?;
        for run in runs.into_iter().rev() {
            let Some(last) = Self::read(state, target, &run).await?.entries.pop() else { continue };
            if let Entry::Close { closed: Closed::Applied | Closed::Partly } = last.entry {
                return Ok(Some((run, last.at)));
            }
        }
        Ok(None)
    }

    /// Whether the run changed something at `name`, or may have.
    #[must_use]
    pub fn has_changed(&self, name: &Name) -> bool {
        let progress = self.progress();
        let is_undone = matches!(progress.closed, Some(Closed::RolledBack | Closed::Unchanged));
        let touches = |plan: TargetPlan| plan.steps.iter().flat_map(Step::names).any(|one| one == name);
        !is_undone && progress.has_written() && self.plan().is_some_and(touches)
    }

    /// Whether the last entry closes the journal: a target has many old journals, and most
    /// need no more than this look.
    async fn ends_closed(state: &State, target: &TargetId, run: &str) -> Result<bool, StateError> {
        let directory = directory_of(target, run);
        let Some(last) = state.list(&directory).await?.pop() else { return Ok(true) };
        let Some(bytes) = state.read(&format!("{directory}/{last}")).await? else { return Ok(false) };
        let entry: Result<Stamped, _> = serde_json::from_slice(&bytes);
        let closed = entry.is_ok_and(|stamped| matches!(stamped.entry, Entry::Close { .. }));
        if closed {
            mark_closed(state, &closed_mark(target, run)).await;
        }
        Ok(closed)
    }
}

fn directory_of(target: &TargetId, run: &str) -> String {
    format!("journals/{}/{run}", target.file_name())
}

fn closed_mark(target: &TargetId, run: &str) -> String {
    format!("closed/{}/{run}", target.file_name())
}

/// In a bucket every look at a journal is a request, and old runs become many: a mark says that one
/// need not be looked at again. A mark that is missing is made up for at the next look, so it does
/// not matter when this one cannot be written.
async fn mark_closed(state: &State, mark: &str) {
    if state.is_shared() {
        let _ = state.replace(mark, b"{}\n").await;
    }
}
