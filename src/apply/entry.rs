//! What the journal of a run keeps, and what a journal says about where the run stands.

use super::outcome::Aside;
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
    /// What the provider took is done and verified; it refused the rest.
    Partly,
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
        /// The reason that was given, whatever for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
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
    /// A step is served everywhere, and what was written before it.
    Served {
        /// The step.
        step: usize,
        /// When that was seen.
        #[serde(rename = "seen_at", default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// A refused step is replaced by its two halves.
    Split {
        /// The step.
        step: usize,
    },
    /// A step is left out.
    SetAside(Aside),
    /// The next phase begins outside the change windows.
    OutsideWindow {
        /// Why.
        reason: String,
    },
    /// From here on the run goes back.
    TurnBack {
        /// How many steps from the first on may have been written and are taken back.
        steps: usize,
    },
    /// Why the run is taken back, where somebody who asked for that said so.
    Reason {
        /// Why.
        reason: String,
    },
    /// The run is over.
    Close {
        /// How.
        closed: Closed,
    },
}

/// The journal entries that a machine decides on. The first entry of a journal is made before
/// a machine starts, and so is the turn back that a user asks for.
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
    Served {
        /// The step.
        step: usize,
        /// When that was seen.
        at: Timestamp,
    },
    /// See [`Entry::Split`].
    Split(usize),
    /// See [`Entry::SetAside`].
    SetAside(Aside),
    /// See [`Entry::TurnBack`].
    TurnBack {
        /// How many steps from the first on are taken back.
        steps: usize,
    },
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
            Note::Served { step, at } => Self::Served { step, at: Some(at) },
            Note::Split(step) => Self::Split { step },
            Note::SetAside(aside) => Self::SetAside(aside),
            Note::TurnBack { steps } => Self::TurnBack { steps },
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

/// What made the steps of one direction other than they were planned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detours {
    /// Steps that were replaced by their halves, in order, each counted when it was split.
    pub splits: Vec<usize>,
    /// Steps that were left out.
    pub aside: Vec<Aside>,
}

/// Where a run stands, by its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which way it goes.
    pub direction: Direction,
    /// How many steps it has in that direction, `None` before a turn: all of the plan's.
    pub steps: Option<usize>,
    /// The step to go on with.
    pub next: usize,
    /// Whether that step may already have been written.
    pub in_doubt: bool,
    /// Whether it may have been before the last intent to write it.
    pub in_doubt_before: bool,
    /// Whether the doubt is about a write on the way forward of a run that goes back now.
    pub inherited: bool,
    /// Whether the run was turned back before the last it wrote was seen served.
    pub behind: bool,
    /// Whether any write was repeated while an earlier try could still take effect.
    pub repeated: bool,
    /// How many steps from the first on were seen served, what was left out aside.
    pub seen: usize,
    /// Whether the zone may already have been created.
    pub zone_in_doubt: bool,
    /// When the last step that was seen served was seen so.
    pub served_at: Option<Timestamp>,
    /// Splits and omissions on the way forward.
    pub forward: Detours,
    /// The same on the way back.
    pub back: Detours,
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
        in_doubt_before: false,
        inherited: false,
        behind: false,
        repeated: false,
        seen: 0,
        zone_in_doubt: false,
        served_at: None,
        forward: Detours { splits: Vec::new(), aside: Vec::new() },
        back: Detours { splits: Vec::new(), aside: Vec::new() },
        closed: None,
    };

    /// Folds a journal into where the run stands.
    #[must_use]
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        entries.into_iter().fold(Self::START, Self::after)
    }

    fn after(mut self, entry: &Entry) -> Self {
        match entry {
            Entry::Begin { .. } | Entry::OutsideWindow { .. } | Entry::Reason { .. } => self,
            Entry::Creating | Entry::Created => Self { zone_in_doubt: true, ..self },
            Entry::Intent { step } => {
                let in_doubt_before = self.in_doubt && self.next == *step && !self.inherited;
                let repeated = self.repeated || in_doubt_before;
                let doubt = Self { in_doubt: true, in_doubt_before, inherited: false, repeated, ..self };
                Self { next: *step, behind: false, ..doubt }
            }
            // What a provider refuses changes nothing; an earlier try may have.
            Entry::Wrote { step, end } => {
                let nothing_changed = matches!(end, Ended::Stale { .. } | Ended::Refused { .. });
                let in_doubt = !nothing_changed || self.in_doubt_before;
                Self { next: *step, in_doubt, inherited: false, ..self }
            }
            Entry::Served { step, at } => {
                Self { next: step + 1, seen: step + 1, in_doubt: false, served_at: *at, ..self }
            }
            Entry::Split { step } => {
                self.detours_mut().splits.push(*step);
                Self { next: *step, in_doubt: false, ..self }
            }
            Entry::SetAside(aside) => {
                self.detours_mut().aside.push(aside.clone());
                Self { next: aside.step + 1, in_doubt: false, ..self }
            }
            // A write that is in doubt when the run turns may still take effect on the way back.
            Entry::TurnBack { steps } => {
                let (inherited, behind) = (self.in_doubt, self.seen < *steps);
                let back = Self { direction: Direction::Back, inherited, behind, ..self };
                Self { steps: Some(*steps), next: 0, seen: 0, ..back }
            }
            Entry::Close { closed } => Self { closed: Some(*closed), ..self },
        }
    }

    /// Splits and omissions in the direction of the run.
    #[must_use]
    pub fn detours(&self) -> &Detours {
        match self.direction {
            Direction::Forward => &self.forward,
            Direction::Back => &self.back,
        }
    }

    fn detours_mut(&mut self) -> &mut Detours {
        match self.direction {
            Direction::Forward => &mut self.forward,
            Direction::Back => &mut self.back,
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
        let done = self.next > self.forward.aside.len();
        self.direction == Direction::Back || done || self.in_doubt || self.zone_in_doubt
    }
}
