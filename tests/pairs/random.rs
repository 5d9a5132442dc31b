//! Random pairs of one record set: values and TTL before, values and TTL after.

use dnsure_zones::RecordType;
use std::collections::BTreeSet;

/// TTLs to draw from; the second of them often.
const TTLS: [u32; 5] = [60, 300, 300, 900, 3600];

/// A small generator of numbers (Steele, Lea and Flood's SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// So many different ones.
    fn some(&mut self, from: &[String], count: usize) -> Vec<String> {
        let mut chosen = BTreeSet::new();
        while chosen.len() < count.min(from.len()) {
            chosen.insert(self.pick(from));
        }
        chosen.into_iter().collect()
    }
}

/// Values with their TTLs.
pub(crate) type Members = Vec<(String, u32)>;

/// A record set before and after, or the types at one name swapped.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) owner: String,
    pub(crate) from: RecordType,
    pub(crate) to: RecordType,
    pub(crate) before: Members,
    pub(crate) after: Members,
    pub(crate) stand_in: Option<String>,
}

/// What may stand at one owner name: its label, its type, and its values. Of the values of one group
/// a set may hold one, and of the last group nothing beside it.
struct Kind {
    label: &'static str,
    rtype: RecordType,
    free: Vec<String>,
    one_of: Vec<String>,
    alone: Vec<String>,
}

fn numbered(count: usize, value: impl Fn(usize) -> String) -> Vec<String> {
    (1..=count).map(value).collect()
}

fn kind(number: usize) -> Kind {
    let none = Vec::new;
    let host = |number: usize| format!("host{number}.example.net.");
    let texts = || numbered(5, |number| format!("\"text {number}\""));
    let make = |label, rtype, free, one_of, alone| Kind { label, rtype, free, one_of, alone };
    match number {
        0 => make("", RecordType::A, numbered(6, |n| format!("192.0.2.{n}")), none(), none()),
        1 => make("", RecordType::AAAA, numbered(6, |n| format!("2001:db8::{n}")), none(), none()),
        2 => make("", RecordType::TXT, texts(), none(), none()),
        3 => {
            let spf = ["\"v=spf1 -all\"", "\"v=spf1 mx -all\"", "\"v=spf1 a -all\""].map(str::to_owned);
            make("", RecordType::TXT, texts(), spf.to_vec(), none())
        }
        4 => {
            let dmarc = ["none", "quarantine", "reject"].map(|p| format!("\"v=DMARC1; p={p}\""));
            make("_dmarc.", RecordType::TXT, texts(), dmarc.to_vec(), none())
        }
        5 => {
            let keys = numbered(3, |n| format!("\"v=DKIM1; p=AAAA{n}\""));
            make("s1._domainkey.", RecordType::TXT, none(), keys, none())
        }
        6 => make("", RecordType::CNAME, none(), numbered(4, host), none()),
        7 => {
            let null = vec!["0 .".to_owned()];
            make("", RecordType::MX, numbered(5, |n| format!("{n}0 {}", host(n))), none(), null)
        }
        8 => make("", RecordType::NS, numbered(5, host), none(), none()),
        9 => {
            let service = numbered(5, |n| format!("{n} 5 5060 {}", host(n)));
            make("_sip._tcp.", RecordType::SRV, service, none(), none())
        }
        _ => {
            let issuer = numbered(5, |n| format!("0 issue \"ca{n}.example.net\""));
            make("", RecordType::CAA, issuer, none(), none())
        }
    }
}

/// Kinds in the share in which they are drawn.
const SHARES: [usize; 18] = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 7, 8, 9, 10];

fn values(kind: &Kind, random: &mut Random) -> Vec<String> {
    if !kind.alone.is_empty() && random.percent(20) {
        return kind.alone.clone();
    }
    let mut values = if kind.one_of.is_empty() { Vec::new() } else { random.some(&kind.one_of, 1) };
    let most = 3 - values.len();
    let least = usize::from(values.is_empty());
    let count = least + random.below(most - least + 1);
    values.extend(random.some(&kind.free, count));
    values
}

fn with_ttl(values: &[String], ttl: u32) -> Members {
    values.iter().map(|value| (value.clone(), ttl)).collect()
}

/// A pair for the owner `number` of `zone`; before and after differ.
pub(crate) fn pair(zone: &str, number: usize, random: &mut Random) -> Pair {
    loop {
        let made = any(zone, number, random);
        if (made.from, &made.before) != (made.to, &made.after) {
            return made;
        }
    }
}

fn any(zone: &str, number: usize, random: &mut Random) -> Pair {
    let first = kind(random.pick(&SHARES));
    let owner = format!("{}n{number}.{zone}", first.label);
    let old = values(&first, random);
    let mut before = with_ttl(&old, random.pick(&TTLS));
    // Rows may have come with another TTL each.
    if before.len() > 1 && random.percent(15) {
        before.iter_mut().for_each(|(_, ttl)| *ttl = random.pick(&TTLS));
    }
    let swaps = matches!(first.rtype, RecordType::A | RecordType::AAAA | RecordType::CNAME);
    if swaps && random.percent(6) {
        let second = if first.rtype == RecordType::CNAME { kind(0) } else { kind(6) };
        let after = with_ttl(&values(&second, random), random.pick(&TTLS));
        return Pair { owner, from: first.rtype, to: second.rtype, before, after, stand_in: None };
    }
    // The first outage: nothing but the TTL.
    let new = if random.percent(25) { old } else { values(&first, random) };
    let after = with_ttl(&new, random.pick(&TTLS));
    let in_use: BTreeSet<&String> = before.iter().chain(&after).map(|(value, _)| value).collect();
    let idle: Vec<String> = first.free.iter().filter(|value| !in_use.contains(value)).cloned().collect();
    let stand_in = (!idle.is_empty() && random.percent(50)).then(|| random.pick(&idle));
    Pair { owner, from: first.rtype, to: first.rtype, before, after, stand_in }
}
