//! Domain names: wire bytes inside, DNS comparison outside.
//!
//! A [`Name`] is absolute. It holds the uncompressed wire form (RFC 1035 3.1) in the
//! spelling it was written in; comparison, hashing and order ignore ASCII case and
//! follow the canonical order of RFC 4034 6.1. Any byte is legal in a label
//! (RFC 2181 11); the text form escapes what needs it as `\X` or `\DDD` (RFC 1035 5.1).

mod order;
mod text;

use std::hash::{Hash, Hasher};
use text::write_label;
pub(crate) use text::{append_text, unescape, write_labels};

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
