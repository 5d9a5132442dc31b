//! Record sets as Route 53 keeps them: names in lower case with octal escapes, and what is served of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::Served;
use super::super::xml::Element;

/// What an alias out of the zone is answered with, as its service would.
const ELSEWHERE: [(&str, &str); 2] = [("A", "192.0.2.253"), ("AAAA", "2001:db8::253")];

/// Name, type and set identifier (empty where there is none).
pub(super) type Key = (String, String, String);

/// One record set.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) key: Key,
    pub(super) weight: Option<u32>,
    pub(super) ttl: u32,
    pub(super) values: Vec<String>,
    /// Zone id and name of its target.
    pub(super) alias: Option<(String, String)>,
}

impl Set {
    pub(super) fn of(element: &Element) -> Set {
        let text = |name: &str| element.text_of(name).unwrap_or_default();
        let values = element.deep("Value").into_iter().map(|value| value.text.clone()).collect();
        let alias = element.child("AliasTarget").map(|alias| {
            let text = |name: &str| alias.text_of(name).unwrap_or_default();
            (text("HostedZoneId"), canonical(&text("DNSName")))
        });
        Set {
            key: (canonical(&text("Name")), text("Type"), text("SetIdentifier")),
            weight: text("Weight").parse().ok(),
            ttl: text("TTL").parse().unwrap_or_default(),
            values,
            alias,
        }
    }
}

/// A name as the service keeps and lists it.
pub(super) fn canonical(name: &str) -> String {
    let mut canonical = String::new();
    let bytes: Vec<u8> = name.trim_end_matches('.').bytes().collect();
    let mut at = 0;
    while at < bytes.len() {
        let octal = bytes.get(at + 1..at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        let octal = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        let (byte, escaped) = match octal {
            Some(byte) if bytes[at] == b'\\' => {
                at += 4;
                (byte, true)
            }
            _ if bytes[at] == b'\\' && at + 1 < bytes.len() => {
                at += 2;
                (bytes[at - 1], true)
            }
            _ => {
                at += 1;
                (bytes[at - 1], false)
            }
        };
        match byte.to_ascii_lowercase() {
            b'.' if !escaped => canonical.push('.'),
            plain @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') => canonical.push(char::from(plain)),
            other => {
                let _ = write!(canonical, "\\{other:03o}");
            }
        }
    }
    canonical + "."
}

/// Octal escapes as master files have them.
pub(super) fn master(text: &str) -> String {
    numbers(text, 8, |byte| format!("\\{byte:03}"))
}

/// Master files' escapes as the service has them.
pub(super) fn octal(text: &str) -> String {
    numbers(text, 10, |byte| format!("\\{byte:03o}"))
}

fn numbers(text: &str, radix: u32, written: impl Fn(u8) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let number = rest.get(1..4).and_then(|digits| u8::from_str_radix(digits, radix).ok());
        let length = match number {
            Some(byte) => {
                out += &written(byte);
                4
            }
            None => {
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                out.push_str(&rest[..length]);
                length
            }
        };
        rest = &rest[length..];
    }
    out + rest
}

/// What name servers answer: of weighted sets one, of an alias what it leads to.
pub(super) fn served(sets: &[Set], zone_id: &str) -> Served {
    let mut chosen: BTreeMap<(&str, &str), &Set> = BTreeMap::new();
    for set in sets {
        let place = chosen.entry((&set.key.0, &set.key.1)).or_insert(set);
        if place.weight == Some(0) {
            *place = set;
        }
    }
    let follow = |set: &Set| -> Option<(u32, Vec<String>)> {
        let mut set = set.clone();
        for _ in 0..8 {
            let Some((zone, target)) = &set.alias else { return Some((set.ttl, set.values)) };
            if zone != zone_id {
                let value = ELSEWHERE.iter().find(|(rtype, _)| *rtype == set.key.1)?.1;
                return Some((60, vec![value.to_owned()]));
            }
            set = (*chosen.get(&(target.as_str(), set.key.1.as_str()))?).clone();
        }
        None
    };
    let answers = chosen.values().filter_map(|set| Some((set, follow(set)?)));
    answers
        .map(|(set, (ttl, values))| {
            let values = values.iter().map(|value| master(value)).collect();
            ((master(&set.key.0), set.key.1.clone()), (ttl, values))
        })
        .collect()
}
