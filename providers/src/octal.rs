//! Presentation format with octal escapes: a backslash and three *octal* digits, as some services and name
//! servers write names and values, where master files have decimal ones (RFC 1035 5.1).

use crate::http::shown;

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

/// Text with octal escapes, with decimal ones.
///
/// # Errors
/// An escape that is neither octal nor of a character of its own.
pub(crate) fn to_master(text: &str) -> Result<String, String> {
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
pub(crate) fn from_master(master: &str) -> String {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::{Name, RecordType, rdata};

    #[test]
    fn octal_and_decimal_escapes_say_the_same() {
        assert_eq!(to_master(r"\052.example.com.").unwrap(), r"\042.example.com.");
        assert_eq!(to_master(r#""a\"b\\052""#).unwrap(), r#""a\"b\\052""#);
        assert_eq!(from_master(r#"1 a\.b.example. "x\"\\\228""#), r#"1 a\056b.example. "x\"\\\344""#);
    }

    #[test]
    fn an_escape_that_is_none_is_told() {
        assert_eq!(to_master(r"\099").unwrap_err(), r"`\099` holds an escape that is not octal");
        assert!(to_master("x\\").is_err());
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
