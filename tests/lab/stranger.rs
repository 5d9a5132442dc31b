//! Somebody else who writes to the embedded server's zones.

use super::server::open;
use dnsure_providers::{Backend, Change, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, ZoneBuilder, rdata};
use std::path::Path;

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

fn record(line: &str, zone: &Name) -> (RecordKey, Ttl, Rdata) {
    let mut fields = line.splitn(4, ' ');
    let owner = Name::parse(fields.next().unwrap(), Some(zone)).unwrap();
    let ttl = Ttl::from_secs(fields.next().unwrap().parse().unwrap()).unwrap();
    let rtype: RecordType = fields.next().unwrap().parse().unwrap();
    let data = rdata::parse_text(rtype, fields.next().unwrap(), zone).unwrap();
    (RecordKey::new(owner, rtype), ttl, Rdata::new(data))
}

/// Creates `zone` from the kit's zone text.
pub(super) fn create(directory: &Path, zone: &str, text: &str) {
    let apex: Name = zone.parse().unwrap();
    let mut builder = ZoneBuilder::new(apex.clone());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('$')) {
        let (owner, rest) = line.split_once(' ').unwrap();
        let first = rest.split(' ').next().unwrap();
        let line =
            if first.parse::<u32>().is_ok() { line.to_owned() } else { format!("{owner} 3600 {rest}") };
        let (key, ttl, data) = record(&line.replacen('@', zone, 1), &apex);
        builder.push(&key.name, key.rtype, ttl, data.wire()).unwrap();
    }
    let wanted = builder.finish();
    wait(async {
        let backend = open(directory);
        backend.create_zone(&apex, &wanted).await.unwrap();
        let live = read(&backend, &apex).await;
        let changes = wanted
            .sets()
            .filter(|set| live.zone.get_key(&set.key()).is_none())
            .filter_map(|set| Change::new(vec![SetChange::Add(set.to_set())]))
            .collect::<Vec<_>>();
        let end = backend.write(&apex, &changes, &live).await;
        assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
    });
}

async fn read(backend: &impl Backend, apex: &Name) -> Live {
    match backend.read(apex).await.unwrap() {
        Reading::Live(live) => live,
        Reading::Missing => panic!("there is no zone {apex}"),
    }
}

pub(super) fn edit(directory: &Path, zone: &str, owner: &str, rtype: &str, records: &[&str]) {
    let apex: Name = zone.parse().unwrap();
    let key = RecordKey::new(Name::parse(owner, Some(&apex)).unwrap(), rtype.parse().unwrap());
    let parsed: Vec<_> = records.iter().map(|line| record(line, &apex)).collect();
    let after = parsed
        .first()
        .map(|(_, ttl, _)| RecordSet::new(key.clone(), *ttl, parsed.iter().map(|(.., data)| data.clone())));
    wait(async {
        let backend = open(directory);
        let live = read(&backend, &apex).await;
        let before = live.zone.get_key(&key).map(|set| set.to_set());
        let change = Change::new(vec![SetChange::between(before, after).unwrap()]).unwrap();
        let end = backend.write(&apex, &[change], &live).await;
        assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
    });
}

/// One record a line, as the other servers' snapshots have it.
pub(super) fn lines(directory: &Path, zone: &str) -> Vec<String> {
    let apex: Name = zone.parse().unwrap();
    let zone: Zone = wait(async { read(&open(directory), &apex).await.zone });
    let mut lines: Vec<String> = zone
        .sets()
        .filter(|set| set.rtype() != RecordType::SOA)
        .flat_map(|set| {
            let set = set.to_set();
            let head = format!("{} {} IN {}", set.key.name, set.ttl.as_secs(), set.key.rtype);
            set.texts().map(move |text| format!("{head} {text}")).collect::<Vec<_>>()
        })
        .collect();
    lines.sort();
    lines
}
