#![allow(clippy::unwrap_used)]

use super::*;
use crate::plan::inventory::Mark;
use dnsure_providers::SetChange;
use dnsure_zones::{RecordType, Ttl, ZoneBuilder};
use proptest::prelude::*;

fn apex() -> Name {
    "example.".parse().unwrap()
}

fn key(owner: &str) -> RecordKey {
    RecordKey::new(Name::parse(owner, Some(&apex())).unwrap(), RecordType::A)
}

/// A records, `owner last-octet…`.
fn zone(sets: &[&str]) -> Zone {
    let mut builder = ZoneBuilder::new(apex());
    for set in sets {
        builder.push_set(&a(set)).unwrap();
    }
    builder.finish()
}

fn a(text: &str) -> RecordSet {
    let mut words = text.split(' ');
    let key = key(words.next().unwrap());
    RecordSet::new(key, Ttl::from_wire(60), words.map(|last| Rdata::new([192, 0, 2, last.parse().unwrap()])))
}

fn wrote(left: &[&str], deleted: &[&str]) -> Written {
    let left = left.iter().map(|text| a(text)).map(|set| (set.key.clone(), Some(set)));
    left.chain(deleted.iter().map(|owner| (key(owner), None))).collect()
}

fn after(scope: &Scope, before: &[&str], declared: &[&str], live: &[&str], written: &Written) -> Inventory {
    let (apex, before, declared, live) = (apex(), Inventory::of(&zone(before)), zone(declared), zone(live));
    let end = End { apex: &apex, declared: Some(&declared), live: Some(&live), written };
    scope.after(before, end)
}

#[track_caller]
fn assert_counts(found: &Inventory, expected: &[&str]) {
    assert_eq!(*found, Inventory::of(&zone(expected)));
}

fn ignoring(rule: &str) -> Scope {
    Scope { ignore: vec![rule.parse().unwrap()], ..Scope::default() }
}

#[test]
fn what_was_written_counts_as_it_was_written_whatever_the_files_say_by_now() {
    let written = wrote(&["changed 2", "added 1"], &["deleted"]);
    let found =
        after(&Scope::default(), &["changed 1", "deleted 1"], &["changed 3", "deleted 1"], &[], &written);
    assert_counts(&found, &["changed 2", "added 1"]);
}

#[test]
fn what_needed_no_change_counts_and_what_waits_in_the_files_does_not() {
    let found = after(
        &Scope::default(),
        &["waits 1"],
        &["same 1", "waits 2", "new 1", "foreign 1"],
        &["same 1", "waits 1", "foreign 9"],
        &Written::new(),
    );
    assert_counts(&found, &["same 1", "waits 1"]);
}

#[test]
fn what_left_the_files_counts_as_long_as_it_is_live() {
    let found = after(&Scope::default(), &["live 1", "gone 1"], &[], &["live 1", "never 1"], &Written::new());
    assert_counts(&found, &["live 1"]);
}

#[test]
fn other_owner_names_and_what_another_run_holds_stay_as_they_were() {
    let open = BTreeSet::from([key("held")]);
    let scope = Scope { names: OwnerNames::new(&["in".into(), "held".into()]), open, ..Scope::default() };
    let declared = ["in 1", "out 1", "held 2"];
    let found = after(&scope, &["left 1", "held 1"], &declared, &declared, &Written::new());
    assert_counts(&found, &["in 1", "left 1", "held 1"]);
}

#[test]
fn what_is_ignored_counts_no_more() {
    let found = after(&ignoring("www A"), &["www 1"], &["www 1"], &["www 1"], &Written::new());
    assert_counts(&found, &[]);
}

#[test]
fn members_that_are_ignored_are_no_part_of_what_was_declared() {
    let scope = ignoring("** A 192.0.2.9");
    let live = ["same 1 9", "theirs 9", "ours 1 9"];
    let found = after(&scope, &["theirs 1", "ours 1"], &["same 1"], &live, &Written::new());
    assert_counts(&found, &["same 1", "ours 1"]);
    let written = wrote(&["moved 2 9", "theirs 9"], &[]);
    let found = after(&scope, &["theirs 1", "moved 1"], &["moved 3"], &[], &written);
    assert_counts(&found, &["moved 2"]);
}

#[test]
fn without_the_files_only_what_was_written_is_known() {
    let (apex, live, written) = (apex(), zone(&["here 1"]), wrote(&["new 1"], &["old"]));
    for live in [Some(&live), None] {
        let before = Inventory::of(&zone(&["here 1", "gone 1", "old 1"]));
        let found =
            Scope::default().after(before, End { apex: &apex, declared: None, live, written: &written });
        assert_counts(&found, &["here 1", "gone 1", "new 1"]);
    }
}

