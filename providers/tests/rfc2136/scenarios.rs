//! The conformance scenarios on every server: no planner, no ignore rules. After each state the zone
//! read back is the one that was wanted.

use crate::stage::{Kind, Stage, apex, edited, name, of_zone, stage};
use dnsure_providers::scenarios::{Group, groups};
use dnsure_providers::{Backend, Change, SetChange, WriteEnd};
use dnsure_zones::diff::{Difference, diff};
use dnsure_zones::yaml::{Options, read_text};
use dnsure_zones::{RecordSet, RecordType, Zone};

/// Groups that end in a refusal, on which servers, and a word of the reason.
const REFUSED: &[(u8, &[Kind], &str)] = &[
    (47, &Kind::ALL, "RFC 4035 2.4"),
    (54, &Kind::ALL, "no DNS server holds an ALIAS"),
    (80, &Kind::ALL, "exists only at its own provider"),
    // A DNSKEY in a zone that is not signed: BIND fails, PowerDNS takes it and drops it.
    (52, &[Kind::Bind], "SERVFAIL"),
    (52, &[Kind::PowerDns], "not taken"),
    // BIND's check-names.
    (70, &[Kind::Bind], "REFUSED"),
    (74, &[Kind::Bind], "max-records-per-type"),
];

fn without_serial(set: &RecordSet) -> Vec<String> {
    set.texts()
        .map(|text| text.split(' ').enumerate().filter(|(at, _)| *at != 2).map(|(_, word)| word).collect())
        .collect()
}

/// What dnsure compares: all but what the server keeps, the SOA unless declared, its serial never.
fn differences(live: &Zone, wanted: &Zone) -> Vec<SetChange> {
    let soa = wanted.get(wanted.apex(), RecordType::SOA).is_some();
    let compared =
        live.filtered(|set| !set.rtype().is_server_kept() && (soa || set.rtype() != RecordType::SOA));
    diff(&compared, wanted)
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

/// Brings the zone to `wanted`, in as many writes as their size asks for.
async fn reach(stage: &Stage, wanted: &Zone, at: &str) -> Result<(), String> {
    stage.prepare().await;
    let room = stage.backend.guarantee(&apex()).limits.octets.unwrap();
    let changes = by_name(differences(&stage.live().await.zone, wanted));
    let mut rest = &changes[..];
    while !rest.is_empty() {
        let mut size = 0;
        let fits = rest.iter().take_while(|change| {
            size += change.size().octets;
            size <= room
        });
        let (batch, later) = rest.split_at(fits.count().max(1));
        match stage.backend.write(&apex(), batch, &stage.live().await).await {
            WriteEnd::Accepted { .. } => rest = later,
            WriteEnd::Refused { reason } => return Err(reason),
            other => panic!("{at}: {other:?}"),
        }
    }
    let left = differences(&stage.live().await.zone, wanted);
    if left.is_empty() { Ok(()) } else { Err(format!("not taken: {left:?}")) }
}

/// Walks through the group: how many states were reached, or the refusal.
async fn walk(stage: &Stage, group: &Group) -> Result<usize, String> {
    let mut reached = 0;
    for state in group.states.iter().filter(|state| state.ignore.is_empty() && state.extras.is_empty()) {
        let read = read_text(&state.zone, "zone.yaml", &apex(), &Options::default());
        let Some(declared) = read.declared else {
            return Err(read.diagnostics.iter().map(|found| found.message.clone()).collect());
        };
        let wanted = stage.backend.normalise(&declared.zone);
        if let Some(refused) = wanted.refused.first() {
            return Err(refused.message.clone());
        }
        reach(stage, &wanted.zone, &format!("{} {}: {}", group.number, group.name, state.title)).await?;
        reached += 1;
    }
    Ok(reached)
}

async fn every_group(kind: Kind) {
    let stage = stage(kind, "");
    // Outside the zone, because BIND wants addresses for those inside.
    let name_servers = [name("ns1.example.net."), name("ns2.example.net.")];
    let bare = edited(&of_zone(&[]), &[("@", "NS", "3600 ns1.example.net.\n3600 ns2.example.net.")]);
    reach(&stage, &bare, "beginning").await.unwrap();
    let groups = groups(&apex(), &name_servers);
    let (mut states, mut wrong) = (0, Vec::new());
    for group in &groups {
        let end = walk(&stage, group).await;
        let declared = REFUSED
            .iter()
            .find(|(number, kinds, _)| *number == group.number && kinds.contains(&kind))
            .map(|(_, _, words)| *words);
        let as_declared = match (&end, declared) {
            (Ok(_), None) => true,
            (Err(refusal), Some(words)) => refusal.contains(words),
            _ => false,
        };
        if !as_declared {
            wrong.push(format!("{} {}: {end:?}, declared {declared:?}", group.number, group.name));
        }
        states += end.unwrap_or(0);
        reach(&stage, &bare, "emptying").await.unwrap();
    }
    println!("{kind:?}: {} groups, {states} states reached", groups.len());
    assert!(wrong.is_empty(), "{kind:?}:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_state_is_reached_on_bind_or_refused_as_declared() {
    every_group(Kind::Bind).await;
}

#[tokio::test]
async fn every_state_is_reached_on_knot_or_refused_as_declared() {
    every_group(Kind::Knot).await;
}

#[tokio::test]
async fn every_state_is_reached_on_powerdns_or_refused_as_declared() {
    every_group(Kind::PowerDns).await;
}
