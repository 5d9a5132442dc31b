//! Names and values as the API writes them: an escape is a backslash and three *octal* digits, where
//! master files have decimal ones (RFC 1035 5.1).

use dnsure_zones::Name;
use std::fmt::Write as _;

/// The API's text with decimal escapes.
///
/// # Errors
/// An escape that is neither octal nor of a character of its own.
pub(super) fn to_master(text: &str) -> Result<String, String> {
    let mut master = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        master.push(character);
        if character != '\\' {
            continue;
        }
        let digits =
            rest.as_str().get(..3).filter(|digits| digits.bytes().all(|byte| matches!(byte, b'0'..=b'7')));
        match digits.map(|digits| u8::from_str_radix(digits, 8)) {
            Some(Ok(byte)) => {
                let _ = write!(master, "{byte:03}");
                rest = rest.as_str()[3..].chars();
            }
            _ => match rest.next() {
                Some(escaped) if !escaped.is_ascii_digit() => master.push(escaped),
                _ => return Err(format!("`{}` holds an escape that is not octal", crate::http::shown(text))),
            },
        }
    }
    Ok(master)
}

/// Text in presentation format with octal escapes. In quotes, backslash and quote keep theirs.
pub(super) fn from_master(master: &str) -> String {
    let mut text = String::with_capacity(master.len());
    let mut quoted = false;
    let mut rest = master.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            quoted ^= character == '"';
            text.push(character);
            continue;
        }
        let digits = rest.as_str().get(..3).and_then(|digits| digits.parse::<u8>().ok());
        match digits {
            Some(byte) => {
                let _ = write!(text, "\\{byte:03o}");
                rest = rest.as_str()[3..].chars();
            }
            None => match rest.next() {
                Some(escaped) if quoted || !escaped.is_ascii() => text.extend(['\\', escaped]),
                Some(escaped) => {
                    let _ = write!(text, "\\{:03o}", u32::from(escaped));
                }
                None => {}
            },
        }
    }
    text
}

/// An owner name, in lower case; all but letters, digits, `-` and `_` is escaped, a wildcard's `*` excepted.
pub(super) fn of_name(name: &Name) -> String {
    let mut text = String::new();
    for (index, label) in name.labels().enumerate() {
        for byte in label {
            match byte.to_ascii_lowercase() {
                plain @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') => text.push(char::from(plain)),
                b'*' if index == 0 && label.len() == 1 => text.push('*'),
                other => {
                    let _ = write!(text, "\\{other:03o}");
                }
            }
        }
        text.push('.');
    }
    if text.is_empty() { ".".into() } else { text }
}

/// An absolute name, with or without its final dot.
///
/// # Errors
/// Text that is no name.
pub(super) fn name(text: &str) -> Result<Name, String> {
    let bad = |error: String| format!("`{}` is no name: {error}", crate::http::shown(text));
    Name::parse(&to_master(text)?, Some(&Name::root())).map_err(|error| bad(error.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::{RecordType, rdata};

    #[test]
    fn octal_and_decimal_escapes_say_the_same() {
        assert_eq!(to_master(r"\052.example.com.").unwrap(), r"\042.example.com.");
        assert_eq!(name(r"\052.example.com.").unwrap(), "*.example.com.".parse().unwrap());
        assert_eq!(name("example.com").unwrap(), "example.com.".parse().unwrap());
        assert_eq!(to_master(r#""a\"b\\052""#).unwrap(), r#""a\"b\\052""#);
        assert!(to_master(r"\099").is_err());
        assert!(to_master("x\\").is_err());
        assert_eq!(from_master(r#"1 a\.b.example. "x\"\\\228""#), r#"1 a\056b.example. "x\"\\\344""#);
    }

    #[test]
    fn owner_names_are_written_in_lower_case_and_octal() {
        let text = |name: &str| of_name(&name.parse().unwrap());
        assert_eq!(text("*.Example.COM."), "*.example.com.");
        assert_eq!(text(r"a\.b._x-1.\@\228.example."), r"a\056b._x-1.\100\344.example.");
        assert_eq!(text("x.*.example."), r"x.\052.example.");
        for spelt in ["*.Example.COM.", r"a\.b._x-1.\@\228.example.", r"\000\255.example."] {
            let original: Name = spelt.parse().unwrap();
            assert_eq!(name(&of_name(&original)).unwrap(), original);
        }
    }

    #[test]
    fn every_octet_of_a_character_string_comes_back() {
        let octets: Vec<u8> = (0..=255).collect();
        let wire = [&[255], &octets[..255], &[1], &octets[255..]].concat();
        let text = from_master(&rdata::to_text(RecordType::TXT, &wire));
        assert!(text.is_ascii() && text.contains(r"\000") && text.contains(r"\377"), "{text}");
        let back = rdata::parse_text(RecordType::TXT, &to_master(&text).unwrap(), &Name::root()).unwrap();
        assert_eq!(back, wire);
    }
}
