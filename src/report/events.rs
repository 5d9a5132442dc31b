//! What `--format json` prints: one event a line.
//!
//! The form is a public contract (docs/events.md, docs/schemas/event.schema.json): new events and new
//! fields may come, none changes its meaning and none goes; who reads the stream ignores what it does
//! not know. The last event of every stream is [`Event::Finished`].

mod compared;
mod target;

pub use compared::{Adoption, DriftedSet, SetForm};
pub use target::{Judged, Target, outcome_word};

use crate::apply::entry::Direction;
use crate::apply::receipt::{Receipt, WatchReceipt};
use crate::config::{View, ZoneId};
use crate::exit::ExitCode;
use crate::plan::file::PlanForm;
use crate::plan::step::Purpose;
use crate::progress::Activity;
use crate::project::examining::Examined;
use crate::report::import_text::Told;
use crate::report::rows::Tally;
use dnsure_zones::diagnostic::{Diagnostic, Severity, Span};
use dnsure_zones::{Name, RecordKey, RecordType};
use jiff::Timestamp;
use std::net::SocketAddr;

/// The version of the stream's form.
pub const FORMAT_VERSION: &str = "1.0";

/// One line of the stream.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first event: who speaks.
    Started {
        /// The version of the stream's form.
        format_version: &'static str,
        /// The version of the program.
        version: &'static str,
        /// The command.
        command: &'static str,
    },
    /// Something found in a file.
    Finding(Box<Finding>),
    /// The files of a zone have been read (`validate`).
    ZoneRead {
        /// The zone.
        zone: Name,
        /// The view of it, where the zone has several.
        #[serde(skip_serializing_if = "Option::is_none")]
        view: Option<View>,
        /// How many record sets they declare.
        record_sets: usize,
        /// How many findings are errors.
        errors: usize,
        /// How many findings are warnings.
        warnings: usize,
    },
    /// Something a reader should know that stops nothing.
    Warning {
        /// What, in one line.
        message: String,
    },
    /// How far something that takes a while has come; at most about one a second.
    Progress(Progress),
    /// What is planned for one target.
    TargetPlanned {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// How many lines of each kind the plan has.
        #[serde(flatten)]
        tally: Tally,
        /// The number of writes.
        steps: usize,
        /// The number of guards that want an acknowledgement.
        guards: usize,
    },
    /// The plan, as the plan file holds it.
    Plan {
        /// The document: docs/schemas/plan.schema.json.
        plan: Box<PlanForm>,
    },
    /// A step is about to be written.
    StepStarted {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// The step, from 0, in the direction of the run.
        step: usize,
        /// How many steps there are.
        of: usize,
        /// What it is for.
        purpose: Purpose,
        /// How many record sets it changes.
        record_sets: usize,
        /// The record set, where it is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        what: Option<RecordKey>,
        /// Which way the run goes.
        direction: Direction,
    },
    /// The provider took a step.
    Accepted {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// The step.
        step: usize,
        /// How many steps there are.
        of: usize,
        /// How long the call took, in milliseconds.
        took_ms: i64,
        /// The provider's token for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    /// The answer to a write was lost; it is looked at whether it happened.
    Lost {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// The step.
        step: usize,
        /// How many steps there are.
        of: usize,
        /// What went wrong.
        message: String,
    },
    /// Every server serves a step and what was written before it.
    Served {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// The step.
        step: usize,
        /// How many steps there are.
        of: usize,
        /// How many servers were asked.
        servers: usize,
        /// How long it took from the first look on, in milliseconds.
        took_ms: i64,
    },
    /// Not every server serves it yet.
    Waiting {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// Which round of questions it was, from 1.
        round: u32,
        /// Answers that are not what they should be, one line each.
        unmet: Vec<String>,
        /// Servers that gave no answer that can be judged, one line each.
        unknown: Vec<String>,
    },
    /// Nothing is done for this target before this time.
    WaitingUntil {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// When it goes on.
        until: Timestamp,
    },
    /// What was written is being taken back.
    TurningBack {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// Why.
        message: String,
    },
    /// Everything that was written is taken back, and observed to be.
    TakenBack {
        /// The target.
        #[serde(flatten)]
        target: Target,
    },
    /// The run of one target is over, or waits for its next phase.
    TargetEnded {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// The run.
        run: String,
        /// How, in one word: `done`, `waiting`, `rolled_back`, `partly`, `locked`, `reserved`, `stale`,
        /// `failed`, `not_served`, `interrupted`.
        outcome: &'static str,
        /// The same as exit code.
        exit: Exit,
        /// What there is to know, one line each; empty when all is well.
        messages: Vec<String>,
    },
    /// A target was not started.
    TargetSkipped {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// Why.
        message: String,
    },
    /// What was changed is being watched (`--watch-for`).
    Watching {
        /// How many record sets.
        record_sets: usize,
        /// For how long.
        seconds: i64,
    },
    /// The watch is over.
    Watched {
        /// What was seen.
        watch: Box<WatchReceipt>,
    },
    /// Something that was served is not served any more.
    Regression {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// The run that changed it.
        run: String,
        /// Server, record and what was seen.
        message: String,
    },
    /// The proof of an apply.
    Receipt {
        /// Where it is kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
        /// The document: docs/schemas/receipt.schema.json.
        receipt: Box<Receipt>,
    },
    /// One answer that is not as the files say (`verify`).
    Mismatch {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// The owner name that was asked for.
        name: Name,
        /// The type that was asked for.
        #[serde(rename = "type")]
        rtype: RecordType,
        /// Who was asked.
        server: SocketAddr,
        /// `missing`, `other` or `unknown`: what was not answered is never missing.
        state: &'static str,
        /// What was seen.
        message: String,
    },
    /// A record set that is not the same in the files and live (`drift`).
    Drift(Box<DriftedSet>),
    /// A record set that the files say now as it is live (`drift --adopt`).
    Adopted(Box<Adoption>),
    /// The layout of files (`fmt`).
    Formatted {
        /// Whether nothing was written.
        check: bool,
        /// How many files were looked at.
        files: usize,
        /// The files whose layout was or would be changed.
        changed: Vec<String>,
        /// The files that were left as they are, because of their errors.
        left_alone: Vec<String>,
        /// What was read from stdin, laid out (`fmt -`).
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// One target is verified; what was wrong came before.
    TargetVerified(Box<Judged>),
    /// A rollout that waits for its next phase (`rollouts`).
    Rollout(serde_json::Value),
    /// A run that was interrupted (`rollouts`).
    Interrupted(serde_json::Value),
    /// A lock that somebody holds (`unlock`).
    Lock {
        /// The target.
        #[serde(flatten)]
        target: Target,
        /// The run that holds it.
        run: String,
        /// Who.
        owner: String,
        /// On which machine.
        host: String,
        /// Since when.
        since: Timestamp,
        /// Until when, unless it is renewed.
        until: Timestamp,
        /// Whether it was broken just now.
        broken: bool,
    },
    /// A name server is up (`serve`).
    Serving {
        /// Where.
        address: SocketAddr,
    },
    /// A zone was imported, and plans to nothing (`import`, `init`).
    Imported(Box<Told>),
    /// One thing was looked at (`doctor`).
    Examined(Box<Examined>),
    /// What stopped the command.
    Error {
        /// The exit code's name.
        code: &'static str,
        /// What happened, where, and how to go on; may have several lines.
        message: String,
    },
    /// The last event.
    Finished {
        /// How the command ends.
        exit: Exit,
    },
}

/// An exit code in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Exit {
    code: u8,
    name: &'static str,
}

