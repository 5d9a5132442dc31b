//! Locations (RFC 1876).

use super::Kind;
use super::fields::{FieldInput, Mapping};
use std::fmt::Write;

/// The YAML keys, as octoDNS has them.
pub(super) const KEYS: [&str; 12] = [
    "lat_degrees",
    "lat_minutes",
    "lat_seconds",
    "lat_direction",
    "long_degrees",
    "long_minutes",
    "long_seconds",
    "long_direction",
    "altitude",
    "size",
    "precision_horz",
    "precision_vert",
];

/// Thousandths of a second of arc at the equator and the prime meridian (RFC 1876 2).
const ORIGIN: u32 = 1 << 31;
/// Centimetres of the reference altitude below sea level.
const BASE: i64 = 10_000_000;
/// Thousandths of a second in a degree.
const DEGREE: u32 = 3_600_000;

/// Whether `wire` starts with a location.
pub(super) fn check(wire: &[u8]) -> Result<(), &'static str> {
    let Some([version, size, horizontal, vertical, rest @ ..]) = wire.first_chunk::<16>().map(|a| &a[..])
    else {
        return Err("has fewer than 16 octets (RFC 1876 2)");
    };
    if *version != 0 {
        return Err("has a version other than 0 (RFC 1876 2)");
    }
    if [size, horizontal, vertical].iter().any(|octet| **octet >> 4 > 9 || **octet & 15 > 9) {
        return Err("has a size or precision with a digit above 9 (RFC 1876 2)");
    }
    if number(rest, 0).abs_diff(ORIGIN) > 90 * DEGREE || number(rest, 4).abs_diff(ORIGIN) > 180 * DEGREE {
        return Err("has a latitude above 90 or a longitude above 180 degrees");
    }
    Ok(())
}

fn number(wire: &[u8], at: usize) -> u32 {
    wire.get(at..at + 4).and_then(|octets| octets.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// The twelve values as text, in the order of [`KEYS`]; `None` where text would lose bits
/// (a size of zero with a power of ten).
pub(super) fn values(wire: &[u8]) -> Option<[String; 12]> {
    check(wire).ok()?;
    let angle = |at: usize, directions: [&str; 2]| {
        let value = number(wire, at);
        let milli = value.abs_diff(ORIGIN);
        let direction = directions[usize::from(value < ORIGIN)];
        [
            (milli / DEGREE).to_string(),
            (milli / 60_000 % 60).to_string(),
            format!("{}.{:03}", milli / 1_000 % 60, milli % 1_000),
            direction.to_owned(),
        ]
    };
    let metres = |centimetres: i64| {
        let sign = if centimetres < 0 { "-" } else { "" };
        let size = centimetres.unsigned_abs();
        format!("{sign}{}.{:02}", size / 100, size % 100)
    };
    let size = |octet: u8| {
        let (digit, power) = (octet >> 4, octet & 15);
        (digit != 0 || power == 0).then(|| metres(i64::from(digit) * 10_i64.pow(u32::from(power))))
    };
    let [a, b, c, d] = angle(4, ["N", "S"]);
    let [e, f, g, h] = angle(8, ["E", "W"]);
    let altitude = metres(i64::from(number(wire, 12)) - BASE);
    Some([a, b, c, d, e, f, g, h, altitude, size(wire[1])?, size(wire[2])?, size(wire[3])?])
}

/// Writes the text form; `false` where it would lose bits.
pub(super) fn write(wire: &[u8], text: &mut String) -> bool {
    let Some(values) = values(wire) else { return false };
    for (index, value) in values.iter().enumerate() {
        let space = if index == 0 { "" } else { " " };
        let unit = if index >= 8 { "m" } else { "" };
        let _ = write!(text, "{space}{value}{unit}");
    }
    true
}

/// Reads the text form: minutes, seconds, size and precisions may be left out.
pub(super) fn parse(words: &[String], out: &mut Vec<u8>) -> Result<(), (usize, String)> {
    let mut at = 0;
    let latitude = angle(words, &mut at, 90, ["N", "S"])?;
    let longitude = angle(words, &mut at, 180, ["E", "W"])?;
    let altitude = match words.get(at) {
        Some(word) => altitude(metres(word)).map_err(|problem| (at, problem))?,
        None => return Err((at, "altitude is missing, as `-24m`".into())),
    };
    at += 1;
    // What RFC 1876 3 says where they are missing.
    let mut sizes = [0x12, 0x16, 0x13];
    for place in &mut sizes {
        let Some(word) = words.get(at) else { break };
        *place = size(metres(word)).map_err(|problem| (at, problem))?;
        at += 1;
    }
    if at < words.len() {
        return Err((at, format!("`{}` is left over after the vertical precision", words[at])));
    }
    push(sizes, latitude, longitude, altitude, out);
    Ok(())
}

fn push(sizes: [u8; 3], latitude: u32, longitude: u32, altitude: u32, out: &mut Vec<u8>) {
    out.push(0);
    out.extend_from_slice(&sizes);
    for number in [latitude, longitude, altitude] {
        out.extend_from_slice(&number.to_be_bytes());
    }
}

fn metres(word: &str) -> &str {
    word.strip_suffix(['m', 'M']).unwrap_or(word)
}

fn angle(
    words: &[String],
    at: &mut usize,
    limit: u32,
    directions: [&str; 2],
) -> Result<u32, (usize, String)> {
    let mut parts = [0, 0, 0];
    for (index, part) in parts.iter_mut().enumerate() {
        let Some(word) = words.get(*at) else { break };
        if index > 0 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            break;
        }
        *part = [degrees(word, limit), minutes(word), seconds(word)][index]
            .clone()
            .map_err(|problem| (*at, problem))?;
        *at += 1;
    }
    let word = words.get(*at).map_or("", String::as_str);
    let direction = direction(word, directions).map_err(|problem| (*at, problem))?;
    *at += 1;
    join(parts, direction, limit).map_err(|problem| (*at - 1, problem))
}

fn degrees(text: &str, limit: u32) -> Result<u32, String> {
    whole(text, limit)
}

fn minutes(text: &str) -> Result<u32, String> {
    whole(text, 59)
}

fn seconds(text: &str) -> Result<u32, String> {
    let milli = decimal(text, 3)?;
    u32::try_from(milli)
        .ok()
        .filter(|milli| *milli < 60_000)
        .ok_or_else(|| format!("{text} is not from 0 to 59.999"))
}

fn whole(text: &str, limit: u32) -> Result<u32, String> {
    // octoDNS reads `52.0` too.
    let value = decimal(text, 0)?;
    u32::try_from(value)
        .ok()
        .filter(|value| *value <= limit)
        .ok_or_else(|| format!("{text} is not from 0 to {limit}"))
}

fn direction(text: &str, directions: [&str; 2]) -> Result<bool, String> {
    match directions.iter().position(|direction| direction.eq_ignore_ascii_case(text)) {
        Some(index) => Ok(index == 1),
        None => Err(format!("`{text}` is neither {} nor {}", directions[0], directions[1])),
    }
}

fn join([degrees, minutes, milli]: [u32; 3], negative: bool, limit: u32) -> Result<u32, String> {
    let total = degrees * DEGREE + minutes * 60_000 + milli;
    if total > limit * DEGREE {
        return Err(format!("the angle is above {limit} degrees"));
    }
    Ok(if negative { ORIGIN - total } else { ORIGIN + total })
}

fn altitude(text: &str) -> Result<u32, String> {
    let centimetres = decimal(text, 2)?;
    u32::try_from(centimetres + BASE)
        .map_err(|_| format!("{text} is not from -100000.00 to 42849672.95 metres"))
}

/// One digit and a power of ten; further digits are cut off, as BIND does.
fn size(text: &str) -> Result<u8, String> {
    let centimetres = decimal(text, 2)?;
    if !(0..=9_000_000_000).contains(&centimetres) {
        return Err(format!("{text} is not from 0 to 90000000.00 metres"));
    }
    let (mut digit, mut power) = (centimetres, 0_u8);
    while digit > 9 {
        digit /= 10;
        power += 1;
    }
    Ok((digit as u8) << 4 | power)
}

/// Reads a decimal number as a whole number of units of 10 to the power of minus `places`.
fn decimal(text: &str, places: usize) -> Result<i64, String> {
    let problem = || format!("`{text}` is no number with up to {places} decimals");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (kept, zeros) = fraction.split_at_checked(places).unwrap_or((fraction, ""));
    if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(problem());
    }
    if zeros.bytes().any(|digit| digit != b'0') || whole.len() > 12 {
        return Err(problem());
    }
    let value: i64 = format!("0{whole}{kept:0<places$}").parse().map_err(|_| problem())?;
    Ok(if negative { -value } else { value })
}

