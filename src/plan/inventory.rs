//! The record sets that count as declared at a target, and how they came to. [`super::noting`] keeps it.

use dnsure_zones::{RecordKey, RecordSet, Zone, rdata};
use std::collections::{BTreeMap, BTreeSet};

/// The record sets that the files declared at the last apply to this target, or that an import found
/// there, under the keys that they have there.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "Kept", into = "Whole")]
pub struct Inventory {
    keys: BTreeSet<RecordKey>,
    /// What each of them was, where that is known.
    marks: BTreeMap<RecordKey, Mark>,
    origin: Origin,
    /// The last run that wrote to the target and noted it here.
    run: Option<String>,
}

/// How it came to be noted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Origin {
    /// Nothing was ever noted.
    #[default]
    Never,
    /// By an apply that wrote.
    Applied,
    /// As found live: nothing was ever written to the target.
    Found,
}

/// An inventory as it is kept: what is declared may be nothing, and yet it was applied.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Whole {
    origin: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    record_sets: Vec<Noted>,
}

/// An inventory as any version kept it: once it was the entries alone, each with how it came there.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Kept {
    Whole(Whole),
    Entries(Vec<OldNoted>),
}

/// One entry. Inventories of older versions have keys alone.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Noted {
    #[serde(flatten)]
    key: RecordKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<Mark>,
}

#[derive(serde::Deserialize)]
struct OldNoted {
    #[serde(flatten)]
    noted: Noted,
    #[serde(default)]
    found: bool,
}

impl From<Kept> for Inventory {
    fn from(kept: Kept) -> Self {
        let Whole { origin, run, record_sets } = match kept {
            Kept::Whole(whole) => whole,
            Kept::Entries(entries) => {
                let is_found = entries.iter().any(|entry| entry.found);
                let origin = if is_found { Origin::Found } else { Origin::Applied };
                let record_sets = entries.into_iter().map(|entry| entry.noted).collect();
                Whole { origin, run: None, record_sets }
            }
        };
        let marks = record_sets.iter().filter_map(|noted| Some((noted.key.clone(), noted.mark.clone()?)));
        let marks = marks.collect();
        Self { keys: record_sets.into_iter().map(|noted| noted.key).collect(), marks, origin, run }
    }
}

impl From<Inventory> for Whole {
    fn from(Inventory { keys, mut marks, origin, run }: Inventory) -> Self {
        let noted = keys.into_iter().map(|key| Noted { mark: marks.remove(&key), key });
        Self { origin, run, record_sets: noted.collect() }
    }
}

/// A digest of TTL, values and settings: enough to tell whether a record set is what it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Mark(String);

impl Mark {
    /// The mark of a record set; the serial of an SOA does not count.
    #[must_use]
    pub fn of(set: &RecordSet) -> Self {
        let set = set.with_serial(0);
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for (data, ttl) in set.members() {
            let wire = rdata::canonical(set.key.rtype, data.wire());
            context.update(&ttl.as_secs().to_be_bytes());
            context.update(&(wire.len() as u64).to_be_bytes());
            context.update(&wire);
        }
        if set.rdatas().is_empty() {
            context.update(&set.ttl.as_secs().to_be_bytes());
        }
        context.update(&serde_json::to_vec(&set.settings).unwrap_or_default());
        let digest = context.finish();
        // Sixty-four bits tell apart what nobody forges.
        Self(digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Inventory {
    /// Everything that `zone`, in its target's form, declares, as an apply notes it.
    #[must_use]
    pub fn of(zone: &Zone) -> Self {
        let marks = zone.sets().map(|set| (set.key(), Mark::of(&set.to_set())));
        let keys = zone.sets().map(|set| set.key()).collect();
        Self { keys, marks: marks.collect(), origin: Origin::Applied, run: None }
    }

    /// The same, found live: nothing was ever written to the target.
    #[must_use]
    pub fn found(self) -> Self {
        // Nothing was found where nothing was noted.
        let nothing = self == Self::default();
        if nothing { self } else { Self { origin: Origin::Found, ..self } }
    }

    /// The same, noted by a run that wrote.
    #[must_use]
    pub fn applied_by(self, run: &str) -> Self {
        Self { origin: Origin::Applied, run: Some(run.to_owned()), ..self }
    }

    /// Whether it was noted by an apply that wrote, though nothing may be declared any more.
    #[must_use]
    pub fn is_applied(&self) -> bool {
        self.origin == Origin::Applied
    }

    /// Whether anything was ever noted of the target: the zone was there.
    #[must_use]
    pub fn is_noted(&self) -> bool {
        self.origin != Origin::Never
    }

    /// The last run that wrote to the target and noted it here.
    #[must_use]
    pub fn run(&self) -> Option<&str> {
        self.run.as_deref()
    }

    /// The record sets that count.
    #[must_use]
    pub fn keys(&self) -> &BTreeSet<RecordKey> {
        &self.keys
    }

    /// Whether this record set counts.
    #[must_use]
    pub fn contains(&self, key: &RecordKey) -> bool {
        self.keys.contains(key)
    }

    /// What a record set was at the last apply, where that is known.
    #[must_use]
    pub fn mark(&self, key: &RecordKey) -> Option<&Mark> {
        self.marks.get(key)
    }

    /// Notes that this was applied.
    pub fn note(&mut self, set: &RecordSet) {
        self.keys.insert(set.key.clone());
        self.marks.insert(set.key.clone(), Mark::of(set));
    }

    /// The record set does not count any more.
    pub fn forget(&mut self, key: &RecordKey) {
        self.keys.remove(key);
        self.marks.remove(key);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(json: &str) -> Inventory {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn applied_with_nothing_declared_is_not_the_same_as_never_applied() {
        let applied = Inventory::default().applied_by("a run");
        let again = read(&serde_json::to_string(&applied).unwrap());
        assert_eq!(again, applied);
        assert!(again.is_applied() && again.is_noted() && again.keys().is_empty());
        let never = Inventory::default();
        assert!(!never.is_applied() && !never.is_noted() && !never.clone().found().is_noted());
        assert!(!applied.found().is_applied());
    }

    #[test]
    fn an_inventory_of_entries_alone_is_read_as_it_was_meant() {
        let www = r#"{"name": "www.example.", "type": "A", "mark": "0011223344556677""#;
        let applied = read(&format!("[{www}}}]"));
        assert!(applied.is_applied() && applied.keys().len() == 1 && applied.run().is_none());
        let found = read(&format!(r#"[{www}, "found": true}}]"#));
        assert!(found.is_noted() && !found.is_applied());
        assert_eq!(applied.mark(applied.keys().first().unwrap()), Some(&Mark("0011223344556677".into())));
        // Only an apply that deleted the last one ever left this.
        assert!(read("[]").is_applied());
    }
}
