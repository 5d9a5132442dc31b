//! The conformance scenarios against backend and server alone: no planner, no ignore rules.
//! After each state the zone read back is the one that was wanted.

use super::*;
use dnsure_providers::scenarios::{Group, groups};
use dnsure_zones::diff::{Difference, diff};
use dnsure_zones::yaml::{Options, read_text};
use dnsure_zones::{Zone, diagnostic::Diagnostic};

/// Groups that PowerDNS refuses at plan time, and why.
const REFUSED: &[(u8, &str)] = &[(47, "RFC 4035 2.4"), (70, "owner names of letters")];

/// What dnsure compares: all but the SOA, which is the server's unless declared.
fn compared(live: &Zone, wanted: &Zone) -> Zone {
    let soa = wanted.get(wanted.apex(), RecordType::SOA).is_some();
    live.filtered(|set| !set.rtype().is_server_kept() && (soa || set.rtype() != RecordType::SOA))
}

fn without_serial(set: &RecordSet) -> Vec<String> {
    set.texts()
        .map(|text| text.split(' ').enumerate().filter(|(at, _)| *at != 2).map(|(_, word)| word).collect())
        .collect()
}

fn differences(live: &Zone, wanted: &Zone) -> Vec<SetChange> {
    diff(&compared(live, wanted), wanted)
        .filter_map(|difference| match difference {
            Difference::Added(set) => Some(SetChange::Add(set.to_set())),
            Difference::Removed(set) => Some(SetChange::Remove(set.to_set())),
            Difference::Changed(before, after) => {
                let (before, after) = (before.to_set(), after.to_set());
                let same_soa = after.key.rtype == RecordType::SOA
                    && before.ttl == after.ttl
                    && without_serial(&before) == without_serial(&after);
                (!same_soa).then_some(SetChange::Replace { before, after })
            }
        })
        .collect()
}

fn by_name(sets: Vec<SetChange>) -> Vec<Change> {
    let mut changes: Vec<Vec<SetChange>> = Vec::new();
    for set in sets {
        match changes.last_mut().filter(|list| list[0].key().name == set.key().name) {
            Some(list) => list.push(set),
            None => changes.push(vec![set]),
        }
    }
    changes.into_iter().filter_map(Change::new).collect()
}

/// Walks through the group: how many states were reached, or the refusal.
async fn walk(fixture: &Fixture, group: &Group) -> Result<usize, String> {
    let mut reached = 0;
    for state in group.states.iter().filter(|state| state.ignore.is_empty() && state.extras.is_empty()) {
        let read = read_text(&state.zone, "zone.yaml", &name("@"), &Options::default());
        let Some(declared) = read.declared else {
            let words = |found: &Diagnostic| found.message.clone();
            return Err(read.diagnostics.iter().map(words).collect::<Vec<_>>().join("; "));
        };
        let wanted = fixture.backend.normalise(&declared.zone);
        if let Some(refused) = wanted.refused.first() {
            return Err(refused.message.clone());
        }
        let at = format!("{} {}: {}", group.number, group.name, state.title);
        let live = fixture.live().await;
        let changes = by_name(differences(&fixture.backend.normalise(&live.zone).zone, &wanted.zone));
        let end = fixture.backend.write(&name("@"), &changes, &live).await;
        assert!(matches!(end, WriteEnd::Accepted { .. }), "{at}: {end:?}");
        let live = fixture.backend.normalise(&fixture.live().await.zone).zone;
        let left = differences(&live, &wanted.zone);
        assert!(left.is_empty(), "{at}: {left:#?}");
        reached += 1;
    }
    Ok(reached)
}

#[tokio::test]
async fn every_state_is_reached_or_refused_as_declared() {
    let groups = groups(&name("@"), &[name("ns1"), name("ns2")]);
    let mut states = 0;
    for group in &groups {
        let fixture = Fixture::with("");
        let end = walk(&fixture, group).await;
        let declared = REFUSED.iter().find(|(number, _)| *number == group.number).map(|(_, words)| *words);
        let as_declared = match (&end, declared) {
            (Ok(_), None) => true,
            (Err(refusal), Some(words)) => refusal.contains(words),
            _ => false,
        };
        assert!(as_declared, "{} {}: {end:?}, declared {declared:?}", group.number, group.name);
        states += end.unwrap_or(0);
    }
    println!("{} groups, {states} states reached, refused: {REFUSED:?}", groups.len());
}