/// Reads octoDNS's mapping of twelve keys.
pub(super) fn from_fields(mapping: &mut Mapping<'_>, out: &mut Vec<u8>) {
    let mut texts: [Option<String>; 12] = Default::default();
    for (text, key) in texts.iter_mut().zip(KEYS) {
        *text = mapping.scalar(key, None, None, Kind::Location);
    }
    let [a, b, c, d, e, f, g, h, i, j, k, l] = texts;
    let mut read = |index: usize, text: Option<String>, parse: &dyn Fn(&str) -> Result<u32, String>| {
        let text = text?;
        parse(&text)
            .map_err(|problem| mapping.problem(KEYS[index], format!("{} {problem}", KEYS[index])))
            .ok()
    };
    let latitude = [
        read(0, a, &|text| degrees(text, 90)),
        read(1, b, &minutes),
        read(2, c, &seconds),
        read(3, d, &|text| direction(text, ["N", "S"]).map(u32::from)),
    ];
    let longitude = [
        read(4, e, &|text| degrees(text, 180)),
        read(5, f, &minutes),
        read(6, g, &seconds),
        read(7, h, &|text| direction(text, ["E", "W"]).map(u32::from)),
    ];
    let altitude = read(8, i, &altitude);
    let sizes =
        [(9, j), (10, k), (11, l)].map(|(index, text)| read(index, text, &|text| size(text).map(u32::from)));
    let mut angle = |parts: [Option<u32>; 4], first: usize, limit: u32| {
        let [Some(degrees), Some(minutes), Some(milli), Some(direction)] = parts else { return None };
        join([degrees, minutes, milli], direction == 1, limit)
            .map_err(|problem| mapping.problem(KEYS[first], problem))
            .ok()
    };
    let (latitude, longitude) = (angle(latitude, 0, 90), angle(longitude, 4, 180));
    if let (Some(latitude), Some(longitude), Some(altitude), [Some(size), Some(horizontal), Some(vertical)]) =
        (latitude, longitude, altitude, sizes)
    {
        push([size as u8, horizontal as u8, vertical as u8], latitude, longitude, altitude, out);
    }
}

/// Writes octoDNS's mapping; `None` where it would lose bits.
pub(super) fn to_fields(wire: &[u8]) -> Option<FieldInput> {
    let values = values(wire)?;
    let pairs = KEYS.iter().zip(values).map(|(key, value)| ((*key).to_owned(), FieldInput::Scalar(value)));
    Some(FieldInput::Map(pairs.collect()))
}
