//! BIND is asked the same questions about the same zones.

use crate::fixture::open;
use dnsure_kit::query::{Answer, Rr, ask, name_text};
use dnsure_kit::{Bind, Form};
use dnsure_providers::{Backend, Change, Reading, SetChange, WriteEnd};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, ZoneBuilder, rdata};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

/// A zone as lines `owner TTL TYPE rdata`, relative to its name.
struct Sample {
    apex: Name,
    lines: Vec<String>,
}

impl Sample {
    fn new(apex: &str, lines: &[&str]) -> Self {
        let own = [
            "@ 3600 SOA ns1 hostmaster 1 3600 600 604800 300",
            "@ 3600 NS ns1",
            "@ 3600 NS ns.elsewhere.test.",
            "ns1 3600 A 127.0.0.1",
        ];
        let lines: Vec<&str> = own.iter().chain(lines).copied().collect();
        Self::bare(apex, &lines)
    }

    fn bare(apex: &str, lines: &[&str]) -> Self {
        Self { apex: apex.parse().unwrap(), lines: lines.iter().map(ToString::to_string).collect() }
    }

    fn master_file(&self) -> String {
        let mut text = format!("$ORIGIN {}\n", self.apex);
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    fn sets(&self) -> Vec<RecordSet> {
        let mut found: BTreeMap<RecordKey, (Ttl, Vec<Rdata>)> = BTreeMap::new();
        for line in &self.lines {
            let fields: Vec<&str> = line.splitn(4, ' ').collect();
            let owner = Name::parse(fields[0], Some(&self.apex)).unwrap();
            let rtype: RecordType = fields[2].parse().unwrap();
            let data = Rdata::new(rdata::parse_text(rtype, fields[3], &self.apex).unwrap());
            let ttl = Ttl::from_secs(fields[1].parse().unwrap()).unwrap();
            found.entry(RecordKey::new(owner, rtype)).or_insert((ttl, Vec::new())).1.push(data);
        }
        found.into_iter().map(|(key, (ttl, data))| RecordSet::new(key, ttl, data)).collect()
    }
}

async fn fill(backend: &dyn Backend, sample: &Sample) {
    let mut builder = ZoneBuilder::new(sample.apex.clone());
    let mut names: BTreeMap<Name, Vec<SetChange>> = BTreeMap::new();
    for set in sample.sets() {
        builder.push_set(&set).unwrap();
        let own = set.key.name == sample.apex && matches!(set.key.rtype, RecordType::SOA | RecordType::NS);
        if !own {
            names.entry(set.key.name.clone()).or_default().push(SetChange::Add(set));
        }
    }
    let zone: Zone = builder.finish();
    backend.create_zone(&sample.apex, &zone).await.unwrap();
    // This moves the serial, which `shown` leaves out.
    let changes: Vec<Change> = names.into_values().map(|sets| Change::new(sets).unwrap()).collect();
    let Reading::Live(live) = backend.read(&sample.apex).await.unwrap() else { panic!("missing") };
    let end = backend.write(&sample.apex, &changes, &live).await;
    assert!(matches!(end, WriteEnd::Accepted { .. }), "{:?}: {end:?}", sample.lines);
}

/// What must be the same: code, AA, answer, authority; and the addresses of a referral,
/// of which there may be more here: BIND leaves out those that are no glue.
fn shown(answer: &Answer) -> (String, BTreeSet<String>) {
    let section = |records: &[Rr]| -> BTreeSet<String> {
        let kept = records.iter().filter(|rr| rr.rtype != RecordType::OPT.code().unwrap());
        let line = |rr: &Rr| {
            let mut rr = rr.clone();
            if rr.rtype == RecordType::SOA.code().unwrap() {
                let serial = rr.rdata.len() - 20;
                rr.rdata[serial..serial + 4].fill(0);
            }
            format!("\n      {} {}", name_text(&rr.name), rr.text()).to_ascii_lowercase()
        };
        kept.map(line).collect()
    };
    let text = |records: &[Rr]| section(records).into_iter().collect::<String>();
    let head = format!(
        "rcode {} aa {}\n    answer{}\n    authority{}",
        answer.rcode,
        answer.authoritative,
        text(&answer.answer),
        text(&answer.authority),
    );
    let referral = answer.authority.iter().any(|rr| rr.rtype == RecordType::NS.code().unwrap());
    (head, if referral { section(&answer.additional) } else { BTreeSet::new() })
}

const TYPES: [RecordType; 9] = [
    RecordType::A,
    RecordType::TXT,
    RecordType::CNAME,
    RecordType::NS,
    RecordType::DNAME,
    RecordType::DS,
    RecordType::MX,
    RecordType::SOA,
    RecordType::ANY,
];

/// Asks both and gathers what differs.
fn differences(bind: SocketAddr, own: SocketAddr, questions: &[(Name, RecordType)]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, rtype) in questions {
        let said = [bind, own].map(|server| {
            let form = if *rtype == RecordType::ANY { Form::Tcp } else { Form::Udp };
            let answer = ask(server, name.wire(), rtype.code().unwrap(), form, Duration::from_secs(5));
            answer.map_or_else(|error| (error.to_string(), BTreeSet::new()), |answer| shown(&answer))
        });
        let [bind, own] = said;
        // How long a chain is followed is a matter of taste: BIND gives up after about ten.
        if own.0.matches(" cname ").count() > 9 {
            continue;
        }
        if bind.0 != own.0 || !bind.1.is_subset(&own.1) {
            found.push(format!("{name} {rtype}\n  BIND: {bind:?}\n  here: {own:?}").replace("\\n", "\n"));
        }
    }
    found
}

