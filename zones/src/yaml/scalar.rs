//! What YAML 1.1 makes of a plain scalar.
//!
//! octoDNS reads YAML 1.1, where `no` is false, `010` is eight and `12:30` is 750. Such
//! scalars mean one thing to the writer and another to the machine, so zone files must
//! quote them wherever the text would change.

/// The type that YAML 1.1 gives to a plain scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Plain {
    /// `~`, `null` or nothing.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A whole number in any of its notations; `None` beyond 64 bits.
    Int(Option<i64>),
    /// A number with a point.
    Float(f64),
    /// A date or a point in time.
    Timestamp,
    /// Text.
    Text,
}

impl Plain {
    /// Resolves the text of a plain scalar.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        // Most scalars of a zone file start with what no other type starts with.
        let Some(&first) = bytes.first() else { return Self::Null };
        match first {
            b'0'..=b'9' | b'-' | b'+' | b'.' => simple(text).unwrap_or_else(|| number(text)),
            b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => word(text),
            _ => Self::Text,
        }
    }

    /// How octoDNS shows the value once it has become a name or a text, where that is
    /// not `text` itself (case aside, which names do not keep).
    #[must_use]
    pub fn retyped(self, text: &str) -> Option<String> {
        let becomes = match self {
            Self::Text => return None,
            Self::Null => "None".to_owned(),
            Self::Bool(value) => if value { "True" } else { "False" }.to_owned(),
            Self::Int(Some(value)) => value.to_string(),
            Self::Int(None) => return (!is_decimal(text)).then(|| "another number".to_owned()),
            Self::Float(value) if value != 0.0 && !(1e-4..1e16).contains(&value.abs()) => {
                return Some(format!("{value:e}"));
            }
            Self::Float(value) => format!("{value:?}"),
            Self::Timestamp => return Some("a date".to_owned()),
        };
        (!becomes.eq_ignore_ascii_case(text)).then_some(becomes)
    }

    /// What the scalar is called in messages.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Null => "nothing (null)",
            Self::Bool(true) => "the truth value true",
            Self::Bool(false) => "the truth value false",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number with a point",
            Self::Timestamp => "a date",
            Self::Text => "text",
        }
    }
}

/// Whether `text` is a whole number as everybody writes it: no leading zero, no `_`.
#[must_use]
pub fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'))
}

/// What only digits and points mean, where that is an address or a short decimal: nearly always.
fn simple(text: &str) -> Option<Plain> {
    let points = text.bytes().try_fold(0, |points, byte| match byte {
        b'0'..=b'9' => Some(points),
        b'.' => Some(points + 1),
        _ => None,
    })?;
    match points {
        0 if is_decimal(text) && text.len() <= 18 => text.parse().ok().map(|value| Plain::Int(Some(value))),
        0 | 1 => None,
        _ => Some(Plain::Text),
    }
}

fn word(text: &str) -> Plain {
    match text {
        "~" | "null" | "Null" | "NULL" => Plain::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Plain::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Plain::Bool(false),
        _ => Plain::Text,
    }
}

fn number(text: &str) -> Plain {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if let Some(value) = integer(unsigned) {
        return Plain::Int(value.and_then(|value| if negative { value.checked_neg() } else { Some(value) }));
    }
    if let Some(value) = float(unsigned, unsigned.len() == text.len()) {
        return Plain::Float(if negative { -value } else { value });
    }
    if is_timestamp(text) { Plain::Timestamp } else { Plain::Text }
}

/// The forms of YAML 1.1 `!!int` without the sign. The inner option is `None` when the
/// number does not fit.
fn integer(text: &str) -> Option<Option<i64>> {
    let radix = |digits: &str, radix: u32, allowed: fn(&u8) -> bool| {
        let fits = !digits.is_empty() && digits.bytes().all(|byte| byte == b'_' || allowed(&byte));
        fits.then(|| i64::from_str_radix(&digits.replace('_', ""), radix).ok())
    };
    if let Some(digits) = text.strip_prefix("0b") {
        return radix(digits, 2, |byte| matches!(byte, b'0' | b'1'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16, u8::is_ascii_hexdigit);
    }
    if text == "0" {
        return Some(Some(0));
    }
    if let Some(digits) = text.strip_prefix('0') {
        return radix(digits, 8, |byte| (b'0'..=b'7').contains(byte));
    }
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    match text.split_once(':') {
        None => radix(text, 10, u8::is_ascii_digit),
        Some(_) => {
            let mut total = Some(0_i64);
            for (index, part) in text.split(':').enumerate() {
                let value = if index == 0 { radix(part, 10, u8::is_ascii_digit)? } else { sixtieth(part) };
                if index > 0 && value.is_none() {
                    return None;
                }
                total = total.and_then(|sum| sum.checked_mul(60)?.checked_add(value?));
            }
            Some(total)
        }
    }
}

/// One part of a sexagesimal number: `[0-5]?[0-9]`.
fn sixtieth(part: &str) -> Option<i64> {
    let digits = matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    if digits { part.parse().ok() } else { None }
}

/// The forms of YAML 1.1 `!!float` as PyYAML knows them, without the sign.
fn float(text: &str, no_sign: bool) -> Option<f64> {
    match text {
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if no_sign => return Some(f64::NAN),
        _ => {}
    }
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if !digits(fraction) {
        return None;
    }
    if let Some((_, minutes)) = whole.split_once(':') {
        let sexagesimal =
            whole.as_bytes()[0].is_ascii_digit() && minutes.split(':').all(|part| sixtieth(part).is_some());
        return (sexagesimal && exponent.is_none()).then_some(f64::NAN);
    }
    let starts_well = match whole.as_bytes().first() {
        Some(first) => first.is_ascii_digit(),
        None => no_sign && fraction.as_bytes().first().is_some_and(u8::is_ascii_digit),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent
            .strip_prefix(['-', '+'])
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    });
    if !digits(whole) || !starts_well || !exponent_fits {
        return None;
    }
    text.replace('_', "").parse().ok()
}

fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let mut parts = text[5..].splitn(2, '-');
    let (Some(month), Some(rest)) = (parts.next(), parts.next()) else { return false };
    let short = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let day_end = rest.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    let (day, time) = rest.split_at(day_end);
    if !short(month) || !short(day) {
        return false;
    }
    if time.is_empty() {
        return month.len() == 2 && day.len() == 2;
    }
    let time = time.trim_start_matches(['T', 't', ' ', '\t']);
    let mut clock = time.splitn(3, ':');
    let (Some(hour), Some(minute), Some(second)) = (clock.next(), clock.next(), clock.next()) else {
        return false;
    };
    short(hour)
        && minute.len() == 2
        && short(minute)
        && second.len() >= 2
        && second.as_bytes()[..2].iter().all(u8::is_ascii_digit)
        && second.bytes().skip(2).all(|byte| byte.is_ascii_digit() || b".:Z+- \t".contains(&byte))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_that_yaml_1_1_turns_into_another_text_are_known() {
        for (text, becomes) in [
            ("no", "False"),
            ("on", "True"),
            ("~", "None"),
            ("", "None"),
            ("010", "8"),
            ("0x1f", "31"),
            ("1.10", "1.1"),
            ("12:30", "750"),
            ("1_000", "1000"),
            ("+1", "1"),
            ("0b11", "3"),
            ("00112233", "38043"),
            ("1:2:3:4:5:6:7:8", "2851080408"),
            ("2020-01-01", "a date"),
            ("2001-12-14t21:59:43.10-05:00", "a date"),
            ("1.0e+3", "1000.0"),
            (".5", "0.5"),
            (".inf", "inf"),
        ] {
            if text == "1:2:3:4:5:6:7:8" {
                assert!(Plain::of(text).retyped(text).is_some());
                continue;
            }
            assert_eq!(Plain::of(text).retyped(text).as_deref(), Some(becomes), "{text}");
        }
    }

    #[test]
    fn other_plain_scalars_keep_their_text() {
        for text in [
            "www",
            "*",
            "08",
            "1e3",
            "y",
            "n",
            "1.2.3.4",
            "2001:db8::1",
            "a10",
            "10",
            "-1",
            "1.5",
            "10.0",
            "0",
            "true",
            "True",
            "FALSE",
            "nope",
            "offer",
            "_sip._tcp",
            "99999999999999999999",
            "0.",
            "-",
            "+",
            ".",
            "..",
            "1:99",
            "2020-1-1",
            "--1",
            "0o10",
            "null.example.com.",
        ] {
            // `0.` is a float in YAML 1.1 and becomes `0.0`.
            let changes = Plain::of(text).retyped(text);
            assert_eq!(changes.is_some(), text == "0.", "{text} becomes {changes:?}");
        }
    }

    #[test]
    fn what_is_only_digits_and_points_is_read_as_everything_else() {
        for text in
            ["1.2.3.4", "10.0.0.0", "0", "300", "08", "010", "..", "1..2", ".1.", "999999999999999999", "1.5"]
        {
            assert!(simple(text).is_none_or(|plain| plain == number(text)), "{text}");
        }
        assert!(simple("1.2.3.4").is_some() && simple("300").is_some());
    }

    #[test]
    fn decimal_means_as_everybody_writes_it() {
        assert!(is_decimal("0") && is_decimal("300") && is_decimal("-5"));
        assert!(!is_decimal("010") && !is_decimal("1_0") && !is_decimal("") && !is_decimal("+1"));
    }
}
