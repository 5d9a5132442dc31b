//! octoDNS's YAML zone files.
//!
//! Every file that octoDNS reads without losing or changing data means the same here.
//! What octoDNS would change in silence (a duplicate key, `no` as a name, half a quoted
//! text) is an error with a place and a way to mend it.
//!
//! | module | idea |
//! |---|---|
//! | `files` | which files make a zone |
//! | `read` | files to zone, one record at a time |
//! | `record`, `owner`, `txt`, `settings`, `hint` | one record |
//! | `checks` | what can only be said about the whole zone |
//! | `write`, `emit`, `natural` | zone to file |
//! | `syntax`, `layout`, `meaning` | the canonical layout of a file, which says the same |
//! | `edit` | changes in place: every byte that is not touched stays |
//! | `write`, `split`, `emit`, `natural` | zone to file, or to one file per owner name |
//! | `document`, `node`, `walk`, `plain`, `loader`, [`scalar`] | YAML itself, with places |

mod checks;
mod document;
pub mod edit;
mod emit;
mod files;
mod hint;
mod layout;
mod loader;
mod meaning;
mod natural;
mod node;
mod owner;
mod plain;
mod read;
mod record;
pub mod scalar;
mod settings;
mod split;
mod syntax;
mod txt;
mod walk;
mod write;

pub use document::Document;
pub use files::{DEFAULT_TTL, Home, Options, TEMPORARY, ZoneFiles, ZoneRead, read_file, read_text};
pub use hint::Hint;
pub use layout::{Layout, LayoutError, layout};
pub use meaning::{FormatError, Role, format};
pub use natural::Order;
pub use node::{Entry, Kind, Mark, Node, Style, closest, listed};
pub use split::write_split;
pub use syntax::SyntaxError;
pub use txt::Semicolons;
pub use write::{write, write_declared, write_json};

use crate::{RecordKey, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// What the files of a zone say.
#[derive(Debug, Clone)]
pub struct Declared {
    /// All records, the ignored ones too.
    pub zone: Zone,
    /// Records that nothing is to be done about (`octodns: {ignored: true}`).
    pub ignored: BTreeSet<RecordKey>,
    /// Records whose errors were made warnings (`octodns: {lenient: true}`).
    pub lenient: BTreeSet<RecordKey>,
    /// Records that go to some targets only.
    pub targets: BTreeMap<RecordKey, Targets>,
    /// What records say about the way from old to new; no hint is empty.
    pub hints: BTreeMap<RecordKey, Hint>,
}

/// The targets of a record (`octodns: {included: [...], excluded: [...]}`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// Only these, unless empty.
    pub included: Vec<String>,
    /// Not these.
    pub excluded: Vec<String>,
}

impl Targets {
    /// Whether a record goes to `target`.
    #[must_use]
    pub fn contain(&self, target: &str) -> bool {
        let listed = |list: &[String]| list.iter().any(|id| id == target);
        (self.included.is_empty() || listed(&self.included)) && !listed(&self.excluded)
    }
}

impl Declared {
    /// A zone without ignored records, conditions and hints.
    #[must_use]
    pub fn new(zone: Zone) -> Self {
        Self {
            zone,
            ignored: BTreeSet::new(),
            lenient: BTreeSet::new(),
            targets: BTreeMap::new(),
            hints: BTreeMap::new(),
        }
    }

    /// What is to be done about this record at `target`: nothing when `false`, neither
    /// adding nor changing nor deleting.
    #[must_use]
    pub fn manages(&self, key: &RecordKey, target: &str) -> bool {
        !self.ignored.contains(key) && self.targets.get(key).is_none_or(|targets| targets.contain(target))
    }

    /// The records that `target` is to hold.
    #[must_use]
    pub fn for_target(&self, target: &str) -> Zone {
        if self.ignored.is_empty() && self.targets.is_empty() {
            return self.zone.clone();
        }
        self.zone.filtered(|set| self.manages(&set.key(), target))
    }
}
