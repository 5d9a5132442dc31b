//! Changes in place: what was asked for and nothing else, comments and all.

use super::written::{Dice, OWNERS, comments, file};
use super::{apex, show};
use dnsure_zones::diff::diff;
use dnsure_zones::source::{MemorySource, Source};
use dnsure_zones::yaml::edit::{Deed, Edit, Edited};
use dnsure_zones::yaml::{Options, ZoneFiles};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, rdata};
use proptest::prelude::*;

const FILE: &str = "zones/example.com.yaml";

fn set(owner: &str, ttl: u32, rtype: &str, values: &[&str]) -> RecordSet {
    let name = if owner.is_empty() { apex() } else { Name::parse_unicode(owner, Some(&apex())).unwrap() };
    let rtype: RecordType = rtype.parse().unwrap();
    let wires = values.iter().map(|text| Rdata::new(rdata::parse_text(rtype, text, &apex()).unwrap()));
    RecordSet::new(RecordKey::new(name, rtype), Ttl::from_secs(ttl).unwrap(), wires)
}

fn put(owner: &str, ttl: u32, rtype: &str, values: &[&str]) -> Edit {
    Edit::Put(Box::new(set(owner, ttl, rtype, values)))
}

fn remove(owner: &str, rtype: &str) -> Edit {
    Edit::Remove(RecordKey::new(Name::parse_unicode(owner, Some(&apex())).unwrap(), rtype.parse().unwrap()))
}

fn edit_in(source: &dyn Source, edits: &[Edit]) -> Edited {
    let files = ZoneFiles::new(source, "zones", Options::default());
    files
        .edit(&apex(), edits)
        .unwrap_or_else(|found| panic!("{:#?}", found.iter().map(show).collect::<Vec<_>>()))
}

fn zone_in(source: &dyn Source) -> Zone {
    let read = ZoneFiles::new(source, "zones", Options::default()).read(&apex());
    let found: Vec<String> = read.diagnostics.iter().map(show).collect();
    read.declared.unwrap_or_else(|| panic!("{found:#?}")).zone
}

/// The new text of the only file.
#[track_caller]
fn edited(text: &str, edits: &[Edit]) -> String {
    let source = MemorySource::new().with(FILE, text);
    let mut edited = edit_in(&source, edits);
    let refused: Vec<String> = edited.refused.iter().map(|(_, found)| show(found)).collect();
    assert!(refused.is_empty(), "{refused:#?}\n{text}");
    edited.files.remove(std::path::Path::new(FILE)).unwrap_or_else(|| text.to_owned())
}

/// The reason why the only edit is refused; nothing is changed then.
#[track_caller]
fn refused(files: &[(&str, &str)], edit: Edit) -> String {
    let source = files.iter().fold(MemorySource::new(), |source, (file, text)| source.with(file, *text));
    let edited = edit_in(&source, &[edit]);
    assert!(edited.files.is_empty() && edited.done.is_empty(), "{edited:?}");
    let (_, found) = &edited.refused[0];
    assert!(found.help.as_ref().is_some_and(|help| help.starts_with("by hand: ")), "{found:?}");
    show(found)
}

#[test]
fn a_value_is_changed_and_all_around_it_stays() {
    let text = "# top\nwww:   # web\n    type:   'A'\n    value:  \"192.0.2.1\"   # office\n    # end\nmail: {type: A, ttl: 60, value: 192.0.2.2}\n";
    assert_eq!(
        edited(text, &[put("www", 3600, "A", &["192.0.2.9"])]),
        text.replace("\"192.0.2.1\"", "192.0.2.9")
    );
    assert_eq!(edited(text, &[put("mail", 300, "A", &["192.0.2.2"])]), text.replace("60", "300"));
    assert_eq!(
        edited(text, &[put("www", 300, "A", &["192.0.2.1", "192.0.2.3"])]),
        "# top\nwww:   # web\n    ttl: 300\n    type:   'A'\n    values:\n    - \"192.0.2.1\"   # office\n    - 192.0.2.3\n    # end\nmail: {type: A, ttl: 60, value: 192.0.2.2}\n"
    );
    assert_eq!(
        edited(text, &[put("mail", 60, "A", &["192.0.2.2", "192.0.2.3"])]),
        text.replace("value: 192.0.2.2}", "values: [192.0.2.2, 192.0.2.3]}")
    );
}

