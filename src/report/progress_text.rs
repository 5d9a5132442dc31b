//! How far something has come, in one line on a terminal.

use super::words;
use crate::progress::{Activity, Status};
use std::time::Duration;

/// The line, without its end.
#[must_use]
pub fn progress_text(status: &Status) -> String {
    let what = match status.activity {
        Activity::ReadingFiles => "reading zone files",
        Activity::ReadingLive => "reading what is live",
        Activity::Applying => "applying",
        Activity::Waiting => "waiting until caches have let go of the old TTL",
        Activity::Verifying => "asking servers",
        Activity::Watching => "watching",
    };
    let mut parts = vec![what.to_owned()];
    let unit = match status.activity {
        Activity::ReadingFiles => Some("zone"),
        Activity::ReadingLive => Some("target"),
        Activity::Applying => Some("step"),
        Activity::Verifying => Some("question"),
        Activity::Waiting | Activity::Watching => None,
    };
    if let Some(unit) = unit {
        parts.push(format!("{} of {}", words::number(status.done as u64), words::count(status.of, unit)));
    }
    if let Some(rate) = status.rate().filter(|rate| *rate >= 1.0) {
        parts.push(format!("{}/s", words::number(rate as u64)));
    }
    // A guess from the first few is none.
    let known = unit.is_none() || status.done * 20 >= status.of;
    if let Some(left) = status.left().filter(|_| known) {
        parts.push(format!("{} left", seconds(left)));
    }
    parts.join("  ")
}

fn seconds(time: Duration) -> String {
    let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    words::seconds(u32::try_from(whole).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_pace_and_time_left_stand_in_the_line() {
        let since = Duration::from_secs(4);
        let asking = Status { activity: Activity::Verifying, since, done: 12_345, of: 100_000 };
        assert_eq!(progress_text(&asking), "asking servers  12 345 of 100 000 questions  3 086/s  29 s left");
        let first = Status { activity: Activity::ReadingLive, done: 1, of: 40, since };
        assert_eq!(progress_text(&first), "reading what is live  1 of 40 targets");
        let waiting = Status { activity: Activity::Waiting, done: 10, of: 100, since };
        assert_eq!(
            progress_text(&waiting),
            "waiting until caches have let go of the old TTL  1 min 30 s left"
        );
    }
}
