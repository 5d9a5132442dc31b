//! Domain names: wire bytes inside, DNS comparison outside.
//!
//! A [`Name`] is absolute. It holds the uncompressed wire form (RFC 1035 3.1) in the
//! spelling it was written in; comparison, hashing and order ignore ASCII case and
//! follow the canonical order of RFC 4034 6.1. Any byte is legal in a label
//! (RFC 2181 11); the text form escapes what needs it as `\X` or `\DDD` (RFC 1035 5.1).

use std::cmp::Ordering;
use std::fmt;

use std::hash::{Hash, Hasher};

/// The longest name on the wire, in octets, the root label included (RFC 1035 2.3.4).
pub const MAX_NAME: usize = 255;
/// The longest label, in octets (RFC 1035 2.3.4).
pub const MAX_LABEL: usize = 63;

/// Why a text or a run of bytes is not a domain name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Two dots in a row, or a dot at the start.
    #[error("empty label in `{0}`: two dots in a row, or a dot at the start")]
    EmptyLabel(String),
    /// A label over 63 octets.
    #[error("label `{label}` has {octets} octets; the limit is 63 (RFC 1035 2.3.4)")]
    LabelTooLong {
        /// The label as text.
        label: String,
        /// Its length in octets.
        octets: usize,
    },
    /// A name over 255 octets on the wire.
    #[error("the name has {0} octets on the wire; the limit is 255 (RFC 1035 2.3.4)")]
    TooLong(usize),
    /// `\` not followed by a character or three digits up to 255.
    #[error("bad escape in `{0}`: write `\\DDD` with a decimal number up to 255, or `\\` and one character")]
    BadEscape(String),
    /// A relative name where no origin is known.
    #[error("`{0}` is relative and there is no origin here: end it with a dot")]
    Relative(String),
    /// A label that IDNA cannot convert to ASCII.
    #[error(
        "`{label}` cannot be written as an internationalised name ({reason}): check its characters, or write the `xn--` form"
    )]
    Idna {
        /// The label as written.
        label: String,
        /// What IDNA objects to.
        reason: String,
    },
    /// Wire bytes that do not form a name.
    #[error("these bytes are no uncompressed domain name: {0}")]
    Wire(&'static str),
}

/// An absolute domain name.
#[derive(Clone)]
pub struct Name(Box<[u8]>);

impl Name {
    /// The root, `.`.
    #[must_use]
    pub fn root() -> Self {
        Self(Box::new([0]))
    }

    /// Reads an uncompressed wire form that spans all of `wire`.
    ///
    /// # Errors
    /// Compression pointers, labels over 63 octets, names over 255 octets and bytes
    /// after the root label are refused.
    pub fn from_wire(wire: &[u8]) -> Result<Self, NameError> {
        let length = wire_length(wire)?;
        if length != wire.len() {
            return Err(NameError::Wire("bytes after the root label"));
        }
        Ok(Self(wire.into()))
    }

    /// Builds a name from labels, leftmost first, without the root label.
    ///
    /// # Errors
    /// Labels over 63 octets, empty labels and names over 255 octets are refused.
    pub fn from_labels<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, NameError> {
        let mut wire = Vec::with_capacity(32);
        for label in labels {
            push_label(&mut wire, label)?;
        }
        finish(wire)
    }

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

    /// The uncompressed wire form, root label included, in its own spelling.
    #[must_use]
    pub fn wire(&self) -> &[u8] {
        &self.0
    }

    /// The wire form in lower case, as DNSSEC and comparison use it (RFC 4034 6.2).
    #[must_use]
    pub fn to_lower_wire(&self) -> Vec<u8> {
        // Length octets are below 64 and so never in A..Z.
        self.0.to_ascii_lowercase()
    }

    /// The same name in lower case.
    #[must_use]
    pub fn to_lower(&self) -> Self {
        Self(self.to_lower_wire().into())
    }