#[test]
fn where_nobody_knows_what_is_live_nothing_is_forgotten_and_nothing_added() {
    let (apex, declared) = (apex(), zone(&["new 1", "moved 2"]));
    let before = Inventory::of(&zone(&["moved 1", "left 1"]));
    let end = End { apex: &apex, declared: Some(&declared), live: None, written: &Written::new() };
    assert_counts(&Scope::default().after(before, end), &["moved 1", "left 1"]);
}

#[test]
fn the_name_servers_of_the_zone_are_its_own_once_no_file_declares_them() {
    let apex = apex();
    let ns = RecordSet::new(
        RecordKey::new(apex.clone(), RecordType::NS),
        Ttl::from_wire(60),
        [Rdata::new(*b"\x03ns1\x07example\0")],
    );
    let mut builder = ZoneBuilder::new(apex.clone());
    builder.push_set(&ns).unwrap();
    let (live, declared) = (builder.finish(), zone(&[]));
    let end = End { apex: &apex, declared: Some(&declared), live: Some(&live), written: &Written::new() };
    assert_counts(&Scope::default().after(Inventory::of(&live), end), &[]);
}

fn step(sets: Vec<SetChange>) -> Step {
    Step::new(sets.into_iter().filter_map(|set| dnsure_providers::Change::new(vec![set])).collect())
}

fn replace(before: &str, after: &str) -> SetChange {
    SetChange::Replace { before: a(before), after: a(after) }
}

#[test]
fn what_was_left_out_was_not_written() {
    let steps = [
        step(vec![replace("www 1", "www 2"), SetChange::Add(a("new 1"))]),
        step(vec![replace("www 2", "www 3")]),
        step(vec![SetChange::Remove(a("old 1"))]),
    ];
    let aside = BTreeSet::from([1, 2]);
    assert_eq!(written(&steps, &aside, false), wrote(&["www 2", "new 1"], &[]));
    assert_eq!(written(&steps, &BTreeSet::new(), false), wrote(&["www 3", "new 1"], &["old"]));
}

#[test]
fn on_the_way_back_only_what_could_not_be_taken_back_stands() {
    let steps = [
        step(vec![SetChange::Add(a("old 1"))]),
        step(vec![replace("www 3", "www 2")]),
        step(vec![SetChange::Remove(a("new 1"))]),
    ];
    assert_eq!(written(&steps, &BTreeSet::from([1]), true), wrote(&["www 3"], &[]));
    assert_eq!(written(&steps, &BTreeSet::new(), true), Written::new());
}

/// Each of six names with one of three values, or absent.
fn sets() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(0..4_u8, 6).prop_map(|values| {
        let held = values.iter().enumerate().filter(|(_, value)| **value > 0);
        held.map(|(name, value)| format!("n{name} {value}")).collect()
    })
}

fn of(sets: &[String]) -> Zone {
    zone(&sets.iter().map(String::as_str).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn nothing_counts_that_was_not_applied_and_nothing_live_is_forgotten(
        before in sets(),
        declared in sets(),
        live in sets(),
        planned in sets(),
        touched in prop::collection::btree_set(0..6_usize, 0..4),
    ) {
        let (apex, before, declared, live, planned) =
            (apex(), Inventory::of(&of(&before)), of(&declared), of(&live), of(&planned));
        let written: Written = touched
            .iter()
            .map(|name| key(&format!("n{name}")))
            .map(|key| (key.clone(), planned.get_key(&key).map(|set| set.to_set())))
            .collect();
        let end = End { apex: &apex, declared: Some(&declared), live: Some(&live), written: &written };
        let scope = Scope::default();
        let found = scope.after(before.clone(), end);
        for key in (0..6).map(|name| key(&format!("n{name}"))) {
            let get = |zone: &Zone| zone.get_key(&key).map(|set| set.to_set());
            let now = written.get(&key).cloned().unwrap_or_else(|| get(&live));
            let (counts, mark) = (found.contains(&key), found.mark(&key));
            let is_as_before = counts == before.contains(&key) && mark == before.mark(&key);
            let is_live_now = counts && mark == now.as_ref().map(Mark::of).as_ref();
            // An entry is what is live, or what it was.
            prop_assert!(!counts || is_live_now || is_as_before, "{key}");
            match (get(&declared), &now) {
                (Some(wanted), Some(now)) if wanted == *now => prop_assert!(is_live_now, "{key}"),
                _ if written.contains_key(&key) => prop_assert_eq!(counts, now.is_some()),
                (None, None) => prop_assert!(!counts, "{key}"),
                _ => prop_assert!(is_as_before, "{key}"),
            }
        }
        // A run that is killed before its journal is closed does it again.
        prop_assert_eq!(scope.after(found.clone(), end), found);
    }
}
