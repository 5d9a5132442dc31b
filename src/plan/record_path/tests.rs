use super::*;
use crate::plan::union::may_coexist;
use dnsure_zones::{Name, RecordType};
use proptest::prelude::*;

fn key(owner: &str, rtype: RecordType) -> RecordKey {
    RecordKey::new(owner.parse().unwrap(), rtype)
}

/// A record set of `value@ttl` words.
fn set(key: &RecordKey, members: &[&str]) -> RecordSet {
    let member = |text: &&str| {
        let (value, ttl) = text.rsplit_once('@').unwrap();
        let wire = rdata::parse_text(key.rtype, value, &Name::root()).unwrap();
        (Rdata::new(wire), Ttl::from_wire(ttl.parse().unwrap()))
    };
    RecordSet::from_members(key.clone(), members.iter().map(member)).unwrap()
}

/// The states on the way, as `value@ttl` words.
fn way(hops: &[Hop]) -> Vec<String> {
    let shown = |set: Option<&RecordSet>| match set {
        None => "-".to_owned(),
        Some(set) => {
            let rtype = set.key.rtype;
            let words =
                set.members().map(|(data, ttl)| format!("{}@{ttl}", rdata::to_text(rtype, data.wire())));
            words.collect::<Vec<_>>().join(" ")
        }
    };
    hops.iter()
        .map(|hop| format!("{}{}", if hop.in_gap { "! " } else { "" }, shown(hop.change.after())))
        .collect()
}

fn path(key: &RecordKey, before: &[&str], after: &[&str], skill: Skill) -> Result<Vec<Hop>, NoPath> {
    record_path(Some(&set(key, before)), Some(&set(key, after)), skill, None)
}

fn www() -> RecordKey {
    key("www.example.", RecordType::A)
}

#[test]
fn a_value_is_created_before_the_old_one_is_deleted() {
    let hops = path(&www(), &["192.0.2.1@300"], &["192.0.2.2@60"], Skill::CreatesAndDeletes).unwrap();
    assert_eq!(way(&hops), ["192.0.2.1@300 192.0.2.2@60", "192.0.2.2@60"]);
}

#[test]
fn a_value_is_edited_in_place_where_that_can_be_done() {
    let hops = path(&www(), &["192.0.2.1@300"], &["192.0.2.2@60"], Skill::Edits).unwrap();
    assert_eq!(way(&hops), ["192.0.2.2@60"]);
}

#[test]
fn a_ttl_alone_is_never_changed_by_a_duplicate() {
    let refused = path(&www(), &["192.0.2.1@300"], &["192.0.2.1@60"], Skill::CreatesAndDeletes).unwrap_err();
    assert!(refused.to_string().contains("stand_in"), "{refused}");
}

#[test]
fn a_stand_in_is_served_while_the_record_is_away() {
    let (before, after) = (set(&www(), &["192.0.2.1@300"]), set(&www(), &["192.0.2.1@60"]));
    let stand_in = Rdata::new([192, 0, 2, 9]);
    let hops = record_path(Some(&before), Some(&after), Skill::CreatesAndDeletes, Some(&stand_in)).unwrap();
    assert_eq!(
        way(&hops),
        ["192.0.2.1@300 192.0.2.9@60", "192.0.2.9@60", "192.0.2.1@60 192.0.2.9@60", "192.0.2.1@60"]
    );
}

#[test]
fn members_stand_in_for_each_other() {
    let before = ["192.0.2.1@300", "192.0.2.2@300"];
    let hops = path(&www(), &before, &["192.0.2.1@60", "192.0.2.2@60"], Skill::CreatesAndDeletes).unwrap();
    assert_eq!(
        way(&hops),
        ["192.0.2.2@300", "192.0.2.1@60 192.0.2.2@300", "192.0.2.1@60", "192.0.2.1@60 192.0.2.2@60"]
    );
}

#[test]
fn an_alias_has_no_way_without_a_gap_but_by_an_edit() {
    let alias = key("www.example.", RecordType::CNAME);
    let (before, after) = (["a.example.@300"], ["b.example.@300"]);
    let hops = path(&alias, &before, &after, Skill::CreatesAndDeletes).unwrap();
    assert_eq!(way(&hops), ["-", "! b.example.@300"]);
    assert_eq!(way(&path(&alias, &before, &after, Skill::Edits).unwrap()), ["b.example.@300"]);
}

