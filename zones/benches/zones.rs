//! Reading a zone file, comparing and changing zones: `cargo bench -p dnsure-zones`.
#![allow(clippy::unwrap_used)]

#[path = "../../benches/big_zone.rs"]
mod big_zone;

use big_zone::{APEX, Edition};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dnsure_zones::diff::diff;
use dnsure_zones::source::MemorySource;
use dnsure_zones::yaml::{Options, ZoneFiles};
use dnsure_zones::{Name, RecordSet, Zone, master};
use std::hint::black_box;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn apex() -> Name {
    APEX.parse().unwrap()
}

fn read_yaml(source: &MemorySource) -> Zone {
    ZoneFiles::new(source, "", Options::default()).read(&apex()).declared.unwrap().zone
}

fn yaml(size: usize, edition: Edition) -> MemorySource {
    MemorySource::new().with(format!("{APEX}yaml"), big_zone::yaml(size, edition))
}

fn benches(criterion: &mut Criterion) {
    for (name, run) in [
        ("validate", validate as fn(&mut Criterion, &str, usize)),
        ("diff", compare),
        ("change 1 %", change),
        ("read master file", parse),
        ("write master file", export),
    ] {
        for size in SIZES {
            run(criterion, name, size);
        }
    }
}

fn measured(criterion: &mut Criterion, name: &str, size: usize, mut work: impl FnMut()) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(size as u64)).sample_size(10);
    group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
        bencher.iter(&mut work);
    });
    group.finish();
}

fn validate(criterion: &mut Criterion, name: &str, size: usize) {
    let source = yaml(size, Edition::First);
    measured(criterion, name, size, || {
        black_box(read_yaml(&source));
    });
}

fn compare(criterion: &mut Criterion, name: &str, size: usize) {
    let (before, after) = (read_yaml(&yaml(size, Edition::First)), read_yaml(&yaml(size, Edition::Second)));
    measured(criterion, name, size, || {
        black_box(diff(&before, &after).count());
    });
}

fn change(criterion: &mut Criterion, name: &str, size: usize) {
    let zone = read_yaml(&yaml(size, Edition::First));
    let changed: Vec<RecordSet> = zone.sets().step_by(100).map(|set| set.to_set()).collect();
    measured(criterion, name, size, || {
        black_box(zone.with(changed.iter().map(|set| (&set.key, Some(set)))).unwrap());
    });
}

fn parse(criterion: &mut Criterion, name: &str, size: usize) {
    let text = big_zone::master(size, Edition::First);
    measured(criterion, name, size, || {
        black_box(master::read_text(&text, "zone", &apex()).0.unwrap());
    });
}

fn export(criterion: &mut Criterion, name: &str, size: usize) {
    let zone = read_yaml(&yaml(size, Edition::First));
    measured(criterion, name, size, || {
        let mut text = String::new();
        master::write(&zone, &mut text).unwrap();
        black_box(text);
    });
}

criterion_group!(all, benches);
criterion_main!(all);