#[test]
fn values_of_a_list_come_and_go_one_by_one() {
    let text = "www:\n  type: A\n  values:\n    # first\n    - 192.0.2.1  # one\n    # second\n    - 192.0.2.2  # two\n  # end\n";
    assert_eq!(
        edited(text, &[put("www", 3600, "A", &["192.0.2.2"])]),
        "www:\n  type: A\n  values:\n    # first\n    # second\n    - 192.0.2.2  # two\n  # end\n"
    );
    assert_eq!(
        edited(text, &[put("www", 3600, "A", &["192.0.2.1", "192.0.2.2", "192.0.2.3"])]),
        text.replace("# two\n", "# two\n    - 192.0.2.3\n")
    );
    assert_eq!(
        edited(text, &[put("www", 3600, "A", &["192.0.2.1", "192.0.2.7"])]),
        text.replace("192.0.2.2 ", "192.0.2.7 ")
    );
    let flow = "www: {type: A, values: [192.0.2.1, # one\n  192.0.2.2]} # both\n";
    assert_eq!(
        edited(flow, &[put("www", 3600, "A", &["192.0.2.1"])]),
        "www: {type: A, values: [192.0.2.1 # one\n  ]} # both\n"
    );
    assert_eq!(
        edited(flow, &[put("www", 3600, "A", &["192.0.2.2"])]),
        "www: {type: A, values: [ # one\n  192.0.2.2]} # both\n"
    );
}

#[test]
fn fields_of_a_value_are_changed_where_they_stand() {
    let text = "'':\n- type: MX\n  values:\n  - exchange: mx1.example.net.   # near\n    priority: 10  # first\n  - {exchange: mx2.example.net., preference: 20}\n";
    assert_eq!(
        edited(text, &[put("", 3600, "MX", &["5 mx1.example.net.", "20 mx2.example.net."])]),
        text.replace("10  #", "5  #")
    );
    assert_eq!(
        edited(text, &[put("", 3600, "MX", &["10 mx1.example.net.", "30 mx2.example.net."])]),
        text.replace("20}", "30}")
    );
}

#[test]
fn records_are_added_beside_others_of_their_name() {
    let text = "a:   # one\n  # inside\n  type: A\n  value: 192.0.2.1\n  # foot\nb: {type: A, value: 192.0.2.2}  # braces\nc:\n  - type: A\n    value: 192.0.2.3\n";
    let new = |owner: &str| put(owner, 3600, "TXT", &["\"hello; you\""]);
    assert_eq!(
        edited(text, &[new("a")]),
        text.replace(
            "  type: A\n  value: 192.0.2.1\n",
            "- type: A\n  value: 192.0.2.1\n- type: TXT\n  value: hello\\; you\n"
        )
    );
    assert_eq!(
        edited(text, &[new("b")]),
        text.replace(
            "b: {type: A, value: 192.0.2.2}  # braces\n",
            "b:\n- {type: A, value: 192.0.2.2}  # braces\n- type: TXT\n  value: hello\\; you\n"
        )
    );
    assert_eq!(edited(text, &[new("c")]), format!("{text}  - type: TXT\n    value: hello\\; you\n"));
}

