//! Names as text: the form of RFC 1035 5.1, and Unicode where people read and write.

use super::{Labels, MAX_LABEL, Name, NameError, fits};
use std::fmt;

impl Name {
    /// Reads the text form of RFC 1035 5.1. A name without a final dot is completed
    /// with `origin`; `@` alone is the origin. Bytes outside ASCII are taken as they are.
    ///
    /// # Errors
    /// See [`NameError`]; a relative name without an origin is [`NameError::Relative`].
    pub fn parse(text: &str, origin: Option<&Name>) -> Result<Self, NameError> {
        if text == "@" {
            return origin.cloned().ok_or_else(|| NameError::Relative(text.into()));
        }
        Self::parse_labels(text.as_bytes(), text.as_bytes(), origin)
    }

    /// Reads a name as people write it in zone files: like [`Name::parse`], but labels
    /// outside ASCII are converted by IDNA 2008 (UTS 46), and `@` is an ordinary label.
    ///
    /// # Errors
    /// As [`Name::parse`], and [`NameError::Idna`].
    pub fn parse_unicode(text: &str, origin: Option<&Name>) -> Result<Self, NameError> {
        if text.is_ascii() {
            return Self::parse_labels(text.as_bytes(), text.as_bytes(), origin);
        }
        let mut ascii = String::with_capacity(text.len() + 8);
        for (index, label) in text.split(['.', '\u{3002}']).enumerate() {
            if index > 0 {
                ascii.push('.');
            }
            if label.is_ascii() {
                ascii.push_str(label);
            } else {
                let converted = idna::domain_to_ascii(label)
                    .map_err(|error| NameError::Idna { label: label.into(), reason: error.to_string() })?;
                ascii.push_str(&converted);
            }
        }
        Self::parse_labels(ascii.as_bytes(), text.as_bytes(), origin)
    }

    fn parse_labels(bytes: &[u8], shown: &[u8], origin: Option<&Name>) -> Result<Self, NameError> {
        // As long as it will be, unless there are escapes: one that has to shrink is copied once more.
        let origin_octets = if bytes.ends_with(b".") { 0 } else { origin.map_or(0, |origin| origin.0.len()) };
        let mut wire = Vec::with_capacity(bytes.len() + 1 + origin_octets);
        append_text(bytes, shown, origin, &mut wire)?;
        Ok(Self(wire.into()))
    }

    /// The text relative to `apex`: empty for the apex itself, absolute when this name
    /// is not below it.
    #[must_use]
    pub fn relative_to(&self, apex: &Name) -> String {
        if !self.is_at_or_below(apex) {
            return self.to_string();
        }
        let mut text = String::new();
        write_labels(&mut text, &self.0[..self.0.len() - apex.0.len()]);
        text
    }

    /// As [`Name::relative_to`], with `@` for the apex: the form plans show.
    #[must_use]
    pub fn shown_in(&self, apex: &Name) -> String {
        if self == apex { "@".into() } else { self.relative_to(apex) }
    }

    /// The name in Unicode, labels that IDNA cannot show left as they are.
    #[must_use]
    pub fn to_unicode(&self) -> String {
        let ascii = self.to_string();
        if !ascii.to_ascii_lowercase().contains("xn--") {
            return ascii;
        }
        ascii
            .split('.')
            .map(|label| match idna::domain_to_unicode(label) {
                (text, Ok(())) if label.to_ascii_lowercase().starts_with("xn--") => text,
                _ => label.to_owned(),
            })
            .collect::<Vec<_>>()
            .join(".")
    }
}

/// Reads the text form of a name as [`Name::parse`] does, without the rule for `@`, and
/// appends its wire form to `wire`, which keeps its length on an error; messages have `shown`.
pub(crate) fn append_text(
    bytes: &[u8],
    shown: &[u8],
    origin: Option<&Name>,
    wire: &mut Vec<u8>,
) -> Result<(), NameError> {
    let start = wire.len();
    let result = append_labels(bytes, shown, origin, wire);
    if result.is_err() {
        wire.truncate(start);
    }
    result
}

fn append_labels(
    bytes: &[u8],
    shown: &[u8],
    origin: Option<&Name>,
    wire: &mut Vec<u8>,
) -> Result<(), NameError> {
    let start = wire.len();
    if bytes == b"." {
        wire.push(0);
        return Ok(());
    }
    if !bytes.is_empty() {
        // The octet in front of each label is set when the label ends.
        let mut length_at = start;
        wire.push(0);
        let mut rest = bytes;
        while let Some(length) = rest.iter().position(|byte| matches!(byte, b'.' | b'\\')) {
            wire.extend_from_slice(&rest[..length]);
            let special = rest[length];
            rest = &rest[length + 1..];
            if special == b'.' {
                end_label(wire, length_at, shown)?;
                length_at = wire.len();
                wire.push(0);
            } else {
                let mut escaped = rest.iter().copied();
                wire.push(unescape(&mut escaped).ok_or_else(|| NameError::BadEscape(lossy(shown)))?);
                rest = &rest[rest.len() - escaped.len()..];
            }
        }
        wire.extend_from_slice(rest);
        if wire.len() == length_at + 1 {
            // A final dot: the octet that waits for a label is the root.
            return fits(wire.len() - start);
        }
        end_label(wire, length_at, shown)?;
    }
    let origin = origin.ok_or_else(|| NameError::Relative(lossy(shown)))?;
    wire.extend_from_slice(&origin.0);
    fits(wire.len() - start)
}

fn end_label(wire: &mut [u8], length_at: usize, shown: &[u8]) -> Result<(), NameError> {
    let label = &wire[length_at + 1..];
    match label.len() {
        0 => Err(NameError::EmptyLabel(lossy(shown))),
        octets if octets > MAX_LABEL => {
            let mut text = String::new();
            write_label(&mut text, label);
            Err(NameError::LabelTooLong { label: text, octets })
        }
        octets => {
            wire[length_at] = octets as u8;
            Ok(())
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads what follows a backslash (RFC 1035 5.1): three digits up to 255, or one byte.
pub(crate) fn unescape(rest: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let first = rest.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let (second, third) = (rest.next()?, rest.next()?);
    if !second.is_ascii_digit() || !third.is_ascii_digit() {
        return None;
    }
    let value = u16::from(first - b'0') * 100 + u16::from(second - b'0') * 10 + u16::from(third - b'0');
    u8::try_from(value).ok()
}

pub(super) fn write_label(text: &mut String, label: &[u8]) {
    for &byte in label {
        match byte {
            b'.' | b'\\' | b'"' | b'(' | b')' | b';' | b'@' | b'$' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            0x21..=0x7e => text.push(char::from(byte)),
            other => {
                text.push('\\');
                for digit in [other / 100, other / 10 % 10, other % 10] {
                    text.push(char::from(b'0' + digit));
                }
            }
        }
    }
}

/// Appends the text of the labels in `wire`, with dots between them and none at the end.
pub(crate) fn write_labels(text: &mut String, wire: &[u8]) {
    for (index, label) in Labels(wire).enumerate() {
        if index > 0 {
            text.push('.');
        }
        write_label(text, label);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(self.0.len());
        write_labels(&mut text, &self.0);
        text.push('.');
        f.pad(&text)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;

    /// Reads an absolute name; the final dot may be left out.
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse_unicode(text, Some(&Name::root()))
    }
}
