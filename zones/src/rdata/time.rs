//! Periods with units and moments in UTC.

/// Reads seconds, plain or with the units w, d, h, m and s in any case, as BIND does.
///
/// # Errors
/// What is wrong with it, to follow the text itself.
pub(crate) fn parse_period(text: &[u8]) -> Result<u32, &'static str> {
    const TOO_LARGE: &str = "is above 4294967295 seconds";
    const EXPECTED: &str = "is no number of seconds and no period such as `1h30m`";
    let mut total = 0_u32;
    let mut number: Option<u32> = None;
    let mut units = false;
    for &byte in text {
        if byte.is_ascii_digit() {
            let digit = u32::from(byte - b'0');
            let next = number.unwrap_or(0).checked_mul(10).and_then(|ten| ten.checked_add(digit));
            number = Some(next.ok_or(TOO_LARGE)?);
            continue;
        }
        let unit = match byte.to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return Err(EXPECTED),
        };
        let seconds = number.take().ok_or(EXPECTED)?.checked_mul(unit).ok_or(TOO_LARGE)?;
        total = total.checked_add(seconds).ok_or(TOO_LARGE)?;
        units = true;
    }
    match number {
        Some(number) if !units => Ok(number),
        // `1h30` would leave open what 30 counts.
        None if units => Ok(total),
        _ => Err(EXPECTED),
    }
}

/// Reads `YYYYMMDDHHmmSS` in UTC, or seconds since 1970 (RFC 4034 3.2). The 32 bits are
/// a serial number (RFC 4034 3.1.5), and BIND writes the later half of them as times
/// before 1970, so both spellings are read.
///
/// # Errors
/// What is wrong with it, to follow the text itself.
pub(crate) fn parse_moment(text: &[u8]) -> Result<u32, &'static str> {
    const EXPECTED: &str =
        "is no time in UTC from 19011213204552 to 21060207062815 and no number of seconds since 1970";
    let digits = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let digits = digits.ok_or(EXPECTED)?;
    if digits.len() != 14 {
        return digits.parse().map_err(|_| EXPECTED);
    }
    let part = |from: usize, to: usize| digits[from..to].parse::<u32>().map_err(|_| EXPECTED);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    if !(1901..=2106).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return Err(EXPECTED);
    }
    let days_before = |year: u32| (1901..year).map(|year| i64::from(days_of(year))).sum::<i64>();
    let in_year = (1..month).map(|month| days_in(year, month)).sum::<u32>() + day - 1;
    let days = days_before(year) - days_before(1970) + i64::from(in_year);
    let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
    if !(i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&seconds) {
        return Err(EXPECTED);
    }
    Ok(seconds as u32)
}

/// Writes seconds since 1970 as `YYYYMMDDHHmmSS`.
pub(crate) fn moment(seconds: u32) -> String {
    let mut day = seconds / 86_400;
    let mut year = 1970;
    while day >= days_of(year) {
        day -= days_of(year);
        year += 1;
    }
    let mut month = 1;
    while day >= days_in(year, month) {
        day -= days_in(year, month);
        month += 1;
    }
    let rest = seconds % 86_400;
    format!("{year:04}{month:02}{:02}{:02}{:02}{:02}", day + 1, rest / 3_600, rest / 60 % 60, rest % 60)
}

const fn days_of(year: u32) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_as_bind_reads_them() {
        assert_eq!(parse_period(b"3600"), Ok(3600));
        assert_eq!(parse_period(b"1W2d3H4m5s"), Ok(604_800 + 2 * 86_400 + 3 * 3_600 + 4 * 60 + 5));
        for bad in ["", "h", "1h30", "1x", "-1", "4294967296", "99999999w"] {
            assert!(parse_period(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn moments_round_trip_over_the_whole_range() {
        for seconds in (0..=u32::MAX).step_by(1_234_567).chain([u32::MAX, 951_782_400, 4_107_542_400]) {
            assert_eq!(parse_moment(moment(seconds).as_bytes()), Ok(seconds));
        }
        assert_eq!(moment(0), "19700101000000");
        assert_eq!(moment(u32::MAX), "21060207062815");
        assert_eq!(parse_moment(b"20240229120000"), Ok(1_709_208_000));
        assert_eq!(parse_moment(b"19620707200430"), parse_moment(b"20980813023246"));
        assert_eq!(parse_moment(b"19011213204552"), Ok(1 << 31));
        for bad in [
            "19011213204551",
            "20230229000000",
            "20231301000000",
            "20230100000000",
            "21060207062816",
            "2023",
            "x",
        ] {
            assert_eq!(parse_moment(bad.as_bytes()).is_ok(), bad == "2023", "{bad}");
        }
    }
}