#[test]
fn new_names_come_to_their_natural_place_where_names_are_sorted() {
    let sorted =
        "---\n# of a2\na2: {type: A, value: 192.0.2.1}\n# of a10\na10: {type: A, value: 192.0.2.1}\n";
    let new = |owner: &str| put(owner, 60, "A", &["192.0.2.7"]);
    let lines = |owner: &str| format!("{owner}:\n  ttl: 60\n  type: A\n  value: 192.0.2.7\n");
    assert_eq!(edited(sorted, &[new("a3")]), sorted.replace("# of a10", &format!("{}# of a10", lines("a3"))));
    assert_eq!(edited(sorted, &[new("b")]), format!("{sorted}{}", lines("b")));
    let unsorted = "b: {type: A, value: 192.0.2.1}\n\na: {type: A, value: 192.0.2.1}";
    assert_eq!(edited(unsorted, &[new("aa")]), format!("{unsorted}\n\n{}", lines("aa").trim_end()));
    let windows = "a: {type: A, value: 192.0.2.1}\r\nc: {type: A, value: 192.0.2.1}\r\n";
    assert!(edited(windows, &[new("b"), new("a")]).lines().count() > 3);
    assert!(!edited(windows, &[new("b")]).replace("\r\n", "").contains('\n'));
    assert_eq!(edited("# nothing yet\n", &[new("b")]), format!("# nothing yet\n{}", lines("b")));
}

#[test]
fn removed_records_leave_the_comments_above_them() {
    let text = "# of a\na: {type: A, value: 192.0.2.1}  # own\n# of b\nb:\n# of b's A\n- type: A\n  value: 192.0.2.2\n  # inside\n- type: TXT\n  value: x\n";
    assert_eq!(
        edited(text, &[remove("a", "A")]),
        text.replace("a: {type: A, value: 192.0.2.1}  # own\n", "")
    );
    assert_eq!(edited(text, &[remove("b", "TXT")]), text.replace("- type: TXT\n  value: x\n", ""));
    assert_eq!(
        edited(text, &[Edit::RemoveName("b.example.com.".parse().unwrap())]),
        "# of a\na: {type: A, value: 192.0.2.1}  # own\n# of b\n"
    );
}

#[test]
fn what_comes_from_elsewhere_is_refused_with_its_place() {
    let alias = "a: &a\n  type: A\n  value: 192.0.2.1\nb: *a\nc:\n  type: A\n  values: [*x]\n"
        .replace("  values: [*x]\n", "  value: 192.0.2.3\n");
    let of = |owner: &str| put(owner, 3600, "A", &["192.0.2.9"]);
    let said = refused(&[(FILE, &alias)], of("b"));
    assert!(said.contains("it comes from zones/example.com.yaml:3"), "{said}");
    let said = refused(&[(FILE, &alias)], of("a"));
    assert!(said.contains("the anchor `&a`, which line 4 uses too"), "{said}");
    let merged = "d: &d\n  type: A\n  value: 192.0.2.1\nw:\n  <<: *d\n  type: A\n  ttl: 60\n";
    let said = refused(&[(FILE, merged)], put("w", 60, "A", &["192.0.2.9"]));
    assert!(said.contains("through a merge (zones/example.com.yaml:3"), "{said}");
    assert_eq!(edited(merged, &[put("w", 90, "A", &["192.0.2.1"])]), merged.replace("ttl: 60", "ttl: 90"));
    let included = [
        (FILE, "a: !include r.yaml\nb:\n  type: A\n  values: !include v.yaml\n"),
        ("zones/r.yaml", "{type: A, value: 192.0.2.1}\n"),
        ("zones/v.yaml", "[192.0.2.1]\n"),
    ];
    let said = refused(&included, of("a"));
    assert!(said.contains("it comes from zones/r.yaml:1"), "{said}");
    let said = refused(&included, of("b"));
    assert!(said.contains("includes it from v.yaml"), "{said}");
}

#[test]
fn split_files_are_edited_each_and_new_names_get_files_of_their_own() {
    let source = MemorySource::new()
        .with("zones/example.com./www.yaml", "www: {type: A, value: 192.0.2.1} # one\n")
        .with("zones/example.com./$example.com.yaml", "'': {type: TXT, value: x}\n");
    let edits = [
        put("www", 3600, "A", &["192.0.2.2"]),
        put("new", 3600, "A", &["192.0.2.3"]),
        put("*", 3600, "A", &["192.0.2.4"]),
    ];
    let edited = edit_in(&source, &edits);
    assert!(edited.refused.is_empty(), "{edited:?}");
    let text = |file: &str| edited.files[std::path::Path::new(file)].as_str();
    assert_eq!(text("zones/example.com./www.yaml"), "www: {type: A, value: 192.0.2.2} # one\n");
    assert_eq!(text("zones/example.com./new.yaml"), "new:\n  type: A\n  value: 192.0.2.3\n");
    assert_eq!(
        text("zones/example.com./$example.com.yaml"),
        "'': {type: TXT, value: x}\n'*':\n  type: A\n  value: 192.0.2.4\n"
    );
}

