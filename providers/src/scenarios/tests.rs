#![allow(clippy::unwrap_used)]
use super::*;

fn all() -> Vec<Group> {
    let name = |text: &str| text.parse::<Name>().unwrap();
    groups(&name("conformance.example."), &[name("ns1.example.org."), name("ns2.example.org.")])
}

#[test]
fn every_number_from_1_is_there_once_and_names_are_unique() {
    let groups = all();
    let mut numbers: Vec<u8> = groups.iter().map(|group| group.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=81).collect::<Vec<u8>>());
    let names: BTreeSet<&str> = groups.iter().map(|group| group.name).collect();
    assert_eq!(names.len(), groups.len());
    for group in &groups {
        let kebab =
            group.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        assert!(kebab, "{}", group.name);
        assert!(group.story.ends_with('.') && !group.states.is_empty(), "{}", group.name);
        let titles: BTreeSet<&str> = group.states.iter().map(|state| state.title.as_str()).collect();
        assert_eq!(titles.len(), group.states.len(), "titles in {}", group.name);
    }
}

#[test]
fn every_record_line_was_understood() {
    let drafts = [basics::groups(), typed::groups(), ignored::groups(), ours::groups()];
    for draft in drafts.iter().flatten() {
        for line in draft.states.iter().flat_map(|state| &state.records) {
            let record = Record::read(line).unwrap();
            assert!(record.rtype.parse::<RecordType>().is_ok(), "{line}");
        }
    }
}

#[test]
fn every_state_but_the_first_differs_from_the_one_before_or_says_that_it_does_not() {
    for group in all() {
        assert_ne!(group.states[0].expect, Expect::NoChange, "{}", group.name);
        for pair in group.states.windows(2) {
            let differs =
                pair[0].zone != pair[1].zone || !pair[1].extras.is_empty() || !pair[0].kept.is_empty();
            assert!(differs || pair[1].expect == Expect::NoChange, "{}: {}", group.name, pair[1].title);
        }
    }
}

#[test]
fn no_placeholder_is_left() {
    for group in all() {
        for state in &group.states {
            assert!(!state.zone.contains("{apex}") && !state.zone.contains("{ns}"), "{}", state.zone);
        }
    }
}
