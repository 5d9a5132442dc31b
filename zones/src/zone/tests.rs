use super::*;
use crate::diff::{Difference, diff};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn zone(records: &[(&str, u32, [u8; 4])]) -> Zone {
    let mut builder = ZoneBuilder::new(name("example."));
    for (owner, ttl, address) in records {
        builder.push(&name(owner), RecordType::A, Ttl::from_secs(*ttl).unwrap(), address).unwrap();
    }
    builder.finish()
}

#[test]
fn sets_come_in_canonical_order_without_duplicates() {
    let zone = zone(&[
        ("b.example.", 60, [192, 0, 2, 2]),
        ("example.", 60, [192, 0, 2, 1]),
        ("A.example.", 60, [192, 0, 2, 3]),
        ("b.example.", 60, [192, 0, 2, 1]),
        ("B.example.", 60, [192, 0, 2, 2]),
    ]);
    let names: Vec<String> = zone.sets().map(|set| set.name().to_string()).collect();
    assert_eq!(names, ["example.", "A.example.", "b.example."]);
    assert_eq!(zone.record_count(), 4);
    assert_eq!(zone.get(&name("b.example."), RecordType::A).unwrap().rdatas().len(), 2);
}

#[test]
fn a_subtree_is_a_range_and_empty_non_terminals_exist() {
    let zone = zone(&[("x.y.example.", 60, [192, 0, 2, 1]), ("yy.example.", 60, [192, 0, 2, 1])]);
    assert!(zone.name_exists(&name("y.example.")));
    assert_eq!(zone.subtree(&name("y.example.")).count(), 1);
    assert_eq!(zone.at(&name("y.example.")).count(), 0);
    assert!(!zone.name_exists(&name("z.example.")));
}

#[test]
fn names_outside_the_zone_are_refused() {
    let mut builder = ZoneBuilder::new(name("example."));
    let error = builder.push(&name("www.test."), RecordType::A, Ttl::MAX, &[192, 0, 2, 1]);
    assert!(matches!(error, Err(ZoneError::OutOfZone { .. })));
}

#[test]
fn a_diff_sees_values_and_ttls_and_ignores_case() {
    let before = zone(&[
        ("a.example.", 60, [192, 0, 2, 1]),
        ("b.example.", 60, [192, 0, 2, 1]),
        ("c.example.", 60, [192, 0, 2, 1]),
    ]);
    let after = zone(&[
        ("A.example.", 60, [192, 0, 2, 1]),
        ("b.example.", 61, [192, 0, 2, 1]),
        ("d.example.", 60, [192, 0, 2, 1]),
    ]);
    let shown: Vec<String> = diff(&before, &after)
        .map(|difference| match difference {
            Difference::Added(set) => format!("+ {}", set.name()),
            Difference::Removed(set) => format!("- {}", set.name()),
            Difference::Changed(old, new) => {
                format!("~ {} {}→{}", old.name(), old.ttl(), new.ttl())
            }
        })
        .collect();
    assert_eq!(shown, ["~ b.example. 60→61", "- c.example.", "+ d.example."]);
}

#[test]
fn members_with_different_ttls_show_as_a_difference() {
    let live = zone(&[("a.example.", 60, [192, 0, 2, 1]), ("a.example.", 90, [192, 0, 2, 2])]);
    let wanted = zone(&[("a.example.", 60, [192, 0, 2, 1]), ("a.example.", 60, [192, 0, 2, 2])]);
    assert_eq!(live.mixed_ttls().len(), 1);
    assert_eq!(diff(&live, &wanted).count(), 1);
}

/// What `with` must give: every set that is not named, and the new ones.
fn rebuilt(zone: &Zone, changes: &[(RecordKey, Option<RecordSet>)]) -> Zone {
    let mut builder = ZoneBuilder::new(zone.apex().clone());
    for set in zone.sets().map(|set| set.to_set()) {
        if !changes.iter().any(|(key, _)| *key == set.key) {
            builder.push_set(&set).unwrap();
        }
    }
    for set in changes.iter().filter_map(|(_, set)| set.as_ref()) {
        builder.push_set(set).unwrap();
    }
    builder.finish()
}

fn a_set(owner: &str, ttl: u32, last: u8) -> RecordSet {
    let key = RecordKey::new(name(owner), RecordType::A);
    RecordSet::new(key, Ttl::from_secs(ttl).unwrap(), [Rdata::new([192, 0, 2, last])])
}

#[test]
fn a_changed_zone_is_what_a_new_one_with_these_sets_would_be() {
    let zone = zone(&[
        ("example.", 60, [192, 0, 2, 1]),
        ("b.example.", 60, [192, 0, 2, 1]),
        ("b.example.", 60, [192, 0, 2, 2]),
        ("D.example.", 60, [192, 0, 2, 1]),
        ("x.d.example.", 60, [192, 0, 2, 1]),
    ]);
    let owners =
        ["example.", "a.example.", "b.example.", "c.example.", "d.example.", "X.D.example.", "z.example."];
    // Each owner is left alone, replaced or taken out, in all combinations.
    for pick in 0..3_usize.pow(owners.len() as u32) {
        let changes: Vec<(RecordKey, Option<RecordSet>)> = owners
            .iter()
            .enumerate()
            .filter_map(|(index, owner)| {
                let set = a_set(owner, 99, index as u8);
                match pick / 3_usize.pow(index as u32) % 3 {
                    0 => None,
                    1 => Some((set.key.clone(), Some(set))),
                    _ => Some((set.key, None)),
                }
            })
            .collect();
        let changed = zone.with(changes.iter().map(|(key, set)| (key, set.as_ref()))).unwrap();
        assert_eq!(format!("{changed:?}"), format!("{:?}", rebuilt(&zone, &changes)), "{changes:?}");
    }
}

#[test]
fn a_changed_zone_keeps_settings_places_and_mixed_ttls_of_the_rest_only() {
    let position = |line| Some(Position { file: format!("{}.yaml", line % 2).into(), line, column: 1 });
    let comment = |text: &str| Settings([("comment".to_owned(), text.into())].into());
    let mut builder = ZoneBuilder::new(name("example."));
    for (line, owner) in [(1, "a.example."), (2, "b.example."), (3, "c.example.")] {
        let mut set = a_set(owner, 60, 1);
        (set.settings, set.position) = (comment(owner), position(line));
        builder.push_set(&set).unwrap();
        builder.push(&name(owner), RecordType::A, Ttl::from_secs(90).unwrap(), &[192, 0, 2, 9]).unwrap();
    }
    let zone = builder.finish();
    let mut new = a_set("b.example.", 60, 1);
    (new.settings, new.position) = (comment("new"), position(7));
    let gone = RecordKey::new(name("c.example."), RecordType::A);
    let changed = zone.with([(&new.key, Some(&new)), (&gone, None)]).unwrap();
    let shown: Vec<String> = changed
        .sets()
        .map(|set| format!("{} {:?} {:?}", set.name(), set.settings().unwrap().0["comment"], set.position()))
        .collect();
    let expected = [("a", "a.example.", 1), ("b", "new", 7)]
        .map(|(owner, comment, line)| format!("{owner}.example. String({comment:?}) {:?}", position(line)));
    assert_eq!(shown, expected);
    assert_eq!(changed.mixed_ttls(), [RecordKey::new(name("a.example."), RecordType::A)]);
}