#[test]
fn two_types_of_a_new_name_go_into_one_new_file() {
    let source =
        MemorySource::new().with("zones/example.com./www.yaml", "www: {type: A, value: 192.0.2.1}\n");
    let edits = [put("new", 300, "A", &["192.0.2.3"]), put("new", 300, "AAAA", &["2001:db8::3"])];
    let edited = edit_in(&source, &edits);
    assert!(edited.refused.is_empty(), "{edited:?}");
    let text = edited.files[std::path::Path::new("zones/example.com./new.yaml")].as_str();
    assert!(text.contains("type: A\n") && text.contains("type: AAAA\n"), "{text}");
}

#[test]
fn what_is_refused_keeps_nothing_else_from_being_done() {
    let names: Vec<String> = (0..60).map(|number| format!("h{number}")).collect();
    let mut text = String::from("a: &a {type: A, value: 192.0.2.1}\n");
    for name in &names {
        let line = if name.ends_with('7') { "*a" } else { "{type: A, value: 192.0.2.1} # kept" };
        text.push_str(&format!("{name}: {line}\n"));
    }
    let both =
        |name: &String| [put(name, 3600, "A", &["192.0.2.9"]), put(name, 3600, "AAAA", &["2001:db8::9"])];
    let wishes: Vec<Edit> = names.iter().flat_map(both).collect();
    let edited = edit_in(&MemorySource::new().with(FILE, text), &wishes);
    let refused: Vec<usize> = edited.refused.iter().map(|(wish, _)| *wish).collect();
    let sevens: Vec<usize> = (0..6).flat_map(|ten| [(ten * 10 + 7) * 2, (ten * 10 + 7) * 2 + 1]).collect();
    assert_eq!(refused, sevens, "{:?}", edited.refused);
    assert_eq!(edited.done.len(), wishes.len() - sevens.len());
    let text = &edited.files[std::path::Path::new(FILE)];
    assert_eq!(text.matches("2001:db8::9").count(), 54);
    assert_eq!(text.matches("# kept").count(), 54, "{text}");
}

#[test]
fn wishes_that_are_fulfilled_already_change_nothing() {
    let source = MemorySource::new().with(FILE, "a: {type: A, value: 192.0.2.1}\n");
    let edited = edit_in(&source, &[put("a", 3600, "A", &["192.0.2.1"]), remove("b", "A")]);
    assert!(edited.files.is_empty() && edited.done.iter().all(|done| done.deed == Deed::Nothing));
}

/// Random wishes about the names of the generator.
fn wishes(zone: &Zone, dice: &mut Dice) -> Vec<Edit> {
    let mut wishes = Vec::new();
    for _ in 0..1 + dice.below(4) {
        let sets: Vec<RecordSet> = zone.sets().map(|set| set.to_set()).collect();
        let wish = match dice.below(5) {
            0 | 1 if !sets.is_empty() => {
                // Other values, some of the old ones kept.
                let mut old = sets[dice.below(sets.len())].clone();
                let mut members: Vec<Rdata> = old.rdatas().to_vec();
                members.retain(|_| !dice.one_in(2));
                for _ in 0..dice.below(3) {
                    let number = dice.below(250);
                    let text = match old.key.rtype {
                        RecordType::A => format!("203.0.113.{number}"),
                        RecordType::MX => format!("{number} new{number}.example.net."),
                        _ => format!("\"new; {number} 'quoted' , #no\""),
                    };
                    members.push(Rdata::new(rdata::parse_text(old.key.rtype, &text, &apex()).unwrap()));
                }
                if members.is_empty() {
                    members = old.rdatas().to_vec();
                }
                let ttl = if dice.one_in(2) {
                    old.ttl
                } else {
                    Ttl::from_secs(dice.below(5) as u32 * 900).unwrap()
                };
                let settings = std::mem::take(&mut old.settings);
                let mut new = RecordSet::new(old.key.clone(), ttl, members);
                new.settings = settings;
                Edit::Put(Box::new(new))
            }
            2 if !sets.is_empty() => Edit::Remove(sets[dice.below(sets.len())].key.clone()),
            3 => put(OWNERS[dice.below(OWNERS.len())], 300, "AAAA", &["2001:db8::9"]),
            _ => put(dice.pick(&["fresh", "b", "zz", "'", "a5"]), 3600, "SRV", &["1 2 3 sip.example.net."]),
        };
        if !wishes.iter().any(|known: &Edit| known.name() == wish.name()) || dice.one_in(3) {
            wishes.push(wish);
        }
    }
    wishes
}

