//! Durations, counts and times as people say them.

use dnsure_providers::http::Traffic;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A point in time by the clocks of `zone`, and in UTC: whole seconds, never before the moment.
#[must_use]
pub fn moment(moment: Timestamp, zone: &TimeZone) -> String {
    let nearly = SignedDuration::from_nanos(999_999_999);
    let whole = moment.saturating_add(nearly).unwrap_or(moment);
    let utc = whole.strftime("%Y-%m-%dT%H:%M:%SZ");
    match zone.iana_name() {
        None | Some("UTC" | "Etc/UTC") => utc.to_string(),
        Some(name) => format!("{} {name} ({utc})", zone.to_datetime(whole).strftime("%a %Y-%m-%d %H:%M:%S")),
    }
}

/// The time from `now` to `moment`.
#[must_use]
pub fn until(moment: Timestamp, now: Timestamp) -> String {
    let left = moment.duration_since(now).as_millis().max(0);
    seconds(u32::try_from((left + 999) / 1000).unwrap_or(u32::MAX))
}

/// Seconds in words: `45 s`, `5 min`, `1 h 30 min`, `2 d`.
#[must_use]
pub fn seconds(seconds: u32) -> String {
    const UNITS: [(u32, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut words = Vec::new();
    for (size, unit) in UNITS {
        if rest >= size && words.len() < 2 {
            words.push(format!("{} {unit}", rest / size));
            rest %= size;
        }
    }
    if words.is_empty() { "0 s".into() } else { words.join(" ") }
}

/// Milliseconds in words: `12 ms`, `0.8 s`, `75 s`.
#[must_use]
pub fn millis(millis: i64) -> String {
    match millis {
        ..100 => format!("{millis} ms"),
        100..10_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => format!("{} s", millis / 1000),
    }
}

/// A number with thin groups: `12 345`.
#[must_use]
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// What calls to an API came to: `12 calls: 10 reads, 2 writes · 1 repeated · 4.1 kB sent …`.
#[must_use]
pub fn traffic(traffic: &Traffic) -> String {
    let plural = |number: u64, one: &str, many: &str| {
        format!("{} {}", self::number(number), if number == 1 { one } else { many })
    };
    let mut text = format!(
        "{}: {}, {}",
        plural(traffic.calls(), "call", "calls"),
        plural(traffic.reads, "read", "reads"),
        plural(traffic.writes, "write", "writes")
    );
    if traffic.repeats > 0 {
        text += &format!(" · {} of them repeated", self::number(traffic.repeats));
    }
    text += &format!(" · {} sent, {} received", octets(traffic.sent), octets(traffic.received));
    let time = |ms: u64| millis(i64::try_from(ms).unwrap_or(i64::MAX));
    text += &format!(" · answered in {}", time(traffic.answered_ms));
    if traffic.held_back_ms > 0 {
        text += &format!(" · held back {} by the rate limit", time(traffic.held_back_ms));
    }
    text
}

/// `512 bytes`, `4.1 kB`, `2.0 MB`.
fn octets(octets: u64) -> String {
    match octets {
        0..1_000 => format!("{octets} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", octets as f64 / 1e3),
        _ => format!("{:.1} MB", octets as f64 / 1e6),
    }
}

/// `1 record set`, `2 record sets`.
#[must_use]
pub fn count(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", number(count as u64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_say_them() {
        assert_eq!(seconds(3600), "1 h");
        assert_eq!(seconds(5400), "1 h 30 min");
        assert_eq!(seconds(0), "0 s");
        assert_eq!(millis(12), "12 ms");
        assert_eq!(millis(834), "0.8 s");
        assert_eq!(number(12_345), "12 345");
        let at: Timestamp = "2026-11-26T04:00:00.2Z".parse().unwrap();
        assert_eq!(moment(at, &TimeZone::UTC), "2026-11-26T04:00:01Z");
        let there = TimeZone::get("America/Los_Angeles").unwrap();
        assert_eq!(moment(at, &there), "Wed 2026-11-25 20:00:01 America/Los_Angeles (2026-11-26T04:00:01Z)");
        assert_eq!(until(at, "2026-11-26T03:00:00Z".parse().unwrap()), "1 h 1 s");
        assert_eq!(count(1, "server"), "1 server");
        assert_eq!(count(1200, "record set"), "1 200 record sets");
    }
}
