//! A server with one zone, the backend that talks to it, and the way from text to changes.

use dnsure_kit::{Bind, Knot, PowerDns, Server, zone_text};
use dnsure_providers::guarantee::CompareAndSwap;
use dnsure_providers::rfc2136::{Rfc2136, Rfc2136Settings};
use dnsure_providers::{Backend, Change, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::diff::{Difference, diff};
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Ttl, Zone, ZoneBuilder, rdata};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Deref;

pub(crate) const APEX: &str = "example.";

/// The servers every test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bind,
    Knot,
    PowerDns,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Bind, Self::Knot, Self::PowerDns];
}

pub(crate) enum Running {
    Plain(Server),
    PowerDns(PowerDns),
}

impl Deref for Running {
    type Target = Server;

    fn deref(&self) -> &Server {
        match self {
            Self::Plain(server) => server,
            Self::PowerDns(server) => server,
        }
    }
}

pub(crate) struct Stage {
    pub(crate) server: Running,
    pub(crate) backend: Rfc2136,
}

/// `example.` with two name servers and these records, unsigned, caches off.
pub(crate) fn stage(kind: Kind, records: &str) -> Stage {
    let text = zone_text(APEX, records);
    Stage::new(match kind {
        Kind::Bind => Running::Plain(Bind::builder().zone(APEX, text).start()),
        Kind::Knot => Running::Plain(Knot::builder().zone(APEX, text).start()),
        Kind::PowerDns => {
            let builder = PowerDns::builder().zone(APEX, text).without_caches();
            Running::PowerDns(builder.extra("gsqlite3-pragma-synchronous=0").start())
        }
    })
}

impl Stage {
    pub(crate) fn new(server: Running) -> Self {
        let settings =
            Rfc2136Settings { server: server.addr(), key: None, transfer_key: None, servers: Vec::new() };
        Self { backend: Rfc2136::new(settings), server }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    pub(crate) async fn live(&self) -> Live {
        match self.backend.read(&apex()).await.unwrap() {
            Reading::Live(live) => live,
            Reading::Missing => panic!("{}: no zone", self.server.kind()),
        }
    }

    /// Finds out what is compared, as apply does under its lock.
    pub(crate) async fn prepare(&self) -> CompareAndSwap {
        self.backend.prepare(&apex()).await.unwrap().compare
    }

    /// From what is live to the zone in which `edits` replaced what was there, in one write.
    pub(crate) async fn write(&self, edits: &[Edit<'_>]) -> WriteEnd {
        let live = self.live().await;
        let changes = changes(&live.zone, edits);
        self.backend.write(&apex(), &changes, &live).await
    }

    /// As [`Stage::write`]; it must be accepted, and the zone must then hold what was wanted and nothing else.
    pub(crate) async fn write_and_check(&self, edits: &[Edit<'_>]) {
        let wanted = edited(&self.live().await.zone, edits);
        let end = self.write(edits).await;
        assert!(matches!(end, WriteEnd::Accepted { .. }), "{}: {end:?}", self.server.kind());
        let live = self.live().await.zone;
        assert_eq!(listed(&live), listed(&wanted), "{}", self.server.kind());
    }
}

/// Owner name, type and the set in text, one member a line with its TTL in front; empty is no set.
pub(crate) type Edit<'a> = (&'a str, &'a str, &'a str);

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text, Some(&apex())).unwrap()
}

pub(crate) fn apex() -> Name {
    APEX.parse().unwrap()
}

pub(crate) fn set((owner, rtype, members): Edit<'_>) -> (RecordKey, Option<RecordSet>) {
    let rtype: RecordType = rtype.parse().unwrap();
    let key = RecordKey::new(name(owner), rtype);
    let mut ttl = 0;
    let rdatas: Vec<_> = members
        .lines()
        .map(|line| {
            let (seconds, text) = line.trim().split_once(' ').unwrap();
            ttl = seconds.parse().unwrap();
            dnsure_zones::Rdata::new(rdata::parse_text(rtype, text, &apex()).unwrap())
        })
        .collect();
    let set = (!rdatas.is_empty()).then(|| RecordSet::new(key.clone(), Ttl::from_secs(ttl).unwrap(), rdatas));
    (key, set)
}

pub(crate) fn edited(live: &Zone, edits: &[Edit<'_>]) -> Zone {
    let sets: Vec<_> = edits.iter().map(|edit| set(*edit)).collect();
    live.with(sets.iter().map(|(key, set)| (key, set.as_ref()))).unwrap()
}

/// The changes that the planner would make of these edits.
pub(crate) fn changes(live: &Zone, edits: &[Edit<'_>]) -> Vec<Change> {
    let mut by_name: BTreeMap<Name, Vec<SetChange>> = BTreeMap::new();
    let wanted = edited(live, edits);
    let kept = |zone: &Zone| zone.filtered(|set| !set.rtype().is_server_kept());
    for difference in diff(&kept(live), &kept(&wanted)) {
        let change = match difference {
            Difference::Added(set) => SetChange::Add(set.to_set()),
            Difference::Removed(set) => SetChange::Remove(set.to_set()),
            Difference::Changed(before, after) => {
                SetChange::Replace { before: before.to_set(), after: after.to_set() }
            }
        };
        by_name.entry(change.key().name.clone()).or_default().push(change);
    }
    by_name.into_values().map(|sets| Change::new(sets).unwrap()).collect()
}

/// Every record that people write, one a line, without SOA.
pub(crate) fn listed(zone: &Zone) -> Vec<String> {
    let mut list = Vec::new();
    for set in zone.sets() {
        if set.rtype().is_server_kept() || set.rtype().is_server_kept_unless_declared() {
            continue;
        }
        let set = set.to_set();
        list.extend(set.texts().map(|text| format!("{} {} {text}", set.key, set.ttl).to_lowercase()));
    }
    list
}

pub(crate) fn of_zone(records: &[Edit<'_>]) -> Zone {
    edited(&ZoneBuilder::new(apex()).finish(), records)
}