#[test]
fn two_spf_strings_never_stand_side_by_side() {
    let apex = key("example.", RecordType::TXT);
    let before = ["\"v=spf1 -all\"@300", "\"hello\"@300"];
    let after = ["\"v=spf1 mx -all\"@300", "\"hello\"@300", "\"new\"@300"];
    let hops = path(&apex, &before, &after, Skill::CreatesAndDeletes).unwrap();
    assert_eq!(
        way(&hops),
        [
            "\"new\"@300 \"hello\"@300 \"v=spf1 -all\"@300",
            "\"new\"@300 \"hello\"@300",
            "! \"new\"@300 \"hello\"@300 \"v=spf1 mx -all\"@300"
        ]
    );
    let edits = path(&apex, &before, &after, Skill::Edits).unwrap();
    assert!(edits.iter().all(|hop| !hop.in_gap));
}

#[test]
fn a_null_mx_gives_way_without_standing_beside_another() {
    let mail = key("example.", RecordType::MX);
    let (null, two) = (["0 .@300"], ["10 a.example.@300", "20 b.example.@300"]);
    let hops = path(&mail, &null, &two, Skill::Edits).unwrap();
    assert_eq!(way(&hops), ["10 a.example.@300", "10 a.example.@300 20 b.example.@300"]);
    let hops = path(&mail, &two, &null, Skill::Edits).unwrap();
    assert_eq!(way(&hops), ["10 a.example.@300", "0 .@300"]);
}

#[test]
fn of_records_with_different_ttls_the_one_that_goes_brings_the_servers_to_the_ttl_of_the_one_that_stays() {
    let (before, after) = (["192.0.2.1@300", "192.0.2.2@60"], ["192.0.2.1@300"]);
    let hops = path(&www(), &before, &after, Skill::CreatesAndDeletes).unwrap();
    assert_eq!(way(&hops), ["192.0.2.1@300", "192.0.2.1@300 192.0.2.2@300", "192.0.2.1@300"]);
    let hops = path(&www(), &before, &after, Skill::Edits).unwrap();
    assert_eq!(way(&hops), ["192.0.2.1@300 192.0.2.2@300", "192.0.2.1@300"]);
    // What is added does it as well.
    let hops = path(&www(), &before, &["192.0.2.1@300", "192.0.2.3@300"], Skill::CreatesAndDeletes).unwrap();
    assert_eq!(hops.len(), 2);
}

fn any_members() -> impl Strategy<Value = Vec<(u8, u32)>> {
    prop::collection::btree_map(0..6_u8, prop::sample::select(vec![60, 300, 900]), 1..4)
        .prop_map(|members| members.into_iter().collect())
}

proptest! {
    #[test]
    fn every_path_changes_one_record_at_a_time_and_is_never_empty_on_the_way(
        before in any_members(),
        after in any_members(),
        kind in 0..3_usize,
        edits: bool,
    ) {
        let (key, texts) = match kind {
            0 => (www(), ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"]),
            1 => (
                key("example.", RecordType::TXT),
                ["\"v=spf1 -all\"", "\"v=spf1 mx\"", "\"a\"", "\"b\"", "\"c\"", "\"d\""],
            ),
            _ => (
                key("example.", RecordType::MX),
                ["0 .", "10 a.example.", "20 b.example.", "30 c.example.", "40 d.example.", "5 e.example."],
            ),
        };
        let make = |members: &[(u8, u32)]| {
            let words: Vec<String> =
                members.iter().map(|(index, ttl)| format!("{}@{ttl}", texts[usize::from(*index)])).collect();
            set(&key, &words.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let (before, after) = (make(&before), make(&after));
        let legal = |set: &RecordSet| may_coexist(&key, &set.rdatas().iter().collect::<Vec<_>>());
        prop_assume!(legal(&before) && legal(&after));
        let skill = if edits { Skill::Edits } else { Skill::CreatesAndDeletes };
        let hops = match record_path(Some(&before), Some(&after), skill, None) {
            Ok(hops) => hops,
            Err(NoPath::SameData { .. }) => {
                prop_assert!(!edits);
                let kept = |set: &RecordSet, data: &Rdata, ttl: Ttl| {
                    set.members().any(|(other, then)| other == data && then != ttl)
                };
                prop_assert!(before.members().any(|(data, ttl)| kept(&after, data, ttl)));
                return Ok(());
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        let mut now = Some(before.clone());
        let gap = hops.iter().any(|hop| hop.in_gap);
        prop_assert!(!(gap && edits), "an edit needs no gap");
        for hop in &hops {
            prop_assert_eq!(hop.change.before(), now.as_ref());
            prop_assert!(hop.change.as_record_write().is_some());
            now = hop.change.after().cloned();
            prop_assert!(gap || now.is_some(), "empty on the way");
            prop_assert!(now.as_ref().is_none_or(legal), "two that exclude each other: {:?}", way(&hops));
        }
        prop_assert_eq!(now, Some(after));
    }
}
