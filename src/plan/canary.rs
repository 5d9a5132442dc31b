//! A record that is written, observed and removed before anything else, so that a dead
//! publishing path is found before a live name is touched.

use super::step::{Purpose, Step};
use dnsure_providers::SetChange;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone};

/// The label of the canary, directly below the apex.
pub const LABEL: &str = "_dnsure-canary";

/// Short enough that a forgotten one does no harm.
const SECONDS: u32 = 60;

/// The owner name of the canary of `zone`; `None` where that would be over 255 octets.
#[must_use]
pub fn name(apex: &Name) -> Option<Name> {
    Name::parse(LABEL, Some(apex)).ok()
}

/// The canary's steps: write it, remove it. A canary that a dead run left behind gets
/// another text beside it, so that the old one cannot be taken for the new one, and goes too.
#[must_use]
pub fn steps(live: &Zone) -> Vec<Step> {
    let Some(name) = name(live.apex()) else { return Vec::new() };
    let key = RecordKey::new(name, RecordType::TXT);
    let left_behind = live.get_key(&key).map(|set| set.to_set());
    let mut members: Vec<(Rdata, Ttl)> =
        left_behind.iter().flat_map(RecordSet::members).map(|(data, ttl)| (data.clone(), ttl)).collect();
    let texts = (1..=members.len() + 1).map(|number| match number {
        1 => string("dnsure canary: this record shows that changes are published"),
        _ => string(&format!("dnsure canary: number {number}")),
    });
    let new = texts.into_iter().find(|new| !members.iter().any(|(data, _)| data == new));
    let Some(new) = new else { return Vec::new() };
    let mut states = vec![left_behind];
    members.push((new, Ttl::from_wire(SECONDS)));
    while !members.is_empty() {
        states.push(RecordSet::from_members(key.clone(), members.iter().cloned()));
        members.pop();
    }
    states.push(None);
    states
        .windows(2)
        .filter_map(|pair| SetChange::between(pair[0].clone(), pair[1].clone()))
        .filter_map(Step::of_set)
        .map(|step| step.for_purpose(Purpose::Canary))
        .collect()
}

/// One character string of TXT data (RFC 1035 3.3.14).
fn string(text: &str) -> Rdata {
    let mut wire = vec![text.len() as u8];
    wire.extend_from_slice(text.as_bytes());
    Rdata::new(wire)
}