    /// The labels, leftmost first, without the root label.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        Labels(&self.0)
    }

    /// The number of labels without the root label.
    #[must_use]
    pub fn label_count(&self) -> usize {
        self.labels().count()
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// The name one label up; `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let first = usize::from(self.0[0]);
        (first != 0).then(|| Self(self.0[first + 1..].into()))
    }

    /// The last `count` labels of this name; the whole name where it has no more.
    #[must_use]
    pub fn suffix(&self, count: usize) -> Self {
        let mut wire = &self.0[..];
        for _ in count..self.label_count() {
            wire = &wire[usize::from(wire[0]) + 1..];
        }
        Self(wire.into())
    }

    /// Whether this name is `other` or below it.
    #[must_use]
    pub fn is_at_or_below(&self, other: &Name) -> bool {
        let Some(start) = self.0.len().checked_sub(other.0.len()) else {
            return false;
        };
        let mut at = 0;
        while at < start {
            at += usize::from(self.0[at]) + 1;
        }
        at == start && self.0[start..].eq_ignore_ascii_case(&other.0)
    }

    /// Whether this name is below `other` and not `other` itself.
    #[must_use]
    pub fn is_below(&self, other: &Name) -> bool {
        self.0.len() > other.0.len() && self.is_at_or_below(other)
    }

    /// Whether the leftmost label is `*` (RFC 4592 2.1.1).
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with(&[1, b'*'])
    }

    /// This name with one more label in front.
    ///
    /// # Errors
    /// [`NameError::TooLong`] and [`NameError::LabelTooLong`].
    pub fn child(&self, label: &[u8]) -> Result<Self, NameError> {
        let mut wire = Vec::with_capacity(self.0.len() + label.len() + 1);
        push_label(&mut wire, label)?;
        wire.extend_from_slice(&self.0[..self.0.len() - 1]);
        finish(wire)
    }

    /// Replaces the suffix `from` by `to`, as a DNAME does (RFC 6672 2.2). `None` when
    /// this name is not below `from` or the result would be over 255 octets.
    #[must_use]
    pub fn replace_suffix(&self, from: &Name, to: &Name) -> Option<Self> {
        if !self.is_below(from) {
            return None;
        }
        let mut wire = self.0[..self.0.len() - from.0.len()].to_vec();
        wire.extend_from_slice(&to.0);
        (wire.len() <= MAX_NAME).then(|| Self(wire.into()))
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

    /// The sort key below `apex`: labels reversed and in lower case, each ended by
    /// `00`, the bytes `00` and `01` written `01 01` and `01 02`. Comparing keys as
    /// bytes is the canonical order of RFC 4034 6.1, and a subtree is a prefix.
    /// `None` when the name is outside `apex`.
    #[must_use]
    pub fn sort_key(&self, apex: &Name) -> Option<Vec<u8>> {
        let mut key = Vec::with_capacity(self.0.len());
        self.write_sort_key(apex, &mut key).then_some(key)
    }

    /// Appends [`Name::sort_key`] to `key`; `false` when the name is outside `apex`.
    #[must_use]
    pub fn write_sort_key(&self, apex: &Name, key: &mut Vec<u8>) -> bool {
        if !self.is_at_or_below(apex) {
            return false;
        }
        let own = &self.0[..self.0.len() - apex.0.len()];
        let begun = key.len();
        let mut starts = [0_u8; 128];
        let mut count = 0;
        let mut at = 0;
        while at < own.len() {
            // A name has at most 127 labels and 255 octets, so both fit.
            starts[count] = at as u8;
            count += 1;
            at += usize::from(own[at]) + 1;
        }
        for &start in starts[..count].iter().rev() {
            let start = usize::from(start);
            let length = usize::from(own[start]);
            let label = &own[start + 1..start + 1 + length];
            if label.iter().all(|&byte| byte > 1) {
                key.extend_from_slice(label);
            } else {
                for &byte in label {
                    match byte {
                        0 | 1 => key.extend_from_slice(&[1, byte + 1]),
                        other => key.push(other),
                    }
                }
            }
            key.push(0);
        }
        key[begun..].make_ascii_lowercase();
        true
    }

    /// The name that [`Name::sort_key`] made `key` from, in lower case.
    #[must_use]
    pub fn from_sort_key(key: &[u8], apex: &Name) -> Self {
        let mut wire = Vec::with_capacity(key.len() + apex.0.len());
        for label in key.split_inclusive(|&byte| byte == 0).rev() {
            let length_at = wire.len();
            wire.push(0);
            let mut bytes = label[..label.len().saturating_sub(1)].iter();
            while let Some(&byte) = bytes.next() {
                wire.push(if byte == 1 { bytes.next().map_or(0, |escaped| escaped - 1) } else { byte });
            }
            wire[length_at] = (wire.len() - length_at - 1) as u8;
        }
        wire.extend(apex.0.iter());
        Self(wire.into())
    }
}

