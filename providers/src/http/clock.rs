//! What time a server says it is.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How many seconds the clock behind a `Date` header is ahead of ours; negative where it is behind.
pub(super) fn ahead(date: &str) -> Option<i64> {
    let ours = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(seconds(date)? - i64::try_from(ours).ok()?)
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send (RFC 9110
/// 5.6.7).
fn seconds(date: &str) -> Option<i64> {
    let words: Vec<&str> = date.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words.as_slice() else { return None };
    let (day, year): (i64, i64) = (day.parse().ok()?, year.parse().ok()?);
    let month = MONTHS.iter().position(|name| name == month)? as i64 + 1;
    let mut parts = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let in_range = (1..=31).contains(&day) && (1970..10_000).contains(&year) && hours < 24 && minutes < 60;
    // Days since 1970, the year counted from March on so that the leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    in_range.then_some(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn the_one_form_is_read_and_nothing_else() {
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Thu, 29 Feb 2024 12:00:00 GMT"), Some(1_709_208_000));
        for other in
            ["", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "x, 99 Nov 1994 0:0:0 GMT"]
        {
            assert_eq!(seconds(other), None, "{other}");
        }
    }
}
