//! Who moved: the files, what is live, or both, since the last apply.

use super::inventory::{Inventory, Mark};
use super::names::OwnerNames;
use super::ownership::Owned;
use dnsure_zones::diff::{Difference, diff};
use dnsure_zones::{RecordKey, RecordSet, Zone};

/// Why files and live are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Live is not what was applied; the files are.
    Live,
    /// It was applied and is not live any more; the files still say it.
    Gone,
    /// The files are not what was applied; live is. The change waits for an apply.
    Files,
    /// Neither is what was applied.
    Both,
    /// Live, not in the files, never declared here, whoever owns the rest of the zone.
    Unmanaged,
    /// What was applied is not known: there was no apply, or one of an older version.
    Unknown,
}

impl Cause {
    /// In words, for a line of a table.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Live => "changed live since the last apply",
            Self::Gone => "deleted live since the last apply",
            Self::Files => "changed in the files, not applied yet",
            Self::Both => "changed live and in the files",
            Self::Unmanaged => "live only, never declared here",
            Self::Unknown => "differs; what was applied is unknown",
        }
    }

    /// Whether what is live is meant to go into the files without being named.
    #[must_use]
    pub fn is_live_only(self) -> bool {
        matches!(self, Self::Live | Self::Gone | Self::Unmanaged)
    }
}

/// One record set that is not the same in the files and live.
#[derive(Debug, Clone)]
pub struct Drifted {
    /// Which.
    pub key: RecordKey,
    /// Why.
    pub cause: Cause,
    /// What the files ask for, in the target's form.
    pub files: Option<RecordSet>,
    /// What is live.
    pub live: Option<RecordSet>,
}

/// Everything in which the files and live differ, in canonical order. `declared` is what the files
/// say in the target's form, before what is ignored was put beside it.
#[must_use]
pub fn drifted(owned: &Owned, declared: &Zone, inventory: &Inventory, names: &OwnerNames) -> Vec<Drifted> {
    let apex = declared.apex();
    let mut all: Vec<Drifted> = diff(&owned.live, &owned.desired)
        .map(|difference| {
            let (live, files) = match difference {
                Difference::Added(files) => (None, Some(files.to_set())),
                Difference::Removed(live) => (Some(live.to_set()), None),
                Difference::Changed(live, files) => (Some(live.to_set()), Some(files.to_set())),
            };
            (live, files)
        })
        .filter_map(|(live, files)| {
            let key = live.as_ref().or(files.as_ref())?.key.clone();
            let said = declared.get_key(&key).map(|set| set.to_set());
            let cause = cause(&key, said.as_ref(), live.as_ref(), inventory);
            Some(Drifted { key, cause, files, live })
        })
        .collect();
    all.extend(owned.unmanaged.iter().map(|set| Drifted {
        key: set.key.clone(),
        cause: Cause::Unmanaged,
        files: None,
        live: Some(set.clone()),
    }));
    all.retain(|one| names.cover(apex, &one.key.name));
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all
}