struct Labels<'a>(&'a [u8]);

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (&length, rest) = self.0.split_first()?;
        if length == 0 {
            return None;
        }
        let (label, rest) = rest.split_at_checked(usize::from(length))?;
        self.0 = rest;
        Some(label)
    }
}

/// Where the labels of a name start. A name of 255 octets has 127 labels at most.
struct Starts {
    at: [u8; 127],
    count: usize,
}

impl Starts {
    fn of(wire: &[u8]) -> Self {
        let mut starts = Self { at: [0; 127], count: 0 };
        let mut at = 0;
        while let (Some(&length), Some(slot)) = (wire.get(at), starts.at.get_mut(starts.count)) {
            if length == 0 {
                break;
            }
            *slot = at as u8;
            starts.count += 1;
            at += usize::from(length) + 1;
        }
        starts
    }

    /// The labels, the rightmost first.
    fn labels<'a>(&'a self, wire: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.at[..self.count].iter().rev().map(move |&start| {
            let start = usize::from(start);
            &wire[start + 1..start + 1 + usize::from(wire[start])]
        })
    }
}

/// The order of two labels, case aside (RFC 4034 6.1).
fn cmp_labels(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
}

/// The length of the uncompressed name at the start of `wire`, root label included.
///
/// # Errors
/// As [`Name::from_wire`], without the check for bytes that follow.
pub fn wire_length(wire: &[u8]) -> Result<usize, NameError> {
    let mut at = 0;
    loop {
        let length = usize::from(*wire.get(at).ok_or(NameError::Wire("it ends inside the name"))?);
        if length > MAX_LABEL {
            return Err(NameError::Wire("compressed, or a label over 63 octets"));
        }
        at += length + 1;
        if at > MAX_NAME {
            return Err(NameError::TooLong(at));
        }
        if length == 0 {
            return Ok(at);
        }
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

fn fits(octets: usize) -> Result<(), NameError> {
    if octets > MAX_NAME { Err(NameError::TooLong(octets)) } else { Ok(()) }
}

fn push_label(wire: &mut Vec<u8>, label: &[u8]) -> Result<(), NameError> {
    if label.is_empty() {
        return Err(NameError::EmptyLabel(String::new()));
    }
    if label.len() > MAX_LABEL {
        let mut text = String::new();
        write_label(&mut text, label);
        return Err(NameError::LabelTooLong { label: text, octets: label.len() });
    }
    wire.push(label.len() as u8);
    wire.extend_from_slice(label);
    Ok(())
}

fn finish(mut wire: Vec<u8>) -> Result<Name, NameError> {
    wire.push(0);
    fits(wire.len())?;
    Ok(Name(wire.into()))
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

fn write_label(text: &mut String, label: &[u8]) {
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

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in &self.0 {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, others) = (Starts::of(&self.0), Starts::of(&other.0));
        let ours = mine.labels(&self.0).zip(others.labels(&other.0));
        ours.map(|(a, b)| cmp_labels(a, b))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| mine.count.cmp(&others.count))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;

    /// Reads an absolute name; the final dot may be left out.
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse_unicode(text, Some(&Name::root()))
    }
}

impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Name::parse(&text, None).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
