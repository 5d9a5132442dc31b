//! Which file a zone is in.

use dnsure_zones::Name;

/// Where the name of the zone stands in a pattern.
const ZONE: &str = "{zone}";
/// The longest name of a zone in a file name; the rest of 255 octets is for what stands around it.
const LONGEST: usize = 200;

/// How the files of zones are called, as in `{zone}.zone` or `db.{zone}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePattern(String);

/// Why a text is no pattern of file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// All zones would be in one file.
    #[error("`{{zone}}` has to stand in it once: every zone has a file of its own")]
    NoZone,
    /// It leads elsewhere.
    #[error("it is the name of a file in `directory`, without `/`")]
    Slash,
}

impl Default for FilePattern {
    fn default() -> Self {
        Self(format!("{ZONE}.zone"))
    }
}

impl std::str::FromStr for FilePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.contains(['/', '\\', '\0']) {
            return Err(PatternError::Slash);
        }
        if text.matches(ZONE).count() != 1 {
            return Err(PatternError::NoZone);
        }
        Ok(Self(text.into()))
    }
}

impl FilePattern {
    /// The file of a zone: a plain name, whatever the zone is called. Letters are small, and what is no
    /// letter, digit, `-`, `_` or dot between labels is written as `%` and two hex digits.
    #[must_use]
    pub fn file_name(&self, zone: &Name) -> String {
        let mut name = String::new();
        for label in zone.labels().filter(|label| !label.is_empty()) {
            if !name.is_empty() {
                name.push('.');
            }
            for byte in label.to_ascii_lowercase() {
                match byte {
                    b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
                    other => name.push_str(&format!("%{other:02x}")),
                }
            }
        }
        match name.as_str() {
            "" => name.push_str("%2e"),
            // One label that is a dot: its file is not that of the root.
            "%2e" => name.push('%'),
            _ => {}
        }
        if name.len() > LONGEST {
            // No zone is called so by itself: a label has at most 63 octets.
            name = format!("sha256-{}", crate::embedded::file::digest(&zone.to_lower_wire()));
        }
        self.0.replace(ZONE, &name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    fn file(pattern: &str, zone: &str) -> String {
        pattern.parse::<FilePattern>().unwrap().file_name(&zone.parse().unwrap())
    }

    #[test]
    fn files_are_called_after_their_zones() {
        assert_eq!(file("{zone}.zone", "Example.COM."), "example.com.zone");
        assert_eq!(file("db.{zone}", "2.0.192.in-addr.arpa."), "db.2.0.192.in-addr.arpa");
        assert_eq!(file("{zone}.zone", "0/25.2.0.192.in-addr.arpa."), "0%2f25.2.0.192.in-addr.arpa.zone");
        assert_eq!(file("{zone}", "a\\.b.example."), "a%2eb.example");
        assert_eq!(file("{zone}", "."), "%2e");
        assert_eq!(file("{zone}", "\\.."), "%2e%");
    }

    #[test]
    fn a_pattern_names_one_file_for_every_zone_in_the_directory() {
        for (text, error) in [
            ("zone", PatternError::NoZone),
            ("{zone}{zone}", PatternError::NoZone),
            ("../{zone}", PatternError::Slash),
            ("a/{zone}", PatternError::Slash),
        ] {
            assert_eq!(text.parse::<FilePattern>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_zone_leads_out_of_the_directory(
            labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..63), 0..4)
        ) {
            let Ok(zone) = Name::from_labels(labels.iter().map(Vec::as_slice)) else { return Ok(()) };
            let name = FilePattern("{zone}".into()).file_name(&zone);
            let parts: Vec<Component<'_>> = Path::new(&name).components().collect();
            prop_assert!(matches!(parts.as_slice(), [Component::Normal(part)] if *part == name.as_str()));
            prop_assert!(name.len() <= 255 && !name.starts_with('.'));
        }

        #[test]
        fn two_zones_never_share_a_file(
            one in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..4), 0..3),
            other in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..4), 0..3)
        ) {
            let name = |labels: &[Vec<u8>]| Name::from_labels(labels.iter().map(Vec::as_slice)).unwrap();
            let (one, other) = (name(&one), name(&other));
            let pattern = FilePattern::default();
            prop_assert_eq!(one == other, pattern.file_name(&one) == pattern.file_name(&other));
        }
    }
}
