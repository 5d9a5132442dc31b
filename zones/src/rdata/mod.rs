//! The table of record types.

use crate::{Name, RecordType};
use std::borrow::Cow;

/// Why rdata is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RdataError {
    /// What is wrong and what is expected, one line.
    pub message: String,
}

/// Reads presentation format.
///
/// # Errors
/// [`RdataError`].
pub fn parse_text(_rtype: RecordType, _text: &str, _origin: &Name) -> Result<Vec<u8>, RdataError> {
    Err(RdataError { message: String::new() })
}

/// Writes presentation format on one line.
#[must_use]
pub fn to_text(_rtype: RecordType, _wire: &[u8]) -> String {
    String::new()
}

/// The form for comparison: names in lower case (RFC 4034 6.2).
#[must_use]
pub fn canonical(_rtype: RecordType, wire: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(wire)
}

/// The domain names inside.
pub fn names(_rtype: RecordType, _wire: &[u8]) -> impl Iterator<Item = Name> {
    std::iter::empty()
}
