//! The serial of the next version: never behind the one that is there (RFC 1982).

use dnsure_zones::rdata::next_serial;

/// What serials look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SerialRule {
    /// The day and a number, as in 2026123100 (UTC).
    #[default]
    Date,
    /// One more than before.
    Counter,
    /// Seconds since 1970.
    Unix,
}

impl SerialRule {
    /// The rule that configuration files call so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "date" => Some(Self::Date),
            "counter" => Some(Self::Counter),
            "unix" => Some(Self::Unix),
            _ => None,
        }
    }

    /// The serial after `current`, or the first one, `now` seconds after 1970. Where the rule would not lead
    /// forward it is one more than before: a hundredth change of a day goes on into the next day's numbers.
    #[must_use]
    pub fn after(self, current: Option<u32>, now: u64) -> u32 {
        let wanted = match self {
            Self::Date => Some(day_of(now).wrapping_mul(100)),
            Self::Counter => None,
            // The last bits: it is the order of RFC 1982 that counts.
            Self::Unix => Some(now as u32),
        };
        match (current, wanted) {
            (None, wanted) => wanted.unwrap_or(1).max(1),
            (Some(current), Some(wanted)) if is_newer(wanted, current) => wanted.max(1),
            (Some(current), _) => next_serial(current),
        }
    }
}

/// RFC 1982 3.2.
fn is_newer(serial: u32, than: u32) -> bool {
    let ahead = serial.wrapping_sub(than);
    ahead != 0 && ahead < 1 << 31
}

/// YYYYMMDD, UTC.
fn day_of(now: u64) -> u32 {
    // Days since 0000-03-01 in years of 365.2425 days that end with February.
    let days = now / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let date = year * 10_000 + month * 100 + (day_of_year - (153 * shifted + 2) / 5 + 1);
    u32::try_from(date % 100_000_000).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-12-31T12:00:00Z.
    const NOW: u64 = 1_798_718_400;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (now, day) in [
            (0, 19_700_101),
            (951_782_399, 20_000_228),
            (951_782_400, 20_000_229),
            (951_868_800, 20_000_301),
            (NOW, 20_261_231),
            (NOW + 43_200, 20_270_101),
            (4_107_542_400, 21_000_301),
        ] {
            assert_eq!(day_of(now), day, "{now}");
        }
    }

    #[test]
    fn serials_by_date_count_within_the_day_and_go_on_beyond_99() {
        let date = |current| SerialRule::Date.after(current, NOW);
        assert_eq!(date(None), 2_026_123_100);
        assert_eq!(date(Some(1)), 2_026_123_100);
        assert_eq!(date(Some(2_026_123_100)), 2_026_123_101);
        assert_eq!(date(Some(2_026_123_199)), 2_026_123_200);
        assert_eq!(date(Some(2_026_123_200)), 2_026_123_201);
        // From tomorrow, or from a number that is far ahead.
        assert_eq!(date(Some(2_027_010_100)), 2_027_010_101);
    }

    #[test]
    fn the_other_rules_count_or_follow_the_clock() {
        assert_eq!(SerialRule::Counter.after(None, NOW), 1);
        assert_eq!(SerialRule::Counter.after(Some(u32::MAX), NOW), 1);
        assert_eq!(SerialRule::Unix.after(Some(1), NOW), 1_798_718_400);
        assert_eq!(SerialRule::Unix.after(Some(1_798_718_400), NOW), 1_798_718_401);
    }

    proptest! {
        #[test]
        fn the_next_serial_is_always_newer_and_never_zero(current in any::<u32>(), now in 0_u64..1 << 36) {
            for rule in [SerialRule::Date, SerialRule::Counter, SerialRule::Unix] {
                let next = rule.after(Some(current), now);
                prop_assert!(next != 0 && is_newer(next, current), "{rule:?} {current} {next}");
            }
        }
    }
}
