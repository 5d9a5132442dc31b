//! A receipt on a terminal: what, where, how long, and the last line that counts.

use super::words;
use crate::apply::entry::Direction;
use crate::apply::receipt::{Receipt, TargetReceipt, WatchReceipt};
use crate::verify::watch::Sightings;
use dnsure_zones::diagnostic::visible;
use std::fmt::Write as _;

/// The table of a receipt. Of a run that has just ended `kept` is the file it is kept in; what went wrong is
/// then told beside it, and stands in it in a few words only.
#[must_use]
pub fn receipt_text(receipt: &Receipt, kept: Option<&str>) -> String {
    let mut text = String::new();
    for target in &receipt.targets {
        write_target(&mut text, target, kept.is_some());
    }
    if let Some(watch) = &receipt.watch {
        text.push_str(&watch_text(watch));
    }
    if let Some(reason) = &receipt.outside_window {
        let _ = writeln!(text, "outside the change windows: {}", visible(reason));
    }
    if let Some(reason) =
        receipt.reason.as_ref().filter(|reason| receipt.outside_window.as_ref() != Some(reason))
    {
        let _ = writeln!(text, "reason: {}", visible(reason));
    }
    if !receipt.targets.is_empty() && receipt.targets.iter().all(TargetReceipt::is_done) {
        text.push_str(&summary(receipt));
        if let Some(kept) = kept {
            let _ = write!(text, " · receipt {kept}");
        }
        text.push('\n');
    } else if let Some(kept) = kept {
        let _ = writeln!(text, "receipt {kept}");
    }
    text
}

fn write_target(text: &mut String, target: &TargetReceipt, is_told: bool) {
    let way = match target.direction {
        Direction::Forward => "",
        Direction::Back => "  rolled back",
    };
    let _ = writeln!(text, "{}  {}  {}{way}", target.zone_id(), visible(&target.provider), target.guarantee);
    for (index, step) in target.steps.iter().enumerate() {
        let _ = write!(
            text,
            "  step {}/{}  {}",
            index + 1,
            target.steps.len(),
            words::count(step.record_sets, "record set")
        );
        if let Some(took) = step.accepted_ms {
            let _ = write!(text, "  accepted {}", words::millis(took));
        }
        if let Some(took) = step.served_ms {
            let servers = words::count(target.servers_asked(), "server");
            let _ = write!(text, "  served on {servers} after {}", words::millis(took));
        }
        text.push('\n');
    }
    for server in target.servers.iter().filter(|server| !server.asked) {
        let _ = writeln!(text, "  not asked: {} (no route from here)", server.address);
    }
    match (target.unguarded_ms, target.unread_ms) {
        (Some(look), Some(read)) => {
            let _ = writeln!(
                text,
                "  not covered: another run in the {} from the last look at the lock to the end of the call; a writer without a lock in the {} from the last read",
                words::millis(look),
                words::millis(read)
            );
        }
        (Some(read), None) => {
            let _ = writeln!(
                text,
                "  not covered: a TTL that another writer changes in the {} from the last read to the end of the call",
                words::millis(read)
            );
        }
        (None, _) => {}
    }
    if !target.is_done() {
        let words = target.outcome.split_once(": ").filter(|_| is_told);
        let words = words.map_or(target.outcome.as_str(), |(first, _)| first);
        let _ = writeln!(text, "  {}", visible(words));
    }
}

/// What was seen after the end.
#[must_use]
pub fn watch_text(watch: &WatchReceipt) -> String {
    let time =
        words::seconds(u32::try_from(watch.until.duration_since(watch.since).as_secs()).unwrap_or(u32::MAX));
    let mut text = format!(
        "watched for {time}: {} answers in {}, {} unknown, {}\n",
        words::number(watch.answers),
        words::count(usize::try_from(watch.rounds).unwrap_or(usize::MAX), "round"),
        words::number(watch.unknown),
        words::count(watch.regressions.len(), "regression"),
    );
    for line in &watch.left {
        let _ = writeln!(text, "  not watched to the end: {}", visible(line));
    }
    for line in &watch.regressions {
        let _ = writeln!(text, "  regression: {}", visible(line));
    }
    text
}

/// `verified on 4/4 servers in 0.8 s · 0 of 12 345 answers were missing`.
#[must_use]
pub fn summary(receipt: &Receipt) -> String {
    let asked: usize = receipt.targets.iter().map(TargetReceipt::servers_asked).sum();
    let all: usize = receipt.targets.iter().map(|target| target.servers.len()).sum();
    let took: i64 = receipt.targets.iter().map(|target| target.verified_ms).sum();
    let mut watched = Sightings::default();
    for target in &receipt.targets {
        watched.add(target.watched.clone());
    }
    let mut line = format!("verified on {asked}/{all} servers in {}", words::millis(took));
    if watched.answers > 0 {
        let _ = write!(
            line,
            " · {} of {} answers were missing",
            words::number(watched.missing),
            words::number(watched.answers)
        );
    }
    line
}
