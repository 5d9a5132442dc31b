//! When a closed time ends.

use super::{DAYS_AHEAD, Windows};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// How far is looked first, in days: weekly windows open within a week or two, and every
/// zone of a large plan is asked.
const FIRST_LOOK: i64 = 15;

/// The first moment after `now` that is open and follows a closed one.
pub(super) fn next(windows: &Windows, now: Timestamp) -> Option<Timestamp> {
    [FIRST_LOOK, DAYS_AHEAD].into_iter().find_map(|days| within(windows, now, days))
}

fn within(windows: &Windows, now: Timestamp, days: i64) -> Option<Timestamp> {
    let limit = now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX);
    // Closed can become open only when a freeze ends, when clocks are set, and when they
    // show the beginning of a window.
    let ends = windows.freezes.iter().map(|freeze| freeze.until);
    let settings = windows.zone.following(now).map(|transition| transition.timestamp());
    let mut moments: Vec<Timestamp> = settings.take_while(|moment| *moment <= limit).chain(ends).collect();
    let first = windows.zone.to_datetime(now).date();
    for date in first.series(1.day()).take(usize::try_from(days + 2).unwrap_or(0)) {
        for window in &windows.only {
            moments.extend(readings(&windows.zone, date.to_datetime(window.begin())));
        }
    }
    moments.retain(|moment| now < *moment && *moment <= limit);
    moments.sort_unstable();
    moments.into_iter().find(|moment| windows.is_open(*moment))
}

/// The moments at which the clocks of `zone` show `local`: none where they skip it.
fn readings(zone: &TimeZone, local: DateTime) -> impl Iterator<Item = Timestamp> {
    let offsets = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
        AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
        AmbiguousOffset::Gap { .. } => [None, None],
    };
    offsets.into_iter().flatten().filter_map(move |offset| offset.to_timestamp(local).ok())
}
