//! Which types an oracle knows: every row is covered or named as unknown.

use crate::generate::{self, Style};
use dnsure_zones::RecordType;
use dnsure_zones::rdata::{Row, rows};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// The rows an oracle is asked about: all but `unknown`, which must be rows too.
pub(crate) fn covered(oracle: &str, unknown: &[RecordType]) -> Vec<&'static Row> {
    for rtype in unknown {
        assert!(
            rows().any(|row| row.rtype == *rtype),
            "{oracle}: {rtype} has no row and is listed as unknown"
        );
    }
    let covered: Vec<&'static Row> = rows().filter(|row| !unknown.contains(&row.rtype)).collect();
    let names: Vec<String> = covered.iter().map(|row| row.rtype.to_string()).collect();
    println!("{oracle} judges {} of {} types: {}", covered.len(), rows().len(), names.join(" "));
    covered
}

/// `count` random data of a row, and its examples.
pub(crate) fn samples(row: &'static Row, style: Style, count: usize) -> Vec<Vec<u8>> {
    let mut runner = TestRunner::default();
    let strategy = generate::data(row, style);
    let mut samples: Vec<Vec<u8>> =
        (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let origin = "example.com.".parse().unwrap();
    let parse = |example: &&str| dnsure_zones::rdata::parse_text(row.rtype, example, &origin).unwrap();
    samples.extend(row.examples.iter().map(parse));
    samples
}
