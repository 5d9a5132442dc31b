//! Owner names that a plan keeps to (`--name`).

use super::ignore::glob;
use dnsure_zones::Name;
use std::fmt;

/// Globs over owner names, as in `ignore:` rules; none stands for every name.
///
/// A glob is relative to the zone (`@` is the apex, `*` matches within one label, `**` across
/// labels) unless it ends with a dot.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct OwnerNames(Vec<String>);

impl OwnerNames {
    /// These globs.
    #[must_use]
    pub fn new(globs: &[String]) -> Self {
        Self(globs.iter().map(|glob| glob.to_ascii_lowercase()).collect())
    }

    /// Whether every name is meant.
    #[must_use]
    pub fn are_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `name` of the zone `apex` is meant.
    #[must_use]
    pub fn cover(&self, apex: &Name, name: &Name) -> bool {
        self.are_all() || self.matching(apex, name).next().is_some()
    }

    /// The globs, by their number, that match `name` of the zone `apex`.
    pub fn matching(&self, apex: &Name, name: &Name) -> impl Iterator<Item = usize> {
        let shown = name.shown_in(apex).to_ascii_lowercase();
        let whole = name.to_lower().to_string();
        let matches = move |pattern: &str| {
            let text = if pattern.ends_with('.') { &whole } else { &shown };
            glob(pattern.as_bytes(), text.as_bytes())
        };
        self.0.iter().enumerate().filter(move |(_, pattern)| matches(pattern)).map(|(index, _)| index)
    }

    /// Every glob, in the order of their numbers.
    pub fn globs(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// `www, *.shop`.
impl fmt::Display for OwnerNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn cover(globs: &[&str], name: &str) -> bool {
        let globs: Vec<String> = globs.iter().map(ToString::to_string).collect();
        OwnerNames::new(&globs).cover(&"example.".parse().unwrap(), &name.parse().unwrap())
    }

    #[test]
    fn globs_are_those_of_ignore_rules() {
        assert!(cover(&["www", "*.shop"], "WWW.example.") && cover(&["*.shop"], "a.shop.example."));
        assert!(!cover(&["*.shop"], "a.b.shop.example.") && cover(&["**.shop"], "a.b.shop.example."));
        assert!(cover(&["@"], "example.") && !cover(&["@"], "www.example."));
    }

    #[test]
    fn a_glob_with_a_final_dot_is_a_whole_name() {
        assert!(cover(&["www.example."], "www.example.") && !cover(&["www.example"], "www.example."));
        assert!(cover(&["*.example."], "www.example.") && !cover(&["*.example."], "example."));
    }

    #[test]
    fn no_glob_is_every_name() {
        assert!(cover(&[], "www.example."));
    }
}
