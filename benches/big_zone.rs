//! One generator of large zones, for benchmarks, examples and the ratio script.
//!
//! The same size always gives the same zone: of ten record sets seven are A, one AAAA (at
//! the name of the A before it), one CNAME, and one TXT or MX. A quarter of the names has
//! two labels.

#![allow(dead_code, unreachable_pub)]

use std::fmt::Write as _;

/// The name of every generated zone.
pub const APEX: &str = "big.example.";

/// Which zone of a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// As it stands.
    First,
    /// One record set in a hundred has another value, spread over all types.
    Second,
}

/// One record set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// The owner name, relative to [`APEX`].
    pub owner: String,
    /// `A`, `AAAA`, `CNAME`, `TXT` or `MX`.
    pub rtype: &'static str,
    /// The TTL.
    pub ttl: u32,
    /// The members in presentation format.
    pub values: Vec<String>,
}

/// The record sets besides SOA and NS.
pub fn sets(size: usize, edition: Edition) -> impl Iterator<Item = Set> {
    (0..size).map(move |index| set(index, edition))
}

fn set(index: usize, edition: Edition) -> Set {
    // Coprime to ten, so that every type has its share of changes.
    let changed = edition == Edition::Second && index % 101 == 50;
    let number = index + if changed { 7 } else { 0 };
    let [.., high, middle, low] = number.to_be_bytes();
    let address = |net: u8| format!("10.{}.{middle}.{low}", (high & 0x3f) | net);
    let (owner, rtype, values) = match index % 10 {
        7 => (index - 1, "AAAA", vec![format!("2001:db8::{:x}:{:x}", number >> 16, number & 0xffff)]),
        8 => (index, "CNAME", vec![format!("{}.{APEX}", owner(number - 8))]),
        9 if index % 20 == 9 => {
            (index, "TXT", vec![format!("\"v=check{number} token={:016x}\"", number * 7919)])
        }
        9 => (index, "MX", vec![format!("10 mx1.{number}.example.net."), "20 mx2.example.net.".into()]),
        1 => (index, "A", vec![address(0), address(0x40)]),
        _ => (index, "A", vec![address(0)]),
    };
    Set { owner: self::owner(owner), rtype, ttl: [300, 3600, 60][index % 3], values }
}

fn owner(index: usize) -> String {
    if index.is_multiple_of(4) { format!("host{index}.rack{}", index % 97) } else { format!("host{index}") }
}

/// A zone file in YAML.
pub fn yaml(size: usize, edition: Edition) -> String {
    let mut text =
        String::from("---\n'':\n  type: NS\n  ttl: 3600\n  values: [ns1.example.net., ns2.example.net.]\n");
    let mut sets = sets(size, edition).peekable();
    while let Some(set) = sets.next() {
        let _ = writeln!(text, "{}:", set.owner);
        match sets.next_if(|next| next.owner == set.owner) {
            None => yaml_set(&mut text, &set, "  ", "  "),
            Some(next) => {
                yaml_set(&mut text, &set, "- ", "  ");
                yaml_set(&mut text, &next, "- ", "  ");
            }
        }
    }
    text
}

fn yaml_set(text: &mut String, set: &Set, first: &str, rest: &str) {
    let _ = writeln!(text, "{first}type: {}\n{rest}ttl: {}", set.rtype, set.ttl);
    match (set.rtype, set.values.as_slice()) {
        ("MX", values) => {
            let _ = writeln!(text, "{rest}values:");
            for value in values {
                let (preference, exchange) = value.split_once(' ').unwrap_or(("0", "."));
                let _ = writeln!(text, "{rest}- preference: {preference}\n{rest}  exchange: {exchange}");
            }
        }
        (_, [value]) => {
            let _ = writeln!(text, "{rest}value: {}", value.trim_matches('"'));
        }
        (_, values) => {
            let _ = writeln!(text, "{rest}values: [{}]", values.join(", "));
        }
    }
}

/// An RFC 1035 master file with SOA and NS.
pub fn master(size: usize, edition: Edition) -> String {
    let mut text = format!(
        "$ORIGIN {APEX}\n@ 3600 IN SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 300\n\
         @ 3600 IN NS ns1.example.net.\n@ 3600 IN NS ns2.example.net.\n"
    );
    for set in sets(size, edition) {
        for value in &set.values {
            let _ = writeln!(text, "{} {} IN {} {value}", set.owner, set.ttl, set.rtype);
        }
    }
    text
}