async fn compare(samples: &[Sample], questions: &[(Name, RecordType)]) {
    let directory = tempfile::tempdir().unwrap();
    let backend = open(directory.path());
    // Beyond RFC 2308, BIND gives the SOA no TTL where a missing SOA was asked for.
    let extra = "minimal-responses yes; check-integrity no; check-names primary ignore; zero-no-soa-ttl no;";
    let mut bind = Bind::builder().extra(extra);
    for sample in samples {
        fill(&backend, sample).await;
        bind = bind.zone(&sample.apex.to_string(), sample.master_file());
    }
    let bind = bind.start();
    let found = differences(bind.addr(), backend.addr(), questions);
    println!("{} questions to {} zones compared with BIND", questions.len(), samples.len());
    assert!(found.is_empty(), "{} of {} differ:\n{}", found.len(), questions.len(), found.join("\n"));
}

/// Every name of the zone, names beside and below them, each with all types.
fn around(sample: &Sample) -> Vec<(Name, RecordType)> {
    let mut names = BTreeSet::new();
    for set in sample.sets() {
        let mut name = set.key.name.clone();
        while name.is_at_or_below(&sample.apex) {
            names.insert(name.clone());
            names.insert(name.child(b"x").unwrap());
            names.insert(name.child(b"y").unwrap().child(b"x").unwrap());
            names.insert(name.child(b"*").unwrap());
            let Some(parent) = name.parent() else { break };
            name = parent;
        }
    }
    names.into_iter().flat_map(|name| TYPES.map(|rtype| (name.clone(), rtype))).collect()
}

