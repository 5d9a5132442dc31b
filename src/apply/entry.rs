//! What the journal of a run keeps, and what a journal says about where the run stands.

use crate::plan::file::TargetForm;
use jiff::Timestamp;

/// Which way a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Towards the plan's values.
    Forward,
    /// Back to the values before.
    Back,
}

/// How a write ended, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum Ended {
    /// The provider took it.
    Accepted {
        /// The provider's token.
        token: Option<String>,
    },
    /// A later read found it done.
    Found,
    /// The provider compared and refused; nothing changed.
    Stale {
        /// The provider's words.
        reason: String,
    },
    /// The provider refused; nothing changed.
    Refused {
        /// The provider's words.
        reason: String,
    },
    /// The answer was lost.
    Unknown {
        /// What went wrong.
        reason: String,
    },
}

/// How a run is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// Every step is done and verified.
    Applied,
    /// Every step is taken back and verified.
    RolledBack,
    /// Nothing was written.
    Unchanged,
}

/// One durable decision.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The run begins: the whole plan of the target, so that nothing else is needed to go on.
    Begin {
        /// The version of the journal's form.
        format_version: String,
        /// The digest of the plan.
        digest: String,
        /// The target's plan.
        target: Box<TargetForm>,
        /// Who runs it.
        owner: String,
        /// An acknowledgement given for guards, with its reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        acknowledged: Option<String>,
        /// Why it was begun outside the change windows, where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outside_window: Option<String>,
    },
    /// The zone is about to be created.
    Creating,
    /// The zone was created.
    Created,
    /// A step is about to be written.
    Intent {
        /// The step, from 0, in the direction of the run.
        step: usize,
    },
    /// A write ended.
    Wrote {
        /// The step.
        step: usize,
        /// How.
        #[serde(flatten)]
        end: Ended,
    },
    /// A step is served everywhere.
    Served {
        /// The step.
        step: usize,
    },
    /// From here on the run goes back.
    TurnBack {
        /// How many steps from the first on may have been written and are taken back.
        steps: usize,
    },
    /// The run is over.
    Close {
        /// How.
        closed: Closed,
    },
}

/// The journal entries that a machine decides on. The first entry of a journal and the
/// turn back are made before a machine starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// See [`Entry::Creating`].
    Creating,
    /// See [`Entry::Created`].
    Created,
    /// See [`Entry::Intent`].
    Intent(usize),
    /// See [`Entry::Wrote`].
    Wrote(usize, Ended),
    /// See [`Entry::Served`].
    Served(usize),
    /// See [`Entry::Close`].
    Close(Closed),
}

impl From<Note> for Entry {
    fn from(note: Note) -> Self {
        match note {
            Note::Creating => Self::Creating,
            Note::Created => Self::Created,
            Note::Intent(step) => Self::Intent { step },
            Note::Wrote(step, end) => Self::Wrote { step, end },
            Note::Served(step) => Self::Served { step },
            Note::Close(closed) => Self::Close { closed },
        }
    }
}

/// An entry with its time.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Stamped {
    /// When it was decided.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Where a run stands, by its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which way it goes.
    pub direction: Direction,
    /// How many steps it has in that direction, `None` before a turn: all of the plan's.
    pub steps: Option<usize>,
    /// The step to go on with.
    pub next: usize,
    /// Whether that step may already have been written.
    pub in_doubt: bool,
    /// Whether the zone may already have been created.
    pub zone_in_doubt: bool,
    /// How it was closed, if it was.
    pub closed: Option<Closed>,
}

impl Progress {
    /// The beginning.
    pub const START: Self = Self {
        direction: Direction::Forward,
        steps: None,
        next: 0,
        in_doubt: false,
        zone_in_doubt: false,
        closed: None,
    };

    /// Folds a journal into where the run stands.
    #[must_use]
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        entries.into_iter().fold(Self::START, Self::after)
    }

    fn after(self, entry: &Entry) -> Self {
        match entry {
            Entry::Begin { .. } => self,
            Entry::Creating | Entry::Created => Self { zone_in_doubt: true, ..self },
            Entry::Intent { step } => Self { next: *step, in_doubt: true, ..self },
            Entry::Wrote { step, end } => {
                let nothing_changed = matches!(end, Ended::Stale { .. } | Ended::Refused { .. });
                Self { next: *step, in_doubt: !nothing_changed, ..self }
            }
            Entry::Served { step } => Self { next: step + 1, in_doubt: false, ..self },
            // A write that is in doubt when the run turns may still take effect on the way back.
            Entry::TurnBack { steps } => {
                Self { direction: Direction::Back, steps: Some(*steps), next: 0, ..self }
            }
            Entry::Close { closed } => Self { closed: Some(*closed), ..self },
        }
    }

    /// How many steps from the first on may have been written and not taken back.
    #[must_use]
    pub fn touched_steps(&self) -> usize {
        match self.direction {
            Direction::Forward => self.next + usize::from(self.in_doubt),
            Direction::Back => self.steps.unwrap_or(0).saturating_sub(self.next),
        }
    }

    /// Whether anything may have been written at all.
    #[must_use]
    pub fn has_written(&self) -> bool {
        self.direction == Direction::Back || self.next > 0 || self.in_doubt || self.zone_in_doubt
    }
}
