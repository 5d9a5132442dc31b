//! `ignore:` rules: what dnsure must not look at.
//!
//! A rule is `NAME TYPE [TARGET]`. NAME is a glob relative to the zone (`@` is the apex;
//! `*` matches within one label, `**` across labels), TYPE is `*` or types joined by
//! commas, TARGET is a glob over the presentation text of single members.

use dnsure_zones::{Name, RecordType, rdata};
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreRule {
    text: String,
    name: String,
    /// `None` is every type.
    types: Option<Vec<RecordType>>,
    target: Option<String>,
}

/// A rule that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// Not two or three words.
    #[error(
        "`{0}` is no ignore rule: write NAME TYPE or NAME TYPE TARGET, for example `_acme-challenge.** TXT`"
    )]
    Shape(String),
    /// An unknown type.
    #[error(transparent)]
    Type(#[from] dnsure_zones::record_type::UnknownType),
}

impl FromStr for IgnoreRule {
    type Err = IgnoreError;

    fn from_str(text: &str) -> Result<Self, IgnoreError> {
        let mut words = text.splitn(3, char::is_whitespace).map(str::trim).filter(|word| !word.is_empty());
        let (Some(name), Some(types)) = (words.next(), words.next()) else {
            return Err(IgnoreError::Shape(text.into()));
        };
        let types = match types {
            "*" => None,
            list => Some(list.split(',').map(str::parse).collect::<Result<_, _>>()?),
        };
        Ok(Self {
            text: text.into(),
            name: name.to_ascii_lowercase(),
            types,
            target: words.next().map(str::to_ascii_lowercase),
        })
    }
}

impl fmt::Display for IgnoreRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl IgnoreRule {
    /// The rule for exactly this owner name and type.
    #[must_use]
    pub fn exactly(name: &Name, apex: &Name, rtype: RecordType) -> Self {
        let shown = name.shown_in(apex).to_ascii_lowercase();
        Self { text: format!("{shown} {rtype}"), name: shown, types: Some(vec![rtype]), target: None }
    }

    fn covers_key(&self, apex: &Name, name: &Name, rtype: RecordType) -> bool {
        let shown = name.shown_in(apex).to_ascii_lowercase();
        glob(self.name.as_bytes(), shown.as_bytes())
            && self.types.as_ref().is_none_or(|types| types.contains(&rtype))
    }

    /// Whether the rule covers a whole record set, whatever its members.
    #[must_use]
    pub fn covers_set(&self, apex: &Name, name: &Name, rtype: RecordType) -> bool {
        self.target.is_none() && self.covers_key(apex, name, rtype)
    }

    /// Whether the rule covers this member of a record set.
    #[must_use]
    pub fn covers_member(&self, apex: &Name, name: &Name, rtype: RecordType, wire: &[u8]) -> bool {
        self.covers_key(apex, name, rtype)
            && self.target.as_ref().is_none_or(|target| {
                let text = rdata::to_text(rtype, wire).to_ascii_lowercase();
                glob(target.as_bytes(), text.as_bytes())
            })
    }
}

/// Rules by the name they are about, so that a rule for each of many record sets (zone files can say
/// so) does not cost rules times record sets.
#[derive(Debug)]
pub struct Rules<'r> {
    apex: &'r Name,
    named: HashMap<&'r str, Vec<&'r IgnoreRule>>,
    globs: Vec<&'r IgnoreRule>,
}

impl<'r> Rules<'r> {
    /// The rules for the zone `apex`.
    #[must_use]
    pub fn new(rules: &'r [IgnoreRule], apex: &'r Name) -> Self {
        let mut index = Self { apex, named: HashMap::new(), globs: Vec::new() };
        for rule in rules {
            if rule.name.contains('*') {
                index.globs.push(rule);
            } else {
                index.named.entry(&rule.name).or_default().push(rule);
            }
        }
        index
    }

    fn about(&self, name: &Name) -> impl Iterator<Item = &'r IgnoreRule> {
        let named = if self.named.is_empty() {
            None
        } else {
            self.named.get(name.shown_in(self.apex).to_ascii_lowercase().as_str())
        };
        // A name with an asterisk of its own stands among the globs and matches itself.
        named.into_iter().flatten().chain(&self.globs).copied()
    }

    /// Whether a rule covers a whole record set, whatever its members.
    #[must_use]
    pub fn cover_set(&self, name: &Name, rtype: RecordType) -> bool {
        self.about(name).any(|rule| rule.covers_set(self.apex, name, rtype))
    }

    /// Whether a rule covers this member of a record set.
    #[must_use]
    pub fn cover_member(&self, name: &Name, rtype: RecordType, wire: &[u8]) -> bool {
        self.about(name).any(|rule| rule.covers_member(self.apex, name, rtype, wire))
    }
}

/// Whether `text` matches `pattern`: `*` is any run without a dot, `**` any run.
#[must_use]
pub fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        [b'*', rest @ ..] => (0..=text.len())
            .take_while(|&skip| skip == 0 || text[skip - 1] != b'.')
            .any(|skip| glob(rest, &text[skip..])),
        [first, rest @ ..] => {
            text.split_first().is_some_and(|(next, left)| next == first && glob(rest, left))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn covers(rule: &str, name: &str, rtype: RecordType) -> bool {
        let apex: Name = "example.".parse().unwrap();
        let name: Name = name.parse().unwrap();
        rule.parse::<IgnoreRule>().unwrap().covers_set(&apex, &name, rtype)
    }

    #[test]
    fn one_star_stays_in_a_label_and_two_cross_labels() {
        assert!(covers("foo.* A", "foo.bar.example.", RecordType::A));
        assert!(!covers("foo.* A", "foo.bar.baz.example.", RecordType::A));
        assert!(covers("_acme-challenge.** TXT", "_acme-challenge.a.b.example.", RecordType::TXT));
        assert!(covers("** *", "example.", RecordType::MX));
    }

    #[test]
    fn the_apex_is_an_at_sign_and_types_are_a_list() {
        assert!(covers("@ MX", "example.", RecordType::MX));
        assert!(covers("@ A,MX", "example.", RecordType::MX));
        assert!(!covers("@ MX", "example.", RecordType::A));
        assert!(!covers("@ MX", "www.example.", RecordType::MX));
    }

    #[test]
    fn a_rule_with_a_target_covers_members_and_never_a_whole_set() {
        let apex: Name = "example.".parse().unwrap();
        let name: Name = "www.example.".parse().unwrap();
        let rule: IgnoreRule = "www A 192.0.2.1".parse().unwrap();
        assert!(!rule.covers_set(&apex, &name, RecordType::A));
        assert!(rule.covers_member(&apex, &name, RecordType::A, &[192, 0, 2, 1]));
        assert!(!rule.covers_member(&apex, &name, RecordType::A, &[192, 0, 2, 2]));
    }

    #[test]
    fn rules_that_make_no_sense_are_refused() {
        assert!(matches!("www".parse::<IgnoreRule>(), Err(IgnoreError::Shape(_))));
        assert!(matches!("www QQ".parse::<IgnoreRule>(), Err(IgnoreError::Type(_))));
    }
}