#[tokio::test]
async fn tricky_zones_are_answered_as_bind_answers_them() {
    let samples = [
        Sample::new(
            "wild.example.",
            &[
                "* 60 TXT star",
                "* 60 MX 10 host1",
                "sub.* 60 TXT below",
                "host1 60 A 192.0.2.1",
                "_ssh._tcp.host1 60 TXT ssh",
                "subdel 60 NS ns.test.",
                "*.alias 60 CNAME host1",
                "*.far 60 CNAME host1.test.",
                "*.selfish 60 CNAME a.selfish",
                "a.ent.deep 60 A 192.0.2.9",
            ],
        ),
        Sample::new(
            "cut.example.",
            &[
                "sub 300 NS ns.sub",
                "sub 300 NS ns.other",
                "sub 300 NS ns1",
                "sub 60 DS 1 13 2 3b5b62b8ba6da3e9ecac35d8bd0f6ea2ea5cea0b6a2bcfd1dc1d8b1f4e4a2a6e",
                "ns.sub 60 A 192.0.2.5",
                "ns.sub 60 AAAA 2001:db8::5",
                "www.sub 60 A 192.0.2.6",
                "deeper.sub 60 NS ns.deeper.sub",
                "other 60 NS ns.other",
                "ns.other 60 A 192.0.2.7",
                "far 60 NS ns.far.test.",
                "tocut 60 CNAME www.sub",
                "tods 60 CNAME sub",
                "ent.cut 60 NS ns.far.test.",
            ],
        ),
        Sample::new(
            "alias.example.",
            &[
                "a 60 CNAME b",
                "b 50 CNAME c",
                "c 40 A 192.0.2.1",
                "c 40 A 192.0.2.2",
                "dangling 60 CNAME nowhere",
                "nodata 60 CNAME txt",
                "txt 60 TXT x",
                "out 60 CNAME www.test.",
                "one 60 CNAME two",
                "two 60 CNAME one",
                "self 60 CNAME self",
                "up 60 CNAME @",
                "deep.ent 60 A 192.0.2.3",
                "toent 60 CNAME ent",
            ],
        ),
        Sample::new(
            "dname.example.",
            &[
                "old 60 DNAME new",
                "old 60 A 192.0.2.1",
                "new 60 A 192.0.2.2",
                "a.new 60 A 192.0.2.3",
                "x.new 60 CNAME a.new",
                "y.new 60 DNAME old",
                "out 60 DNAME out.test.",
                "toold 60 CNAME x.old",
                "chain 60 DNAME old",
                "tocut 60 DNAME cut",
                "cut 60 NS ns.far.test.",
                "wild 60 DNAME stars",
                "*.stars 60 TXT star",
                "nowhere 60 DNAME missing",
                "twice.old2 60 DNAME new",
            ],
        ),
        // Both sides of a cut at one server.
        Sample::new(
            "parent.example.",
            &[
                "kid 60 NS ns1.kid",
                "kid 60 DS 1 13 2 3b5b62b8ba6da3e9ecac35d8bd0f6ea2ea5cea0b6a2bcfd1dc1d8b1f4e4a2a6e",
                "ns1.kid 60 A 127.0.0.1",
                "* 60 TXT star",
            ],
        ),
        Sample::new("kid.parent.example.", &["www 60 A 192.0.2.1", "* 60 TXT star"]),
        // Name servers below a DNAME at the top would be out of reach.
        Sample::bare(
            "apex.example.",
            &[
                "@ 60 SOA ns.test. hostmaster 1 3600 600 604800 900",
                "@ 60 NS ns.test.",
                "@ 60 DNAME dname.example.",
                "@ 60 TXT x",
                "@ 60 MX 1 mail",
            ],
        ),
    ];
    let questions: Vec<(Name, RecordType)> = samples.iter().flat_map(around).collect();
    compare(&samples, &questions).await;
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn name(&mut self, labels: &[&str], longest: usize) -> String {
        let count = 1 + self.below(longest);
        (0..count).map(|_| self.pick(labels)).collect::<Vec<_>>().join(".")
    }

    /// A small zone that BIND loads.
    fn zone(&mut self, apex: &str) -> Sample {
        let mut kinds: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let mut lines = Vec::new();
        for _ in 0..3 + self.below(9) {
            let owner = self.name(&["a", "b", "c", "*"], 3);
            let kind = self.pick(&["A", "TXT", "MX", "CNAME", "CNAME", "NS", "NS", "DNAME", "DS"]);
            let there = kinds.entry(owner.clone()).or_default();
            let single = |kind: &str| matches!(kind, "CNAME" | "DNAME");
            let clash = match kind {
                "CNAME" => !there.is_empty(),
                "DNAME" => there.contains("NS") || there.contains("DNAME"),
                "NS" => there.contains("DNAME"),
                "DS" => !there.contains("NS"),
                _ => false,
            };
            // What a delegation or a redirection at a wildcard means is left open (RFC 4592 4.2, 4.4).
            let open = owner.starts_with('*') && matches!(kind, "NS" | "DNAME" | "DS");
            if clash || open || there.contains("CNAME") || (single(kind) && there.contains(kind)) {
                continue;
            }
            there.insert(kind);
            let target = self.name(&["a", "b", "c", "x"], 3);
            let ttl = [60, 300, 900][self.below(3)];
            let data = match kind {
                "A" => format!("192.0.2.{}", self.below(4)),
                "TXT" => self.pick(&["one", "two"]).to_owned(),
                "MX" => format!("10 {target}"),
                "NS" if self.below(2) == 0 => format!("ns.{owner}"),
                "NS" if self.below(2) == 0 => "ns.far.test.".to_owned(),
                "DS" => format!("1 13 2 {}", "ab".repeat(32)),
                _ => target,
            };
            lines.push((owner, ttl, kind, data));
        }
        // Members of one set have one TTL.
        let mut ttls: BTreeMap<(String, &str), u32> = BTreeMap::new();
        let lines: Vec<String> = lines
            .into_iter()
            .map(|(owner, ttl, kind, data)| {
                let ttl = *ttls.entry((owner.clone(), kind)).or_insert(ttl);
                format!("{owner} {ttl} {kind} {data}")
            })
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        Sample::new(apex, &lines)
    }
}

#[tokio::test]
async fn random_zones_are_answered_as_bind_answers_them() {
    let seed = std::env::var("DNSURE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(4);
    println!("DNSURE_SEED={seed}");
    let mut random = Random(seed);
    let mut samples = Vec::new();
    let mut questions = Vec::new();
    for number in 0..60 {
        let sample = random.zone(&format!("z{number}.example."));
        for _ in 0..60 {
            let name = random.name(&["a", "b", "c", "x", "ns", "*"], 4);
            let name = Name::parse(&name, Some(&sample.apex)).unwrap();
            questions.push((name, TYPES[random.below(TYPES.len())]));
        }
        samples.push(sample);
    }
    compare(&samples, &questions).await;
}