fn cause(
    key: &RecordKey,
    files: Option<&RecordSet>,
    live: Option<&RecordSet>,
    inventory: &Inventory,
) -> Cause {
    let is_ours = inventory.contains(key);
    if !is_ours && files.is_none() {
        return Cause::Unmanaged;
    }
    if !inventory.is_noted() {
        return Cause::Unknown;
    }
    if !is_ours {
        // Declared since; whatever is live there was never ours.
        return Cause::Files;
    }
    let Some(applied) = inventory.mark(key) else { return Cause::Unknown };
    let is_applied = |set: Option<&RecordSet>| set.is_some_and(|set| Mark::of(set) == *applied);
    match (is_applied(files), is_applied(live)) {
        (true, false) if live.is_none() => Cause::Gone,
        (true, false) => Cause::Live,
        (false, true) => Cause::Files,
        // Both are what was applied where only members differ that are ignored.
        (true, true) => Cause::Unknown,
        (false, false) => Cause::Both,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ownership::{Policy, settle};
    use super::*;
    use dnsure_zones::{Name, RecordType, Ttl, ZoneBuilder};

    fn zone(records: &[(&str, u32, u8)]) -> Zone {
        let apex: Name = "example.".parse().unwrap();
        let mut builder = ZoneBuilder::new(apex.clone());
        for (owner, ttl, last) in records {
            let name = Name::parse(owner, Some(&apex)).unwrap();
            builder.push(&name, RecordType::A, Ttl::from_wire(*ttl), &[192, 0, 2, *last]).unwrap();
        }
        builder.finish()
    }

    fn causes(
        applied: &Inventory,
        files: &[(&str, u32, u8)],
        live: &[(&str, u32, u8)],
    ) -> Vec<(String, Cause)> {
        causes_under(&Policy::default(), applied, files, live)
    }

    fn causes_under(
        policy: &Policy,
        applied: &Inventory,
        files: &[(&str, u32, u8)],
        live: &[(&str, u32, u8)],
    ) -> Vec<(String, Cause)> {
        let (files, live) = (zone(files), zone(live));
        let owned = settle(&files, &live, applied, policy).unwrap();
        let all = drifted(&owned, &files, applied, &OwnerNames::default());
        all.into_iter().map(|one| (one.key.name.relative_to(files.apex()), one.cause)).collect()
    }

    fn told(expected: &[(&str, Cause)]) -> Vec<(String, Cause)> {
        expected.iter().map(|(name, cause)| ((*name).to_owned(), *cause)).collect()
    }

    #[test]
    fn who_moved_is_told_by_what_was_applied() {
        let applied =
            Inventory::of(&zone(&[("a", 60, 1), ("b", 60, 1), ("c", 60, 1), ("d", 60, 1), ("e", 60, 1)]));
        let found = causes(
            &applied,
            &[("a", 60, 1), ("b", 60, 2), ("c", 60, 2), ("d", 60, 1), ("new", 60, 1)],
            &[("a", 90, 1), ("b", 60, 1), ("c", 60, 3), ("e", 60, 1), ("stray", 60, 1)],
        );
        let expected = [
            ("a", Cause::Live),
            ("b", Cause::Files),
            ("c", Cause::Both),
            ("d", Cause::Gone),
            ("e", Cause::Files),
            ("new", Cause::Files),
            ("stray", Cause::Unmanaged),
        ];
        assert_eq!(found, told(&expected));
    }

    #[test]
    fn who_owns_the_zone_changes_nothing_about_who_moved() {
        let applied = Inventory::of(&zone(&[("a", 60, 1), ("b", 60, 1)]));
        let files = [("a", 60, 1), ("new", 60, 1), ("taken", 60, 1)];
        let live = [("a", 60, 2), ("b", 60, 1), ("stray", 60, 1), ("taken", 60, 2)];
        let owns_zone = Policy { owns_zone: true, ..Policy::default() };
        let expected = [
            ("a", Cause::Live),
            ("b", Cause::Files),
            ("new", Cause::Files),
            ("stray", Cause::Unmanaged),
            ("taken", Cause::Files),
        ];
        for policy in [Policy::default(), owns_zone.clone()] {
            assert_eq!(causes_under(&policy, &applied, &files, &live), told(&expected));
        }
        let none = Inventory::default();
        for policy in [Policy::default(), owns_zone] {
            let found = causes_under(&policy, &none, &[("a", 60, 1)], &[("a", 60, 2), ("stray", 60, 1)]);
            assert_eq!(found, told(&[("a", Cause::Unknown), ("stray", Cause::Unmanaged)]));
        }
    }

    #[test]
    fn what_was_applied_before_values_were_kept_is_unknown() {
        let json = r#"[{"name": "a.example.", "type": "A"}]"#;
        let old: Inventory = serde_json::from_str(json).unwrap();
        assert_eq!(causes(&old, &[("a", 60, 1)], &[("a", 60, 2)]), told(&[("a", Cause::Unknown)]));
        let none = Inventory::default();
        assert_eq!(causes(&none, &[("a", 60, 1)], &[("a", 60, 2)]), told(&[("a", Cause::Unknown)]));
        let written = serde_json::to_string(&Inventory::of(&zone(&[("a", 60, 1)]))).unwrap();
        let again: Inventory = serde_json::from_str(&written).unwrap();
        assert_eq!(again, Inventory::of(&zone(&[("a", 60, 1)])));
    }
}
