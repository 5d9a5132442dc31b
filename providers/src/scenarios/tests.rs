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

fn read(zone: &str) -> dnsure_zones::yaml::ZoneRead {
    let apex = "conformance.example.".parse::<Name>().unwrap();
    dnsure_zones::yaml::read_text(
        zone,
        "conformance.example.yaml",
        &apex,
        &dnsure_zones::yaml::Options::default(),
    )
}

/// The zone of a state; `None` where the reader itself refuses it.
fn zone(group: &Group, state: &State) -> Option<dnsure_zones::Zone> {
    let read = read(&state.zone);
    let found: Vec<&str> =
        read.diagnostics.iter().filter(|it| it.is_error()).map(|it| it.message.as_str()).collect();
    let is_refused =
        group.needs.contains(&Need::ApexDs) && found.iter().all(|message| message.contains("RFC 4035"));
    assert!(found.is_empty() || is_refused, "{} {}: {found:?}\n{}", group.number, state.title, state.zone);
    read.declared.map(|declared| declared.zone)
}

#[test]
fn every_zone_file_is_read_without_an_error_but_ds_at_the_apex() {
    for group in all() {
        for state in &group.states {
            let zone = zone(&group, state);
            assert!(zone.is_some() || group.number == 47, "{} {}", group.number, state.title);
        }
    }
}

#[test]
fn states_change_something_where_they_say_so() {
    for group in all() {
        for pair in group.states.windows(2) {
            let told_by_rules = |state: &State| !state.ignore.is_empty() || !state.extras.is_empty();
            let (Some(before), Some(after)) = (zone(&group, &pair[0]), zone(&group, &pair[1])) else {
                continue;
            };
            if told_by_rules(&pair[0]) || told_by_rules(&pair[1]) || pair[1].expect == Expect::Either {
                continue;
            }
            let changes = dnsure_zones::diff::diff(&before, &after).count();
            assert_eq!(changes > 0, pair[1].expect == Expect::Change, "{} {}", group.number, pair[1].title);
        }
    }
}

#[test]
fn what_is_kept_was_there_before_or_came_from_others() {
    let apex = "conformance.example.".parse::<Name>().unwrap();
    let member = |owner: &str, rtype: &str, data: &str| {
        let rtype: RecordType = rtype.parse().unwrap();
        let owner = Name::parse(owner, Some(&apex)).unwrap();
        (owner, rtype, dnsure_zones::rdata::parse_text(rtype, data, &apex).unwrap())
    };
    for group in all() {
        let mut there = BTreeSet::new();
        for state in &group.states {
            for line in &state.extras {
                let parts: Vec<&str> = line.splitn(4, ' ').collect();
                parts[1].parse::<u32>().unwrap();
                there.insert(member(parts[0], parts[2], parts[3]));
            }
            let mut now = BTreeSet::new();
            for line in &state.kept {
                let parts: Vec<&str> = line.splitn(3, ' ').collect();
                let kept = member(parts[0], parts[1], parts[2]);
                assert!(there.contains(&kept), "{} {}: {line}", group.number, state.title);
                now.insert(kept);
            }
            let zone = zone(&group, state);
            for set in zone.iter().flat_map(|zone| zone.sets()) {
                now.extend(set.rdatas().map(|data| (set.name(), set.rtype(), data.to_vec())));
            }
            there = now;
        }
    }
}
