//! Names and values as the API writes them: an escape is a backslash and three *octal* digits, where
//! master files have decimal ones (RFC 1035 5.1).

use crate::http::shown;
use dnsure_zones::Name;

/// A part of a text that may have escapes.
enum Part {
    Plain(char),
    /// A character behind a backslash.
    Escaped(char),
    /// An octet by its number.
    Octet(u8),
}

/// The parts of a text whose octets have numbers of this radix; `None` for an escape that is none.
fn parts(text: &str, radix: u32) -> impl Iterator<Item = Option<Part>> {
    let mut rest = text.chars();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        if first != '\\' {
            return Some(Some(Part::Plain(first)));
        }
        let is_number = |digits: &&str| digits.chars().all(|digit| digit.is_digit(radix));
        let digits = rest.as_str().get(..3).filter(is_number);
        if let Some(Ok(octet)) = digits.map(|digits| u8::from_str_radix(digits, radix)) {
            rest.nth(2);
            return Some(Some(Part::Octet(octet)));
        }
        Some(rest.next().filter(|escaped| !escaped.is_ascii_digit()).map(Part::Escaped))
    })
}

/// The API's text with decimal escapes.
///
/// # Errors
/// An escape that is neither octal nor of a character of its own.
pub(super) fn to_master(text: &str) -> Result<String, String> {
    let mut master = String::with_capacity(text.len());
    for part in parts(text, 8) {
        match part.ok_or_else(|| format!("`{}` holds an escape that is not octal", shown(text)))? {
            Part::Plain(character) => master.push(character),
            Part::Escaped(character) => master.extend(['\\', character]),
            Part::Octet(octet) => master += &format!("\\{octet:03}"),
        }
    }
    Ok(master)
}

/// Text in presentation format with octal escapes. In quotes, backslash and quote keep theirs.
pub(super) fn from_master(master: &str) -> String {
    let mut text = String::with_capacity(master.len());
    let mut quoted = false;
    for part in parts(master, 10).flatten() {
        match part {
            Part::Plain(character) => {
                quoted ^= character == '"';
                text.push(character);
            }
            Part::Escaped(character) if quoted || !character.is_ascii() => text.extend(['\\', character]),
            Part::Escaped(character) => text += &format!("\\{:03o}", u32::from(character)),
            Part::Octet(octet) => text += &format!("\\{octet:03o}"),
        }
    }
    text
}

/// An owner name, in lower case; all but letters, digits, `-` and `_` is escaped, a wildcard's `*` excepted.
pub(super) fn of_name(name: &Name) -> String {
    let octet = |octet: &u8| match octet.to_ascii_lowercase() {
        plain @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') => char::from(plain).to_string(),
        other => format!("\\{other:03o}"),
    };
    let label = |(index, label): (usize, &[u8])| match (index, label) {
        (0, b"*") => "*".to_owned(),
        _ => label.iter().map(octet).collect(),
    };
    name.labels().enumerate().map(label).collect::<Vec<_>>().join(".") + "."
}

/// An absolute name, with or without its final dot.
///
/// # Errors
/// As [`name_in`].
pub(super) fn name(text: &str) -> Result<Name, String> {
    name_in(text, &Name::root())
}

/// A name, relative to `origin` where it has no final dot.
///
/// # Errors
/// Text that is no name.
pub(super) fn name_in(text: &str, origin: &Name) -> Result<Name, String> {
    let name = Name::parse(&to_master(text)?, Some(origin));
    name.map_err(|error| format!("`{}` is no name: {error}", shown(text)))
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