impl From<ExitCode> for Exit {
    fn from(code: ExitCode) -> Self {
        Self { code: code as u8, name: code.name() }
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    file: String,
    line: u32,
    column: u32,
    /// How many characters it covers.
    length: u32,
}

impl From<&Span> for Place {
    fn from(span: &Span) -> Self {
        let position = &span.position;
        Self {
            file: position.file.to_string(),
            line: position.line,
            column: position.column,
            length: span.length,
        }
    }
}

/// Something found in a file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<Name>,
    /// The view of it, where the zone has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<View>,
    severity: &'static str,
    code: &'static str,
    message: String,
    #[serde(flatten)]
    place: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related>,
}

/// Another place that matters for a finding.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
struct Related {
    message: String,
    #[serde(flatten)]
    place: Place,
}

impl From<&Diagnostic> for Finding {
    fn from(found: &Diagnostic) -> Self {
        let related = found.related.iter();
        Self {
            zone: None,
            view: None,
            severity: match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            code: found.code,
            message: found.message.clone(),
            place: (&found.span).into(),
            help: found.help.clone(),
            related: related
                .map(|(span, message)| Related { message: message.clone(), place: span.into() })
                .collect(),
        }
    }
}

impl Finding {
    /// The same, said of one zone.
    #[must_use]
    pub fn of_zone(self, zone: &ZoneId) -> Self {
        Self { zone: Some(zone.name.clone()), view: zone.view.clone(), ..self }
    }
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// What is being done.
    pub activity: Activity,
    /// How many are done.
    pub done: usize,
    /// Of how many.
    pub of: usize,
}

impl Event {
    /// The first event of a command's stream.
    #[must_use]
    pub fn started(command: &'static str) -> Self {
        Self::Started { format_version: FORMAT_VERSION, version: env!("CARGO_PKG_VERSION"), command }
    }

    /// A finding.
    #[must_use]
    pub fn finding(found: &Diagnostic) -> Self {
        Self::Finding(Box::new(found.into()))
    }

    /// The last event.
    #[must_use]
    pub fn finished(code: ExitCode) -> Self {
        Self::Finished { exit: code.into() }
    }

    /// The line, with its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        // Plain data with string keys always serialises.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}
