//! Kinds whose text has no escapes and no white space: the same in presentation format
//! and in YAML.

use super::{Kind, bitmap, time};
use data_encoding::{BASE32HEX_NOPAD, BASE64, BASE64_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Appends the wire form of `text`; `None` when `kind` is not one of these.
/// A problem reads on from the key of the field: "70000 is above 65535".
pub(super) fn read(kind: Kind, text: &str, out: &mut Vec<u8>) -> Option<Result<(), String>> {
    Some(match kind {
        Kind::Integer { octets, min, max, words } => integer(kind, text, (min, max), words).map(|value| {
            out.extend_from_slice(&value.to_be_bytes()[4 - usize::from(octets.min(4))..]);
        }),
        Kind::Period => period(text).map(|value| out.extend_from_slice(&value.to_be_bytes())),
        Kind::Moment => time::parse_moment(text.as_bytes())
            .map(|value| out.extend_from_slice(&value.to_be_bytes()))
            .map_err(|problem| format!("`{text}` {problem}")),
        Kind::TypeNumber => bitmap::code(text).map(|code| out.extend_from_slice(&code.to_be_bytes())),
        Kind::Ipv4 => text
            .parse::<Ipv4Addr>()
            .map(|address| out.extend_from_slice(&address.octets()))
            .map_err(|_| not(kind, text)),
        Kind::Ipv6 => text
            .parse::<Ipv6Addr>()
            .map(|address| out.extend_from_slice(&address.octets()))
            .map_err(|_| not(kind, text)),
        Kind::Eui(octets) => groups(text, '-', usize::from(octets), 2, 2, out).ok_or_else(|| not(kind, text)),
        Kind::Locator64 => groups(text, ':', 4, 1, 4, out).ok_or_else(|| not(kind, text)),
        Kind::Hex { min } => octets(min, decode_hex(text), out),
        Kind::Base64 { min } => octets(min, decode_base64(text), out),
        Kind::Salt if text == "-" => {
            out.push(0);
            Ok(())
        }
        Kind::Salt => decode_hex(text).and_then(|bytes| counted(&bytes, out)),
        Kind::Hash => BASE32HEX_NOPAD
            .decode(text.to_ascii_uppercase().as_bytes())
            .map_err(|_| not(kind, text))
            .and_then(|bytes| counted(&bytes, out)),
        _ => return None,
    })
}

/// Writes the field in `wire`; `None` when `kind` is not one of these.
pub(super) fn write(kind: Kind, wire: &[u8], text: &mut String) -> Option<()> {
    match kind {
        Kind::Integer { .. } | Kind::Period => push_number(number(wire), text),
        Kind::Moment => text.push_str(&time::moment(number(wire))),
        Kind::TypeNumber => {
            let _ = write!(text, "{}", crate::RecordType::from_code(number(wire) as u16));
        }
        Kind::Ipv4 => {
            for (index, octet) in wire.iter().enumerate() {
                if index > 0 {
                    text.push('.');
                }
                push_number(u32::from(*octet), text);
            }
        }
        Kind::Ipv6 => write_ipv6(wire, text),
        Kind::Eui(_) => join(wire.chunks(1), '-', text),
        Kind::Locator64 => join(wire.chunks(2), ':', text),
        Kind::Hex { .. } => HEXLOWER.encode_append(wire, text),
        Kind::Base64 { .. } => BASE64.encode_append(wire, text),
        Kind::Salt if wire == [0] => text.push('-'),
        Kind::Salt => HEXLOWER.encode_append(wire.get(1..)?, text),
        Kind::Hash => text.push_str(&BASE32HEX_NOPAD.encode(wire.get(1..)?).to_ascii_lowercase()),
        _ => return None,
    }
    Some(())
}

/// The unsigned number in `wire`, most significant octet first.
pub(super) fn number(wire: &[u8]) -> u32 {
    wire.iter().fold(0, |number, octet| number << 8 | u32::from(*octet))
}

pub(super) fn push_number(mut number: u32, text: &mut String) {
    let mut digits = [0_u8; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}

/// As RFC 5952 says, IPv4-mapped addresses in hex too, as octoDNS writes them.
fn write_ipv6(wire: &[u8], text: &mut String) {
    let Ok(octets) = <[u8; 16]>::try_from(wire) else { return };
    let address = Ipv6Addr::from(octets);
    let _ = match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => write!(text, "::ffff:{high:x}:{low:x}"),
        _ => write!(text, "{address}"),
    };
}

fn not(kind: Kind, text: &str) -> String {
    format!("`{text}` is not {}", kind.expected())
}

fn integer(kind: Kind, text: &str, (min, max): (u32, u32), words: &[(&str, u32)]) -> Result<u32, String> {
    if let Some((_, value)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
        return Ok(*value);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not(kind, text));
    }
    match text.parse::<i64>() {
        Ok(value) if value < i64::from(min) => Err(format!("{text} is below {min}")),
        Ok(value) if value <= i64::from(max) => Ok(value as u32),
        // Too many digits for the type are too large as well, or too small with a sign.
        _ if digits.len() < text.len() => Err(format!("{text} is below {min}")),
        _ => Err(format!("{text} is above {max}")),
    }
}

fn period(text: &str) -> Result<u32, String> {
    time::parse_period(text.as_bytes()).map_err(|problem| {
        if text.starts_with('-') { format!("{text} is below 0") } else { format!("`{text}` {problem}") }
    })
}

fn octets(min: u8, bytes: Result<Vec<u8>, String>, out: &mut Vec<u8>) -> Result<(), String> {
    let bytes = bytes?;
    if bytes.len() < usize::from(min) {
        return Err(format!("has {} octets; at least {min} are needed", bytes.len()));
    }
    out.extend_from_slice(&bytes);
    Ok(())
}

fn counted(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let length = u8::try_from(bytes.len()).map_err(|_| "has more than 255 octets".to_owned())?;
    if length == 0 {
        return Err("is empty".into());
    }
    out.push(length);
    out.extend_from_slice(bytes);
    Ok(())
}

pub(super) fn decode_hex(text: &str) -> Result<Vec<u8>, String> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| {
        match text.chars().find(|letter| !letter.is_ascii_hexdigit()) {
            Some(letter) => format!("has `{letter}`, which is no hex digit"),
            None => format!("has {} hex digits, and two make an octet", text.len()),
        }
    })
}

pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    BASE64.decode(text.as_bytes()).or_else(|error| {
        // Padding may be missing, as in keys that were pasted without it.
        BASE64_NOPAD.decode(text.as_bytes()).map_err(|_| {
            match text.chars().find(|letter| !letter.is_ascii_alphanumeric() && !"+/=".contains(*letter)) {
                Some(letter) => format!("has `{letter}`, which is not base64"),
                None => format!("is not base64 ({error})"),
            }
        })
    })
}

fn groups(
    text: &str,
    separator: char,
    count: usize,
    least: usize,
    most: usize,
    out: &mut Vec<u8>,
) -> Option<()> {
    let groups: Vec<&str> = text.split(separator).collect();
    let fits = |group: &&str| {
        (least..=most).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if groups.len() != count || !groups.iter().all(fits) {
        return None;
    }
    for group in groups {
        let value = u16::from_str_radix(group, 16).ok()?;
        out.extend_from_slice(&value.to_be_bytes()[2 - most / 2..]);
    }
    Some(())
}

fn join<'a>(groups: impl Iterator<Item = &'a [u8]>, separator: char, text: &mut String) {
    for (index, group) in groups.enumerate() {
        if index > 0 {
            text.push(separator);
        }
        HEXLOWER.encode_append(group, text);
    }
}