fn edited_zone(zone: &Zone, wishes: &[Edit]) -> Zone {
    wishes.iter().fold(zone.clone(), |zone, wish| match wish {
        Edit::Put(set) => zone.with([(&set.key, Some(&**set))]).unwrap(),
        Edit::Remove(key) => zone.with([(key, None)]).unwrap(),
        Edit::RemoveName(name) => zone.filtered(|set| set.name() != *name),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]
    #[test]
    fn any_edit_of_any_file_says_exactly_what_was_asked_for(seed in any::<u64>(), anchors in any::<bool>()) {
        let text = file(seed, anchors);
        let source = MemorySource::new().with(FILE, text.as_str());
        let before = zone_in(&source);
        let wishes = wishes(&before, &mut Dice::new(seed.rotate_left(17)));
        let edited = edit_in(&source, &wishes);
        let refused: Vec<usize> = edited.refused.iter().map(|(index, _)| *index).collect();
        let told: Vec<String> = edited.refused.iter().map(|(_, found)| show(found)).collect();
        // Only anchors stand in the way of what is asked for here.
        prop_assert!(anchors || refused.is_empty(), "{:#?}\n{}\n{:#?}", told, text, wishes);
        prop_assert!(!told.iter().any(|said| said.contains("would not say")), "{:#?}\n{}\n{:#?}", told, text, wishes);
        let kept: Vec<Edit> =
            wishes.iter().enumerate().filter(|(index, _)| !refused.contains(index)).map(|(_, wish)| wish.clone()).collect();
        let new = edited.files.get(std::path::Path::new(FILE)).map_or(text.as_str(), String::as_str);
        let after = zone_in(&MemorySource::new().with(FILE, new));
        let wanted = edited_zone(&before, &kept);
        let differences: Vec<String> = diff(&wanted, &after).map(|one| format!("{one:?}")).collect();
        prop_assert!(differences.is_empty(), "{:#?}\n{}\n=====\n{}", differences, text, new);
        let gone = |comment: &&String| !comments(new).contains(comment);
        let removes = kept.iter().any(|wish| !matches!(wish, Edit::Put(set) if set.rdatas().len() >= before.get_key(&set.key).map_or(0, |old| old.rdatas().len())));
        let lost: Vec<String> = comments(&text).iter().filter(gone).cloned().collect();
        if !removes {
            // A value that stood there twice goes with the comment behind it, and nothing else.
            let own = |comment: &&String| text.lines().any(|line| line.trim() == comment.as_str());
            prop_assert!(!lost.iter().any(|comment| own(&comment)), "{:#?}\n{}\n=====\n{}", lost, text, new);
        }
        // Lines of their own at the top level belong to nobody that goes.
        for comment in lost {
            prop_assert!(!text.lines().any(|line| line.trim_end() == comment), "{}\n{}\n=====\n{}", comment, text, new);
        }
        // Every line that is new or other belongs to a wish.
        if kept.is_empty() {
            prop_assert_eq!(&text, new);
        }
    }
}
