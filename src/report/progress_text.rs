//! How far something has come, in one line on a terminal.

use super::words;
use crate::progress::{Activity, Status};
use std::time::Duration;

/// The line, without its end; in a narrow terminal the parts that say most.
#[must_use]
pub fn progress_text(status: &Status, width: usize) -> String {
    let what = match status.activity {
        Activity::ReadingFiles => "reading zone files",
        Activity::ReadingLive => "reading what is live",
        Activity::Applying => "applying",
        Activity::Waiting => "waiting until caches have let go of the old TTL",
        Activity::Verifying => "asking servers",
        Activity::Watching => "watching",
    };
    let unit = match status.activity {
        Activity::ReadingFiles => Some("zone"),
        Activity::ReadingLive => Some("target"),
        Activity::Applying => Some("step"),
        Activity::Verifying => Some("question"),
        Activity::Waiting | Activity::Watching => None,
    };
    let count = unit
        .map(|unit| format!("{} of {}", words::number(status.done as u64), words::count(status.of, unit)));
    let rate = status.rate().filter(|rate| *rate >= 1.0);
    let rate = rate.map(|rate| format!("{}/s", words::number(rate as u64)));
    // A guess from the first few is none.
    let known = unit.is_none() || status.done * 20 >= status.of;
    let left = status.left().filter(|_| known).map(|left| format!("{} left", seconds(left)));
    let (what, first) = (Some(what.to_owned()), what.split(' ').next().map(str::to_owned));
    // The first that has room; what says least goes first.
    let lines = [
        [&what, &count, &rate, &left],
        [&what, &count, &None, &left],
        [&first, &count, &None, &left],
        [&first, &count, &None, &None],
    ];
    let mut lines = lines.map(|parts| parts.into_iter().flatten().cloned().collect::<Vec<_>>().join("  "));
    let fits = lines.iter().position(|line| line.chars().count() <= width);
    std::mem::take(&mut lines[fits.unwrap_or(lines.len() - 1)])
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
        assert_eq!(
            progress_text(&asking, 80),
            "asking servers  12 345 of 100 000 questions  3 086/s  29 s left"
        );
        let first = Status { activity: Activity::ReadingLive, done: 1, of: 40, since };
        assert_eq!(progress_text(&first, 80), "reading what is live  1 of 40 targets");
        let waiting = Status { activity: Activity::Waiting, done: 10, of: 100, since };
        assert_eq!(
            progress_text(&waiting, 80),
            "waiting until caches have let go of the old TTL  1 min 30 s left"
        );
    }

    #[test]
    fn a_narrow_terminal_has_the_parts_that_say_most() {
        let since = Duration::from_secs(4);
        let asking = Status { activity: Activity::Verifying, since, done: 12_345, of: 100_000 };
        assert_eq!(progress_text(&asking, 60), "asking servers  12 345 of 100 000 questions  29 s left");
        assert_eq!(progress_text(&asking, 39), "asking  12 345 of 100 000 questions");
        let waiting = Status { activity: Activity::Waiting, done: 10, of: 100, since };
        assert_eq!(progress_text(&waiting, 39), "waiting  1 min 30 s left");
    }
}
