//! Which zone is meant: a name, or one of several views of it (split horizon).

use dnsure_zones::Name;
use dnsure_zones::name::NameError;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A zone of the project: `example.com.`, or a view of it, `example.com.!internal`.
///
/// Two views are two zones in all but their name: files, targets, policy and plans of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ZoneId {
    /// The name of the zone.
    pub name: Name,
    /// Which view of it; `None` is the zone as such.
    pub view: Option<View>,
}

/// The name of a view: letters, digits, `-` and `_`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct View(Arc<str>);

/// A text that names no zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneIdError {
    /// The part before the view.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The part after `!`.
    #[error("`{0}` is no name of a view: write letters, digits, `-` and `_` after `!`")]
    View(String),
    /// A `!` that the name does not end before.
    #[error(
        "`{0}` has `!` in its last label: end the name with a dot before a view, as in `example.com.!internal`"
    )]
    NoDot(String),
}

impl View {
    /// The name, without `!`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for View {
    type Err = ZoneIdError;

    fn from_str(text: &str) -> Result<Self, ZoneIdError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.is_empty() || !text.bytes().all(fits) {
            return Err(ZoneIdError::View(text.into()));
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

impl TryFrom<String> for View {
    type Error = ZoneIdError;

    fn try_from(text: String) -> Result<Self, ZoneIdError> {
        text.parse()
    }
}

impl From<View> for String {
    fn from(view: View) -> Self {
        view.0.as_ref().into()
    }
}

/// As it stands behind a name: `!internal`.
impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "!{}", self.0)
    }
}

/// `text` before a view, and the view where there is one; a lone star needs no dot.
fn split(text: &str) -> (&str, Option<&str>) {
    if let Some(view) = text.strip_prefix("*!").filter(|view| !view.contains('.')) {
        return ("*", Some(view));
    }
    let Some(at) = text.rfind(".!") else { return (text, None) };
    let (name, view) = (&text[..=at], &text[at + 2..]);
    // A dot after it, or an escaped one before it: `!` is part of a label.
    let escaped = text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    if escaped || view.contains('.') { (text, None) } else { (name, Some(view)) }
}

impl FromStr for ZoneId {
    type Err = ZoneIdError;

    fn from_str(text: &str) -> Result<Self, ZoneIdError> {
        let (name, view) = parts(text)?;
        Ok(Self { name: name.parse::<Name>()?.to_lower(), view })
    }
}

impl ZoneId {
    /// As it is typed in a command line: in quotes where a shell would make something of the `!`.
    #[must_use]
    pub fn typed(&self) -> String {
        if self.view.is_some() { format!("'{self}'") } else { self.to_string() }
    }
}

/// The text of a name or glob, and its view.
pub(super) fn parts(text: &str) -> Result<(&str, Option<View>), ZoneIdError> {
    let (name, view) = split(text);
    let bare = name.strip_suffix('.').unwrap_or(name);
    if view.is_none() && bare.rsplit('.').next().is_some_and(|label| label.contains('!')) {
        return Err(ZoneIdError::NoDot(text.into()));
    }
    Ok((name, view.map(str::parse).transpose()?))
}

impl From<Name> for ZoneId {
    fn from(name: Name) -> Self {
        Self { name, view: None }
    }
}

impl fmt::Display for ZoneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        self.view.as_ref().map_or(Ok(()), |view| write!(f, "{view}"))
    }
}

impl serde::Serialize for ZoneId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_view_stands_behind_the_final_dot() {
        let id: ZoneId = "Example.com.!Internal".parse().unwrap();
        assert_eq!(id.to_string(), "example.com.!internal");
        assert_eq!(id.name, "example.com.".parse().unwrap());
        assert_eq!("example.com".parse::<ZoneId>().unwrap().view, None);
        assert_eq!(".!a".parse::<ZoneId>().unwrap().to_string(), ".!a");
    }

    #[test]
    fn an_exclamation_mark_in_a_label_is_part_of_the_name() {
        let id: ZoneId = "a.!b.example.".parse().unwrap();
        assert_eq!(id.view, None);
        assert_eq!(split(r"a\.!b"), (r"a\.!b", None));
    }

    #[test]
    fn what_is_neither_is_refused() {
        assert!(matches!("example.com.!".parse::<ZoneId>(), Err(ZoneIdError::View(_))));
        assert!(matches!("example.com.!a b".parse::<ZoneId>(), Err(ZoneIdError::View(_))));
        assert!(matches!("example.com!internal".parse::<ZoneId>(), Err(ZoneIdError::NoDot(_))));
        assert!(matches!("a..b.!x".parse::<ZoneId>(), Err(ZoneIdError::Name(_))));
    }
}
