//! The pure part of planning, and reading DNS messages: `cargo bench --bench plan`.
#![allow(clippy::unwrap_used)]

mod big_zone;

use big_zone::{APEX, Edition};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dnsure::plan::inventory::Inventory;
use dnsure::plan::ownership::Policy;
use dnsure::plan::target::{TargetInput, plan_target};
use dnsure_providers::Guarantee;
use dnsure_providers::dns::message::Reader;
use dnsure_providers::guarantee::{ApexNs, CompareAndSwap, Limits, Settle, Wildcards, WriteUnit};
use dnsure_zones::source::MemorySource;
use dnsure_zones::yaml::{Options, ZoneFiles};
use dnsure_zones::{Name, Zone};
use std::hint::black_box;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

const GUARANTEE: Guarantee = Guarantee {
    unit: WriteUnit::ZoneBatch,
    compare: CompareAndSwap::ValuesAndTtl,
    limits: Limits {
        octets: Some(60_000),
        records: None,
        additions: None,
        deletions: None,
        characters: None,
        edits: None,
    },
    settle: Settle::Nothing,
    apex_ns: ApexNs::Editable,
    wildcards: Wildcards::Steady,
    creates_zones: false,
    publishes_within: None,
};

fn apex() -> Name {
    APEX.parse().unwrap()
}

fn zone(size: usize, edition: Edition) -> Zone {
    let source = MemorySource::new().with(format!("{APEX}yaml"), big_zone::yaml(size, edition));
    ZoneFiles::new(&source, "", Options::default()).read(&apex()).declared.unwrap().zone
}

/// Plans from `live` to `desired` and gives the number of steps.
fn steps(live: &Zone, desired: &Zone) -> usize {
    let input = TargetInput {
        provider: "server",
        guarantee: GUARANTEE,
        desired,
        live: Some(live),
        inventory: &Inventory::default(),
        policy: &Policy { owns_zone: true, ..Policy::default() },
        notices: Vec::new(),
        hints: &dnsure::plan::order::Hints::default(),
        canary: false,
    };
    plan_target(input).unwrap().steps.len()
}

fn plans(criterion: &mut Criterion) {
    for size in SIZES {
        let (first, second) = (zone(size, Edition::First), zone(size, Edition::Second));
        let empty = first.filtered(|set| set.is_apex());
        for (name, live, desired) in [
            ("plan, no change", &first, &first),
            ("plan, 1 %", &first, &second),
            ("plan, full load", &empty, &first),
        ] {
            let mut group = criterion.benchmark_group(name);
            group.throughput(Throughput::Elements(size as u64)).sample_size(10);
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter(|| black_box(steps(live, desired)));
            });
            group.finish();
        }
    }
}

/// A message as a transfer sends it: names compressed against the zone, A records.
fn message(records: u16) -> Vec<u8> {
    let mut octets = vec![0, 1, 0x84, 0, 0, 1];
    octets.extend_from_slice(&records.to_be_bytes());
    octets.extend_from_slice(&[0, 0, 0, 0]);
    octets.extend_from_slice(apex().wire());
    octets.extend_from_slice(&[0, 252, 0, 1]);
    for record in 0..records {
        let label = format!("host{record:05}");
        octets.push(label.len() as u8);
        octets.extend_from_slice(label.as_bytes());
        octets.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1]);
    }
    octets
}

fn messages(criterion: &mut Criterion) {
    const RECORDS: u16 = 2_000;
    let octets = message(RECORDS);
    let mut group = criterion.benchmark_group("transfer message");
    group.throughput(Throughput::Elements(RECORDS.into()));
    group.bench_function(BenchmarkId::from_parameter(RECORDS), |bencher| {
        bencher.iter(|| {
            let mut reader = Reader::new(&octets).unwrap();
            while let Some((_, record)) = reader.record().unwrap() {
                black_box(record.data(&octets).unwrap());
            }
        });
    });
    group.finish();
}

criterion_group!(all, plans, messages);
criterion_main!(all);
