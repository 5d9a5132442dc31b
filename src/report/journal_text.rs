//! A journal on a terminal.

use super::words;
use crate::apply::entry::{Closed, Ended, Entry, Stamped};
use dnsure_zones::diagnostic::visible;
use std::fmt::Write as _;

/// One line per entry.
#[must_use]
pub fn journal_text(entries: &[Stamped]) -> String {
    let mut text = String::new();
    for stamped in entries {
        let _ = writeln!(text, "{}  {}", stamped.at, visible(&entry_words(&stamped.entry)));
    }
    text
}

fn entry_words(entry: &Entry) -> String {
    match entry {
        Entry::Begin { digest, target, owner, outside_window, reason, .. } => {
            let short = digest.get(..16).unwrap_or(digest);
            let outside =
                outside_window.as_ref().map(|reason| format!(", outside the change windows: {reason}"));
            let why = reason.as_ref().filter(|_| outside.is_none()).map(|reason| format!(": {reason}"));
            let more = outside.or(why).unwrap_or_default();
            format!("begin: plan {short} for {} by {owner}{more}", target.shown())
        }
        Entry::Creating => "about to create the zone".into(),
        Entry::Created => "the zone is created".into(),
        Entry::Intent { step } => format!("about to write step {}", step + 1),
        Entry::Wrote { step, end } => format!("step {} {}", step + 1, end_words(end)),
        Entry::Served { step, .. } => format!("step {} is served everywhere", step + 1),
        Entry::Split { step } => format!("step {} was refused and is split in two", step + 1),
        Entry::SetAside(aside) => {
            format!("step {} is left out: {}", aside.step + 1, visible(&aside.reason))
        }
        Entry::OutsideWindow { reason } => format!("going on outside the change windows: {reason}"),
        Entry::TurnBack { steps } => format!("turning back: {} to take back", words::count(*steps, "step")),
        Entry::Reason { reason } => format!("reason: {reason}"),
        Entry::Close { closed } => match closed {
            Closed::Applied => "closed: applied and verified".into(),
            Closed::RolledBack => "closed: rolled back and verified".into(),
            Closed::Partly => "closed: done and verified, but for what was refused".into(),
            Closed::Unchanged => "closed: nothing was written".into(),
        },
    }
}

fn end_words(end: &Ended) -> String {
    match end {
        Ended::Accepted { token: Some(token) } => format!("was accepted ({token})"),
        Ended::Accepted { token: None } => "was accepted".into(),
        Ended::Found => "was found done".into(),
        Ended::Stale { reason } => format!("was not written, the zone had changed: {reason}"),
        Ended::Refused { reason } => format!("was refused: {reason}"),
        Ended::Unknown { reason } => format!("may or may not have happened: {reason}"),
    }
}
